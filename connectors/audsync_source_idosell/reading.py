"""What a step of reading needs to know: the shop, the moment, where the last pull ended."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from audsync.contracts import Held
from audsync_source_idosell.customers import Customers
from audsync_source_idosell.listing import Part, changes
from audsync_source_idosell.options import IdoSellOptions
from audsync_source_idosell.orders import Orders
from audsync_source_idosell.panel import Panel, Question
from audsync_source_idosell.products import Products
from audsync_source_idosell.returns import Returns
from audsync_source_idosell.spans import Span, from_text, to_text

# Spans end a day ahead: what is changed while they are read does not leave them.
_AHEAD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One round of reading one shop; `now` is the panel's clock at its beginning.

    `deep_through` is when orders were last read deeply, where it is time to do so again. `held`
    is what may be asked of the warehouse.
    """

    panel: Panel
    shop_id: int
    now: datetime
    deep_through: datetime | None
    orders: Orders
    customers: Customers
    returns: Returns
    products: Products
    held: Held
    clock_at_begin: datetime
    begun: float = field(default_factory=time.monotonic)

    @property
    def options(self) -> IdoSellOptions:
        """The options."""
        return self.panel.options

    def clock(self) -> datetime:
        """What the panel's clock shows about now."""
        return self.clock_at_begin + timedelta(seconds=time.monotonic() - self.begun)

    def batches(self, numbers: Iterable[int]) -> Iterator[list[int]]:
        """Numbers in order, as many at a time as may be asked for at once."""
        ordered, size = sorted(numbers), self.options.page_size
        for start in range(0, len(ordered), size):
            yield ordered[start : start + size]

    def changed(
        self,
        known: Mapping[str, Any],
        overlap: timedelta,
        question_of: Callable[[Span], Question],
        *,
        by_days: bool = False,
    ) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Records changed since what is held, each with where to continue after it.

        A span that was cut off is read to its end first.
        """
        through = from_text(known.get("through")) or self.now
        until = from_text(known.get("until")) or self.now
        begin = from_text(known.get("at")) or min(through, self.now) - overlap
        going = {"through": known.get("through"), "until": to_text(until)}
        state: dict[str, Any] = dict(known)
        for part in changes(
            self.panel, question_of, Span(begin, until + _AHEAD), by_days=by_days
        ):
            if part.through is not None:
                state = {**going, "at": to_text(part.through)}
            yield part, state
        yield Part(()), {"through": to_text(until)}
