"""Returns: those opened or closed of late, since no question tells which were changed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from audsync_source_idosell.listing import changes
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.returns import Returns
from audsync_source_idosell.spans import Span, to_text

PART: Final = "returns"
_KINDS: Final = ("date_add", "date_end")
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before there were shops on this platform


def return_steps(
    reading: Reading, known: Mapping[str, Any], *, all_of_them: bool
) -> Iterator[Step]:
    """Returns of the last days; at first, and in a sweep, all of them."""
    returns = Returns(reading.shop_id, reading.options.zone)
    is_first = all_of_them or "through" not in known
    back = timedelta(days=reading.options.returns_days)
    begin = _FIRST if is_first else reading.now - back
    # Every return was opened some time: to have them all it is enough to ask for that.
    for kind in _KINDS[:1] if is_first else _KINDS:
        for found in changes(
            reading.panel,
            lambda span, kind=kind: reading.panel.returns(span, kind),  # type: ignore[misc]  # bound now
            Span(begin, reading.now + timedelta(days=1)),
            by_days=True,
        ):
            yield Step([returns.page(found.records)] if found.records else ())
    yield Step((), {PART: {"through": to_text(reading.now)}})
