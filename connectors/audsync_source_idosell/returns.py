"""Returns that were accepted, line by line."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from audsync.contracts import Page
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record, element_faults, note_unread
from audsync_source_idosell.cells import dig, elements
from audsync_source_idosell.drafts import Draft, Row
from audsync_source_idosell.orders import number_of
from audsync_source_idosell.statuses import ACCEPTED_RETURNS

RETURN_COLUMNS: Final = (
    *("return_id", "line_number", "order_id", "product_id", "quantity", "returned_at"),
)


@dataclass(frozen=True, slots=True)
class Returns:
    """Turns returns of one shop of the panel into rows; they are joined by order number.

    Numbers of returns that the panel could not read are kept in `unread`. `sold_here` says
    which of some orders, by their numbers, are held.
    """

    shop_id: int
    zone: ZoneInfo
    unread: set[int]
    sold_here: Callable[[Sequence[str]], Collection[str]] = lambda numbers: numbers

    def page(self, records: Iterable[Record]) -> Page:
        """A page; a return that is not accepted, or no longer, has no row."""
        draft = Draft("returns")
        for record in self._of_shop([*records]):
            number = key_of(record)
            if number is None:
                continue
            draft.own(str(number))
            note_unread(self.unread, number, record)
            if element_faults(record):
                row = Row("returns", f"return {number}")
                row.refuse("", "refused_by_the_panel", None, loses_row=True)
                draft.add(row, owner=str(number))
            elif _is_accepted(record):
                self._add(draft, record, str(number))
        return draft.page(RETURN_COLUMNS)

    def _of_shop(self, records: Sequence[Record]) -> Iterator[Record]:
        # The shop is told since v8; before, its order says of which shop a return is. One that
        # the panel could not read may say neither.
        unsaid = [str(one.get("order_sn")) for one in records if one.get("shop_id") is None]
        sold = self.sold_here(unsaid) if unsaid else ()
        for record in records:
            shop, number = record.get("shop_id"), record.get("order_sn")
            if shop is not None:
                is_here = str(shop) == str(self.shop_id)
            else:
                is_here = element_faults(record) if number is None else str(number) in sold
            if is_here:
                yield record

    def _add(self, draft: Draft, record: Record, key: str) -> None:
        for number, product in enumerate(elements(record, "products"), start=1):
            row = Row("returns", f"return {key}, line {number}")
            row.values |= {"return_id": key, "line_number": number}
            row.put("order_id", number_of, record.get("order_sn"))
            row.put("product_id", number_of, dig(product, "id"))
            row.put("quantity", cells.quantity, dig(product, "quantity"))
            times = [record.get("date_end"), record.get("date_add")]
            row.put("returned_at", cells.first_moment, times, self.zone)
            draft.add(row)


def key_of(record: Record) -> int | None:
    """The number of a return; None where it has none that can be read."""
    try:
        return cells.whole(record.get("id"))
    except cells.BadCellError:
        return None


def _is_accepted(record: Record) -> bool:
    # Shops give statuses of their own; the parent is one of the panel's.
    for name in ("parentStatusNumeric", "status_numeric"):
        said = str(record.get(name))
        if said.isdigit() and int(said) in ACCEPTED_RETURNS:
            return True
    return False
