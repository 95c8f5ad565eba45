"""Lists in pages: three dialects, and what an empty page looks like."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import number
from audsync.testing.idosell.quirks import Quirks
from audsync.testing.idosell.shapes import Json

MOST: Final = 100
_CACHED: Final = 32
# Make an order out of numbers that is fixed and of no use.
_SPREAD: Final = 2_654_435_761
_OTHER: Final = 1_234_567_890


class Dialect(StrEnum):
    """How a list is asked for page by page."""

    CAMEL = "resultsPage resultsLimit resultsNumberAll resultsNumberPage"
    SNAKE = "results_page results_limit results_number_all results_number_page"
    WHOLE = ""  # not in pages


class Empty(StrEnum):
    """What comes where nothing is found, or beyond the last page."""

    FAULT = "fault"  # 207 with fault code 2
    UNSURE = "unsure"  # as the quirk `empty_is_fault` says
    LIST = "list"  # an empty list


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is written: status, headers, JSON or the bytes of a page."""

    status: int
    body: object
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be asked for: where it comes from and how it is written."""

    key: str
    find: Callable[[Json, int], Sequence[Any]]
    render: Callable[[Any, Json, int], Json]
    dialect: Dialect = Dialect.CAMEL
    empty: Empty = Empty.FAULT
    sorted_by: str | None = None  # the parameter without which the order is another each time
    empty_text: str = "Zwrócono pusty wynik"


def fault(code: int, text: str, **more: object) -> Answer:
    """A fault of a whole call."""
    return Answer(207, {"errors": {"faultCode": code, "faultString": text}, **more})


def scattered(number: int, quirks: Quirks) -> int:
    """A place for a numbered record in lists that nobody sorts."""
    return number * (_SPREAD + _OTHER * quirks.order_of_lists) % (1 << 32)


class Pages:
    """Answers with pages of listings; a search is made once while nothing happens."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._found: dict[str, Sequence[Any]] = {}

    def answer(self, name: str, listing: Listing, params: Json, major: int) -> Answer:
        """The page that `params` ask for."""
        found = self._search(name, listing, params, major)
        if listing.dialect is Dialect.WHOLE:
            return self._whole(listing, found, params, major)
        page_key, limit_key, all_key, pages_key = listing.dialect.split()
        page = max(number(params.get(page_key), 0), 0)
        limit = min(max(number(params.get(limit_key), MOST), 1), MOST)
        shown = found[page * limit : (page + 1) * limit]
        as_text = listing.dialect is Dialect.SNAKE and self._panel.quirks.counts_are_text
        total = len(found)
        counters = {
            all_key: str(total) if as_text else total,
            pages_key: -(-total // limit),
            page_key: page,
            limit_key: limit,
        }
        if not shown and self._empty_is_fault(listing):
            more = counters if self._panel.quirks.empty_has_counters else {}
            return fault(2, listing.empty_text, **more)
        records = [listing.render(item, params, major) for item in shown]
        return Answer(200, {**counters, listing.key: records})

    def _whole(
        self, listing: Listing, found: Sequence[Any], params: Json, major: int
    ) -> Answer:
        if not found and self._empty_is_fault(listing):
            return fault(2, listing.empty_text)
        records = [listing.render(item, params, major) for item in found]
        return Answer(200, {"resultsNumberAll": len(records), listing.key: records})

    def _empty_is_fault(self, listing: Listing) -> bool:
        if listing.empty is Empty.UNSURE:
            return self._panel.quirks.empty_is_fault
        return listing.empty is Empty.FAULT

    def _search(self, name: str, listing: Listing, params: Json, major: int) -> Sequence[Any]:
        if listing.sorted_by is not None and not params.get(listing.sorted_by):
            return listing.find(params, major)
        paging = set(listing.dialect.split())
        asked = {key: value for key, value in params.items() if key not in paging}
        key = json.dumps(
            [name, major, asked, self._panel.clock.version, repr(self._panel.quirks)],
            sort_keys=True,
        )
        if key not in self._found:
            while len(self._found) >= _CACHED:
                del self._found[next(iter(self._found))]
            self._found[key] = listing.find(params, major)
        return self._found[key]
