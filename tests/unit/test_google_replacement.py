"""Lists of Google that are replaced as a whole, and who may not be in one any more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audsync.deliver import AudienceResult
from audsync.state import State
from audsync.testing.google import FakeGoogle, Removal, faults
from fakes.google_people import identifiers, person
from fakes.google_runs import a_run
from fakes.plans import CLIENTS, Wishes, members
from google_shop import sink_of

INGEST = "IngestionService/IngestAudienceMembers"
REMOVE = "IngestionService/RemoveAudienceMembers"
CLEAR = "IngestionService/RemoveAllAudienceMembers"
FOUR = {client: person(f"e-{client}", f"p-{client}") for client in CLIENTS[:4]}
JOINING = {"c9": person("e-c9", "p-c9")}


class Days:
    """Runs of one audience with `delivery = "replace"`, a day apart unless it is said."""

    def __init__(self, google: FakeGoogle, folder: Path) -> None:
        self.google = google
        self.state = State(folder)
        self.sink = sink_of(google, delivery="replace", max_batch=3)
        self.runs = 0

    def run(
        self, wishes: Wishes, *withdrawn: str, hours: int = 20, fails: bool = False
    ) -> AudienceResult:
        """One run, and so many hours after it."""
        self.runs += 1
        clock = self.google.platform.clock
        told: dict[str, Any] = {"run": f"run-{self.runs}", "withdrawn": withdrawn}
        result = a_run(self.state, self.sink, wishes, now=clock.now, **told)
        assert (result.failure is not None) is fails
        clock.advance(hours=hours)
        return result

    def held(self) -> frozenset[tuple[str, ...]]:
        (found,) = self.google.audiences()
        return self.google.members(found)

    def changes(self) -> int:
        return sum(self.google.calls[name] for name in (INGEST, REMOVE, CLEAR))

    def are_quiet_with(self, wishes: Wishes) -> bool:
        """Whether a run sends nothing, and list and member list hold just these people."""
        before = self.changes()
        self.run(wishes)
        assert members(self.state, "google") == {one: [row] for one, row in wishes.items()}
        assert self.held() == identifiers(wishes.values())
        return self.changes() == before


@pytest.fixture
def days(google: FakeGoogle, tmp_path: Path) -> Iterator[Days]:
    made = Days(google, tmp_path / "shop")
    for _ in range(2):
        made.run(FOUR)
    assert made.held() == identifiers(FOUR.values())
    yield made
    made.state.close()
    assert google.platform.mistakes == {}


def but(wishes: Wishes, *clients: str) -> dict[str, Any]:
    return {client: row for client, row in wishes.items() if client not in clients}


def test_who_withdrew_is_removed_by_the_run_that_replaces(days: Days) -> None:
    less = but(FOUR, "c0") | JOINING
    result = days.run(less, "c0", hours=1)
    assert days.held() == identifiers(less.values())
    assert days.google.calls[CLEAR] == 0
    days.google.platform.clock.advance(hours=20)
    days.run(less)  # whoever was there before is taken out
    assert days.google.calls[CLEAR] == 1
    assert days.are_quiet_with(less)
    assert result.at_work == 3


def test_who_only_left_goes_with_the_replacement(days: Days) -> None:
    less = but(FOUR, "c0")
    days.run(less)
    assert days.google.calls[REMOVE] == 0
    days.run(less)
    assert days.are_quiet_with(less)


def test_who_joined_and_withdraws_before_the_last_step_is_removed_by_that_run(
    days: Days,
) -> None:
    days.google.faults.plan(faults.settles_in(26 * 3600), endpoint=INGEST, after=1)
    days.run(FOUR | JOINING)
    assert identifiers(JOINING.values()) <= days.held()
    result = days.run(FOUR, "c9", hours=1)
    assert (result.removed, result.at_work, result.held) == (0, 1, 2)
    assert days.held() == identifiers(FOUR.values())
    for _ in range(4):
        days.google.platform.clock.advance(hours=20)
        days.run(FOUR, "c9", hours=1)
        assert days.held() == identifiers(FOUR.values())
    assert days.are_quiet_with(FOUR)


@pytest.mark.parametrize("removal", Removal)
def test_whoever_shares_a_phone_with_one_who_withdrew_is_sent_once_more(
    days: Days, removal: Removal
) -> None:
    days.google.platform.quirks.removal = removal
    home = FOUR | {"c8": person("e-c8", "p-c1"), "c9": person("e-c9", "p-c1")}
    for _ in range(3):
        days.run(home)
    less = but(home, "c9")
    # Google may do the removal after the replacement.
    days.google.faults.plan(faults.settles_in(3 * 3600), endpoint=REMOVE)
    for _ in range(4):
        days.run(less, "c9")
        assert ("email", home["c9"][0]) not in days.held()
    assert days.google.calls[CLEAR] == 3, "those who share the phone were sent once more"
    assert days.are_quiet_with(less)


def test_withdrawals_of_each_day_do_not_hold_up_who_joins(days: Days) -> None:
    """Also where they share a phone with others who stay."""
    home = {client: person(f"e-{client}", "p-home") for client in CLIENTS[:4]}
    for _ in range(3):
        days.run(home)
    wishes: Wishes = home
    for number, joins in ((0, True), (1, False), (2, True)):
        gone = CLIENTS[number]
        new = {f"c{20 + number}": person(f"e{20 + number}", "p-new")} if joins else {}
        wishes = but(wishes, gone) | new
        days.run(wishes, *CLIENTS[: number + 1])
        assert ("email", home[gone][0]) not in days.held()
        assert identifiers(new.values()) <= days.held()


def test_who_withdrew_is_found_again_where_google_works_in_last_what_it_did_not_answer(
    days: Days,
) -> None:
    days.sink = sink_of(days.google, delivery="replace", max_batch=9)
    lost = replace(faults.lost_after(), settles_in=46 * 3600)
    days.google.faults.plan(lost, endpoint=INGEST, times=99)
    assert days.run(FOUR | JOINING, fails=True).unanswered == 1
    days.google.recover()
    for _ in range(2):  # the second takes out whoever was there before
        assert days.held() == identifiers(FOUR.values())
        days.run(FOUR, "c9")
    assert identifiers(JOINING.values()) <= days.held()
    days.run(FOUR, "c9", hours=1)
    assert days.held() == identifiers(FOUR.values())
    for _ in range(2):
        days.google.platform.clock.advance(hours=20)
        days.run(FOUR, "c9", hours=1)
    assert days.are_quiet_with(FOUR)
