"""Orders of one type: at first all by their numbers, then those that were changed."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from audsync_source_idosell.answers import ignored
from audsync_source_idosell.endpoints import ORDERS
from audsync_source_idosell.orders import Orders, serial_number
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text


def order_steps(
    reading: Reading, held: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """Orders since what is held; `part` is where the cursor keeps that."""
    orders = Orders(reading.shop_id, reading.options.zone)
    if "through" not in held:
        yield from _all(reading, held, part, order_type)
        return
    for found, after in reading.changed(
        held,
        timedelta(minutes=reading.options.overlap_minutes),
        lambda span: reading.panel.changed_orders(reading.shop_id, span, order_type),
    ):
        kept = [record for record in found.records if orders.is_of_shop(record)]
        yield Step(orders.pages(kept, expected=None) if kept else (), {part: after})


def _all(
    reading: Reading, held: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """Every order, from the lowest number up: none can shift another to a page that was read.

    What is changed meanwhile is read by the next pull, from the moment on at which this began.
    """
    orders = Orders(reading.shop_id, reading.options.zone)
    since = held.get("since") or to_text(reading.now)
    number, read = int(held.get("number", 0)), int(held.get("read", 0))
    while True:
        answer = reading.panel.orders_above(reading.shop_id, number, order_type)
        numbers = [found for one in answer.records if (found := serial_number(one))]
        if numbers != sorted(set(numbers)) or any(found <= number for found in numbers):
            raise ignored(ORDERS, "number, or the order of numbers")
        if not numbers:
            break
        kept = [record for record in answer.records if orders.is_of_shop(record)]
        expected = None if answer.total is None else read + answer.total
        number, read = numbers[-1], read + len(answer.records)
        yield Step(
            orders.pages(kept, expected=expected),
            {part: {"since": since, "number": number, "read": read}},
        )
        if answer.total is not None and answer.total <= len(answer.records):
            break
    yield Step((), {part: {"through": since}})
