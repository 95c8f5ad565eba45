"""The Data Manager API: lists, requests with members, and what became of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from google.ads import datamanager_v1 as api
from google.api_core.client_options import ClientOptions
from google.protobuf.timestamp_pb2 import Timestamp

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Context,
    Operation,
    Outcome,
    Part,
)
from audsync_sink_google.access import Access, hush
from audsync_sink_google.dm_lists import Lists
from audsync_sink_google.dm_status import answers_of, is_at_work, lost_members, match_rates
from audsync_sink_google.dm_upload import Upload, Where
from audsync_sink_google.errors import NAME, GoogleRefusedError, explained
from audsync_sink_google.lists import List
from audsync_sink_google.meanings import Kind
from audsync_sink_google.members import encoded, fields_of, invented
from audsync_sink_google.options import GoogleOptions
from audsync_sink_google.pace import Pace
from audsync_sink_google.receipts import Clearing, Given

if TYPE_CHECKING:
    import pyarrow as pa

Answered = TypeVar("Answered")

FIRST_LOOK_SECONDS: Final = 1800.0  # Google's advice for the first question after a request
PATH: Final = ("audience_members", "user_data", "user_identifiers")
LEAVES: Final = (
    *("email_address", "phone_number", "address"),
    *("given_name", "family_name", "region_code", "postal_code"),
)
# What the clocks here and at Google may differ by besides what is known of it. Nobody was added
# so shortly before: a plan waits until Google is done with the one before.
_SKEW_SECONDS: Final = 900.0
_STILL_NEW_SECONDS: Final = 600.0
_ACCOUNT_TYPES: Final = {
    ("google_ads", "advertiser"): "GOOGLE_ADS",
    ("display_video", "advertiser"): "DISPLAY_VIDEO_ADVERTISER",
    ("display_video", "partner"): "DISPLAY_VIDEO_PARTNER",
}


class DataManager:
    """Lists of one account of Google Ads, or of Display & Video 360."""

    def __init__(
        self,
        options: GoogleOptions,
        context: Context,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._options = options
        self._clock = clock
        self._access = Access(options, context)
        self._pace = self._paced("changes", context, sleep)
        self._questions = self._paced("questions", context, sleep)  # counted apart
        self._replacements: dict[int, _Replacement] = {}
        self._statuses: dict[str, _Status] = {}
        self._account = _ACCOUNT_TYPES[options.product, options.owner]
        self._login = _login_type(options)
        settings = ClientOptions(api_endpoint=options.endpoint) if options.endpoint else None
        made: dict[str, Any] = {
            "credentials": self._access.credentials,
            "transport": options.transport,
            "client_options": settings,
        }
        self._ingestion = api.IngestionServiceClient(**made)
        self._lists = Lists(
            api.UserListServiceClient(**made), options, self._call, self._account, self._login
        )
        hush()

    def _paced(self, kind: str, context: Context, sleep: Callable[[float], None]) -> Pace:
        """The quota is the Cloud project's, so that all shops of the config share one pace."""
        shared = context.shared
        file = None if shared is None else shared / f"google.{kind}.pace"
        return Pace(self._options.requests_per_minute, self._clock, sleep, file=file)

    def lists(self) -> list[List]:
        """Every list of the account, which asks for the login and the access to it."""
        return self._lists.all()

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        return self._lists.open(spec, remote_id)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id; None where there is none."""
        return self._lists.find(remote_id)

    def send(self, batch: Batch) -> Given:
        """Hand members over; what Google refuses of them is left out.

        A replacement adds its members, and leaves those who were there before for `step`.
        """
        rows, began = batch.rows, self._clock()
        alone = Bundle((batch,), rows, (np.arange(rows.num_rows),))
        (given,) = self.send_together(alone)
        if batch.operation is not Operation.REPLACE:
            return given
        part = batch.part or Part(0)
        replacement = self._replacements.setdefault(part.session, _Replacement(began))
        replacement.requests += given.parts
        if part.number != part.of:
            return given
        del self._replacements[part.session]
        before = int(replacement.began - self._access.ahead_seconds - _SKEW_SECONDS)
        (audience,) = batch.audiences
        clearing = Clearing(audience.remote_id, before, tuple(replacement.requests))
        return replace(given, clearing=clearing)

    def send_together(self, bundle: Bundle) -> list[Given]:
        """Hand members over with the lists of each, in as few requests as Google takes."""
        upload = Upload(bundle, partial(self._give, bundle.operation))
        upload.give()
        return upload.given(self._clock())

    def settle(self, given: Given) -> Outcome | None:
        """The outcome when Google has worked in all requests; None before."""
        if given.clearing is not None:
            last = given.clearing.request
            if last is None or not self._is_done(last, given):
                return None
        lost: Counter[str] = Counter()
        rates: list[str] = []
        for request, size in given.parts.items():
            answers = answers_of(self._status(request, given), given.audience)
            found = lost_members(answers, size)
            if found is None:
                return None
            lost += found
            rates += match_rates(answers)
        return given.outcome(lost, rates)

    def step(self, given: Given) -> Given | None:
        """Take out whoever was in a replaced list before, once all others have arrived.

        A list is never cleared where nobody arrived.
        """
        clearing = given.clearing
        if clearing is None or clearing.request is not None:
            return None
        if not clearing.requests:
            raise GoogleRefusedError(
                f"{NAME}: Google took nobody of a replacement, so nobody is removed either",
                remedy="look at the members that were refused",
                kind=Kind.FATAL,
            )
        if not all(self._is_done(one, given) for one in clearing.requests):
            return None
        request = api.RemoveAllAudienceMembersRequest(
            destinations=[self._destination(clearing.audience)],
            remove_as_of_time=Timestamp(seconds=clearing.before),
        )
        self._pace.wait()
        answer = self._call(
            lambda **kw: self._ingestion.remove_all_audience_members(request=request, **kw)
        )
        asked = replace(clearing, request=str(answer.request_id))
        return replace(given, at=self._clock(), clearing=asked)

    def _is_done(self, request: str, given: Given) -> bool:
        return lost_members(answers_of(self._status(request, given), None), 0) is not None

    def _status(self, request: str, given: Given) -> Any:
        """What Google says of a request; None where it is too early to ask.

        Each list of one asks, so that what was said a moment ago, or last, is said again.
        """
        now = self._clock()
        if now - given.at < FIRST_LOOK_SECONDS:
            return None
        if given.audience is None:
            return self._asked(request)
        known = self._statuses.get(request)
        if known is None or not (known.is_final or now - known.at < _STILL_NEW_SECONDS):
            known = self._statuses[request] = _Status(self._asked(request), now)
        return known.answer

    def _asked(self, request: str) -> Any:
        asked = api.RetrieveRequestStatusRequest(request_id=request)
        self._questions.wait()
        return self._call(
            lambda **kw: self._ingestion.retrieve_request_status(request=asked, **kw)
        )

    def close(self) -> None:
        """Let go of the channels."""
        self._ingestion.transport.close()
        self._lists.close()
        self._access.close()

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check an addition and a removal of an invented person."""
        for operation in (Operation.ADD, Operation.REMOVE):
            request, send = self._request(operation, {audience.remote_id: None}, invented())
            request.validate_only = True
            self._sent(request, send)

    def _give(self, operation: Operation, where: Where, rows: "pa.Table") -> str:
        """Members in one request; its id."""
        return str(self._sent(*self._request(operation, where, rows)).request_id)

    def _sent(self, request: Any, send: Callable[..., Answered]) -> Answered:
        self._pace.wait()
        return self._call(lambda **kw: send(request=request, **kw))

    def _request(
        self, operation: Operation, where: Where, rows: "pa.Table"
    ) -> tuple[Any, Callable[..., Any]]:
        """A request with members for these lists, and the method that sends it."""
        request: Any
        if operation is Operation.REMOVE:
            besides = b""
            request = api.RemoveAudienceMembersRequest()
            send: Callable[..., Any] = self._ingestion.remove_audience_members
        else:
            besides = _consented()
            request = api.IngestAudienceMembersRequest(
                consent=_granted(),
                terms_of_service=api.TermsOfService(
                    customer_match_terms_of_service_status=api.TermsOfServiceStatus.ACCEPTED
                ),
            )
            send = self._ingestion.ingest_audience_members
        request.encoding = api.Encoding.HEX
        references = []
        for number, (remote_id, goes) in enumerate(where.items()):
            destination = self._destination(remote_id)
            if goes is not None:
                destination.reference = str(number)
                references.append((destination.reference, goes))
            request.destinations.append(destination)
        message = type(request).pb(request)
        fields = fields_of(message, PATH, LEAVES)
        message.MergeFromString(encoded(rows, fields, references, besides=besides))
        return request, send

    def _destination(self, remote_id: str) -> "api.Destination":
        made = api.Destination(
            operating_account=_account(self._account, self._options.account_id),
            product_destination_id=remote_id,
        )
        if self._options.login_id is not None:
            made.login_account = _account(self._login, self._options.login_id)
        return made

    def _call(self, call: Callable[..., Answered]) -> Answered:
        """A call with a good token, a time limit and no retry but the core's."""
        self._access.ready()
        timeout = self._options.timeout_seconds
        return explained(lambda: call(timeout=timeout, retry=None))


