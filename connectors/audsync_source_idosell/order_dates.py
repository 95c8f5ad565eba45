"""When orders were finished: what a search does not tell, and a question by number does."""

from collections.abc import Iterable, Sequence
from typing import Final

from audsync.contracts import Page
from audsync_source_idosell.answers import Record, element_faults, note_unread
from audsync_source_idosell.cells import dig
from audsync_source_idosell.orders import serial_number
from audsync_source_idosell.reading import Reading

_CHANGED: Final = "orderStatusChangeDate"


def dated_pages(
    reading: Reading,
    records: Sequence[Record],
    *,
    expected: int | None = None,
    from_held: bool = False,
) -> list[Page]:
    """Pages of orders that a search found, with the times at which they were finished.

    With `from_held` what is held counts: these orders have not been changed since. The others
    are asked for by number; of whichever is not told the dispatch counts, and what the panel
    could not read is asked for again by the next pull.
    """
    wanted, unread = _finished(reading, records), set[int]()
    found = _held(reading, wanted) if from_held else {}
    left = [number for number in wanted if number not in found]
    for record in reading.panel.orders_by_number(left).records if left else ():
        number = serial_number(record)
        if number in left:
            note_unread(unread, number, record)
            if number not in unread:
                found[number] = dig(record, "orderDetails", _CHANGED)
    pages = reading.orders.pages(records, expected=expected, finished=found)
    reading.orders.unread.update(unread)
    return pages


def _finished(reading: Reading, records: Iterable[Record]) -> list[int]:
    """Numbers of the orders of which it has to be known."""
    if reading.options.finished_by != "status":
        return []
    return sorted(
        {
            number
            for record in records
            if reading.orders.is_finished(record) and not element_faults(record)
            if (number := serial_number(record))
        }
    )


def _held(reading: Reading, numbers: Sequence[int]) -> dict[int, object]:
    keys = [str(number) for number in numbers]
    times = reading.held.times("orders", "finished_at", keys)
    return {int(key): moment.isoformat() for key, moment in times.items()}
