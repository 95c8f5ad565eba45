"""The pages of a source, as the core reads them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from audsync.contracts import Cursor, Page, Source
from audsync.errors import authors_mistakes

# Times of answers: of two the later one holds, so that a slip ahead would outdo every no.
_ANSWERED: Final = {
    "customers": ("ad_consent_at", "newsletter_frequency_at", "sms_frequency_at"),
    "consents": ("decided_at",),
}
# Times of what has happened, which cannot lie ahead.
_HAPPENED: Final = {
    "customers": ("registered_at",),
    "orders": ("created_at",),
    "returns": ("returned_at",),
    "visits": ("visited_at",),
    "messages": ("happened_at",),
}


def pages_of(source: Source, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
    """The source's pages; a mistake of its author is told by its place, without its text."""
    with authors_mistakes("the source"):
        yield from source.pull(cursor, until)


def count_after(page: Page, latest: datetime) -> dict[str, int]:
    """Rows of a page that say they happened after `latest`, by the column that says so."""
    import pyarrow.compute as pc

    names = (*_HAPPENED.get(page.table, ()), *_ANSWERED.get(page.table, ()))
    there = [name for name in names if name in page.rows.schema.names]
    return {name: pc.sum(_is_after(page, name, latest)).as_py() or 0 for name in there}


def without_answers_after(page: Page, latest: datetime) -> Page:
    """The page, where answers that say they were given after `latest` have no date."""
    import pyarrow.compute as pc

    rows = page.rows
    for name in _ANSWERED.get(page.table, ()):
        if name in rows.schema.names:
            known = pc.if_else(_is_after(page, name, latest), None, rows[name])
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(name), known)
    return replace(page, rows=rows)


def _is_after(page: Page, column: str, latest: datetime) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.greater(page.rows[column], pa.scalar(latest, pa.timestamp("us", tz="UTC")))
