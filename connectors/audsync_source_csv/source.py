"""The source: which files changed since the cursor, and the pages of what they say now."""

import hashlib
import json
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from audsync.contracts import Context, Cursor, Finding, Level, Loss, Page, Rejection, Source
from audsync.errors import AudsyncError, SourceDataError
from audsync.tables import Kind, arrow_schema
from audsync_source_csv.files import LocalFile, opened, unchanged
from audsync_source_csv.filling import (
    ConsentRecords,
    EventRecords,
    Filling,
    OrderRecords,
    Part,
    Records,
    ReturnRecords,
)
from audsync_source_csv.line_filling import LineRecords
from audsync_source_csv.locations import Known, Locations, Place
from audsync_source_csv.mapping import Mapping as ColumnMapping
from audsync_source_csv.options import Cell, CsvOptions, Feed
from audsync_source_csv.provides import filled_tables, how_to_fill, params, provided
from audsync_source_csv.reader import Text, open_text
from audsync_source_csv.targets import ANSWERS
from audsync_source_csv.xml_paths import row_path
from audsync_source_csv.xml_reader import XmlText

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_source_csv.records import Readable

# Raised when the same file and mapping give other rows than before: all is read again then.
_READING: Final = 3
# Feeds whose rows have no id: a file that is read again would give more of them.
_OF_LINES: Final = frozenset({"order_rows", "order_lines", "returns"})
_LOOK_BYTES: Final = 1 << 20
_LOOK_PARTS: Final = 6  # of two blocks or more
Places = Mapping[str, Sequence[Place]]