@dataclass(frozen=True, slots=True)
class _Status:
    """What Google said of a request that went to several lists, and when."""

    answer: Any
    at: float

    @property
    def is_final(self) -> bool:
        """Whether it is done with all of the lists."""
        answers = answers_of(self.answer, None)
        return bool(answers) and not any(is_at_work(one) for one in answers)


@dataclass(slots=True)
class _Replacement:
    """A replacement on its way: when it began, and the requests of its parts so far."""

    began: float
    requests: list[str] = field(default_factory=list)


def _granted() -> "api.Consent":
    """Both consents: nobody without them is ever added."""
    return api.Consent(
        ad_user_data=api.ConsentStatus.CONSENT_GRANTED,
        ad_personalization=api.ConsentStatus.CONSENT_GRANTED,
    )


def _consented() -> bytes:
    """The same as a field of a member, where it stands before what the request says."""
    made: bytes = api.AudienceMember.serialize(api.AudienceMember(consent=_granted()))
    return made


def _login_type(options: GoogleOptions) -> str:
    """The kind of the account that gives access: a manager, or a partner."""
    return "GOOGLE_ADS" if options.product == "google_ads" else "DISPLAY_VIDEO_PARTNER"


def _account(kind: str, number: str) -> "api.ProductAccount":
    return api.ProductAccount(
        account_type=getattr(api.ProductAccount.AccountType, kind), account_id=number
    )
