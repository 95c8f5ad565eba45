"""Several sources of one shop, each with tables of its own, as one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from audsync.contracts import Cursor, Finding, Page, Source
from audsync.tables import Kind

_SOURCES: Final = "sources"


@dataclass(frozen=True, slots=True)
class NoOptions:
    """Each of the sources has options of its own."""


class Sources:
    """The sources of a shop by name, the first one first; no two fill the same table.

    Each goes on from a cursor of its own. Where there is one source, its cursor is kept as it
    is: a source that is added later begins from the start, and one that is taken away is
    forgotten, without any other being read anew.
    """

    Options: ClassVar[type] = NoOptions

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    @property
    def provides(self) -> frozenset[str]:
        """What any of them fills."""
        return frozenset().union(*(source.provides for source in self._sources.values()))

    @property
    def params(self) -> Mapping[str, Kind]:
        """The parameters of all of them."""
        found: dict[str, Kind] = {}
        for source in self._sources.values():
            found |= source.params
        return found

    def check(self) -> list[Finding]:
        """The findings of all of them."""
        return [finding for source in self._sources.values() for finding in source.check()]

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        """The pages of one after the other; each cursor has where all of them are."""
        reached = self._parts(cursor)
        for name, source in self._sources.items():
            for page in source.pull(reached.get(name), until):
                if page.cursor is None:
                    yield page
                    continue
                reached[name] = page.cursor
                yield replace(page, cursor=self._joined(reached))

    def _parts(self, cursor: Cursor | None) -> dict[str, Cursor]:
        if cursor is None:
            return {}
        parts = cursor.get(_SOURCES)
        if len(cursor) == 1 and isinstance(parts, Mapping):
            return {name: parts[name] for name in self._sources if name in parts}
        return {next(iter(self._sources)): cursor}

    def _joined(self, reached: Mapping[str, Cursor]) -> Cursor:
        if len(self._sources) == 1:
            return next(iter(reached.values()))
        return {_SOURCES: dict(reached)}


def shared_tables(
    sources: Mapping[str, Source],
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each source that fills tables of earlier ones: its name, these tables, those sources."""
    filled: dict[str, str] = {}
    for name, source in sources.items():
        tables = {column.partition(".")[0] for column in source.provides}
        shared = sorted(tables & filled.keys())
        if shared:
            yield name, shared, sorted({filled[table] for table in shared})
        filled |= dict.fromkeys(tables - filled.keys(), name)


_: type[Source] = Sources
