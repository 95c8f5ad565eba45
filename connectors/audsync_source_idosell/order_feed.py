"""Orders of one type: at first all by their numbers, then those that were changed."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from audsync_source_idosell.answers import ignored
from audsync_source_idosell.clock import check_clock
from audsync_source_idosell.endpoints import ORDERS
from audsync_source_idosell.orders import serial_number
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text


def order_steps(
    reading: Reading, known: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """Orders since what is held; `part` is where the cursor keeps that."""
    orders = reading.orders
    if "through" not in known:
        yield from _all(reading, known, part, order_type)
        return
    for found, after in reading.changed(
        known,
        _overlap(reading),
        lambda span: reading.panel.changed_orders(reading.shop_id, span, order_type),
    ):
        kept = [record for record in found.records if orders.is_of_shop(record)]
        check_clock(kept, reading.clock(), reading.options.zone)
        yield Step(orders.pages(kept, expected=None) if kept else (), {part: after})


def _overlap(reading: Reading) -> timedelta:
    """How far back changes are read again: once a day by days, else by minutes."""
    options = reading.options
    minutes = timedelta(minutes=options.overlap_minutes)
    return max(minutes, timedelta(options.deep_days)) if reading.is_deep else minutes


def unread_order_steps(reading: Reading) -> Iterator[Step]:
    """Orders that the panel could not read before."""
    size = reading.options.page_size
    wanted = sorted(reading.orders.unread)
    for start in range(0, len(wanted), size):
        asked = wanted[start : start + size]
        records = reading.panel.orders_by_number(asked).records
        reading.orders.unread.difference_update(asked)
        kept = [record for record in records if serial_number(record) in asked]
        yield Step(reading.orders.pages(kept, expected=None))


def _all(
    reading: Reading, known: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """Every order, from the lowest number up: none can shift another to a page that was read.

    What is changed meanwhile is read by the next pull, from the moment on at which this began.
    """
    orders = reading.orders
    since = known.get("since") or to_text(reading.now)
    number, read = int(known.get("number", 0)), int(known.get("read", 0))
    first = known.get("first")
    while True:
        answer = reading.panel.orders_above(reading.shop_id, number, order_type)
        first = answer.total if first is None else first
        numbers = [found for one in answer.records if (found := serial_number(one))]
        if numbers != sorted(set(numbers)) or any(found <= number for found in numbers):
            raise ignored(ORDERS, "number, or the order of numbers")
        if not numbers:
            break
        kept = [record for record in answer.records if orders.is_of_shop(record)]
        check_clock(kept, reading.clock(), reading.options.zone)
        expected = None if answer.total is None else read + answer.total
        number, read = numbers[-1], read + len(answer.records)
        yield Step(
            orders.pages(kept, expected=expected),
            {part: {"since": since, "number": number, "read": read, "first": first}},
        )
        if answer.total is not None and answer.total <= len(answer.records):
            break
    yield Step((), {part: {"through": since, "first": first}})
