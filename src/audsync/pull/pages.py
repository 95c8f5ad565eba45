"""The pages of a source, as the core reads them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from audsync.contracts import Cursor, Page, Source
from audsync.errors import authors_mistakes

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
    with authors_mistakes("the source"):
        yield from source.pull(cursor, until)


def count_after(page: Page, latest: datetime) -> int:
    """Rows of a page that say they happened after `latest`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = PAST_TIMES.get(page.table)
    if column is None or column not in page.rows.schema.names:
        return 0
    limit = pa.scalar(latest, pa.timestamp("us", tz="UTC"))
    return page.rows.filter(pc.field(column) > limit).num_rows
