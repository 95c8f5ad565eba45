"""Reads customers and orders of an Acme shop: whatever changed since the last pull."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import pyarrow as pa

from audsync.contracts import (
    Context,
    Cursor,
    Finding,
    Level,
    Loss,
    Page,
    Rejection,
    Source,
)
from audsync.errors import CredentialError, RejectedError, SourceDataError, TransientError
from audsync.tables import Kind, arrow_schema
from audsync_acme.api import AcmeApi, AcmeOptions

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "customers": ("customer_id", "email", "phone", "first_name", "last_name", "ad_consent"),
    "orders": (
        "order_id",
        "customer_id",
        "created_at",
        "status",
        "currency",
        "total_gross_minor",
    ),
}


class AcmeSource:
    """Acme numbers its changes; a cursor is the number of the last one that was seen."""

    Options: ClassVar[type] = AcmeOptions
    params: Mapping[str, Kind] = {}
    provides: frozenset[str] = frozenset(
        f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns
    )

    def __init__(self, options: AcmeOptions, context: Context) -> None:
        self._api = AcmeApi(options, context)

    def check(self) -> list[Finding]:
        """Asks for the shop's name, which any key may see."""
        try:
            self._api.call("GET", "/shop")
        except (CredentialError, RejectedError, TransientError) as error:
            return [Finding(Level.ERROR, str(error), "see docs/how-to/connect-acme.md")]
        return [Finding(Level.OK, "the key is accepted")]

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        """A page for each table and each answer; the last page of an answer has its cursor."""
        after = 0 if cursor is None else cursor["after"]
        while True:
            query = {"after": after, "until": until.isoformat()}
            answer = self._api.call("GET", "/changes", params=query)
            if not answer["changes"]:
                return
            after = answer["last"]
            pages = [_page(table, answer["changes"]) for table in COLUMNS]
            filled = [page for page in pages if page.rows.num_rows or page.rejected]
            yield from filled[:-1]
            last = filled[-1]
            yield Page(last.table, last.rows, last.rejected, cursor={"after": after})


def _page(table: str, changes: list[dict[str, Any]]) -> Page:
    """The rows of one table among the changes; what breaks the table is rejected."""
    fields = [arrow_schema(table).field(name) for name in COLUMNS[table]]
    rows, rejected = [], []
    for change in changes:
        if change["table"] != table:
            continue
        row = {name: change["row"].get(name) for name in COLUMNS[table]}
        key = COLUMNS[table][0]
        if not row[key]:
            place = f"change {change['number']}"
            rejected.append(Rejection(table, place, key, "missing_key", Loss.ROW))
            continue
        if "created_at" in row:
            row["created_at"] = datetime.fromisoformat(row["created_at"])
        rows.append(row)
    try:
        return Page(table, pa.Table.from_pylist(rows, pa.schema(fields)), tuple(rejected))
    except (pa.ArrowException, TypeError, ValueError):
        # Arrow quotes the value it could not take.
        raise SourceDataError(f"acme: {table}: a value is of another type") from None


_: type[Source] = AcmeSource
