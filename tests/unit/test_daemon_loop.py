"""The daemon's loop over simulated days: what begins when, and what is never begun twice."""

import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from audsync.daemon.children import Child, Ended
from audsync.daemon.health import Health
from audsync.daemon.metrics import metrics_text
from fakes.days import Days

PRAGUE = "Europe/Prague"
NIGHTLY = ("kolo", "30 3 * * *", PRAGUE)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no test cuts the power


def test_a_shop_runs_once_a_day_over_both_changes_of_the_clock(tmp_path: Path) -> None:
    spring = Days(tmp_path / "a", "2026-03-27T12:00")
    spring.plan(("kolo", "30 2 * * *", PRAGUE))
    spring.go("2026-03-31T12:00")
    assert spring.times() == ["03-28 01:30", "03-29 01:00", "03-30 00:30", "03-31 00:30"]
    autumn = Days(tmp_path / "b", "2026-10-23T12:00")
    autumn.plan(("kolo", "30 2 * * *", PRAGUE))
    autumn.go("2026-10-27T12:00")
    assert autumn.times() == ["10-24 00:30", "10-25 00:30", "10-26 01:30", "10-27 01:30"]


def test_a_run_that_was_missed_is_made_up_for_once_and_not_after_a_day(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00")
    hourly = ("kolo", "0 * * * *", "UTC")
    days.plan(hourly)
    days.go("2026-11-01T02:30")
    days.clock.pass_(5 * 3600)  # down
    days.boot(hourly)
    days.go("2026-11-01T08:30")
    assert days.times() == ["11-01 01:00", "11-01 02:00", "11-01 07:30", "11-01 08:00"]
    daily = Days(tmp_path / "daily", "2026-11-01T00:00")
    daily.plan(("kolo", "0 3 * * 1", "UTC"))
    daily.go("2026-11-03T00:00")
    assert daily.times() == ["11-02 03:00"]
    daily.clock.pass_(8.5 * 86_400)  # the Monday after was two days ago
    daily.boot(("kolo", "0 3 * * 1", "UTC"))
    daily.go("2026-11-16T04:00")
    assert daily.times() == ["11-02 03:00", "11-16 03:00"]


def test_a_machine_that_slept_is_as_one_that_was_down(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00")
    days.plan(NIGHTLY, ("tri", "0 12 * * 3", PRAGUE))
    days.go("2026-11-01T12:00")
    days.clock.wall += timedelta(days=3, hours=20)  # steady time stood still
    days.go("2026-11-06T12:00")
    assert days.times() == ["11-01 02:30", "11-05 08:00", "11-05 08:00", "11-06 02:30"]
    assert days.loop.tally.missed == {"kolo": 1}, "of the nights before the last one"
    days.clock.wall += timedelta(days=9)
    days.go("2026-11-16T12:00")
    assert days.loop.tally.missed == {"kolo": 2, "tri": 1}
    assert days.times()[4:] == ["11-15 12:00", "11-16 02:30"]


@pytest.mark.parametrize(("back", "runs"), [(timedelta(hours=2), 2), (timedelta(days=300), 4)])
def test_a_clock_that_is_put_back(tmp_path: Path, back: timedelta, runs: int) -> None:
    """A little: what ran is not run again. Far: the schedule goes on from the new time."""
    days = Days(tmp_path, "2026-11-01T00:00")
    days.plan(NIGHTLY)
    days.go("2026-11-01T03:00")
    days.clock.wall -= back
    days.go(f"{days.clock.wall + timedelta(days=runs - 1):%Y-%m-%dT23:00}")
    assert len(days.starts) == runs


def test_a_shop_that_is_still_running_is_not_begun_again(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", fate=lambda *_: (Ended(0), 5400.0))
    days.plan(("kolo", "0 * * * *", "UTC"))
    days.go("2026-11-01T06:30")
    assert days.times() == ["11-01 01:00", "11-01 03:00", "11-01 05:00"]
    assert days.loop.tally.overlaps == {"kolo": 3}
    assert days.most == 1


def test_what_passes_by_itself_is_tried_again_later_and_later_as_the_same_run(
    tmp_path: Path,
) -> None:
    days = Days(
        tmp_path,
        "2026-11-01T00:00",
        fate=lambda _, number: (Ended((6, 11, 6, 137, 0)[number % 5]), 60.0),
    )
    days.plan(NIGHTLY)
    days.go("2026-11-01T12:00")
    assert days.times() == [
        *("11-01 02:30", "11-01 02:36", "11-01 02:47", "11-01 03:08", "11-01 03:49")
    ]
    assert {arguments[2] for arguments in days.arguments} == {"20261101T023000"}
    assert days.finals == [("kolo", 0)], "nobody hears of what passes"
    days.fate = lambda *_: (Ended(6), 60.0)
    days.go("2026-11-02T23:00")
    assert len(days.times()) == 5 + 8
    assert days.finals == [("kolo", 0), ("kolo", 6)]
    days.fate = lambda *_: (Ended(7), 60.0)
    days.go("2026-11-03T23:00")
    assert len(days.times()) == 5 + 8 + 1, "what wants a person is not tried again"


def test_a_run_of_which_a_part_failed_for_a_while_is_tried_again(tmp_path: Path) -> None:
    half = Ended(3, {"temporary": True})
    days = Days(tmp_path, "2026-11-01T00:00", fate=lambda *_: (half, 60.0))
    days.plan(NIGHTLY)
    days.go("2026-11-01T02:32")
    days.boot(NIGHTLY)  # it is not forgotten by whoever comes then
    days.fate = lambda _, number: (half if number == 1 else Ended(3), 60.0)
    days.go("2026-11-01T12:00")
    assert days.times() == ["11-01 02:30", "11-01 02:32", "11-01 02:38"]
    assert {arguments[2] for arguments in days.arguments} == {"20261101T023000"}
    assert days.finals == [("kolo", 3)]


def test_a_run_that_was_due_again_meanwhile_is_still_tried_again_as_itself(
    tmp_path: Path,
) -> None:
    days = Days(
        tmp_path,
        "2026-11-01T00:30",
        fate=lambda _, number: (Ended((6, 0)[number]), 3900.0 if number == 0 else 60.0),
    )
    days.plan(("kolo", "0 * * * *", "UTC"))
    days.go("2026-11-01T02:30")
    assert days.times() == ["11-01 01:00", "11-01 02:10"]
    assert days.arguments[0] == days.arguments[1]


def test_the_next_time_puts_an_end_to_trying(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:30", fate=lambda *_: (Ended(6), 60.0))
    days.plan(("kolo", "0 * * * *", "UTC"))
    days.go("2026-11-01T02:59")
    ids = [arguments[2] for arguments in days.arguments]
    assert Counter(ids) == {"20261101T010000": 4, "20261101T020000": 4}
    assert days.finals == [("kolo", 6), ("kolo", 6)], "a person hears of each that was in vain"


def test_a_run_that_hangs_is_ended_and_leaves_its_place_to_others(tmp_path: Path) -> None:
    days = Days(
        tmp_path,
        "2026-11-01T00:00",
        jobs=1,
        fate=lambda shop, _: (Ended(0), 1e9 if shop == "kolo" else 60.0),
        time_limit="2 hours",
    )
    days.hangs = True
    days.plan(NIGHTLY, ("tri", "31 3 * * *", PRAGUE))
    days.go("2026-11-01T12:00")
    assert days.times() == ["11-01 02:30", "11-01 04:32"]
    assert days.children[0].signals == [signal.SIGTERM, signal.SIGKILL]
    assert days.loop.tally.timed_out == {"kolo": 1}
    assert sorted(days.finals) == [("kolo", 3), ("tri", 0)]


def test_a_run_that_is_being_ended_hears_of_a_stop_once(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", fate=lambda *_: (Ended(0), 1e9))
    days.hangs = True
    days.plan(NIGHTLY)
    days.go("2026-11-01T14:31")  # the limit of twelve hours, and a little
    days.loop.stop(signal.SIGTERM)
    assert days.children[0].signals == [signal.SIGTERM], "a second one would cut a batch off"


def test_hundreds_at_once_wait_for_a_place_each_in_turn(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", jobs=8)
    shops = [(f"shop-{number:03}", "30 3 * * *", PRAGUE) for number in range(500)]
    days.plan(*shops)
    days.go("2026-11-02T00:00")
    assert Counter(shop for shop, _, _ in days.starts) == dict.fromkeys(
        (shop for shop, _, _ in shops), 1
    )
    assert days.most == 8
    assert days.starts[-1][2] - days.starts[0][2] <= timedelta(minutes=500 / 8 + 2)
    assert len(days.finals) == 500


def test_jitter_spreads_shops_and_leaves_the_number_of_runs(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", jitter="20 minutes")
    days.plan(*((f"shop-{number}", "*/15 * * * *", "UTC") for number in range(4)))
    days.go("2026-11-01T06:30")
    counts = Counter(shop for shop, _, _ in days.starts)
    assert all(24 <= count <= 26 for count in counts.values()), counts
    assert len({f"{at:%M:%S}" for _, _, at in days.starts}) == 4 * 4


def test_a_stop_begins_nothing_and_waits_for_those_at_work(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", jobs=1, fate=lambda *_: (Ended(0), 3600.0))
    tri = ("tri", "30 3 * * *", PRAGUE)
    days.plan(NIGHTLY, tri)
    days.go("2026-11-01T02:31")
    days.loop.stop(signal.SIGTERM)
    assert not days.loop.is_over
    days.go("2026-11-01T02:40")
    assert days.loop.is_over
    assert [child.signals for child in days.children] == [[signal.SIGTERM]]
    days.boot(NIGHTLY, tri)
    days.go("2026-11-01T02:42")
    assert days.times() == ["11-01 02:30", "11-01 02:40"], "what was cut short goes on at once"
    assert days.arguments[0] == days.arguments[1], "as the same run"


def test_after_a_kill_of_everything_the_run_goes_on(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00", fate=lambda *_: (Ended(0), 3600.0))
    days.plan(NIGHTLY)
    days.go("2026-11-01T02:31")
    days.boot(NIGHTLY)  # nobody noted an end
    days.go("2026-11-01T12:00")
    assert days.times() == ["11-01 02:30", "11-01 02:31"]
    assert days.arguments[0] == days.arguments[1]


def test_a_changed_schedule_holds_from_now_on(tmp_path: Path) -> None:
    days = Days(tmp_path, "2026-11-01T00:00")
    days.plan(NIGHTLY, ("gone", "0 3 * * *", "UTC"))
    days.go("2026-11-01T02:40")
    days.plan(("kolo", "0 6 * * *", "UTC"), ("new", "0 2 * * *", "UTC"))
    days.go("2026-11-02T05:00")
    assert [(shop, f"{at:%d %H:%M}") for shop, _, at in days.starts] == [
        *(("kolo", "01 02:30"), ("kolo", "01 06:00"), ("new", "02 02:00"))
    ]


def test_what_platforms_have_not_answered_is_asked_for_between_runs(tmp_path: Path) -> None:
    sent = {"audiences": [{"held": {}, "result": {"at_work": 2}}], "members": []}
    asked = {"settled": [{"audience": "kolo.buyers.google", "at_work": 1}]}
    done = {
        "settled": [{"audience": "kolo.buyers.google", "at_work": 0}],
        "members": [{"audience": "kolo.buyers.google", "members": 812}],
    }
    days = Days(
        tmp_path,
        "2026-11-01T00:00",
        fate=lambda _, number: (Ended(0, (sent, asked, asked, done)[number]), 60.0),
    )
    days.plan(NIGHTLY)
    days.go("2026-11-01T12:00")
    assert days.times("settle") == ["11-01 03:31", "11-01 04:32", "11-01 05:33"]
    assert days.times() == ["11-01 02:30"]
    assert days.arguments[1] == ("settle",)
    assert days.book.of("kolo").members == {"kolo.buyers.google": 812}
    assert days.book.of("kolo").started_at == days.starts[0][2], "it was no run"


def test_a_full_disk_or_a_lack_of_processes_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    days = Days(tmp_path / "file", "2026-11-01T00:00")  # nothing can be written below it
    days.plan(NIGHTLY)
    days.go("2026-11-03T00:00")
    assert days.times() == ["11-01 02:30", "11-02 02:30"]
    start, days.loop.start = days.loop.start, _nothing
    days.go("2026-11-03T02:32")
    days.loop.start = start
    days.go("2026-11-03T03:00")
    assert days.times()[2:] == ["11-03 02:35"]


def _nothing(_shop: str, _arguments: object, /) -> Child:
    raise OSError(11, "Resource temporarily unavailable")


def test_metrics_tell_every_failure(tmp_path: Path) -> None:
    summary = {
        "audiences": [{"held": {"remove": {"left": 40, "erased": 2}, "add": {"entered": 9}}}],
        "members": [{"audience": "kolo.buyers.meta", "members": 812}],
        "pull": {"rejections": [{"loss": "row", "count": 3}, {"loss": "value", "count": 5}]},
    }
    codes = (0, 7, 3)
    days = Days(
        tmp_path,
        "2026-11-01T00:00",
        fate=lambda _, number: (Ended(codes[number % 3], summary), 60.0),
    )
    days.plan(NIGHTLY)
    days.go("2026-11-04T00:00")
    health = days.book.of("kolo")
    lines = metrics_text({"kolo": health, "new": Health()}, days.loop.tally).splitlines()
    first = f"{(1793500200 + 60)}"
    for line in (
        f'audsync_last_success_timestamp_seconds{{shop="kolo"}} {first}',
        'audsync_last_success_timestamp_seconds{shop="new"} 0',
        'audsync_last_exit_code{shop="kolo"} 3',
        'audsync_audience_members{shop="kolo",segment="buyers",sink="meta"} 812',
        'audsync_rows_quarantined_total{shop="kolo"} 9',
        'audsync_removals_held{shop="kolo"} 42',
        'audsync_runs_total{shop="kolo",exit_code="7"} 1',
        "audsync_runs_running 0",
        "audsync_config_valid 1",
    ):
        assert line in lines
    assert Health.from_json((tmp_path / "kolo" / "health.json").read_text()) == health
