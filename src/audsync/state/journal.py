"""The journal: every batch before and after it leaves, to tell a crash from a delay.

A batch is a range of rows of an immutable plan file. It goes from `planned` to `sending` before
it leaves, to `sent` with the receipt, and to `confirmed` or `rejected` with the outcome. One
that was on its way when nobody answered is `unknown`. A plan is open until all that became of
it stands in a member file; batches still `planned` when it closes were never sent and never
will be, for the next run plans anew.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from audsync.contracts import Match, Operation, Outcome, RejectedRows
from audsync.match_keys import Kinds
from audsync.state.store import Row, Store


class BatchState(StrEnum):
    """What has become of a batch."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Range:
    """Rows `start` to before `stop` of a plan file: one batch, numbered from 0 in its plan."""

    batch: str
    number: int
    phase: int
    operation: Operation
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class JournalPlan:
    """One audience's plan in one run: its file, and how its sink finds members again.

    By keys of these `kinds`, where one alone may find somebody.
    """

    plan: int
    run: str
    audience: str
    sink: str
    file: str
    rules_version: str
    match: Match
    kinds: Kinds
    made_on: date


@dataclass(frozen=True, slots=True)
class JournalBatch:
    """One batch as the journal knows it; `sent_at` is when it last left.

    `known_since` is the newest plan there was when the platform said what became of it, and
    None as long as it has not. What was planned later left when the batch was done.
    """

    id: int
    plan: int
    range: Range
    state: BatchState
    receipt: Mapping[str, object] | None
    sent_at: datetime | None
    outcome: Outcome | None
    is_folded: bool
    known_since: int | None = None

    def may_come_after(self, plan: JournalPlan) -> bool:
        """Whether the platform may have carried it out after batches of a later plan."""
        if self.state in (BatchState.PLANNED, BatchState.REJECTED):
            return False
        return self.known_since is None or self.known_since >= plan.plan


def batch_key(run: str, audience: str, operation: str, number: int, file: str) -> str:
    """What names a batch: its plan, its place in it, and the hash of the plan's file."""
    return f"{run}.{audience}.{operation}.{number}.{file[:16]}"


