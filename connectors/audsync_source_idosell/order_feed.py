"""Orders of one type: at first all by their numbers, then those that were changed.

Once a day changes of some days are read once more, since not all that happens to an order is
known to move its date.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from audsync.contracts import Page
from audsync_source_idosell.answers import Record, ignored
from audsync_source_idosell.clock import check_clock
from audsync_source_idosell.endpoints import ORDERS
from audsync_source_idosell.listing import changes
from audsync_source_idosell.order_dates import dated_pages
from audsync_source_idosell.orders import serial_number
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import Span, from_text, to_text


def order_steps(
    reading: Reading, known: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """Orders since what is held; `part` is where the cursor keeps that."""
    if "through" not in known:
        yield from _all(reading, known, part, order_type)
        return
    for found, after in reading.changed(
        known,
        timedelta(minutes=reading.options.overlap_minutes),
        lambda span: reading.panel.changed_orders(reading.shop_id, span, order_type),
    ):
        yield Step(_changed_pages(reading, found.records, from_held=False), {part: after})


def deep_steps(
    reading: Reading, known: Mapping[str, Any], part: str, order_type: str | None
) -> Iterator[Step]:
    """The orders changed within `deep_days` until the last deep reading, once more.

    No more than about `deep_calls` pages at a time: where there are more, the next time goes on
    from there. What is newer than the last deep reading was read when it was changed.
    """
    end = reading.deep_through
    if end is None:
        return
    yield Step(is_due=True)
    earliest = reading.now - timedelta(reading.options.deep_days)
    begin = max(from_text(known.get("at")) or earliest, earliest)
    most, calls = reading.options.deep_calls, 0
    if begin >= end:
        return
    for found in changes(
        reading.panel,
        lambda span: reading.panel.changed_orders(reading.shop_id, span, order_type),
        Span(begin, end),
        most_pages=most,
    ):
        calls += found.through is None
        yield Step(_changed_pages(reading, found.records, from_held=True))
        if found.through is not None and found.through < end and calls >= most:
            yield Step((), {part: {"at": to_text(found.through)}})
            return
    yield Step((), {part: {}})


def _changed_pages(
    reading: Reading, records: Sequence[Record], *, from_held: bool
) -> Sequence[Page]:
    kept = [record for record in records if reading.orders.is_of_shop(record)]
    if not kept:
        return ()
    check_clock(kept, reading.clock(), reading.options.zone)
    return dated_pages(reading, kept, from_held=from_held)


def unread_order_steps(reading: Reading) -> Iterator[Step]:
    """Orders that the panel could not read before."""
    for asked in reading.batches(reading.orders.unread):
        records = reading.panel.orders_by_number(asked).records
        reading.orders.unread.difference_update(asked)
        kept = [
            record
            for record in records
            if serial_number(record) in asked and reading.orders.is_of_shop(record)
        ]
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
            dated_pages(reading, kept, expected=expected),
            {part: {"since": since, "number": number, "read": read, "first": first}},
        )
        if answer.total is not None and answer.total <= len(answer.records):
            break
    yield Step((), {part: {"through": since, "first": first}})
