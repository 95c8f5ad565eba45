"""Whether the panel writes its times in the zone that it is taken for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from audsync.errors import SourceDataError
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record
from audsync_source_idosell.cells import dig

# Zones differ by no less; what is changed while a long pull goes on lies less far ahead.
_AHEAD: Final = timedelta(minutes=30)
_REMEDY: Final = "set `timezone` in the table of the source to the panel's time zone"


def check_clock(records: Iterable[Record], now: datetime, zone: ZoneInfo) -> None:
    """Raise SourceDataError where orders were changed at a time that has not come yet."""
    ahead = sum(_is_ahead(record, now, zone) for record in records)
    if ahead:
        raise SourceDataError(
            f"idosell: the panel shows orders ({ahead:,}) that were changed ahead of its own "
            f"clock, so that it is not in the time zone {zone.key}; {_REMEDY}"
        )


def _is_ahead(record: Record, now: datetime, zone: ZoneInfo) -> bool:
    try:
        changed = cells.moment(dig(record, "orderDetails", "orderChangeDate"), zone)
    except cells.BadCellError:
        return False
    return changed is not None and changed - now > _AHEAD
