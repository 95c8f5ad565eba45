"""When shops are due: cron's fields in the shop's zone, over both changes of the clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audsync.daemon.calendar import InexpressibleError, on_calendar
from audsync.schedule import next_after, offset_of, schedule_fault
from audsync.service_settings import length_of

PRAGUE = "Europe/Prague"


def runs(schedule: str, start: str, count: int) -> list[str]:
    """The next runs after a UTC time, as the clock in Prague shows them."""
    moment, found = datetime.fromisoformat(start).replace(tzinfo=UTC), []
    for _ in range(count):
        moment = next_after(schedule, PRAGUE, moment)
        found.append(moment.astimezone(ZoneInfo(PRAGUE)).isoformat()[5:].removesuffix(":00"))
    return found


@pytest.mark.parametrize(
    ("schedule", "start", "times"),
    [
        ("30 3 * * *", "2026-11-20T03:00", ["11-21T03:30:00+01", "11-22T03:30:00+01"]),
        ("30 2 * * *", "2026-03-28T12:00", ["03-29T03:00:00+02", "03-30T02:30:00+02"]),
        ("30 2 * * *", "2026-10-24T12:00", ["10-25T02:30:00+02", "10-26T02:30:00+01"]),
        # Asked in the second of the two hours, when the run of that night is long done.
        ("30 2 * * *", "2026-10-25T01:15", ["10-26T02:30:00+01"]),
        ("30 * * * *", "2026-10-25T00:00", ["10-25T02:30:00+02", "10-25T02:30:00+01"]),
        ("0 9 * * MON#1", "2026-11-20T00:00", ["12-07T09:00:00+01"]),
    ],
)
def test_the_next_runs(schedule: str, start: str, times: Sequence[str]) -> None:
    assert runs(schedule, start, len(times)) == times


@pytest.mark.parametrize(
    "schedule", ["30 2 * * *", "*/7 1-3 * * *", "15 2,3 * * 0", "0 0 1 * *"]
)
def test_time_never_stands_still_nor_goes_back(schedule: str) -> None:
    for start in (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 10, 24, 22, tzinfo=UTC),
    ):
        for minutes in range(0, 300, 7):
            moment = start + timedelta(minutes=minutes)
            found = next_after(schedule, PRAGUE, moment)
            assert found > moment
            assert next_after(schedule, PRAGUE, found - timedelta(seconds=1)) == found


@pytest.mark.parametrize(
    ("schedule", "fault"),
    [
        ("30 3 * * *", None),
        ("*/15 8-18 * * MON-FRI", None),
        ("daily", "5 fields"),
        ("0 30 3 * * *", "5 fields"),
        ("61 3 * * *", "the minute is none"),
        ("0 3 30 2 *", "the day of the month is none"),
        ("0 3 * * 8", "the weekday is none"),
        ("0 3 * 2 MON#5", None),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said(schedule: str, fault: str | None) -> None:
    found = schedule_fault(schedule)
    assert found is None if fault is None else fault in str(found)


def test_each_shop_has_its_own_offset_and_keeps_it() -> None:
    jitter = timedelta(minutes=10)
    offsets = [offset_of(f"shop-{number}", jitter) for number in range(500)]
    assert offsets == [offset_of(f"shop-{number}", jitter) for number in range(500)]
    assert timedelta() <= min(offsets) < max(offsets) <= jitter
    assert len(set(offsets)) > 250, "they are spread"
    assert offset_of("kolo", timedelta()) == timedelta()


@pytest.mark.parametrize(
    ("schedule", "calendar"),
    [
        ("30 3 * * *", ["*-*-* 03:30:00 UTC"]),
        ("*/15 8-18 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 08..18:00,15,30,45:00 UTC"]),
        ("0 4 1,15 * 1", ["*-*-01,15 04:00:00 UTC", "Mon *-*-* 04:00:00 UTC"]),
        (
            "0 4 */2 1 1",
            ["Mon *-01-" + ",".join(f"{n:02}" for n in range(1, 32, 2)) + " 04:00:00 UTC"],
        ),
        ("0 4 L * *", ["*-*~01 04:00:00 UTC"]),
        ("0 4 * * 5L", ["Fri *-*~07/1 04:00:00 UTC"]),
        ("0 4 * * MON#2", ["Mon *-*-08..14 04:00:00 UTC"]),
    ],
)
def test_a_schedule_in_the_words_of_systemd(schedule: str, calendar: list[str]) -> None:
    assert on_calendar(schedule, "UTC") == calendar


@pytest.mark.parametrize("schedule", ["0 4 LW * *", "0 4 */2 * MON#2"])
def test_what_systemd_cannot_say_is_refused(schedule: str) -> None:
    with pytest.raises(InexpressibleError):
        on_calendar(schedule, "UTC")


def test_lengths_of_time() -> None:
    assert length_of("90 minutes") == timedelta(minutes=90)
    assert length_of("1 day") == timedelta(days=1)
    assert [length_of(text) for text in ("", "6h", "1.5 hours", "-1 day")] == [None] * 4
