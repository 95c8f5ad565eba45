"""Tables filled by feeds with one row per record, whatever it records."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from audsync.contracts import Loss, Rejection
from audsync.errors import SourceDataError
from audsync.tables import Answer, DecidedUse
from audsync_source_csv import amounts
from audsync_source_csv.arrays import mask
from audsync_source_csv.draft import Draft, Typed
from audsync_source_csv.numbering import Numbering
from audsync_source_csv.options import Orders
from audsync_source_csv.values import numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_source_csv.arrays import Mask, Texts
    from audsync_source_csv.cells import Cells
    from audsync_source_csv.mapping import Mapping


class Part(NamedTuple):
    """Rows that a block of a file gave one table, what was refused, and what is odd."""

    table: str
    rows: "pa.Table"
    rejected: Sequence[Rejection] = ()
    notes: Sequence[str] = ()


class Filling(Protocol):
    """Turns the blocks of a feed's files, in their order, into rows of its tables."""

    @property
    def spread(self) -> int:
        """Orders or returns whose lines lie in several files, where these number them."""

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block; `mapping` is the same object for all blocks of one file."""


class Records:
    """Customers and products: a row of the file is a row of the table."""

    spread = 0

    def __init__(self, table: str) -> None:
        self.table = table

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block."""
        draft = Draft(self.table, cells)
        mapping.fill(draft)
        if self.table == "products":
            amounts.add_plain(draft, mapping)
        return [part(draft)]


class EventRecords:
    """Visits and messages; a row without an id of its own goes by its file and place."""

    spread = 0

    def __init__(self, table: str) -> None:
        self.table = table

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block."""
        import pyarrow as pa

        draft = Draft(self.table, cells)
        self.fill(draft, mapping)
        (key,) = draft.table.key
        if key not in mapping:
            draft.columns[key] = pa.array(cells.names(), pa.string())
        return [part(draft)]

    def fill(self, draft: Draft, mapping: "Mapping") -> None:
        """Add the mapped columns."""
        mapping.fill(draft)


class ConsentRecords(EventRecords):
    """Decisions; whatever of one cannot be read counts against the use of the data.

    An answer that is no word for yes is a no, and what was decided about is everything where
    that is unclear: a no to everything counts for each purpose, a yes for none.
    """

    def __init__(self) -> None:
        super().__init__("consents")

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block.

        Raises SourceDataError for a row that could not be split: it may be a withdrawal.
        """
        for bad in cells.bad:
            raise SourceDataError(
                f"consents: {cells.shown}:{bad.line}: the row cannot be split into its "
                f"cells ({bad.reason}), and it may be a withdrawal; correct it, and pull again"
            )
        return super().parts(cells, mapping)

    def fill(self, draft: Draft, mapping: "Mapping") -> None:
        """Add the columns of the table, none of whose rows is lost."""
        mapping.fill(draft, skip=tuple(_WORST))
        for name, worst in _WORST.items():
            typed = mapping.typed(name, draft.cells)
            draft.refuse_all(name, typed, loss=Loss.VALUE)
            blank = mask(typed.texts.is_null())
            draft.refuse(name, blank, "missing_value", loss=Loss.VALUE)
            draft.columns[name] = typed.values.fill_null(worst)


_WORST: Final = {"purpose": DecidedUse.ALL.value, "answer": Answer.DENIED.value}


class OrderRecords:
    """Orders without lines."""

    spread = 0

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block; cancelling invoices are returns and no orders."""
        import numpy as np

        feed = mapping.feed
        if isinstance(feed, Orders) and feed.cancelled_prefix:
            ids = mapping.texts("order_id", cells)
            cells = cells.take(np.flatnonzero(~begins(ids, feed.cancelled_prefix)))
        draft = Draft("orders", cells)
        fill_orders(draft, mapping, vat=True)
        return [part(draft)]


class ReturnRecords:
    """Goods given back; the lines of a return are numbered where the file does not."""

    def __init__(self) -> None:
        self.numbering = Numbering()

    @property
    def spread(self) -> int:
        """Returns whose lines lie in several files."""
        return self.numbering.spread

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block; a quantity below zero is as much given back as one above."""
        import pyarrow.compute as pc

        draft = Draft("returns", cells)
        mapping.fill(draft, skip=("quantity",))
        quantity = mapping.typed("quantity", cells)
        units = Typed(pc.abs(quantity.values), quantity.texts, quantity.wrong)
        draft.add("quantity", units)
        refuse_zero(draft)
        if "line_number" not in mapping:
            draft.add_numbers(self.numbering.number(draft, "return_id"))
        return [part(draft)]


def fill_orders(draft: Draft, mapping: "Mapping", *, vat: bool) -> None:
    """Add the columns of orders; `vat`: the mapped rate holds for the whole order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mapping.fill(draft, skip=("status",))
    status = mapping.typed("status", draft.cells)
    feed = mapping.feed
    if isinstance(feed, Orders) and feed.excluded_prefix:
        ids = mapping.texts("order_id", draft.cells)
        excluded = begins(ids, feed.excluded_prefix)
        values = pc.if_else(pa.array(excluded), "excluded", status.values)
        wrong = {reason: rows & ~excluded for reason, rows in status.wrong.items()}
        status = Typed(values, status.texts, wrong)
    draft.add("status", status)
    cell = mapping.cells["status"]
    if "status_original" not in mapping and cell.value is None:
        draft.columns["status_original"] = draft.cells.source(cell).dictionary_decode()
    amounts.add_order_amounts(draft, mapping, vat=vat)


def refuse_zero(draft: Draft) -> None:
    """Refuse rows of zero units: nothing was bought or given back."""
    import pyarrow.compute as pc

    zero = mask(pc.equal(draft.columns["quantity"], numbers.quantity(0)))
    draft.refuse("quantity", zero, "zero_quantity", loss=Loss.ROW)


def begins(texts: "Texts", prefix: str) -> "Mask":
    """The rows whose text begins with that prefix; none where it is empty."""
    import numpy as np
    import pyarrow.compute as pc

    if not prefix:
        return np.zeros(len(texts), np.bool_)
    return mask(pc.starts_with(texts.dictionary, prefix).take(texts.indices))


def part(draft: Draft) -> Part:
    """What a finished draft gives its table."""
    return Part(draft.table.name, draft.finish(), draft.rejected)
