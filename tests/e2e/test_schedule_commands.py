"""`audsync schedule …`: what it prints is what systemd and cron take."""

import getpass
import json
import random
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audsync.daemon.calendar import InexpressibleError, on_calendar
from audsync.schedule import next_after, schedule_fault
from command import audsync
from many_shops import make_shops

ANALYZE = shutil.which("systemd-analyze") or "systemd-analyze"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shops(tmp_path / "shops", "kolo", "tri", schedule="30 3 * * 1-5")


def test_the_next_runs_are_shown_in_the_shops_own_time(folder: Path) -> None:
    done = audsync("schedule", "show", "--json", "--count", "2", cwd=folder)
    assert done.returncode == 0, done.stderr
    shops = json.loads(done.stdout)["shops"]
    assert [shop["shop"] for shop in shops] == ["kolo", "tri"]
    for shop in shops:
        moments = [datetime.fromisoformat(one) for one in shop["next"]]
        assert {(one.hour, 30 <= one.minute <= 40, one.weekday() < 5) for one in moments} == {
            (3, True, True)
        }
    assert shops[0]["next"] != shops[1]["next"], "shops are spread"


def test_a_unit_hands_over_secrets_and_lets_nothing_else_be_written(folder: Path) -> None:
    config = folder / "config.toml"
    more = '[privacy]\nidentities = "hashed"\n[notify]\nchannels = true\n'
    config.write_text(config.read_text("utf-8") + more, "utf-8")
    done = audsync(
        *("schedule", "systemd", "--shop", "kolo", "--credentials", "/etc/keys"), cwd=folder
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 03:30:00 Europe/Prague" in lines
    assert [
        line
        for line in lines
        if line.startswith(("LoadCredential", "SetCredential", "ReadWrite"))
    ] == [
        f"ReadWritePaths={folder}/out/kolo",
        f"ReadWritePaths={folder}/snapshots",
        f"ReadWritePaths={folder}/state",
        "LoadCredential=kolo.identity_key:/etc/keys/kolo.identity_key",
        "SetCredential=kolo.identity_key:\\n",
        "LoadCredential=kolo.notify_urls:/etc/keys/kolo.notify_urls",
        "SetCredential=kolo.notify_urls:\\n",
        "LoadCredential=kolo.suppression_key:/etc/keys/kolo.suppression_key",
        "SetCredential=kolo.suppression_key:\\n",
    ]
    near = audsync("schedule", "systemd", "--credentials", "keys", cwd=folder)
    file = "kolo.suppression_key"
    assert f"LoadCredential={file}:{folder}/keys/{file}" in near.stdout.splitlines()
    for wanted in (
        "UMask=0077",
        "ProtectSystem=strict",
        "Persistent=true",
        "FixedRandomDelay=true",
    ):
        assert wanted in lines


def test_a_crontab_names_zone_and_user_and_refuses_what_cron_does_not_know(
    folder: Path,
) -> None:
    done = audsync("schedule", "cron", "--user", "shop", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("CRON_TZ=Europe/Prague\n30 3 * * 1-5 shop /") == 2
    assert f"run --shop tri --config {folder}/config.toml" in done.stdout
    for user in ("shop root", "shop\n* * * * * root reboot"):
        refused = audsync("schedule", "cron", "--user", user, cwd=folder)
        assert (refused.returncode, "a user has letters" in refused.stderr) == (2, True)
    shop = folder / "shops" / "tri.toml"
    shop.write_text(shop.read_text("utf-8").replace("30 3 * * 1-5", "30 3 L * *"), "utf-8")
    assert audsync("schedule", "cron", cwd=folder).returncode == 4


def test_a_shop_without_a_schedule_is_told(tmp_path: Path) -> None:
    folder = make_shops(tmp_path / "shops", "kolo")
    done = audsync("schedule", "show", cwd=folder)
    assert (done.returncode, "no shop has a schedule" in done.stderr) == (4, True)


@pytest.mark.slow
def test_systemd_takes_the_units(folder: Path) -> None:
    place = folder.rename(folder.parent / "with space 100%")
    me = getpass.getuser()
    for more in ([], ["--daemon"]):
        done = audsync("schedule", "systemd", "--user", me, "-o", "units", *more, cwd=place)
        assert done.returncode == 0, done.stderr
    units = sorted(str(path) for path in (place / "units").iterdir())
    assert len(units) == 5
    verified = subprocess.run(
        [ANALYZE, "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    told = verified.stderr.splitlines()
    assert (verified.returncode, [line for line in told if "audsync" in line]) == (0, [])


@pytest.mark.slow
def test_systemd_means_the_same_moments_as_the_daemon() -> None:
    draw = random.Random(8)  # noqa: S311 -- no secret
    schedules = ["0 4 L * *", "0 4 * * 5L", "10 4 * * MON#2", "5 4 1,15 * 1", "0 4 */2 * 1"]
    while len(schedules) < 30:
        days = draw.choice(["*", "*", "1,15", "*/5", "28-31", "L"])
        weekdays = draw.choice(["*", "*", "1-5", "0", "7,3", "SUN", "*/2"])
        months = draw.choice(["*", "1-6", "2,11"])
        clock = draw.choice(["0 3", "*/20 8-10", "5,50 3"])
        schedule = f"{clock} {days} {months} {weekdays}"
        if schedule_fault(schedule) is None:
            schedules.append(schedule)
    start = datetime(2026, 1, 10, 0, 0, tzinfo=UTC)
    for schedule in schedules:
        try:
            expressions = on_calendar(schedule, "UTC")
        except InexpressibleError:
            continue
        moments = sorted({one for text in expressions for one in _elapses(text, start)})[:6]
        expected, moment = [], start - timedelta(seconds=1)
        for _ in moments:
            moment = next_after(schedule, "UTC", moment)
            expected.append(moment)
        assert moments == expected, schedule


def _elapses(expression: str, start: datetime) -> list[datetime]:
    """The next six moments that systemd names, from `start` on."""
    base = f"--base-time={start - timedelta(seconds=1):%Y-%m-%d %H:%M:%S} UTC"
    done = subprocess.run(
        [ANALYZE, "calendar", "--iterations=6", base, expression],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    found = re.findall(r"(?:elapse|#\d+): \w+ ([\d-]+ [\d:]+) UTC", done.stdout)
    assert len(found) == 6, done.stdout
    return [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in found]
