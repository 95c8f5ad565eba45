"""Once in a while: who is gone from the panel, which nothing else tells."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from audsync.contracts import Held
from audsync_source_idosell.client_feed import listed_clients, read_again
from audsync_source_idosell.consents import EMAIL, SMS, Consents
from audsync_source_idosell.customers import (
    CUSTOMER_COLUMNS,
    Customers,
    is_subscriber,
    subscriber_keys,
)
from audsync_source_idosell.drafts import Draft
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import Tally
from audsync_source_idosell.newsletter_feed import all_subscribers
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.return_feed import return_steps
from audsync_source_idosell.spans import from_text, to_text

PART: Final = "sweep"


def is_due(held: Mapping[str, Any], now: datetime, days: int) -> bool:
    """Whether a sweep is to be made, or one that was begun is to be ended."""
    last = from_text(held.get("through"))
    return days > 0 and (
        "since" in held or (last is not None and now - last >= timedelta(days))
    )


def sweep_steps(
    reading: Reading, held: Mapping[str, Any], consents: Consents, warehouse: Held
) -> Iterator[Step]:
    """Everybody once, then whoever is held and did not come: clients asked for by number.

    Nothing is read while the panel says that it is overloaded; the next pull asks again.
    """
    if reading.panel.is_overloaded():
        return
    customers = Customers(reading.shop_id, reading.options.zone, consents)
    through, tally = held.get("through"), Tally()
    for step, state, counted in listed_clients(reading, held, customers):
        tally = counted
        yield Step(step.pages, {PART: lambda told=state: {**told(), "through": through}})
    yield Step(is_due=True)
    absent = [
        number
        for key in held_texts(warehouse, "customers", "customer_id")
        if not is_subscriber(key) and (number := int(key)) not in tally.seen
    ]
    for step, _, _ in read_again(reading, customers, absent):
        yield step
    yield from _subscribers(reading, customers, warehouse)
    yield from return_steps(reading, {}, all_of_them=True)
    yield Step((), {PART: {"through": to_text(reading.now)}})


def _subscribers(reading: Reading, customers: Customers, warehouse: Held) -> Iterator[Step]:
    """Every subscriber without an account; whoever is held and not among them is gone."""
    there: set[str] = set()
    for channel in (EMAIL, SMS):
        for records in all_subscribers(reading, channel):
            yield Step([customers.subscribers(records, channel)])
            there |= {warehouse.kept(key) for key in subscriber_keys(records, channel)}
    yield Step(is_due=True)
    gone = Draft("customers")
    for key in held_texts(warehouse, "customers", "customer_id"):
        if is_subscriber(key) and key not in there:
            gone.own(key)
    yield Step([gone.page(CUSTOMER_COLUMNS)])