class CsvSource:
    """A shop whose orders, customers and products are files of delimited text, or XML."""

    Options: ClassVar[type] = CsvOptions

    def __init__(self, options: CsvOptions, context: Context) -> None:
        self._options = options
        self._context = context
        self._feeds = options.feeds()

    @property
    def provides(self) -> frozenset[str]:
        """The mapped columns and those derived from them, as `table.column`."""
        return provided(self._options)

    @property
    def params(self) -> Mapping[str, Kind]:
        """Types of the mapped parameters."""
        return params(self._options)

    def how_to_fill(self, missing: str, at: str) -> str:
        """The table of the config, or the mapping, that fills what is missing."""
        return how_to_fill(self._options, missing, at)

    @staticmethod
    def guess(files: Iterable[Path], *, folder: Path) -> str:
        """A commented mapping for these files, as TOML for the config of `folder`."""
        from audsync_source_csv.guess import guess

        return guess(list(files), folder=folder)

    def check(self) -> list[Finding]:
        """Open every file and read its beginning."""
        findings: list[Finding] = []
        with tempfile.TemporaryDirectory(prefix="audsync-") as folder:
            locations = Locations(self._options, self._context, Path(folder))
            for kind, feed in self._feeds.items():
                try:
                    for place in locations.places(feed, {}):
                        findings += self._look(kind, feed, locations.file(place))
                except AudsyncError as error:
                    findings.append(Finding(Level.ERROR, f"{kind}: {error}"))
        return findings

    def pull(
        self,
        cursor: Cursor | None,
        until: datetime,  # noqa: ARG002 -- what lies after it is left to the core
    ) -> Iterator[Page]:
        """Pages of the files that changed; the last one alone has the cursor.

        A file of mode `full` that changed is read with all that fill the same tables.
        """
        with tempfile.TemporaryDirectory(prefix="audsync-") as folder:
            locations = Locations(self._options, self._context, Path(folder))
            known = self._known(cursor)
            places = {
                kind: locations.places(feed, known.get(kind, {}))
                for kind, feed in self._feeds.items()
            }
            wanted = self._changed(places, known)
            if not wanted and cursor is not None:
                return
            new: Cursor = {
                "files": {
                    kind: self._kept(kind, known) | {p.key: p.known() for p in places[kind]}
                    for kind in self._feeds
                },
                "options": self._fingerprint(),
            }
            yield from _ended(self._pages(wanted, locations), new)

    def _known(self, cursor: Cursor | None) -> dict[str, Known]:
        """The files that the cursor knows, by feed; none when they are to be read otherwise."""
        if cursor is None or cursor.get("options") != self._fingerprint():
            return {}
        files = cursor.get("files")
        return dict(files) if isinstance(files, Mapping) else {}

    def _kept(self, kind: str, known: Mapping[str, Known]) -> dict[str, object]:
        """Files read earlier whose rows stay though the files are gone."""
        return dict(known.get(kind, {})) if self._feeds[kind].mode == "append" else {}

    def _fingerprint(self) -> str:
        shop = (self._context.timezone, self._context.currency, self._context.country)
        options = asdict(self._options)
        text = json.dumps([_READING, shop, options], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _changed(self, places: Places, known: Mapping[str, Known]) -> dict[str, list[Place]]:
        """The files to read, by feed: new ones and changed ones, and what goes with them."""
        wanted: dict[str, list[Place]] = {}
        for kind, feed in self._feeds.items():
            before = known.get(kind, {})
            new = [p for p in places[kind] if before.get(p.key, {}).get("sha256") != p.sha256]
            gone = set(before) - {place.key for place in places[kind]}
            if feed.mode == "full" and gone:
                raise SourceDataError(
                    f"{kind}: {min(gone)} was read before and is gone; put it back, or change "
                    "`files` if its rows shall go too"
                )
            if new or not before:
                wanted[kind] = list(places[kind]) if feed.mode == "full" else new
        return wanted | self._sharing(wanted, places)

    def _sharing(self, wanted: Mapping[str, object], places: Places) -> dict[str, list[Place]]:
        """Feeds of mode `full` that fill a table which another one fills anew."""
        full = {kind: feed for kind, feed in self._feeds.items() if feed.mode == "full"}
        anew = {name for kind in wanted if kind in full for name in filled_tables(full[kind])}
        return {
            kind: list(places[kind])
            for kind, feed in full.items()
            if kind not in wanted and anew & set(filled_tables(feed))
        }

    def _pages(
        self, wanted: Mapping[str, Sequence[Place]], locations: Locations
    ) -> Iterator[Page]:
        begun: set[str] = set()
        for kind, feed in self._feeds.items():
            if kind not in wanted:
                continue
            for table, rows, rejected, notes in self._parts(feed, wanted[kind], locations):
                if rows.num_rows or rejected or notes or table not in begun:
                    replaces = feed.mode == "full"
                    begun.add(table)
                    yield Page(table, rows, rejected=rejected, replaces=replaces, notes=notes)
            for table in filled_tables(feed):
                if feed.mode == "full" and table not in begun:
                    begun.add(table)
                    yield Page(table, self._nothing(table), replaces=True)

    def _nothing(self, table: str) -> "pa.Table":
        return arrow_schema(table).empty_table()

    def _parts(
        self, feed: Feed, places: Sequence[Place], locations: Locations
    ) -> Iterator[Part]:
        filling = _filling(feed)
        lacking = [set(cell.headers()) for cell in _answers(feed)]
        notes: list[str] = []
        read: dict[str, str] = {}
        for place in places:
            file = locations.file(place)
            if file.sha256 in read and feed.KIND in _OF_LINES:
                notes.append(_same(feed, file.shown, read[file.sha256]))
                continue
            read[file.sha256] = file.shown
            # A file added to others says its orders whole: reading it twice is harmless.
            filling = _filling(feed) if feed.mode == "append" else filling
            with opened(file, max_bytes=self._options.max_size_mb << 20) as stream:
                text = _text(feed, stream, file.shown)
                yield from self._of_file(feed, text, filling)
            unchanged(file)
            lacking = [headers & {*text.lacking} for headers in lacking]
        if filling.spread:
            notes.append(_spread(feed, filling.spread))
        if notes:
            table = filled_tables(feed)[0]
            yield Part(table, self._nothing(table), notes=notes)
        for headers in lacking:
            if headers and places and feed.mode == "full":
                raise SourceDataError(
                    f'{feed.KIND}: no file has the column "{min(headers)}", so that each '
                    "answer would be the default; correct the name, or take the mapping out"
                )

    def _of_file(
        self, feed: Feed, text: Text | XmlText, filling: Filling, size: int | None = None
    ) -> Iterator[Part]:
        mapping = ColumnMapping(feed, self._context)
        for cells in text.blocks(mapping.wanted(), *([size] if size else [])):
            parts = filling.parts(cells, mapping)
            table = "order_lines" if feed.KIND == "order_rows" else filled_tables(feed)[0]
            bad = [
                Rejection(table, f"{text.shown}:{row.line}", "", row.reason, Loss.ROW)
                for row in cells.bad
            ]
            for part in parts:
                if part.table == table and bad:
                    yield part._replace(rejected=[*bad, *part.rejected])
                else:
                    yield part

    def _look(self, kind: str, feed: Feed, file: LocalFile) -> list[Finding]:
        with opened(file, max_bytes=self._options.max_size_mb << 20) as stream:
            text = _text(feed, stream, file.shown)
            deque(
                islice(self._of_file(feed, text, _filling(feed), _LOOK_BYTES), _LOOK_PARTS), 0
            )
        found = f"{kind}: {file.shown}: {text.described}"
        if not text.assumed:
            return [Finding(Level.OK, found)]
        return [
            Finding(
                Level.WARNING,
                f"{found} was assumed, since it is not UTF-8",
                f'if letters look right, set encoding = "{text.encoding}"',
            )
        ]


def _text(feed: Feed, stream: "Readable", shown: str) -> Text | XmlText:
    if feed.rows():
        paths = [row_path(text) for text in feed.rows()]
        return XmlText(stream, paths, feed.encoding, shown)
    return open_text(stream, delimiter=feed.delimiter, encoding=feed.encoding, shown=shown)


def _same(feed: Feed, file: str, other: str) -> str:
    return f"{feed.KIND}: {file} holds the same as {other} and was not read again"


def _spread(feed: Feed, count: int) -> str:
    what = "returns" if feed.KIND == "returns" else "orders"
    return (
        f"{feed.KIND}: {count:,} {what} have lines in more than one file, and all of these "
        "count; where a file says them again, they count twice: let `files` name each but once"
    )


def _answers(feed: Feed) -> list[Cell]:
    """Mappings of what people allowed that have something to say of a file without them."""
    return [
        cell
        for name, cell in feed.cells().items()
        if name in ANSWERS and cell.optional and cell.default is not None
    ]


def _filling(feed: Feed) -> Filling:
    match feed.KIND:
        case "order_rows":
            return LineRecords(orders=True)
        case "order_lines":
            return LineRecords(orders=False)
        case "orders":
            return OrderRecords()
        case "returns":
            return ReturnRecords()
        case "visits" | "messages" | "consents" as table:
            return ConsentRecords() if table == "consents" else EventRecords(table)
        case table:
            return Records(table)


def _ended(pages: Iterator[Page], cursor: Cursor) -> Iterator[Page]:
    """The pages, the last of them with the cursor."""
    last: Page | None = None
    for page in pages:
        if last is not None:
            yield last
        last = page
    if last is not None:
        yield replace(last, cursor=cursor)


_: type[Source] = CsvSource
