"""The pages of one pull, taken in order: checked, collected, judged, committed."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from audsync.contracts import Cursor, Loss, Page, Rejection, Source
from audsync.errors import AudsyncError, TableError
from audsync.identity.hiding import Hiding
from audsync.identity.suppression import Suppression
from audsync.pull.basis import (
    kept_facts,
    note_whole,
    prepare,
    settle,
    sizes_when_whole,
    wanted_basis,
)
from audsync.pull.guards import FEW, check_losses, check_shrinkage, lost_rows, lost_values
from audsync.pull.pages import count_after, pages_of, without_answers_after
from audsync.pull.report import PullReport, TableCounts, Warned
from audsync.quarantine import MOST_ALIKE, Quarantine, QuarantineLimits
from audsync.tables import SQL_TYPES, TABLES
from audsync.warehouse import Warehouse
from audsync.warehouse.facts import (
    drop_unheld_facts,
    forget_staged_facts,
    store_staged_facts,
    sweep_facts,
)
from audsync.warehouse.forgotten import erase_forgotten
from audsync.warehouse.page_check import check_page, param_columns
from audsync.warehouse.schema import fit_columns, source_columns
from audsync.warehouse.stage import Merged, Stage

# Clocks and zones differ by less.
_AHEAD: Final = timedelta(days=1)


def pull(  # noqa: PLR0913 -- all keyword-only; a bundle would be made for this call alone
    source: Source,
    warehouse: Warehouse,
    *,
    until: datetime,
    country: str,
    limits: QuarantineLimits,
    source_percent: int,
    quarantine_file: Path,
    progress: Callable[[str, int, int | None], None],
    accept_smaller: bool = False,
    hiding: Hiding | None = None,
    suppression: Suppression | None = None,
) -> PullReport:
    """Bring into the warehouse what the source has made or changed since the last pull.

    Pages become durable with the next cursor; from the first page that replaces a table on,
    only at the end, when that table is known whole. Rows equal to those held are not written.
    `until` is the aware moment of the run, `country` the shop's ISO code, for phone numbers of
    rows without one. `progress` is told the table, the rows of it read so far, and how many
    are expected.
    `accept_smaller` says that a person has seen and confirmed that a table has shrunk.
    `hiding` is how identities are hidden before anything is written, None where they are
    stored; where what is held was made otherwise, the source is asked for everything. Whom
    `suppression` tells is not stored; None where nobody was forgotten.

    Raises GuardError when too many rows were refused or the source has shrunk, TableError when
    the source breaks its contract, and what the source raises; what had no cursor before that
    is then not kept. Bad rows are in `quarantine_file` in each case, before the cursor moves
    past them.
    """
    terms = _Terms(
        latest=until + _AHEAD,
        country=country,
        limits=limits,
        source_percent=0 if accept_smaller else source_percent,
        quarantine_file=quarantine_file,
        hiding=hiding,
        suppression=suppression,
    )
    intake = _Intake(warehouse, source, terms)
    try:
        intake.prepare()
        for page in pages_of(source, warehouse.cursor, until):
            intake.take(page)
            progress(page.table, intake.read[page.table], page.expected)
        intake.finish()
    except AudsyncError:
        intake.give_up()
        raise
    return intake.report()


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a pull is judged by, and where its bad rows go."""

    latest: datetime
    country: str
    limits: QuarantineLimits
    source_percent: int
    quarantine_file: Path
    hiding: Hiding | None
    suppression: Suppression | None


