"""Returns: those opened or closed of late, since no question tells which were changed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from audsync_source_idosell.listing import changes
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.returns import key_of
from audsync_source_idosell.spans import Span, from_text, to_text

PART: Final = "returns"
_CLOSED_AGAIN: Final = timedelta(days=2)
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before there were shops on this platform


def return_steps(
    reading: Reading, known: Mapping[str, Any], *, all_of_them: bool
) -> Iterator[Step]:
    """Returns opened of late or closed since the last pull; all of them where that is asked."""
    returns = reading.returns
    yield Step(is_due=True)
    end = reading.now + timedelta(days=1)
    through = from_text(known.get("through"))
    if all_of_them or through is None:
        # Every return was opened some time: to have them all it is enough to ask for that.
        spans = {"date_add": Span(_FIRST, end)}
    else:
        back = timedelta(days=reading.options.returns_days)
        spans = {
            "date_add": Span(reading.now - back, end),
            "date_end": Span(through - _CLOSED_AGAIN, end),
        }
    for kind, span in spans.items():
        ask = partial(reading.panel.returns, kind=kind)
        for found in changes(reading.panel, ask, span, by_days=True):
            yield Step([returns.page(found.records)] if found.records else ())
    yield Step((), {PART: {"through": to_text(reading.now)}})


def unread_return_steps(reading: Reading) -> Iterator[Step]:
    """Returns that the panel could not read before."""
    returns = reading.returns
    yield Step(is_due=bool(returns.unread))
    for asked in reading.batches(returns.unread):
        records = reading.panel.returns_by_number(asked).records
        returns.unread.difference_update(asked)
        yield Step([returns.page(one for one in records if key_of(one) in asked)])
