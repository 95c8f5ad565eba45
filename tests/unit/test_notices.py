"""What a person is told of runs: when, and that it holds ids, counts and codes alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audsync.daemon.children import Ended
from audsync.daemon.health import Health
from audsync.daemon.notices import Notice, notices
from audsync.errors import ExitCode
from audsync.service_settings import NotifySettings

START = datetime(2026, 11, 1, 2, 30, tzinfo=UTC)


def told(*codes: int, hours: float = 24, **settings: Any) -> list[list[str]]:
    """The titles after each of these runs, so many hours apart."""
    return [[one.title for one in found] for found in _told(codes, hours, settings)]


def _told(codes: tuple[int, ...], hours: float, settings: dict[str, Any]) -> list[list[Notice]]:
    health, at, said = Health(), START, []
    for code in codes:
        how = Ended(code, None, "ana@example.com is in a message")
        health = health.started("r1", at)
        found, health = notices(
            "kolo", health, health.ended(how, at), how, NotifySettings(**settings), at=at
        )
        said.append(found)
        at += timedelta(hours=hours)
    return said


FAILS = "audsync: kolo fails (exit code 7)"
STILL = "audsync: kolo still fails (exit code 7)"
WELL = "audsync: kolo is well again"


def test_of_a_failure_at_once_then_daily_and_of_its_end() -> None:
    assert told(0, 7, 7, 7, 0, 0) == [[], [FAILS], [STILL], [STILL], [WELL], []]
    assert told(7, 7, 7, 7, 7, 0, hours=8) == [[FAILS], [], [], [STILL], [], [WELL]]
    assert told(0, 0, 0) == [[], [], []]


def test_what_is_no_failure_is_not_told_and_ends_none() -> None:
    assert told(11, 130, 143) == [[], [], []]
    assert told(7, 143, 7, 0, hours=1) == [[FAILS], [], [], [WELL]]


@pytest.mark.parametrize("code", [*ExitCode, 137])
def test_a_notice_says_what_the_code_means_and_repeats_no_message(code: int) -> None:
    for (notice,) in [found for found in _told((code,), 24, {}) if found]:
        assert f"exit code {code}" in notice.text
        assert "unknown" not in notice.text
        assert "audsync runs show r1 --shop kolo" in notice.text
        assert "ana" not in notice.text


def sized(was: dict[str, Any], now: dict[str, Any], **settings: Any) -> list[Notice]:
    before, how = Health().ended(Ended(0, _summary(was)), START), Ended(0, _summary(now))
    found, _ = notices(
        "kolo", before, before.ended(how, START), how, NotifySettings(**settings), at=START
    )
    return found


def _summary(facts: dict[str, Any]) -> dict[str, Any]:
    granted = facts.get("granted", 400)
    return {
        "members": [{"audience": "kolo.buyers.meta", "members": facts.get("members", 900)}],
        "consent": {"advertising": {"granted": granted, "clients": 1000}},
    }


def test_an_audience_that_changed_much_is_told_though_nothing_failed() -> None:
    (notice,) = sized({"members": 900}, {"members": 400})
    assert notice.title == "audsync: kolo: audience buyers at meta changed by -56 %"
    assert "it had 900 members and has 400" in notice.text
    assert len(sized({"members": 900}, {"members": 1400})) == 1
    assert sized({"members": 900}, {"members": 500}) == []
    assert sized({"members": 60}, {"members": 20}) == [], "few are not worth a word"
    assert sized({"members": 900}, {"members": 0}, size_percent=0) == []


def test_a_share_of_consent_that_moved_is_told_both_ways() -> None:
    for granted, points in ((280, "-12"), (510, "+11")):
        (notice,) = sized({}, {"granted": granted})
        assert notice.title == f"audsync: kolo: consent to advertising moved by {points} points"
    assert sized({}, {"granted": 320}) == []
    assert sized({}, {"granted": 0}, consent_points=0) == []
