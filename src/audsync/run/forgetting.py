"""People who are to be forgotten: suppressed first, removed everywhere, then erased here.

Each step may be done again, so that whatever is killed goes on with the next run. Nothing is
written that tells who is being forgotten: they are found again by their marks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from audsync.config import Shop, SinkConfig
from audsync.contracts import KeyRule, Sink
from audsync.deliver import erase_everywhere
from audsync.errors import CredentialError, RemoteError, TableError
from audsync.files import disk_trouble, sync_folder
from audsync.identity.suppression import Suppression, Trace, digests_of
from audsync.match_keys import FURTHER, IDENTITY, is_looked_up, match_keys
from audsync.pull import erase_people
from audsync.redaction import redact
from audsync.run.identities import fact_name
from audsync.run.suppression import hides, of_request, touched
from audsync.snapshots import Snapshots
from audsync.sql_text import literal
from audsync.state import Audience, Forgetting, State
from audsync.state.members import CONFIRMED
from audsync.warehouse import Warehouse
from audsync.warehouse.forgotten import count_rows, values_of

if TYPE_CHECKING:
    import pyarrow as pa

_AGAIN = "say again who it is, with: audsync forget"


def conclude(
    state: State,
    warehouse: Warehouse,
    shop: Shop,
    sinks: Mapping[str, Sink],
    suppression: Suppression,
    *,
    snapshots: Snapshots,
    given: Collection[str],
    run: str,
) -> list[str]:
    """Bring every request as far as it goes, after removals went out; a sentence per open one.

    A sink that can takes the person out of all audiences of its account. When nothing of the
    person is left at any sink, what is held here is erased. `given` has the address of one of
    them, in normal form, where somebody gave it.
    """
    told = []
    for request in state.suppressions.pending():
        mine = of_request(state, suppression, request.id)
        forgetting = _Forgetting(state, warehouse, shop, sinks, mine, request, run, snapshots)
        waiting = forgetting.at_sinks(given)
        if waiting:
            forgetting.tell(waiting, {}, finished_at=None)
            told.append(
                f"somebody who asked to be forgotten is still at {', '.join(sorted(waiting))}; "
                f"the next run goes on, see: audsync forget status --shop {shop.id}"
            )
        else:
            forgetting.erase()
    return told


def waiting_audiences(state: State, suppression: Suppression) -> list[Audience]:
    """The audiences of which a file still holds a marked member, whosever row it is."""
    needed = state.journal.files()
    plans = {plan.file: plan.audience for plan in state.journal.all() if plan.file in needed}
    left = {
        audience
        for file, audience in plans.items()
        if touched(state.plans.read(file), suppression).any()
    }
    return [
        one
        for one in state.audiences.list()
        if one.audience in left or _holds(state, one, suppression)
    ]


def _holds(state: State, audience: Audience, suppression: Suppression) -> bool:
    rows = state.confirmed(audience.audience)
    return rows is not None and bool(touched(rows, suppression).any())


class _Forgetting:
    """One person on the way out."""

    def __init__(
        self,
        state: State,
        warehouse: Warehouse,
        shop: Shop,
        sinks: Mapping[str, Sink],
        marks: Suppression,
        request: Forgetting,
        run: str,
        snapshots: Snapshots,
    ) -> None:
        self._state = state
        self._warehouse = warehouse
        self._shop = shop
        self._sinks = sinks
        self._marks = marks
        self._request = request
        self._run = run
        self._snapshots = snapshots

    def at_sinks(self, given: Collection[str]) -> dict[str, list[str]]:
        """Take the person out of all accounts; what is still open, by sink."""
        waiting: dict[str, list[str]] = {}
        for name in sorted(self._sinks):
            if not self._sinks[name].capabilities.erase_everywhere:
                continue
            if name not in self._request.erased_at and (why := self._erase_at(name, given)):
                waiting[name] = [why]
        for audience in waiting_audiences(self._state, self._marks):
            missing = "" if audience.sink in self._sinks else "; the sink is not configured"
            waiting.setdefault(audience.sink, []).append(f"{audience.name}{missing}")
        return waiting

    def _erase_at(self, name: str, given: Collection[str]) -> str | None:
        """Why the sink could not take the person out of its account; None where it did."""
        sink = self._sinks[name]
        known = [form for form in given if self._is_of_marks(form)]
        found = count_rows(self._warehouse.engine, self._marks, hides=hides(self._shop))
        if not known and not any(found.values()):
            return f"nothing is held here of the person to erase by; {_AGAIN}"
        keys = self._keys(self._shop.sinks[name], sink.key_rules, known)
        try:
            if keys.num_rows and not erase_everywhere(sink, keys):
                return "the platform is still at work"
        except (RemoteError, CredentialError, TableError) as error:
            return redact(str(error))
        with self._state.transaction():
            self._doubt(name)
            self._state.suppressions.erased(self._request, name)
        return None

    def _is_of_marks(self, form: str) -> bool:
        marks = self._marks.marks_of(Trace.EMAIL, digests_of(Trace.EMAIL, form, ()))
        return marks <= self._marks.marks

    def _keys(
        self, config: SinkConfig, rules: Mapping[str, KeyRule], given: Sequence[str]
    ) -> "pa.Table":
        """The keys by which a sink finds the person: one row per address and number."""
        import pyarrow as pa

        is_hidden = hides(self._shop)
        values = values_of(self._warehouse.engine, self._marks, hides=is_hidden).to_pylist()
        forms = {("email", form) for form in given}
        forms |= set() if is_hidden else {(row["kind"], row["value"]) for row in values}
        people = _people(sorted(forms))
        parts = [match_keys(rules, people).rows.select([*rules])]
        if is_hidden and values:
            parts += [self._looked_up(config, name, rules) for name in _found_by(rules)]
        return pa.concat_tables(parts)

    def _looked_up(
        self, config: SinkConfig, name: str, rules: Mapping[str, KeyRule]
    ) -> "pa.Table":
        """The keys of one column that were made of hidden values."""
        import pyarrow as pa

        values = values_of(self._warehouse.engine, self._marks, hides=True)
        with self._warehouse.engine.handed_over("audsync_values", values):
            found = self._warehouse.engine.fetch(
                "SELECT DISTINCT f.text FROM main.identity_facts AS f JOIN audsync_values AS v "
                "ON v.kind = f.kind AND v.value = f.value "
                f"WHERE f.fact = {literal(fact_name(config, name, rules))} ORDER BY text"
            )
        nothing = pa.chunked_array([pa.nulls(found.num_rows, pa.string())])
        columns = [found["text"] if one == name else nothing for one in rules]
        return pa.table(columns, [*rules])

    def _doubt(self, sink: str) -> None:
        """Make the rows of others uncertain who share a key: they may be out as well.

        The next run sends them again, without it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        for audience in self._state.audiences.list():
            rows = self._state.confirmed(audience.audience)
            if audience.sink != sink or rows is None:
                continue
            shared = touched(rows, self._marks)
            if not shared.any():
                continue
            days = pc.if_else(pa.array(shared), pa.scalar(None, pa.date32()), rows[CONFIRMED])
            place = rows.schema.get_field_index(CONFIRMED)
            doubted = rows.set_column(place, rows.schema.field(place), days)
            uncertain = doubted[CONFIRMED].null_count
            file = self._state.members.write(doubted)
            facts = {"run": self._run, "audience": audience.audience, "member_file": file}
            self._state.ledger.append("doubted", at=datetime.now(UTC), facts=facts)
            self._state.audiences.point(
                audience.audience,
                member_file=file,
                rules_version=audience.rules_version,
                members=doubted.num_rows - uncertain,
                uncertain=uncertain,
                run=self._run,
            )

    def erase(self) -> None:
        """Erase what is held here, and say so in receipt and ledger."""
        erased = erase_people(self._warehouse, self._marks, hides=hides(self._shop))
        quarantined = self._state.folder / "quarantine"
        with disk_trouble(quarantined):
            # Its values are masked, so that nobody can say whose they are.
            files = sorted(quarantined.glob("*.jsonl"))
            for path in files:
                path.unlink()
            if files:
                sync_folder(quarantined)
        snapshots = self._snapshots.take_out(self._marks, datetime.now(UTC))
        self._erase_history()
        self._state.sweep()
        more = {"quarantine_files": len(files), "snapshots": snapshots}
        counts = {**erased, **{name: count for name, count in more.items() if count}}
        self.tell({}, counts, finished_at=datetime.now(UTC))

    def _erase_history(self) -> None:
        """Leave nothing of the person in the history of audiences."""
        import pyarrow as pa

        for moves in self._state.history.moves():
            rows = self._state.history.files.read(moves.file)
            theirs = touched(rows, self._marks)
            if theirs.any():
                self._state.history.rewrite(moves, rows.filter(pa.array(~theirs)))

    def tell(
        self,
        waiting: Mapping[str, Sequence[str]],
        erased: Mapping[str, int],
        *,
        finished_at: datetime | None,
    ) -> None:
        """Keep the receipt as it is now."""
        receipt: dict[str, Any] = {
            "run": self._run,
            "sinks": [
                {"sink": name, "state": "pending" if name in waiting else "done"}
                | {"waits_for": [*waiting.get(name, ())]}
                for name in sorted({*self._sinks, *waiting})
            ],
            "erased": dict(erased),
        }
        with self._state.transaction():
            self._state.suppressions.told(self._request.id, receipt, finished_at=finished_at)
            if finished_at is not None:
                facts = {"request": self._request.id, "run": self._run, "erased": dict(erased)}
                self._state.ledger.append("forgotten", at=finished_at, facts=facts)


def _people(forms: Sequence[tuple[str, str]]) -> "pa.Table":
    """Rows as key rules take them, each with one address or number and nothing else."""
    import pyarrow as pa

    columns: dict[str, list[str | None]] = {
        name: [form if kind == name else None for kind, form in forms]
        for name in (*IDENTITY, *FURTHER)
    }
    columns["client_id"] = [f"{number:09d}" for number in range(len(forms))]
    return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})


def _found_by(rules: Mapping[str, KeyRule]) -> Iterator[str]:
    """The keys that a value is looked up by: of those of one kind the first."""
    for name, rule in rules.items():
        if rule.identifies and is_looked_up(rule) and rule.place == 1:
            yield name
