"""Whoever is in several lists is sent to Google once."""

from pathlib import Path

import pytest

from audsync.contracts import AudienceInfo, AudienceSpec, Operation, Receipt
from audsync.deliver import AudienceResult, bundled
from audsync.errors import CredentialError, RejectedError
from audsync.state import State
from audsync.testing.google import FakeGoogle, faults
from audsync_sink_google import GoogleSink
from fakes.google_people import identifiers
from fakes.google_runs import a_run_of
from fakes.google_uploads import (
    APIS,
    INGEST,
    KIT,
    STATUS,
    in_unknown_country,
    people,
    settled,
    table,
)
from fakes.plans import CLIENTS, Row
from google_shop import sink_of


def together(sink: GoogleSink, *lists: list[Row]) -> tuple[list[AudienceInfo], list[Receipt]]:
    """Members added to new lists at once."""
    specs = [AudienceSpec(f"shop.{place}", f"List {place}") for place in range(len(lists))]
    audiences = [sink.open(spec, None) for spec in specs]
    batches = [
        KIT.batch(sink, audience, Operation.ADD, table(sink, rows))
        for audience, rows in zip(audiences, lists, strict=True)
    ]
    return audiences, sink.send_together(bundled(batches))


def test_whoever_is_in_several_lists_is_sent_once_with_the_lists_he_goes_to(
    google: FakeGoogle,
) -> None:
    lists = [people(6), people(3, start=2), people(4, start=4)]
    sink = sink_of(google)
    audiences, receipts = together(sink, *lists)
    assert google.calls[INGEST] == 1
    assert google.platform.identifiers_seen == 3 * 8
    assert [settled(google, sink, one).accepted for one in receipts] == [6, 3, 4]
    assert google.calls[STATUS] == 1
    for audience, rows in zip(audiences, lists, strict=True):
        assert google.members(audience.remote_id) == identifiers(rows)


@pytest.mark.parametrize("violations", [None, 0])
def test_a_bad_member_is_named_to_each_of_his_lists_and_to_no_other(
    google: FakeGoogle, violations: int | None
) -> None:
    google.platform.quirks.violations = violations
    rows = people(6)
    rows[3] = in_unknown_country(rows[3])
    lists = [rows, rows[2:5], rows[4:], rows[3:4]]
    sink = sink_of(google)
    audiences, receipts = together(sink, *lists)
    google.platform.clock.advance(days=1)
    outcomes = [sink.settle(one) for one in receipts]
    told = [one and [some.rows for some in one.rejected] for one in outcomes]
    assert told == [[(3,)], [(1,)], [], [(0,)]]
    assert google.platform.mistakes == {}
    for audience, some in zip(audiences, lists, strict=True):
        good = [row for row in some if row != rows[3]]
        assert google.members(audience.remote_id) == identifiers(good)


def test_a_list_that_is_not_right_any_more_lets_nothing_be_taken_of_the_others(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google)
    audiences, _ = together(sink, people(1), people(1))
    google.platform.lists[int(audiences[1].remote_id)].kind = "mobile"
    with pytest.raises(RejectedError):
        together(sink_of(google), people(3), people(2))
    google.platform.clock.advance(days=1)
    assert google.members(audiences[0].remote_id) == identifiers(people(1))


def test_of_lists_that_are_sent_together_one_that_is_gone_does_not_keep_the_others(
    google: FakeGoogle, tmp_path: Path
) -> None:
    """It is deleted after it was opened, and made anew by the next run."""
    wishes = {
        "all": dict(zip(CLIENTS, people(4), strict=False)),
        "few": dict(zip(CLIENTS, people(2), strict=False)),
    }
    clock, lists = google.platform.clock, google.platform.lists
    with State(tmp_path / "shop") as state:

        def run(name: str) -> list[AudienceResult]:
            found = a_run_of(state, sink_of(google), wishes, run=name, now=clock.now)
            clock.advance(days=1)
            return found

        google.faults.plan(faults.event(lambda: lists.pop(max(lists))), endpoint=INGEST)
        first, second = run("first")
        assert (first.failure, first.at_work) == (None, 1)
        assert "there is no such list" in str(second.failure)
        (left,) = google.audiences()
        assert google.members(left) == identifiers(wishes["all"].values())
        assert [one.failure for one in run("second")] == [None, None]
        assert {one.name: google.members(number) for number, one in lists.items()} == {
            name.title(): identifiers(rows.values()) for name, rows in wishes.items()
        }
    assert google.platform.mistakes == {}


@pytest.mark.parametrize("api", APIS)
def test_a_run_whose_login_ends_is_gone_on_with_when_somebody_has_signed_in_again(
    google: FakeGoogle, tmp_path: Path, api: str
) -> None:
    """The first of two lists was sent; nobody of it is sent twice."""
    wishes = {
        "few": dict(zip(CLIENTS, people(2), strict=False)),
        "others": dict(zip(CLIENTS, people(3, start=5), strict=False)),
    }
    access, clock = google.platform.access, google.platform.clock
    calls = {"data_manager": INGEST, "google_ads": "OfflineUserDataJobService/Create*"}
    with State(tmp_path / "shop") as state:

        def run(name: str) -> list[AudienceResult]:
            sink = sink_of(google, api=api, lists_per_request=1)
            found = a_run_of(state, sink, wishes, run=name, now=clock.now)
            clock.advance(days=1)
            return found

        google.faults.plan(faults.event(access.revoke), endpoint=calls[api], after=1)
        first, second = run("first")
        assert (first.failure, first.at_work) == (None, 1)
        assert isinstance(second.failure, CredentialError)
        access.is_revoked = False
        sent = google.platform.identifiers_seen
        assert [one.failure for one in run("second")] == [None, None]
        assert google.platform.identifiers_seen - sent == 3 * 3
        run("third")
    held = {one.name: google.members(number) for number, one in google.platform.lists.items()}
    assert held == {name.title(): identifiers(rows.values()) for name, rows in wishes.items()}
    assert (google.jobs.unrun, google.platform.mistakes) == ([], {})


def test_each_list_hears_what_became_of_its_own_part_of_a_request(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google)
    _, receipts = together(sink, people(3), people(2))
    google.platform.clock.advance(days=1)
    first, second = next(iter(google.requests.by_id.values())).parts
    first.errors["INTERNAL_ERROR"] = 2
    second.errors["INTERNAL_ERROR"] = 1
    outcomes = [sink.settle(one) for one in receipts]
    assert [one and one.accepted for one in outcomes] == [1, 1]
    assert [one and [some.count for some in one.rejected] for one in outcomes] == [[2], [1]]


def test_what_a_list_was_told_is_asked_again_as_long_as_google_is_at_work(
    google: FakeGoogle,
) -> None:
    google.faults.plan(faults.settles_in(3600 * 20), endpoint=INGEST)
    sink = sink_of(google)
    _, receipts = together(sink, people(3), people(2))
    google.platform.clock.advance(hours=1)
    assert [sink.settle(one) for one in receipts] == [None, None]
    assert google.calls[STATUS] == 1
    google.platform.clock.advance(hours=20)
    assert all(sink.settle(one) for one in receipts)
    assert google.calls[STATUS] == 2
