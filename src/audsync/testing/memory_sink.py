"""A platform in memory, with faults to order, and the sink that talks to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Capabilities,
    Context,
    Finding,
    Finds,
    Form,
    KeyRule,
    Level,
    Match,
    Operation,
    Outcome,
    Part,
    Purpose,
    Receipt,
    RejectedRows,
    Replacing,
    Sink,
)
from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.identity.digests import as_they_are, digest_all
from audsync.match_keys import kinds_of

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[str | None, ...]
_NAME: Final = "memory"


@dataclass
class _Fault:
    """What goes wrong with the next call, before it is carried out or after."""

    status: int
    retry_after: float | None = None
    is_carried_out: bool = False
    after: int = 0


@dataclass
class _Job:
    """A batch the platform has taken and works in at a tick of its clock."""

    remote_id: str
    operation: Operation
    rows: Sequence[Row]
    due: int
    part: Part | None = None
    outcome: Outcome | None = None


@dataclass
class MemoryPlatform:
    """Audiences by remote id, and everything that was ever sent, for a test to look at.

    With `Match.EITHER` it says neither, holds rows, and finds those to remove `by_any_key`, or
    by the whole row. With `Match.PERSON` a removal takes rows with any of its keys, where
    `by_any_key`, or just these keys. `delay` ticks pass before a batch is worked in; `advance`
    moves the clock. With `several` it takes two addresses and two numbers of a person, and
    finds one in whichever column it stands; rows differ all the same where it moved. Values in
    `refuses` make a row be rejected, with its index unless `tells_rows` is false. `strangers`
    are names of audiences of another kind; what is sent to those whose ids are `closed` is
    refused.
    """

    match: Match = Match.KEY
    by_any_key: bool = True
    several: bool = False
    delay: int = 0
    refuses: set[str] = field(default_factory=set, repr=False)
    tells_rows: bool = True
    closed: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    held: dict[str, set[tuple[object, ...]]] = field(default_factory=dict, repr=False)
    sent: list[tuple[str, Operation, tuple[Row, ...]]] = field(default_factory=list, repr=False)
    now: int = 0
    arrived: dict[str, tuple[int, set[tuple[object, ...]]]] = field(
        default_factory=dict, repr=False
    )
    _faults: list[_Fault] = field(default_factory=list)
    _jobs: list[_Job] = field(default_factory=list, repr=False)
    _ended: set[int] = field(default_factory=set)  # sessions of replacements

    def members(self, remote_id: str) -> frozenset[tuple[object, ...]]:
        """Who is in an audience: rows, or single keys with their kind as rows are no unit."""
        held = self.held[remote_id]
        if self.match is Match.PERSON and self.by_any_key:
            return frozenset(key for row in held for key in self._named_keys(row))
        return frozenset(held)

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """The next call is answered with this HTTP status, and nothing changes."""
        self._faults.append(_Fault(status, retry_after))

    def lose_next_reply(self, after: int = 0) -> None:
        """The next call, or one `after` it, is carried out, and its caller hears nothing."""
        self._faults.append(_Fault(504, is_carried_out=True, after=after))

    @property
    def being_removed(self) -> frozenset[str | None]:
        """The keys of rows that it was told to remove and has not worked in."""
        removals = [one for one in self._jobs if one.operation is Operation.REMOVE]
        return frozenset(
            key for job in removals if job.outcome is None for row in job.rows for key in row
        )

    def audiences(self) -> frozenset[str]:
        """The ids of all audiences."""
        return frozenset(self.names)

    def recover(self) -> None:
        """Forget the faults that were ordered and have not happened."""
        self._faults.clear()

    def forget(self, remote_id: str) -> None:
        """Lose an audience, as somebody who deletes it by hand does."""
        del self.names[remote_id], self.held[remote_id]

    def advance(self, ticks: int = 1) -> None:
        """Let time pass; batches that are due are worked in, in the order they came."""
        self.now += ticks
        for job in self._jobs:
            if job.outcome is None and job.due <= self.now:
                job.outcome = self._work_in(job)

    def fault(self, *, is_done: bool) -> None:
        """Raise the fault that is due before (or after) a call was carried out."""
        if self._faults and self._faults[0].after:
            self._faults[0].after -= is_done
            return
        if self._faults and self._faults[0].is_carried_out is is_done:
            raise _error(self._faults.pop(0))

    def take(
        self,
        remote_id: str,
        operation: Operation,
        rows: Sequence[Row],
        part: Part | None = None,
    ) -> int:
        """Accept a batch; returns the number of its job."""
        self._jobs.append(_Job(remote_id, operation, rows, self.now + self.delay, part))
        self.advance(0)
        return len(self._jobs) - 1

    def outcome(self, job: int) -> Outcome | None:
        """What became of a job; None before it was worked in."""
        return self._jobs[job].outcome

    def _work_in(self, job: _Job) -> Outcome:
        refused = [i for i, row in enumerate(job.rows) if not self.refuses.isdisjoint(row)]
        taken = [row for i, row in enumerate(job.rows) if i not in set(refused)]
        members = self.held.setdefault(job.remote_id, set())
        self._end_another(job, members)
        found = {member for row in taken for member in self._found_by(row)}
        match job.operation:
            case Operation.ADD:
                members |= found
            case Operation.REMOVE:
                members -= found | self._sharing(members, taken)
            case Operation.REPLACE:
                self._replace(job, members, found)
        rejected = RejectedRows(
            "invalid", len(refused), tuple(refused) if self.tells_rows else ()
        )
        return Outcome(len(taken), (rejected,) if refused else ())

    def _replace(
        self, job: _Job, members: set[tuple[object, ...]], found: set[tuple[object, ...]]
    ) -> None:
        part = job.part or Part(1)
        if job.part is not None and part.session in self._ended:
            return  # its last part was here before, and only the answer was lost
        session, before = self.arrived.pop(job.remote_id, (part.session, set()))
        self.arrived[job.remote_id] = session, before | found
        if part.number == part.of:
            self._ended.add(part.session)
            members.clear()
            members |= self.arrived.pop(job.remote_id)[1]

    def _end_another(self, job: _Job, members: set[tuple[object, ...]]) -> None:
        """A replacement that was left undone is what has arrived of it, once others come."""
        session, arrived = self.arrived.get(job.remote_id, (None, set()))
        is_its_part = job.part is not None and job.part.session == session
        if session is not None and not is_its_part:
            del self.arrived[job.remote_id]
            members.clear()
            members |= arrived

    def _found_by(self, row: Row) -> list[tuple[object, ...]]:
        is_by_row = self.match.removes_rows or (self.match.restores and self.by_any_key)
        return [row] if is_by_row else self._named_keys(row)

    def _sharing(
        self, members: Iterable[tuple[object, ...]], rows: Iterable[Row]
    ) -> set[tuple[object, ...]]:
        """Members, as rows, who have a key of one of these rows; where that finds them."""
        if not (self.match.restores and self.by_any_key):
            return set()
        keys = {key for row in rows for key in self._named_keys(row)}
        return {one for one in members if not keys.isdisjoint(self._named_keys(one))}

    def _named_keys(self, row: tuple[object, ...]) -> list[tuple[object, ...]]:
        """The keys of a row of either width that find a person, each with its kind."""
        kinds = _kind_of(several=len(row) == len(SEVERAL_RULES))
        return [(kind, key) for kind, key in zip(kinds, row, strict=True) if kind and key]


KEY_RULES: Final[Mapping[str, KeyRule]] = {
    "email": KeyRule(("email",), digest_all, identifies=True),
    "phone": KeyRule(("phone",), digest_all, identifies=True),
    "country": KeyRule(("country",), as_they_are, form=Form.PLAIN),
}


SEVERAL_RULES: Final[Mapping[str, KeyRule]] = {
    "email": KEY_RULES["email"],
    "email_2": replace(KEY_RULES["email"], place=2),
    "phone": KEY_RULES["phone"],
    "phone_2": replace(KEY_RULES["phone"], place=2),
    "country": KEY_RULES["country"],
}


@cache
def _kind_of(*, several: bool) -> list[str | None]:
    """For each column of a row the first of its kind; None where it finds nobody."""
    rules = SEVERAL_RULES if several else KEY_RULES
    firsts = {name: kind[0] for kind in kinds_of(rules) for name in kind}
    return [firsts.get(name) for name in rules]


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """Nothing to configure: a test hands over the platform."""


class MemorySink:
    """The sink of a `MemoryPlatform`; `max_batch` is small so that a test sees several.

    With `offers_all` it can also replace an audience, erase people everywhere, and take members
    of three audiences at once.
    """

    Options: ClassVar[type] = MemoryOptions

    def __init__(
        self,
        options: MemoryOptions | None = None,
        context: Context | None = None,
        *,
        platform: MemoryPlatform | None = None,
        max_batch: int = 3,
        offers_all: bool = False,
        replaces: Replacing = Replacing.NEVER,
    ) -> None:
        del options, context
        self.platform = platform or MemoryPlatform()
        self._max_batch = max_batch
        self._replaces = replaces
        self._offers_all = offers_all or replaces is not Replacing.NEVER

    @property
    def capabilities(self) -> Capabilities:
        """What the platform can do."""
        more = {Operation.REPLACE} if self._offers_all else set()
        return Capabilities(
            operations=frozenset({Operation.ADD, Operation.REMOVE} | more),
            erase_everywhere=self._offers_all,
            max_batch=self._max_batch,
            audiences_per_send=3 if self._offers_all else 1,
            replaces=self._replaces,
            match=self.platform.match,
            settles_after=timedelta(hours=1) if self.platform.delay else None,
            purposes=frozenset(Purpose),
        )

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        """Two digests that identify, or two of each kind, and a plain country."""
        return SEVERAL_RULES if self.platform.several else KEY_RULES

    def check(self) -> list[Finding]:
        """Always there, unless it was told to fail."""
        self.platform.fault(is_done=False)
        return [Finding(Level.OK, "the platform is in memory")]

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The audience of that id, else of that name, else a new one."""
        platform = self.platform
        platform.fault(is_done=False)
        if spec.name in platform.strangers:
            raise RejectedError(
                f"{spec.name} is an audience of another kind",
                connector=_NAME,
                remedy="rename the segment, or the audience on the platform",
            )
        known = [remote_id] if remote_id in platform.names else []
        known += [one for one, name in platform.names.items() if name == spec.name]
        found = known[0] if known else f"audience-{len(platform.names) + 1}"
        platform.names[found or ""] = spec.name
        platform.held.setdefault(found or "", set())
        platform.fault(is_done=True)
        return AudienceInfo(found or "", spec.name, created=not known)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The audience of that id, which is not made."""
        self.platform.fault(is_done=False)
        name = self.platform.names.get(remote_id)
        self.platform.fault(is_done=True)
        return None if name is None else AudienceInfo(remote_id, name)

    def send(self, batch: Batch) -> Receipt:
        """Hand a batch over."""
        (receipt,) = self.send_together(Bundle((batch,), batch.rows, (np.arange(len(batch)),)))
        return receipt

    def send_together(self, bundle: Bundle) -> list[Receipt]:
        """Hand several batches over, where `offers_all`; all or none are taken."""
        columns = (column.to_pylist() for column in bundle.rows.columns)
        rows = tuple(zip(*columns, strict=True))
        ids = [one.remote_id for batch in bundle.batches for one in batch.audiences]
        self.platform.fault(is_done=False)
        if not self.platform.closed.isdisjoint(ids):
            raise _error(_Fault(400))
        self.platform.sent.append((bundle.batches[0].key, bundle.operation, rows))
        receipts = []
        for batch, places in zip(bundle.batches, bundle.places, strict=True):
            theirs = [rows[place] for place in places]
            jobs = [
                self.platform.take(audience.remote_id, batch.operation, theirs, batch.part)
                for audience in batch.audiences
            ]
            receipts.append(Receipt(batch.key, {"job": jobs[0]}))
        self.platform.fault(is_done=True)
        return receipts

    def settle(self, receipt: Receipt) -> Outcome | None:
        """What became of it, once the platform's clock has come that far."""
        self.platform.fault(is_done=False)
        self.platform.fault(is_done=True)
        job = receipt.payload["job"]
        return self.platform.outcome(job) if isinstance(job, int) else None

    def erase(self, keys: "pa.Table") -> Receipt:
        """Take members out of every audience, by any key; where `offers_all`."""
        if not self._offers_all:
            raise NotImplementedError
        self.platform.fault(is_done=False)
        rows = tuple(zip(*(column.to_pylist() for column in keys.columns), strict=True))
        jobs = [
            self.platform.take(remote_id, Operation.REMOVE, rows)
            for remote_id in self.platform.names
        ]
        return Receipt("erase", {"job": jobs[0]})


def _error(fault: _Fault) -> AudsyncError:
    """The error of a status, as every connector has to translate it."""
    match fault.status:
        case 401 | 403:
            return CredentialError(f"{_NAME}: the login was refused; sign in again")
        case 429 | 500 | 502 | 503 | 504:
            return TransientError(
                f"answered {fault.status}", connector=_NAME, retry_after=fault.retry_after
            )
        case _:
            return RejectedError(
                f"answered {fault.status}", connector=_NAME, remedy="mend the request"
            )


_: type[Sink] = MemorySink
_finds: type[Finds] = MemorySink
