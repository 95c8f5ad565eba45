"""When a shop is due: cron's five fields, read as Debian's cron does, in the shop's own zone.

In the hour that an autumn night has twice a run at a fixed time happens once; one in the hour
that a spring night lacks happens when that hour would have ended.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIELDS: Final = 5
ANY_DAY: Final = datetime(2024, 1, 1)  # noqa: DTZ001 -- of no zone: only the fields count


def schedule_fault(schedule: str) -> str | None:
    """What is wrong with a schedule, in words; None where it is right."""
    from cronsim import CronSim, CronSimError

    if len(schedule.split()) != FIELDS:
        return f"a schedule has {FIELDS} fields: minute, hour, day, month, weekday"
    try:
        found = next(CronSim(schedule, ANY_DAY), None)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ").replace("day-of-month", "day of the month")
        return f"the {field.replace('day-of-week', 'weekday')} is none that there is"
    return None if found is not None else "there is no such day"


def next_after(schedule: str, timezone: str, moment: datetime) -> datetime:
    """The first moment after an aware one at which a right schedule has a run, in UTC."""
    from cronsim import CronSim

    found: datetime = next(CronSim(schedule, moment.astimezone(ZoneInfo(timezone))))
    if found.astimezone(UTC) > moment:
        return found.astimezone(UTC)
    # A time that the clock shows twice is that of the first hour; the moment is in the second.
    return next_after(schedule, timezone, moment + timedelta(hours=1))


def offset_of(shop: str, jitter: timedelta) -> timedelta:
    """How much later than its schedule a shop runs: always the same, and shops are spread."""
    seconds = int(jitter.total_seconds())
    digest = hashlib.sha256(shop.encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (seconds + 1))
