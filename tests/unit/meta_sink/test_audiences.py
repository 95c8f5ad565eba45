"""Audiences at Meta: made, found, refused and looked after."""

import pytest

from audsync.contracts import AudienceInfo, AudienceSpec, Level, Outcome
from audsync.errors import RejectedError, TransientError
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta, errors
from audsync.testing.meta.graph import Account
from audsync.testing.sink_contract import SPEC
from fakes.meta_uploads import rows, send
from meta_shop import sink_of


def test_a_new_audience_is_made_as_the_segment_and_the_options_say(fake: FakeMeta) -> None:
    sink = sink_of(fake, retention_days=90, customer_file_source="PARTNER_PROVIDED_ONLY")
    made = sink.open(AudienceSpec("shop.vips", "VIPs", "Bought lately"), None)
    audience = fake.graph.audiences[made.remote_id]
    assert made.created
    assert (audience.name, audience.subtype, audience.is_value_based) == (
        *("VIPs", "CUSTOM"),
        False,
    )
    assert audience.fields == {
        "description": "Bought lately [audsync: EMAIL PHONE FN LN ZIP CT COUNTRY]",
        "customer_file_source": "PARTNER_PROVIDED_ONLY",
        "retention_days": 90,
    }
    assert sink.capabilities.membership_days == 90


def test_an_audience_is_found_among_many_pages_and_by_its_id_when_it_was_renamed(
    fake: FakeMeta,
) -> None:
    wanted = fake.graph.add(SPEC.name)
    for number in range(45):
        fake.graph.add(f"another {number}")
    sink = sink_of(fake)
    assert sink.open(SPEC, None).remote_id == wanted.id
    fake.graph.quirks.largest_page = 10  # "please reduce the amount of data"
    with pytest.raises(TransientError):
        sink.open(SPEC, None)
    assert sink.open(SPEC, None).remote_id == wanted.id
    wanted.name = "renamed by hand"
    assert sink.open(SPEC, wanted.id) == AudienceInfo(wanted.id, "renamed by hand")


