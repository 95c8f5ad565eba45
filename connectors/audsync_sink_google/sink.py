"""Keeps Customer Match lists of one account equal to segments."""

import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeVar

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Capabilities,
    Context,
    Finding,
    Finds,
    KeyRule,
    Match,
    Operation,
    Outcome,
    Receipt,
    Replacing,
    Sink,
)
from audsync.errors import CredentialError
from audsync.identity.google_keys import google_sink_rules
from audsync_sink_google.check import findings
from audsync_sink_google.options import GoogleOptions, Way
from audsync_sink_google.receipts import Given

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_sink_google.lists import List

# Google's advice for requests; a job takes hours.
_SETTLES_AFTER: Final = timedelta(minutes=30)


Told = TypeVar("Told")


class Api(Protocol):
    """What both of Google's APIs do for a sink."""

    def lists(self) -> "Sequence[List]":
        """Every list of the account."""

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id; None where there is none."""

    def send(self, batch: Batch) -> Given:
        """Hand members over."""

    def send_together(self, bundle: Bundle) -> Sequence[Given]:
        """Hand over members of several lists at once; the Data Manager API alone."""

    def settle(self, given: Given) -> Outcome | None:
        """What became of them; None while Google is at work."""

    def step(self, given: Given) -> Given | None:
        """Do what is left to do for them; None where that is nothing, or it is too early."""

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check an addition and a removal without making them."""

    def close(self) -> None:
        """Let go of the channels."""


class GoogleSink:
    """The Customer Match lists of one account of Google Ads or Display & Video 360.

    Whoever is handed over has consented, and is sent with both of Google's consents granted.
    Google says hours later what became of a batch. It finds people by any of their
    identifiers, and by which of them is not told, so that a removal has all of a person's and
    whoever shares one is added again.
    """

    Options: ClassVar[type] = GoogleOptions
    clients: ClassVar[tuple[str, ...]] = ("google-ads", "google-ads-datamanager")

    def __init__(
        self,
        options: GoogleOptions,
        context: Context,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._context = context
        self._clock = clock
        self._sleep = sleep
        self._connected: dict[Way, Api] = {}
        self._key_rules = google_sink_rules(options.keys, per_person=options.per_person)
        replaces = Replacing(options.delivery)
        more = frozenset() if replaces is Replacing.NEVER else frozenset({Operation.REPLACE})
        self._capabilities = Capabilities(
            operations=frozenset({Operation.ADD, Operation.REMOVE}) | more,
            replaces=replaces,
            gapless_replace=bool(more),
            max_batch=options.batch_size,
            audiences_per_send=options.lists_at_once,
            match=Match.PERSON,
            settles_after=_SETTLES_AFTER,
            knows_batches=options.api == "google_ads",  # a job has an id of ours
            membership_days=options.membership_days,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Google can hold and do."""
        return self._capabilities

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        """The configured identifiers; a postal address is four columns that leave together."""
        return self._key_rules

    def check(self) -> list[Finding]:
        """Whether the login is good for the account, and the account for uploads."""
        return findings(self._api, self._options)

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """Find or make the list, and read what Google says of it."""
        return self._api().open(spec, remote_id)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id, and what Google says of it; None where it was removed."""
        return self._api().find(remote_id)

    def send(self, batch: Batch) -> Receipt:
        """Hand a batch over; members that Google refuses at once are in the receipt."""
        return Receipt(batch.key, self._api().send(batch).to_json())

    def send_together(self, bundle: Bundle) -> list[Receipt]:
        """Hand batches of several lists over; whoever is in many of them is sent once."""
        given = self._api().send_together(bundle)
        return [
            Receipt(batch.key, one.to_json())
            for batch, one in zip(bundle.batches, given, strict=True)
        ]

    def settle(self, receipt: Receipt) -> Outcome | None:
        """What Google says became of a batch; None until it does."""
        given = Given.from_json(receipt.payload)
        return self._told(given, lambda api: api.settle(given))

    def step(self, receipt: Receipt) -> Receipt | None:
        """Take out whoever was in a list that was replaced, once all others have arrived."""
        given = Given.from_json(receipt.payload)
        following = self._told(given, lambda api: api.step(given))
        return None if following is None else Receipt(receipt.batch, following.to_json())

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check an addition and a removal of an invented person, and make neither.

        That asks for the login, the list, the terms and the permission to upload.
        """
        self._api().rehearse(audience)

    def erase(self, keys: "pa.Table") -> Receipt:
        """Google has no call that takes a person out of every list."""
        raise NotImplementedError

    def sign_in(self) -> Mapping[str, str]:
        """The secrets that signing in with a browser gives, by name."""
        from audsync_sink_google.login import sign_in

        return sign_in(self._options, self._context)

    def _api(self) -> Api:
        """The connection, which loads Google's packages and asks for the secrets."""
        return self._connection(self._options)

    def _told(self, given: Given, ask: Callable[[Api], Told]) -> Told:
        """What the API tells that took these members: `api` may have been another then."""
        options = self._options.by(given.api)
        try:
            return ask(self._connection(options))
        except CredentialError:
            if options.api == self._options.api:
                raise
            from audsync_sink_google.errors import other_api

            raise other_api(given.size) from None

    def _connection(self, options: GoogleOptions) -> Api:
        if options.api not in self._connected:
            made = _connected(options, self._context, clock=self._clock, sleep=self._sleep)
            self._connected[options.api] = made
            weakref.finalize(self, made.close)
        return self._connected[options.api]


def _connected(
    options: GoogleOptions,
    context: Context,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Api:
    if options.api == "google_ads":
        from audsync_sink_google.google_ads import GoogleAds

        return GoogleAds(options, context, clock=clock, sleep=sleep)
    from audsync_sink_google.data_manager import DataManager

    return DataManager(options, context, clock=clock, sleep=sleep)


_: type[Sink] = GoogleSink
_finds: type[Finds] = GoogleSink