class _Intake:
    """One pull at work: what was collected and counted so far."""

    def __init__(self, warehouse: Warehouse, source: Source, terms: _Terms) -> None:
        self.read: Counter[str] = Counter()
        self.quarantine = Quarantine()
        self._warehouse = warehouse
        self._source = source
        self._terms = terms
        self._cursor: Cursor | None = None
        self._stages: dict[str, Stage] = {}
        self._whole: set[str] = set()
        self._repeated: Counter[str] = Counter()
        self._merged: dict[str, list[Merged]] = {}
        self._future: Counter[tuple[str, str]] = Counter()
        self._normal_dropped: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._before = warehouse.generation
        self._marks_before = len(terms.suppression.marks) if terms.suppression else 0
        self._losses: list[str] = []
        self._notes: dict[str, None] = {}
        self._basis = wanted_basis(terms.country, terms.hiding)
        self._read_anew: str | None = None
        self._started = time.perf_counter()

    def prepare(self) -> None:
        """Bring what is held to today's rules, or let the source begin from the start."""
        with self._timed("normal_forms"):
            self._read_anew, dropped = prepare(self._warehouse, self._basis)
        self._normal_dropped.update(dropped)

    def take(self, page: Page) -> None:
        """Check a page and collect its rows; commit when its cursor allows it."""
        check_page(page, self._source.params)
        self.quarantine.add(page.rejected)
        self._notes |= dict.fromkeys(page.notes)
        self._note_replacement(page)
        ahead = count_after(page, self._terms.latest)
        self._future.update({(page.table, name): count for name, count in ahead.items()})
        page = without_answers_after(page, self._terms.latest)
        with self._timed("collect"):
            self._stage(page.table).add(
                page.rows, first_number=self.read[page.table], whole_of=page.whole_of
            )
        self.read[page.table] += page.rows.num_rows
        if page.cursor is not None:
            self._cursor = page.cursor
            if not self._whole:
                self._commit()

    def finish(self) -> None:
        """Commit what is collected, and resolve accounts and orders into clients."""
        self._commit()
        was_late = self._erase_late()
        rows_changed = self._warehouse.generation > self._before
        with self._warehouse.transaction():
            note_whole(self._warehouse)
            if settle(self._warehouse, self._basis) or rows_changed:
                sweep_facts(self._warehouse.engine, kept_facts(self._basis))
        with self._timed("resolve"):
            self._warehouse.resolve_if_stale()
        if was_late:
            self._warehouse.rewrite()

    def _erase_late(self) -> bool:
        """Erase what had come of forgotten people before it was known to be theirs.

        Such as an order of an account whose address came later.
        """
        suppression = self._terms.suppression
        if suppression is None or len(suppression.marks) == self._marks_before:
            return False
        with self._warehouse.transaction():
            erased = erase_forgotten(
                self._warehouse.engine, suppression, hides=self._terms.hiding is not None
            )
            if erased:
                self._warehouse.note_changed_rows()
        return bool(erased)

    def give_up(self) -> None:
        """Leave what is held in order, and the bad rows to be looked at, after an error."""
        for step in (
            self._write_quarantine,
            self._forget,
            self._warehouse.resolve_if_stale,
        ):
            with suppress(AudsyncError):  # the error that is under way says more
                step()

    def _write_quarantine(self) -> None:
        self.quarantine.write(self._terms.quarantine_file)

    def _forget(self) -> None:
        for stage in self._stages.values():
            stage.forget()
        self._stages.clear()
        forget_staged_facts(self._warehouse.engine)

    def report(self) -> PullReport:
        """What was done."""
        self._seconds["all"] = time.perf_counter() - self._started
        return PullReport(
            tables={name: self._counts(name) for name in TABLES if self._was_read(name)},
            rejections=self.quarantine.counts,
            warnings=tuple(
                Warned(table, column, "in_the_future", count)
                for (table, column), count in sorted(self._future.items())
                if count
            ),
            normal_dropped=dict(sorted(self._normal_dropped.items())),
            resolution=self._warehouse.resolution,
            changed=self._warehouse.generation > self._before,
            losses=tuple(self._losses),
            read_anew=self._read_anew,
            notes=tuple(self._notes),
            generation=self._warehouse.generation,
            seconds=dict(self._seconds),
        )

    def _note_replacement(self, page: Page) -> None:
        if not page.replaces or page.table in self._whole:
            return
        if page.table in self.read:
            raise TableError(
                f"{page.table}: a page replaces the table after other pages of the same pull; "
                "the first page must say so"
            )
        self._whole.add(page.table)

    def _stage(self, table: str) -> Stage:
        params = param_columns(table, self._source.params)
        columns = source_columns(TABLES[table]) | {n: SQL_TYPES[k] for n, k in params.items()}
        if table not in self._stages:
            self._stages[table] = Stage(
                self._warehouse.engine,
                TABLES[table],
                columns,
                country=self._terms.country,
                hiding=self._terms.hiding,
                suppression=self._terms.suppression,
            )
        self._stages[table].widen(columns)
        return self._stages[table]

    def _commit(self) -> None:
        with self._timed("judge"):
            self._drop_duplicates()
            self._judge()
        # First: once the cursor has moved the source does not send these rows again.
        self._write_quarantine()
        with self._timed("merge"), self._warehouse.transaction():
            self._fit_columns()
            touched = sum(self._merge(name) for name in TABLES if name in self._stages)
            if self._terms.suppression is not None:
                drop_unheld_facts(self._warehouse.engine)
            store_staged_facts(self._warehouse.engine)
            if touched:
                self._warehouse.note_changed_rows()
            if self._cursor is not None:
                self._warehouse.remember("cursor", self._cursor)
            self._warehouse.remember("provided", sorted(self._source.provides))
            self._warehouse.remember("params", dict(self._source.params))
        self._forget()

    def _drop_duplicates(self) -> None:
        for name, stage in self._stages.items():
            found = stage.drop_duplicates(show=MOST_ALIKE)
            self._repeated[name] += found.count
            column = ", ".join(TABLES[name].key)
            self.quarantine.add_some(
                (
                    Rejection(name, f"row {n + 1}", column, "duplicate_key", Loss.ROW, key)
                    for n, key in found.first
                ),
                of=found.count,
            )

    def _judge(self) -> None:
        read = {name: self._rows_read(name) for name in TABLES if self._was_read(name)}
        rows = [
            lost_rows(name, read=count, whole=name in self._whole, quarantine=self.quarantine)
            for name, count in read.items()
        ]
        self._losses = check_losses(
            [*filter(None, rows), *lost_values(read, self.quarantine)],
            self._terms.limits,
            quarantine=str(self._terms.quarantine_file),
        )
        sizes = {
            name: (self._warehouse.rows(name), self._stages[name].count)
            for name in TABLES
            if name in self._whole
        }
        check_shrinkage(sizes | self._losing(), percent=self._terms.source_percent)

    def _losing(self) -> dict[str, tuple[int, int]]:
        """Sizes before and after of tables that lose more than a few rows, one by one.

        Before is when the shop was last read to its end: many pages that are kept one after
        another must not take out together what none may alone, in one pull or in several.
        """
        at_the_end, sizes = sizes_when_whole(self._warehouse), {}
        for name, stage in self._stages.items():
            if name not in self._whole and (leaving := stage.leaving):
                held = self._warehouse.rows(name)
                sizes[name] = max(held, at_the_end.get(name, 0)), held - leaving
        return {
            name: (before, now) for name, (before, now) in sizes.items() if before - now > FEW
        }

    def _fit_columns(self) -> None:
        # Of all tables: what `params` names must be there, also where no row has come.
        for table in TABLES:
            if params := param_columns(table, self._source.params):
                wanted = {name: SQL_TYPES[kind] for name, kind in params.items()}
                fit_columns(self._warehouse.engine, table, wanted)

    def _merge(self, table: str) -> int:
        merged = self._stages[table].merge(replaces=table in self._whole)
        self._merged.setdefault(table, []).append(merged)
        self._normal_dropped.update(merged.normal_dropped)
        return merged.total

    def _was_read(self, table: str) -> bool:
        return table in self.read or self.quarantine.dropped(table) > 0

    def _rows_read(self, table: str) -> int:
        # Rows that lost against a later one were sent; the other lost rows were not.
        return self.read[table] + self.quarantine.dropped(table) - self._repeated[table]

    def _counts(self, table: str) -> TableCounts:
        merged = self._merged.get(table, [])
        return TableCounts(
            read=self._rows_read(table),
            dropped=self.quarantine.dropped(table),
            new=sum(part.new for part in merged),
            changed=sum(part.changed for part in merged),
            removed=sum(part.removed for part in merged),
            kept_out=sum(part.kept_out for part in merged),
            held=self._warehouse.rows(table),
        )

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] += time.perf_counter() - started
