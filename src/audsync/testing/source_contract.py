"""What every source keeps to, as tests that a connector inherits.

    class TestCsv(SourceContract):
        @pytest.fixture
        def source(self, tmp_path: Path) -> Source: ...

`source` reads a sample shop with at least one row in each table it can fill, and with the
texts of `CANARIES` among its e-mail addresses, phones and names; `reordered` the same shop with
its rows in another order; `unreadable` a shop with the same texts that cannot be read at all.
"""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from audsync.connector_checks import check_class, check_options, check_source
from audsync.contracts import Cursor, Finding, Level, Page, Source
from audsync.errors import AudsyncError, TransientError
from audsync.pull import pull
from audsync.quarantine import QuarantineLimits
from audsync.tables import TABLES
from audsync.testing.error_texts import texts_of
from audsync.testing.memory_source import CANARIES
from audsync.warehouse import Warehouse
from audsync.warehouse.page_check import check_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audsync.tables import Kind

Held = dict[str, list[dict[str, object]]]

_ALL_LOSSES = QuarantineLimits(warn_percent=100, stop_percent=100)
_MOST_STOPS = 25


class SourceContract:
    """The laws of `contracts.Source`; a subclass gives the three fixtures."""

    until = datetime(2024, 6, 1, tzinfo=UTC)
    # Whether a pull from the last cursor on may send again what is held.
    sends_again: ClassVar[bool] = False

    def attached(self, source: Source, warehouse: Warehouse) -> Source:  # noqa: ARG002 -- a hook
        """The source as it is for that warehouse; for one that asks what is held, another."""
        return source

    @pytest.fixture
    def source(self) -> Source:
        """A source of the sample shop."""
        raise NotImplementedError

    @pytest.fixture
    def reordered(self) -> Source:
        """The sample shop with its rows in another order."""
        raise NotImplementedError

    @pytest.fixture
    def unreadable(self) -> Source:
        """A source that cannot be read."""
        raise NotImplementedError

    def test_what_it_says_of_itself_is_right(self, source: Source) -> None:
        """Its class, its options, and the columns it provides."""
        made = type(source)
        found = [
            *check_class(made, Source),
            *check_options(made.Options),
            *check_source(source),
        ]
        assert [one.message for one in found if one.level is Level.ERROR] == []

    def test_a_check_changes_nothing(self, source: Source, tmp_path: Path) -> None:
        """It may be made at any time, and says what is wrong in findings."""
        before = self.held(source, tmp_path / "before")
        findings = source.check()
        assert all(isinstance(one, Finding) for one in findings)
        assert source.check() == findings
        assert self.held(source, tmp_path / "after") == before

    def test_every_page_keeps_the_contract_of_its_table(self, source: Source) -> None:
        """Types, required columns and closed vocabularies are right."""
        pages = self.pages(source)
        assert sum(page.rows.num_rows for page in pages) > 0
        for page in pages:
            check_page(page, source.params)

    def test_every_column_sent_is_one_it_provides(self, source: Source) -> None:
        """`provides` and `params` tell the truth."""
        sent = {f"{p.table}.{name}" for p in self.pages(source) for name in p.rows.column_names}
        assert sent <= source.provides | set(source.params)
        assert {name.partition(".")[0] for name in source.provides} <= set(TABLES)

    def test_a_pull_ends_with_a_cursor(self, source: Source) -> None:
        """Otherwise its last pages would be read again each time."""
        assert self.pages(source)[-1].cursor is not None

    def test_a_pull_straight_after_a_pull_gives_nothing(
        self, source: Source, tmp_path: Path
    ) -> None:
        """From the last cursor on there is nothing new."""
        if not self.sends_again:
            cursor = self.pages(source)[-1].cursor
            assert self.pages(source, _as_kept(cursor)) == []
        before = self.held(source, tmp_path)
        assert self.changes(source, tmp_path) == 0
        assert self.held(source, tmp_path) == before

    def test_the_same_shop_gives_the_same_rows(self, source: Source, tmp_path: Path) -> None:
        """Reading leaves no trace in the source."""
        assert self.held(source, tmp_path / "a") == self.held(source, tmp_path / "b")

    def test_a_pull_that_stops_anywhere_is_continued(
        self, source: Source, tmp_path: Path
    ) -> None:
        """From whichever cursor was kept, the rest makes the same tables."""
        whole = self.held(source, tmp_path / "whole")
        for stop in range(1, min(len(self.pages(source)), _MOST_STOPS)):
            folder = tmp_path / str(stop)
            with pytest.raises(TransientError):
                self.held(source, folder, stop=stop)
            assert self.held(source, folder) == whole

    def test_the_order_of_rows_does_not_matter(
        self, source: Source, reordered: Source, tmp_path: Path
    ) -> None:
        """Another order of the same rows makes the same tables."""
        one = self.held(source, tmp_path / "one")
        assert self.held(reordered, tmp_path / "other") == one

    def test_a_rejection_says_where_and_why(self, source: Source) -> None:
        """Table, place and a short code; the value is never shown by `repr`."""
        for page in self.pages(source):
            for rejection in page.rejected:
                assert rejection.table in TABLES
                assert rejection.place
                assert re.fullmatch(r"[a-z][a-z0-9_]*", rejection.reason)
                assert not (rejection.value and f"value={rejection.value!r}" in repr(rejection))

    def test_a_shop_that_cannot_be_read_is_an_error_without_values(
        self, unreadable: Source
    ) -> None:
        """The error is one of ours, and neither it nor its chain quotes a row."""
        with pytest.raises(AudsyncError) as caught:
            self.pages(unreadable)
        assert not _canaries_in(*texts_of(caught.value))

    def test_no_value_of_a_person_is_logged_or_printed(
        self,
        source: Source,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not by a check, not by a pull, not at the most talkative level, not in a note."""
        caplog.set_level(logging.DEBUG)
        findings = source.check()
        notes = [note for page in self.pages(source) for note in page.notes]
        printed = capsys.readouterr()
        told = (caplog.text, printed.out, printed.err, repr(findings), *notes)
        assert not _canaries_in(*told)

    def pages(self, source: Source, cursor: Cursor | None = None) -> list[Page]:
        """All pages of a pull."""
        return list(source.pull(cursor, self.until))

    def changes(self, source: Source, folder: Path) -> int:
        """By how many steps a pull into the warehouse of `folder` changed its rows."""
        with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
            before = warehouse.generation
        self.held(source, folder)
        with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
            return warehouse.generation - before

    def held(self, source: Source, folder: Path, *, stop: int | None = None) -> Held:
        """The tables after a pull into the warehouse of `folder`, rows sorted by key.

        With `stop` the pull ends in a TransientError after so many pages.
        """
        with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
            attached = self.attached(source, warehouse)
            pull(
                attached if stop is None else _Stopped(attached, stop),
                warehouse,
                until=self.until,
                country="GB",
                limits=_ALL_LOSSES,
                source_percent=0,
                quarantine_file=folder / "quarantine.jsonl",
                progress=lambda _table, _rows, _of: None,
            )
            return {
                name: warehouse.engine.fetch(
                    f"SELECT * FROM main.{name} ORDER BY {', '.join(table.key)}"
                ).to_pylist()
                for name, table in TABLES.items()
            }


class _Stopped:
    """Another source, whose pull ends in an error after so many pages."""

    Options: ClassVar[type] = object

    def __init__(self, source: Source, pages: int) -> None:
        self._source = source
        self._pages = pages

    @property
    def provides(self) -> frozenset[str]:
        return self._source.provides

    @property
    def params(self) -> "Mapping[str, Kind]":
        return self._source.params

    def check(self) -> list[Finding]:
        return self._source.check()

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        for number, page in enumerate(self._source.pull(cursor, until)):
            if number == self._pages:
                break
            yield page
        raise TransientError("stopped on purpose", connector="contract kit")


def _as_kept(cursor: Cursor | None) -> Cursor | None:
    kept: Cursor | None = json.loads(json.dumps(cursor))
    return kept


def _canaries_in(*texts: str) -> bool:
    spoken = " ".join(texts).lower()
    return any(canary.lower() in spoken for canary in CANARIES)
