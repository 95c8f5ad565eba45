"""Sources that each break one law of the contract kit, by the law that catches them."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from audsync.contracts import Cursor, Finding, Level, Loss, Page, Rejection
from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.testing.memory_source import CANARIES, MemorySource
from audsync.testing.remote_sink_contract import REFUSALS

PERSON = dict(zip(("email", "phone", "first_name", "last_name"), CANARIES, strict=True))
MISSING = Rejection("customers", "row 9", "email", "not_an_address", Loss.ROW, CANARIES[0])


class Shop:
    def __init__(self) -> None:
        self.source: MemorySource

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        kind = dict(REFUSALS)[status]
        more: dict[str, Any] = {"connector": "memory"} if kind is not CredentialError else {}
        if kind is TransientError:
            more["retry_after"] = retry_after
        if kind is RejectedError:
            more["remedy"] = "mend it"
        self.source.fail_next(kind(f"answered {status}", **more), after_pages=1)


def filled(made: Callable[..., MemorySource], *, step: int = 1) -> MemorySource:
    source = made(page_rows=2)
    people = [{"customer_id": str(number), **PERSON} for number in range(1, 6)]
    source.put("customers", people[::step], rejected=[MISSING])
    order = {"created_at": "2024-01-01T10:00:00Z", "status": "finished", "currency": "GBP"}
    orders = [{"order_id": f"A{number}", **PERSON, **order} for number in range(1, 6)]
    source.put("orders", orders[::step])
    return source


class Pages(MemorySource):
    """A source whose pages a subclass spoils."""

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        yield from self.spoilt(list(super().pull(cursor, until)))

    def spoilt(self, pages: list[Page]) -> list[Page]:
        raise NotImplementedError


class SendsWrongTypes(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [
            replace(page, rows=page.rows.set_column(0, page.rows.column_names[0], numbers))
            for page in pages
            for numbers in [pa.array([1] * page.rows.num_rows)]
        ]


class ProvidesLessThanItSends(MemorySource):
    @property
    def provides(self) -> frozenset[str]:
        return super().provides - {"customers.email"}


class ProvidesNoSuchColumn(MemorySource):
    @property
    def provides(self) -> frozenset[str]:
        return super().provides | {"customers.no_such_column"}


class EndsWithoutCursor(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [*pages[:-1], replace(pages[-1], cursor=None)] if pages else []


class SendsAllAgain(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return pages or list(MemorySource.pull(self, None, datetime.min))  # noqa: DTZ901 -- not looked at


class SendsOnce(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        sent, self.sent = getattr(self, "sent", False), True
        return pages[:1] if sent else pages


class SkipsWhenContinued(MemorySource):
    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        pages = list(super().pull(cursor, until))
        yield from pages if cursor is None else pages[1:]


class KeepsTheFirstPage(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        first = pages[0].rows["customer_id"][0].as_py() if pages else None
        return pages if first == "1" else pages[1:]


class RejectsWithoutReason(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [
            replace(page, rejected=[replace(one, reason="Not OK") for one in page.rejected])
            for page in pages
        ]


class QuotesRows(MemorySource):
    def fail_next(self, error: Exception, *, after_pages: int = 0) -> None:
        error.args = (f"{error} near {CANARIES[0]}",)
        super().fail_next(error, after_pages=after_pages)


class LogsRows(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        logging.getLogger("broken").debug("read %s", CANARIES[0])
        return pages


class NotesPeople(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [replace(page, notes=[f"odd: {CANARIES[0]}"]) for page in pages]


class SaysAllIsWell(MemorySource):
    def check(self) -> list[Finding]:
        return [Finding(Level.OK, "the shop is in memory")]


class EatsAtACheck(MemorySource):
    def check(self) -> list[Finding]:
        self._changes = self._changes[:1]
        return [Finding(Level.OK, "the shop is in memory")]


class SwallowsErrors(Pages):
    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        try:
            yield from MemorySource.pull(self, cursor, until)
        except AudsyncError:
            return


class ForgetsWhen(MemorySource):
    def fail_next(self, error: Exception, *, after_pages: int = 0) -> None:
        if isinstance(error, TransientError):
            error.retry_after = None
        super().fail_next(error, after_pages=after_pages)


BROKEN_SOURCES: dict[str, list[type[MemorySource]]] = {
    "test_what_it_says_of_itself_is_right": [ProvidesNoSuchColumn],
    "test_a_check_changes_nothing": [EatsAtACheck],
    "test_every_page_keeps_the_contract_of_its_table": [SendsWrongTypes],
    "test_every_column_sent_is_one_it_provides": [ProvidesLessThanItSends],
    "test_a_pull_ends_with_a_cursor": [EndsWithoutCursor],
    "test_a_pull_straight_after_a_pull_gives_nothing": [SendsAllAgain],
    "test_the_same_shop_gives_the_same_rows": [SendsOnce],
    "test_a_pull_that_stops_anywhere_is_continued": [SkipsWhenContinued],
    "test_the_order_of_rows_does_not_matter": [KeepsTheFirstPage],
    "test_a_rejection_says_where_and_why": [RejectsWithoutReason],
    "test_a_shop_that_cannot_be_read_is_an_error_without_values": [QuotesRows, SwallowsErrors],
    "test_no_value_of_a_person_is_logged_or_printed": [LogsRows, NotesPeople],
    "test_a_check_that_is_refused_says_so": [SaysAllIsWell],
    "test_a_refusal_is_the_right_error_and_the_pull_can_be_made_again": [
        SwallowsErrors,
        QuotesRows,
    ],
    "test_the_shop_says_when_to_come_back": [ForgetsWhen],
}