def test_an_audience_that_somebody_deleted_is_made_anew(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    first = sink.open(SPEC, None)
    del fake.graph.audiences[first.remote_id]
    again = sink.open(SPEC, first.remote_id)
    assert again.created
    assert again.remote_id != first.remote_id


def test_an_account_that_is_out_of_reach_is_no_reason_to_make_an_audience(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    first = sink.open(SPEC, None)
    fake.graph.accounts[ACCOUNT].refusal = errors.NOT_THERE
    with pytest.raises(RejectedError, match="does not exist for this token"):
        sink.open(SPEC, first.remote_id)
    with pytest.raises(RejectedError, match="does not exist for this token"):
        sink.find(first.remote_id)
    assert len(fake.graph.audiences) == 1


def test_two_audiences_of_one_name_are_a_question_for_a_person(fake: FakeMeta) -> None:
    fake.graph.add(SPEC.name)
    fake.graph.add(SPEC.name)
    with pytest.raises(RejectedError, match="2 audiences with the name") as caught:
        sink_of(fake).open(SPEC, None)
    assert "rename or delete" in caught.value.remedy


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("subtype", ["WEBSITE", "LOOKALIKE"])
def test_an_audience_of_another_kind_is_refused_with_the_way_out(
    fake: FakeMeta, subtype: str, *, is_known: bool
) -> None:
    found = fake.graph.add(SPEC.name, subtype=subtype)
    with pytest.raises(RejectedError, match="is no list of customers") as caught:
        sink_of(fake).open(SPEC, found.id if is_known else None)
    remedy = "delete it in Audience Manager" if is_known else "another `name`"
    assert remedy in caught.value.remedy
    assert fake.calls["POST customaudiences"] == 0


def test_a_flagged_audience_is_refused_with_the_way_out(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    fake.graph.audiences[audience.remote_id].flag("name")
    with pytest.raises(RejectedError, match="flagged by Meta") as caught:
        sink.open(SPEC, audience.remote_id)
    assert "review in Audience Manager" in caught.value.remedy
    with pytest.raises(RejectedError, match="code 100/1713230"):
        send(sink, audience, rows(sink, 1))
    assert [one.level for one in sink.check()].count(Level.WARNING) == 1


def test_an_audience_that_may_only_be_read_is_refused(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    fake.graph.audiences[audience.remote_id].may_edit = False
    with pytest.raises(RejectedError, match="may only be read"):
        sink.open(SPEC, audience.remote_id)


def test_another_update_of_the_audience_is_waited_for(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    fake.graph.audiences[audience.remote_id].next_statuses = [414]
    with pytest.raises(TransientError, match="another update") as caught:
        sink.open(SPEC, audience.remote_id)
    assert caught.value.retry_after == 60.0
    assert sink.open(SPEC, audience.remote_id).remote_id == audience.remote_id


def test_an_audience_keeps_its_keys_for_life(fake: FakeMeta) -> None:
    audience = sink_of(fake).open(SPEC, None)
    other = sink_of(fake, keys=("EMAIL", "DOBY"))
    with pytest.raises(
        RejectedError, match="was filled with the keys EMAIL PHONE FN"
    ) as caught:
        other.open(SPEC, audience.remote_id)
    assert "set `keys` as they were, or delete it" in caught.value.remedy


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_to_be_done_about_an_audience_brings_about_another_one(
    fake: FakeMeta, *, is_known: bool
) -> None:
    sink = sink_of(fake)
    first = sink.open(SPEC, None)
    fake.graph.audiences[first.remote_id].flag("name")
    known = first.remote_id if is_known else None
    with pytest.raises(RejectedError) as caught:
        sink.open(SPEC, known)
    other = AudienceSpec(SPEC.key, "Another name")
    if is_known:
        assert "delete it in Audience Manager" in caught.value.remedy
        with pytest.raises(RejectedError):
            sink.open(other, known)
        del fake.graph.audiences[first.remote_id]
    else:
        assert "give the segment another `name`" in caught.value.remedy
    made = sink.open(other, known)
    assert (made.created, made.name) == (True, "Another name")


def test_an_audience_of_the_account_that_was_configured_before_is_not_left_behind(
    fake: FakeMeta,
) -> None:
    first = sink_of(fake).open(SPEC, None)
    fake.graph.accounts["77"] = Account("77")
    moved = sink_of(fake, account="77")
    with pytest.raises(RejectedError, match=f"another ad account, act_{ACCOUNT}") as caught:
        moved.open(SPEC, first.remote_id)
    assert "set `account` to that one, or delete it" in caught.value.remedy
    del fake.graph.audiences[first.remote_id]
    made = moved.open(SPEC, first.remote_id)
    assert fake.graph.audiences[made.remote_id].account_id == "77"


def test_the_first_upload_to_a_new_audience_may_come_too_early(fake: FakeMeta) -> None:
    fake.graph.quirks.unready_calls = 1
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    with pytest.raises(TransientError, match="does not know the audience yet"):
        send(sink, audience, rows(sink, 2))
    assert send(sink, audience, rows(sink, 2)) == Outcome(2)


def test_what_meta_says_of_an_audience_is_read_back(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    assert dict(audience.status) == {}
    send(sink, audience, rows(sink, 250))
    found = sink.open(SPEC, audience.remote_id)
    assert dict(found.status) == {
        "operation": "200 Normal",
        "delivery": "200 This audience is ready for use.",
        "size_from": 250,
        "size_to": 260,
    }
    assert found.size == 260


@pytest.mark.parametrize(
    ("spoil", "sentence", "remedy"),
    [
        (lambda fake: setattr(fake.graph.accounts[ACCOUNT], "tos_accepted", False),
         "terms are not accepted", f"tos/?act={ACCOUNT}"),
        (lambda fake: fake.graph.access.tokens.update({TOKEN: errors.dead_token(463)}),
         "token has expired", None),
        (lambda fake: setattr(fake.graph.accounts[ACCOUNT], "refusal", errors.NO_PERMISSION),
         "may not manage ads", "assign the system user"),
        (lambda fake: fake.graph.accounts.clear(),
         "does not exist for this token", "`account`"),
    ],
)  # fmt: skip
def test_a_check_tells_what_a_person_must_do(
    fake: FakeMeta, spoil: object, sentence: str, remedy: str | None
) -> None:
    sink = sink_of(fake)
    assert {one.level for one in sink.check()} == {Level.OK}
    spoil(fake)  # type: ignore[operator]  # one of the functions above
    (wrong,) = [one for one in sink.check() if one.level is Level.ERROR]
    assert sentence in wrong.message
    assert (remedy or "") in (wrong.remedy or "")


def test_an_account_that_is_full_is_told_before_a_list_is_to_be_made(fake: FakeMeta) -> None:
    for number in range(499):
        fake.graph.add(f"list {number}")
    sink = sink_of(fake)
    assert {one.level for one in sink.check()} == {Level.OK}
    fake.graph.add("the last")
    (full,) = [one for one in sink.check() if one.level is Level.ERROR]
    assert "as many customer lists as it may have" in full.message
    assert full.remedy == "delete some in Audience Manager"


def test_a_version_that_meta_answers_in_a_newer_one_is_told(fake: FakeMeta) -> None:
    fake.graph.quirks.upgrades = True
    found = sink_of(fake, api_version="v24.0").check()
    (warned,) = [one for one in found if one.level is Level.WARNING]
    assert "version v24.0 of the Graph API is retired" in warned.message
    assert {one.level for one in sink_of(fake).check()} == {Level.OK}
    fake.graph.quirks.upgrades = False
    (refused,) = sink_of(fake, api_version="v24.0").check()
    assert "this version of Meta's API is retired (code 2635)" in refused.message


def test_terms_that_are_not_accepted_stop_the_making_with_the_link(fake: FakeMeta) -> None:
    fake.graph.accounts[ACCOUNT].tos_accepted = False
    with pytest.raises(RejectedError) as caught:
        sink_of(fake).open(SPEC, None)
    assert f"tos/?act={ACCOUNT}" in caught.value.remedy


@pytest.mark.parametrize("text", ["Diabetes care", "Zadlužení: půjčky", "Loan takers"])
def test_names_that_meta_flags_are_known_before_they_are_sent(
    fake: FakeMeta, text: str
) -> None:
    sink = sink_of(fake)
    (named,) = sink.advise(AudienceSpec("shop.x", text))
    (described,) = sink.advise(AudienceSpec("shop.x", "X", text))
    assert (named.level, named.remedy) == (Level.WARNING, "choose another name")
    assert described.remedy == "choose another description"
    assert sink.advise(AudienceSpec("shop.x", "Sloane Square", "Loyal customers")) == []
    assert fake.calls.total() == 0
