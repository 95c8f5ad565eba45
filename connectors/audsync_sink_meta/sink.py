"""Keeps Custom Audiences of one ad account equal to segments, and tells what became of each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from audsync.contracts import (
    Advising,
    AudienceInfo,
    AudienceSpec,
    Batch,
    Capabilities,
    Context,
    Finding,
    Finds,
    KeyRule,
    Match,
    Operation,
    Outcome,
    Prepares,
    Receipt,
    Replacing,
    Sink,
)
from audsync_sink_meta.audience import find, looked_for, remarks
from audsync_sink_meta.check import findings
from audsync_sink_meta.erasure import erase
from audsync_sink_meta.keys import key_rules
from audsync_sink_meta.lookalike import AudienceOptions, keep_lookalike
from audsync_sink_meta.membership import change
from audsync_sink_meta.options import MetaOptions
from audsync_sink_meta.payload import content_of
from audsync_sink_meta.receipts import Taken, outcome
from audsync_sink_meta.replacement import Replacements, is_ended

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_sink_meta.graph import Graph

# Meta ends a replacement after 90 minutes, with whoever has arrived by then.
_WINDOW: Final = timedelta(minutes=80)


class MetaSink:
    """The Custom Audiences of one ad account.

    Members are sent as digests in batches of up to 10,000, removals as well in the body of a
    POST. What Meta says of a batch is known at once: how many it received and which it refused.
    Nobody knows whether it finds members by one key or by the whole row, so that both are
    allowed for.
    """

    Options: ClassVar[type] = MetaOptions
    clients: ClassVar[tuple[str, ...]] = ("facebook-business",)
    AudienceOptions: ClassVar[type] = AudienceOptions

    def __init__(
        self,
        options: MetaOptions,
        context: Context,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._context = context
        self._clock = clock
        self._opened: Graph | None = None
        self._replacements = Replacements()
        self._key_rules = key_rules(options, context)
        self._capabilities = Capabilities(
            max_batch=options.max_batch,
            match=Match.EITHER,
            erase_everywhere=True,
            membership_days=options.retention_days,
            accepts_value=True,
            operations=frozenset(Operation),
            replaces=Replacing(options.delivery),
            replace_within=_WINDOW,
            change_effect="ad sets that use the audience start learning anew",
            replace_effect="ad sets that use the audience keep what they learned",
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Meta can hold and do."""
        return self._capabilities

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        """The configured columns."""
        return self._key_rules

    def check(self) -> list[Finding]:
        """Whether the token is good for the ad account, and its terms are accepted."""
        return findings(self._graph, self._options)

    def advise(self, spec: AudienceSpec) -> list[Finding]:
        """Names and descriptions that Meta would flag."""
        return remarks(spec)

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """Find or make the audience, and read what Meta says of it; likewise its lookalike."""
        info = find(self._graph(), self._options, spec, remote_id)
        wanted = spec.options.lookalike if isinstance(spec.options, AudienceOptions) else None
        if wanted is None:
            return info
        lookalike = keep_lookalike(self._graph(), self._options, wanted, info)
        return replace(info, status={**info.status, "lookalike": lookalike})

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The audience of that id, and what Meta says of it; None where it was deleted."""
        return looked_for(self._graph(), self._options, remote_id)

    def prepare(self, batch: Batch) -> bytes:
        """The members as they stand in the body of the call."""
        return content_of(batch)

    def send(self, batch: Batch) -> Receipt:
        """Hand a batch over; where rows are refused and not named, once more in halves."""
        (audience,) = batch.audiences
        if batch.operation is Operation.REPLACE:
            return self._replace(batch)
        remote_id, operation = audience.remote_id, batch.operation
        found = change(self._graph(), remote_id, operation, batch.rows, content_of(batch))
        if found.untold and len(batch) > 1:
            middle = len(batch) // 2
            halves = batch.rows.slice(0, middle), batch.rows.slice(middle)
            first, second = (
                change(self._graph(), remote_id, operation, half) for half in halves
            )
            found = first + second
        return Receipt(batch.key, found.to_json())

    def _replace(self, batch: Batch) -> Receipt:
        (audience,) = batch.audiences
        found = self._replacements.send(self._graph(), batch)
        is_last = batch.part is None or batch.part.number == batch.part.of
        closes = {"closes": audience.remote_id} if is_last else {}
        return Receipt(batch.key, {**found.to_json(), **closes})

    def settle(self, receipt: Receipt) -> Outcome | None:
        """What the receipt says; of the end of a replacement, once the audience is Normal."""
        closes = receipt.payload.get("closes")
        if closes is not None and not is_ended(self._graph(), str(closes)):
            return None
        return outcome(receipt.payload)

    def erase(self, keys: "pa.Table") -> Receipt:
        """Take members out of every audience of the account."""
        erase(self._graph(), self._options, keys)
        return Receipt("erase", Taken(keys.num_rows).to_json())

    def _graph(self) -> "Graph":
        """The connection, which loads the SDK and asks for the token."""
        if self._opened is None:
            from audsync_sink_meta.graph import Graph

            self._opened = Graph(self._options, self._context, clock=self._clock)
        return self._opened


_: type[Sink] = MetaSink
_finds: type[Finds] = MetaSink
_advises: type[Advising] = MetaSink
_prepares: type[Prepares] = MetaSink
