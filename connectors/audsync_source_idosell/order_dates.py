"""When orders were finished: what a search does not tell, and a question by number does."""

from collections.abc import Iterable, Sequence
from typing import Final

from audsync_source_idosell.answers import Record, element_faults
from audsync_source_idosell.cells import dig
from audsync_source_idosell.orders import serial_number
from audsync_source_idosell.reading import Reading

_CHANGED: Final = "orderStatusChangeDate"


def finished_times(
    reading: Reading, records: Iterable[Record], *, from_held: bool
) -> dict[int, object]:
    """When the finished ones of a page of orders became so, by number, as far as it is known.

    With `from_held` what is held counts: these orders have not been changed since. The others
    are asked for; of whichever does not come or cannot be read it is asked again next time.
    """
    if reading.options.finished_by != "status":
        return {}
    finished = [
        one for one in records if reading.orders.is_finished(one) and not element_faults(one)
    ]
    wanted = sorted({number for one in finished if (number := serial_number(one))})
    found = _held(reading, wanted) if from_held else {}
    left = [number for number in wanted if number not in found]
    return found | _asked(reading, left) if left else found


def _held(reading: Reading, numbers: Sequence[int]) -> dict[int, object]:
    keys = [str(number) for number in numbers]
    times = reading.held.times("orders", "finished_at", keys)
    return {int(key): moment.isoformat() for key, moment in times.items()}


def _asked(reading: Reading, numbers: Sequence[int]) -> dict[int, object]:
    found: dict[int, object] = {
        number: dig(record, "orderDetails", _CHANGED)
        for record in reading.panel.orders_by_number(numbers).records
        if (number := serial_number(record)) and not element_faults(record)
    }
    reading.orders.unread.update({*numbers} - found.keys())
    return found
