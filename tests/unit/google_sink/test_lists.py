"""Lists at Google found, made, rehearsed and refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from audsync.contracts import AudienceInfo, AudienceSpec, Operation
from audsync.errors import RejectedError
from audsync.testing.google import CLIENT, CUSTOMER, MANAGER, FakeGoogle
from audsync.testing.sink_contract import SPEC
from fakes.google_people import identifiers
from fakes.google_uploads import APIS, KIT, people, sent, settled, table
from google_shop import sink_of


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "mobile"}, "takes no contact data"),
        ({"is_open": False}, "is closed"),
        ({"is_read_only": True}, "may only be read"),
        ({"days": 30}, "set membership_days = 30"),
        ({"days": 1}, "added again; raise it at that list"),
        ({"is_owned": False}, "rename the segment"),
    ],
)
def test_a_list_that_cannot_be_kept_is_refused(
    google: FakeGoogle, api: str, changes: Mapping[str, Any], told: str
) -> None:
    google.platform.add_list(CUSTOMER, SPEC.name, **changes)
    with pytest.raises(RejectedError) as caught:
        sink_of(google, api=api).open(SPEC, None)
    assert told in str(caught.value)
    assert caught.value.remedy
    assert len(google.audiences()) == 1


@pytest.mark.parametrize("api", APIS)
def test_a_list_is_found_by_its_id_whatever_it_is_called(google: FakeGoogle, api: str) -> None:
    sink = sink_of(google, api=api)
    made = sink.open(SPEC, None)
    google.platform.lists[int(made.remote_id)].name = "Renamed at Google"
    found = sink.open(SPEC, made.remote_id)
    assert (found.remote_id, found.created) == (made.remote_id, False)
    del google.platform.lists[int(made.remote_id)]
    assert sink.open(SPEC, made.remote_id).created


@pytest.mark.parametrize("api", APIS)
def test_an_account_that_is_out_of_reach_is_not_one_without_the_list(
    google: FakeGoogle, api: str
) -> None:
    made = sink_of(google, api=api, account=CLIENT, login_account=MANAGER).open(SPEC, None)
    with pytest.raises(RejectedError, match="`login_account`"):
        sink_of(google, api=api, account=CLIENT).find(made.remote_id)


@pytest.mark.parametrize("api", APIS)
def test_an_account_that_is_not_active_is_told_as_one_and_no_list_is_made_anew(
    google: FakeGoogle, api: str
) -> None:
    sink = sink_of(google, api=api)
    audience, receipt = sent(sink, people(2))
    settled(google, sink, receipt)
    google.platform.accounts[CUSTOMER].is_enabled = False
    batch = KIT.batch(sink, audience, Operation.REMOVE, table(sink, people(1)))
    for call in (
        lambda: sink.open(SPEC, audience.remote_id),
        lambda: sink.find(audience.remote_id),
        lambda: sink.send(batch),
    ):
        with pytest.raises(RejectedError, match=r"not active.*cancelled or suspended"):
            call()
    assert [one.message.count("not active") for one in sink.check()] == [1]
    google.platform.clock.advance(days=1)
    assert google.members(audience.remote_id) == identifiers(people(2))
    assert google.audiences() == {audience.remote_id}


@pytest.mark.parametrize("api", APIS)
def test_two_lists_of_one_name_are_told_and_none_of_them_is_taken(
    google: FakeGoogle, api: str
) -> None:
    """Google takes no second one; one may be left of another time, or shared."""
    one, _ = (google.platform.add_list(CUSTOMER, SPEC.name) for _ in range(2))
    sink = sink_of(google, api=api)
    with pytest.raises(RejectedError, match="there are 2 lists with the name"):
        sink.open(SPEC, None)
    assert sink.open(SPEC, str(one.id)).remote_id == str(one.id)
    assert len(google.audiences()) == 2


@pytest.mark.parametrize("api", APIS)
def test_a_name_with_quotes_is_compared_and_never_asked_for(
    google: FakeGoogle, api: str
) -> None:
    spec = AudienceSpec("shop.people", """Ana's "best" \\ %""")
    sink = sink_of(google, api=api)
    made = sink.open(spec, None)
    assert sink.open(spec, None) == AudienceInfo(made.remote_id, spec.name)


def test_a_new_list_has_duration_and_description(google: FakeGoogle) -> None:
    for api in APIS:
        made = sink_of(google, api=api, membership_days=90).open(
            AudienceSpec(f"shop.{api}", api), None
        )
        held = google.list(made.remote_id)
        assert (held.days, held.description) == (90, f"Kept by audsync: shop.{api}")


def test_the_lists_of_one_api_are_those_of_the_other(google: FakeGoogle) -> None:
    old = sink_of(google, api="google_ads")
    audience, receipt = sent(old, people(3))
    assert settled(google, old, receipt).accepted == 3
    new = sink_of(google, api="data_manager")
    found = new.open(SPEC, audience.remote_id)
    assert (found.remote_id, found.created) == (audience.remote_id, False)
    receipt = new.send(KIT.batch(new, found, Operation.REMOVE, table(new, people(2))))
    assert settled(google, new, receipt).accepted == 2
    assert google.members(found.remote_id) == identifiers(people(1, start=2))


def test_lists_of_many_pages_are_all_looked_at(google: FakeGoogle) -> None:
    for number in range(1005):
        google.platform.add_list(CUSTOMER, f"List {number}")
    for api in APIS:
        found = sink_of(google, api=api).open(AudienceSpec("shop.x", "List 1004"), None)
        assert not found.created


@pytest.mark.parametrize("api", APIS)
def test_google_checks_a_list_and_is_sent_nobody(google: FakeGoogle, api: str) -> None:
    sink = sink_of(google, api=api)
    audience, receipt = sent(sink, people(2))
    settled(google, sink, receipt)
    held, jobs = google.members(audience.remote_id), len(google.jobs.by_name)
    sink.rehearse(audience)
    google.platform.clock.advance(days=1)
    assert google.members(audience.remote_id) == held
    assert (len(google.jobs.by_name), google.jobs.unrun) == (jobs, [])
    assert google.platform.unsettled == 0
    with pytest.raises(RejectedError):
        sink.rehearse(replace(audience, remote_id="999"))
    google.platform.accounts[CUSTOMER].is_allowlisted = False
    google.platform.accounts[CUSTOMER].has_signed_terms = False
    with pytest.raises(RejectedError):
        sink.rehearse(audience)
    assert google.platform.mistakes == {}
