"""Reading an answer of many pages until it is known to be whole.

The panel has no cursor and no snapshot: a record that comes or goes while pages are read shifts
the others. What was read is whole when the panel's own count never fell meanwhile and as many
different records came as there were at first. Else it is read again; where that gives the same,
the panel counts a record more than once, and where not, a span is read in halves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from audsync.errors import TransientError
from audsync_source_idosell.answers import NAME, Answer, Record, ignored
from audsync_source_idosell.panel import Panel, Question
from audsync_source_idosell.spans import Span

PASSES: Final = 3
_MOST_PAGES: Final = 20  # of one span, so that a pull that is cut off has not read much in vain


@dataclass(slots=True)
class Tally:
    """What is known of a listing that is being read: counts, and which records came."""

    first: int | None = None
    last: int = 0
    fell: bool = False
    seen: set[object] = field(default_factory=set)

    def count(self, answer: Answer, keys: Sequence[object]) -> None:
        """Take in one page."""
        self.seen.update(keys)
        if answer.total is None:
            return
        self.fell |= self.first is not None and answer.total < self.last
        self.first = answer.total if self.first is None else self.first
        self.last = answer.total

    @property
    def is_whole(self) -> bool:
        """Whether nothing can have been missed."""
        return not self.fell and len(self.seen) >= (self.first or 0)

    def lost(self, came: int) -> bool:
        """Whether fewer are left than there were at first and `came` meanwhile."""
        return self.last < (self.first or 0) + came

    def is_like(self, other: "Tally | None") -> bool:
        """Whether another pass found just the same, and nothing was lost in either."""
        return (
            other is not None
            and not (self.fell or other.fell)
            and (self.first, self.seen) == (other.first, other.seen)
        )


def pages(panel: Panel, question: Question, tally: Tally, start: int = 0) -> Iterator[Answer]:
    """The pages of one pass, counted."""
    size, number = panel.options.page_size, start
    while True:
        answer = panel.page(question, number)
        if question.is_ignored(answer.records):
            raise ignored(question.endpoint, "time")
        tally.count(answer, [question.key(record) for record in answer.records])
        yield answer
        number += 1
        is_last = len(answer.records) < size if answer.total is None else False
        if not answer.records or is_last or number * size >= (answer.total or 0) > 0:
            return


def whole(panel: Panel, question: Question) -> Iterator[Answer]:
    """Pages until a pass was whole."""
    before: Tally | None = None
    for _ in range(PASSES):
        tally = Tally()
        yield from pages(panel, question, tally)
        if tally.is_whole or tally.is_like(before):
            return
        before = tally
    raise restless(question)


@dataclass(frozen=True, slots=True)
class Part:
    """Records of a span; `through` is set when everything up to there has come."""

    records: Sequence[Record]
    through: datetime | None = None


def changes(
    panel: Panel,
    question_of: Callable[[Span], Question],
    span: Span,
    *,
    by_days: bool = False,
    most_pages: int = _MOST_PAGES,
) -> Iterator[Part]:
    """What happened within a span; in shorter ones where it is much, or twice was not whole."""
    question, before = question_of(span), None
    halves = span.halves(by_days=by_days)
    most = most_pages * panel.options.page_size
    for passed in range(PASSES):
        tally, is_much = Tally(), False
        for answer in pages(panel, question, tally):
            is_much = halves is not None and (answer.total or 0) > most
            if is_much:
                break
            yield Part(answer.records)
        if not is_much and (tally.is_whole or tally.is_like(before)):
            yield Part((), span.end)
            return
        if halves and (is_much or passed):
            for half in halves:
                yield from changes(
                    panel, question_of, half, by_days=by_days, most_pages=most_pages
                )
            return
        before = tally
    raise restless(question)


def restless(question: Question) -> TransientError:
    """The error for records that do not hold still."""
    return TransientError(
        f"idosell: {question.endpoint.name}: they change faster than they can be read; run "
        "again at a quieter hour",
        connector=NAME,
    )
