"""The pages of a source, as the core reads them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from audsync.contracts import Cursor, Page, Source
from audsync.errors import AudsyncError

# Times of what has happened, which cannot lie ahead.
PAST_TIMES: Final = {
    "customers": "registered_at",
    "orders": "created_at",
    "returns": "returned_at",
    "visits": "visited_at",
    "messages": "happened_at",
}


def pages_of(source: Source, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
    """The source's pages; a mistake of its author is told by its place, without its text."""
    try:
        yield from source.pull(cursor, until)
    except AudsyncError:
        raise
    except Exception as error:  # noqa: BLE001 -- an author's mistake; its text may hold values
        raise AudsyncError(f"the source failed: {_place(error)}") from None


def _place(error: Exception) -> str:
    """Kind and place of an error, without its text."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return type(error).__name__
    file = Path(last.tb_frame.f_code.co_filename)
    return f"{type(error).__name__} at {file.parent.name}/{file.name}:{last.tb_lineno}"


def count_after(page: Page, latest: datetime) -> int:
    """Rows of a page that say they happened after `latest`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = PAST_TIMES.get(page.table)
    if column is None or column not in page.rows.schema.names:
        return 0
    limit = pa.scalar(latest, pa.timestamp("us", tz="UTC"))
    return page.rows.filter(pc.field(column) > limit).num_rows