class Journal:
    """The batches of one shop. Every change is on disk when its method returns."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self,
        run: str,
        audience: str,
        *,
        file: str,
        rules_version: str,
        match: Match,
        kinds: Kinds,
        made_on: date,
        ranges: Sequence[Range],
    ) -> JournalPlan:
        """Record a plan, whose file is on disk already, and its batches as `planned`."""
        with self._store.transaction():
            plan = self._store.change(
                "INSERT INTO plans"
                " (run, audience, file, rules_version, match, identifying, made_on)"
                " VALUES (:run, :audience, :file, :rules_version, :match, :identifying,"
                " :made_on)",
                {
                    "run": run,
                    "audience": audience,
                    "file": file,
                    "rules_version": rules_version,
                    "match": match,
                    "identifying": json.dumps(kinds),
                    "made_on": made_on.isoformat(),
                },
            )
            self._insert(plan, ranges)
        return self.plans(plan=plan)[0]

    def plans(
        self, *, plan: int | None = None, audience: str | None = None
    ) -> list[JournalPlan]:
        """The open plans, the oldest first; or the one of that id, or those of one audience."""
        rows = self._store.rows(
            "SELECT plans.*, audiences.sink FROM plans JOIN audiences USING (audience)"
            " WHERE CASE WHEN :plan IS NULL THEN is_open ELSE plan = :plan END"
            " AND coalesce(audience = :audience, 1) ORDER BY plan",
            {"plan": plan, "audience": audience},
        )
        return [_plan(row) for row in rows]

    def all(self) -> list[JournalPlan]:
        """Every plan, open or closed, the oldest first."""
        rows = self._store.rows(
            "SELECT plans.*, audiences.sink FROM plans JOIN audiences USING (audience)"
            " ORDER BY plan"
        )
        return [_plan(row) for row in rows]

    def newest(self) -> int:
        """The newest plan there is; 0 before the first."""
        (row,) = self._store.rows("SELECT coalesce(max(plan), 0) AS plan FROM plans")
        return int(row["plan"])

    def kind_of(self, audience: str, column: str) -> tuple[str, ...]:
        """The kind of a column when it was last in a plan, by one key of which people leave.

        Empty where it never was, or people leave by whole rows.
        """
        rows = self._store.rows(
            "SELECT DISTINCT identifying, max(plan) AS plan FROM plans"
            " WHERE audience = :audience AND match IN (:key, :person)"
            " GROUP BY identifying ORDER BY plan DESC",
            {"audience": audience, "key": Match.KEY, "person": Match.PERSON},
        )
        kinds = [kind for row in rows for kind in _kinds(json.loads(row["identifying"]))]
        return next((kind for kind in kinds if column in kind), ())

    def later(self, plan: JournalPlan) -> list[JournalPlan]:
        """The plans of the same audience made after that one, open or closed."""
        rows = self._store.rows(
            "SELECT plans.*, audiences.sink FROM plans JOIN audiences USING (audience)"
            " WHERE audience = :audience AND plan > :plan ORDER BY plan",
            {"plan": plan.plan, "audience": plan.audience},
        )
        return [_plan(row) for row in rows]

    def since_open(self, audience: str) -> list[JournalPlan]:
        """The first open plan of an audience and all made after it, open or closed."""
        first = self.plans(audience=audience)[:1]
        return [plan for one in first for plan in (one, *self.later(one))]

    def batches(self, plan: int) -> list[JournalBatch]:
        """The batches of a plan, in the order they are sent."""
        rows = self._store.rows(
            "SELECT * FROM batches WHERE plan = :plan ORDER BY number", {"plan": plan}
        )
        return [_batch(row) for row in rows]

    def replace(self, batch: JournalBatch, ranges: Sequence[Range]) -> None:
        """Put other batches in the place of one that is still `planned`."""
        with self._store.transaction():
            self._store.change("DELETE FROM batches WHERE id = :id", {"id": batch.id})
            self._insert(batch.plan, ranges)

    def sending(self, batch: int, *, at: datetime) -> None:
        """The batch is about to leave."""
        self._set(batch, BatchState.SENDING, sent_at=at.isoformat())

    def sent(self, batch: int, receipt: Mapping[str, object]) -> None:
        """The platform answered; the outcome is still to come."""
        self._set(batch, BatchState.SENT, receipt=json.dumps(receipt, sort_keys=True))

    def decided(self, batch: int, outcome: Outcome) -> None:
        """The platform said what became of it; `rejected` when it took no row."""
        state = BatchState.CONFIRMED if outcome.accepted else BatchState.REJECTED
        text = json.dumps(asdict(outcome), sort_keys=True)
        self._set(batch, state, outcome=text, known_since=self.newest())

    def refused(self, batch: int) -> None:
        """The platform refused the request as a whole and changed nothing."""
        self._set(batch, BatchState.REJECTED)

    def unknown(self, batch: int) -> None:
        """Nobody can tell whether the platform took the batch."""
        self._set(batch, BatchState.UNKNOWN)

    def folded(self, batches: Collection[int]) -> None:
        """What became of these batches stands in the current member file."""
        with self._store.transaction():
            for batch in batches:
                self._store.change(
                    "UPDATE batches SET is_folded = 1 WHERE id = :id", {"id": batch}
                )

    def close(self, plan: int) -> None:
        """Nothing more will come of the plan."""
        with self._store.transaction():
            self._store.change(
                "UPDATE plans SET is_open = 0 WHERE plan = :plan", {"plan": plan}
            )

    def is_at_work(self, audience: str) -> bool:
        """Whether a platform is still at work on an open plan of that audience."""
        rows = self._store.rows(
            "SELECT 1 FROM plans JOIN batches USING (plan) WHERE audience = :audience"
            " AND is_open AND state IN ('sending', 'sent') LIMIT 1",
            {"audience": audience},
        )
        return bool(rows)

    def received(self, audience: str) -> list[tuple[str, JournalBatch]]:
        """Run and batches of open plans that a platform took and is at work on, by age."""
        rows = self._store.rows(
            "SELECT plans.run, batches.* FROM batches JOIN plans USING (plan)"
            " WHERE audience = :audience AND is_open AND state = 'sent' ORDER BY batches.id",
            {"audience": audience},
        )
        return [(row["run"], _batch(row)) for row in rows]

    def told(self, audience: str) -> list[tuple[str, JournalBatch]]:
        """Run and batches of the last plan of which a platform told more than an outcome."""
        rows = self._store.rows(
            "SELECT plans.run, batches.* FROM batches JOIN plans USING (plan)"
            " WHERE audience = :audience AND outcome IS NOT NULL ORDER BY plan DESC, number",
            {"audience": audience},
        )
        found = [(row["run"], _batch(row)) for row in rows]
        told = [(run, one) for run, one in found if one.outcome and one.outcome.told]
        return [(run, one) for run, one in told if one.plan == told[0][1].plan]

    def is_removal_refused(self, audience: str) -> bool:
        """Whether the platform refused to take somebody out when something was last sent."""
        rows = self._store.rows(
            "SELECT 1 FROM batches WHERE plan ="
            " (SELECT max(plan) FROM plans WHERE audience = :audience)"
            " AND operation = :removes AND state = :refused AND outcome IS NULL LIMIT 1",
            {
                "audience": audience,
                "removes": Operation.REMOVE.value,
                "refused": BatchState.REJECTED.value,
            },
        )
        return bool(rows)

    def unanswered(self, audience: str, *, since: datetime) -> list[tuple[str, JournalBatch]]:
        """Run and batches sent since a moment that nobody answered, the oldest first.

        Without those that were sent again as they were, under their key.
        """
        rows = self._store.rows(
            "SELECT plans.run, batches.* FROM batches JOIN plans USING (plan)"
            " WHERE audience = :audience AND state IN ('sending', 'unknown')"
            " AND receipt IS NULL AND NOT EXISTS (SELECT 1 FROM batches AS again"
            " WHERE again.batch = batches.batch AND again.id > batches.id"
            " AND again.state <> 'planned') ORDER BY batches.id",
            {"audience": audience},
        )
        found = [(row["run"], _batch(row)) for row in rows]
        return [(run, one) for run, one in found if one.sent_at and one.sent_at >= since]

    def files(self) -> set[str]:
        """The plan files still needed: of open plans, and later ones of the same audience."""
        rows = self._store.rows(
            "SELECT DISTINCT file FROM plans WHERE EXISTS (SELECT 1 FROM plans AS earlier"
            " WHERE earlier.audience = plans.audience AND earlier.is_open"
            " AND earlier.plan <= plans.plan)"
        )
        return {row["file"] for row in rows}

    def _insert(self, plan: int, ranges: Sequence[Range]) -> None:
        for one in ranges:
            self._store.change(
                "INSERT INTO batches (plan, batch, number, phase, operation, start, stop)"
                " VALUES (:plan, :batch, :number, :phase, :operation, :start, :stop)",
                {"plan": plan, **asdict(one)},
            )

    def _set(self, batch: int, state: BatchState, **values: str | int) -> None:
        columns = "".join(f", {name} = :{name}" for name in values)
        with self._store.transaction():
            self._store.change(
                f"UPDATE batches SET state = :state{columns} WHERE id = :id",
                {"id": batch, "state": state, **values},
            )


def _plan(row: Row) -> JournalPlan:
    return JournalPlan(
        plan=row["plan"],
        run=row["run"],
        audience=row["audience"],
        sink=row["sink"],
        file=row["file"],
        rules_version=row["rules_version"],
        match=Match(row["match"]),
        kinds=_kinds(json.loads(row["identifying"])),
        made_on=date.fromisoformat(row["made_on"]),
    )


def _kinds(stored: Sequence[str | Sequence[str]]) -> Kinds:
    # Earlier releases wrote names of columns, each of which was a kind of its own.
    return tuple((one,) if isinstance(one, str) else tuple(one) for one in stored)


def _batch(row: Row) -> JournalBatch:
    return JournalBatch(
        id=row["id"],
        plan=row["plan"],
        range=Range(
            batch=row["batch"],
            number=row["number"],
            phase=row["phase"],
            operation=Operation(row["operation"]),
            start=row["start"],
            stop=row["stop"],
        ),
        state=BatchState(row["state"]),
        receipt=None if row["receipt"] is None else json.loads(row["receipt"]),
        sent_at=None if row["sent_at"] is None else datetime.fromisoformat(row["sent_at"]),
        outcome=None if row["outcome"] is None else _outcome(json.loads(row["outcome"])),
        is_folded=bool(row["is_folded"]),
        known_since=row["known_since"],
    )


def _outcome(stored: Mapping[str, object]) -> Outcome:
    rejected = stored["rejected"]
    accepted = stored["accepted"]
    told = stored.get("told")  # none in outcomes of earlier releases
    if not isinstance(rejected, list) or not isinstance(accepted, int):
        raise TypeError("an outcome in the journal has lost its shape")
    return Outcome(
        accepted=accepted,
        rejected=tuple(
            RejectedRows(code=one["code"], count=one["count"], rows=tuple(one["rows"]))
            for one in rejected
        ),
        told=told if isinstance(told, dict) else {},
    )
