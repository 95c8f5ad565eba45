"""Once in a while: who is gone from the panel, which nothing else tells."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from audsync_source_idosell.client_feed import listed_clients, read_again
from audsync_source_idosell.customers import (
    is_subscriber,
)
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import Tally
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.return_feed import return_steps
from audsync_source_idosell.spans import from_text, to_text

PART: Final = "sweep"


def steps_if_due(reading: Reading, known: Mapping[str, Any] | None) -> Iterator[Step]:
    """The sweep, where it is time for one or one was begun; at first all was just read."""
    days = reading.options.sweep_days
    if known is None:
        yield Step((), {PART: {"through": to_text(reading.now)}})
        return
    last = from_text(known.get("through")) or reading.now
    if days and ("since" in known or reading.now - last >= timedelta(days)):
        yield from _steps(reading, known)


def _steps(reading: Reading, known: Mapping[str, Any]) -> Iterator[Step]:
    """Everybody once, then whoever is held and did not come: clients asked for by number.

    Nothing is read while the panel says that it is overloaded; the next pull asks again.
    """
    if reading.panel.is_overloaded():
        return
    through, tally = known.get("through"), Tally()
    for step, state, counted in listed_clients(reading, known):
        tally = counted
        yield Step(step.pages, {PART: lambda told=state: {**told(), "through": through}})
    yield Step(is_due=True)
    absent = [
        number
        for key in held_texts(reading.held, "customers", "customer_id")
        if not is_subscriber(key) and (number := int(key)) not in tally.seen
    ]
    for step, _, _ in read_again(reading, absent):
        yield step
    yield from return_steps(reading, {}, all_of_them=True)
    yield Step((), {PART: {"through": to_text(reading.now)}})
