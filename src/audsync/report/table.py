"""The clients of a segment as CSV: readable and defused for people, exact for an upload."""

import csv
import io
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from audsync.errors import TableError
from audsync.files import defused
from audsync.money import to_decimal

if TYPE_CHECKING:
    import pyarrow as pa

_UPLOADABLE = re.compile(r"(?:[0-9a-f]{64}|[^@\s]+@[^@\s]+|\+[0-9]{7,15})\Z")
_FINDING = ("hashed_email", "hashed_phone")
UPLOAD_COLUMNS = (*_FINDING, "hashed_first_name", "hashed_last_name")


def spreadsheet(clients: "pa.Table") -> bytes:
    """All columns but the digests; what looks like a formula gets an apostrophe before it."""
    names = [name for name in clients.column_names if not name.startswith("hashed_")]
    rows = clients.select(names).to_pylist()
    return _csv(
        [name.removesuffix("_minor") for name in names],
        [[_readable(name, row[name], row["currency"]) for name in names] for row in rows],
    )


# The columns that lists of customers have, and what fills them.
_LIST: Final = {
    "Name": "full_name",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email Address": "email",
    "Date Registered": "registered",
    "Country": "country",
    "Postal Code": "zip",
    "Lifetime Spend": "total_revenue_minor",
}


def customer_list(clients: "pa.Table") -> bytes:
    """The fixed columns of a list of customers, as `spreadsheet` writes them."""
    rows = clients.select([*_LIST.values(), "currency"]).to_pylist()
    return _csv(
        list(_LIST),
        [
            [_readable(name, row[name], row["currency"]) for name in _LIST.values()]
            for row in rows
        ],
    )


def changes(rows: "pa.Table") -> bytes:
    """Who entered and who left between two snapshots, and why."""
    cells = [[defused(cell) for cell in row.values()] for row in rows.to_pylist()]
    return _csv(rows.column_names, cells)


def upload(clients: "pa.Table") -> bytes:
    """The digests alone, unaltered, of whoever an e-mail or a phone can find.

    TableError where a cell is nothing a platform takes.
    """
    rows = [list(row.values()) for row in clients.select(list(UPLOAD_COLUMNS)).to_pylist()]
    cells = [cell for row in rows for cell in row if cell is not None]
    wrong = sum(not _UPLOADABLE.match(cell) for cell in cells)
    if wrong:
        raise TableError(
            f"{wrong} cells are neither digests, e-mail addresses nor phone numbers"
        )
    # Names alone find nobody, or somebody else.
    found = [row for row in rows if any(row[: len(_FINDING)])]
    return _csv(list(UPLOAD_COLUMNS), [[cell or "" for cell in row] for row in found])


def _readable(name: str, value: object, currency: str) -> str:
    match value:
        case None:
            return ""
        case list():
            return defused(", ".join(value))
        case int() if name.endswith("_minor"):
            return str(to_decimal(value, currency))
        case str():
            return defused(value)
        case _:
            return _plain(value)


def _plain(value: object) -> str:
    """A number without empty decimals, yes and no as words, all else as Python writes it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)


def _csv(headers: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return text.getvalue().encode()
