"""The sink `meta` and the fake Graph API, by the official SDK: calls, audiences, receipts."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest

from audsync.contracts import (
    VALUE,
    AudienceInfo,
    AudienceSpec,
    Level,
    Operation,
    Outcome,
    Secret,
)
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.identity.digests import digest
from audsync.testing.error_texts import texts_of
from audsync.testing.meta import (
    ACCOUNT,
    TOKEN,
    FakeMeta,
    Samples,
    errors,
    faults,
)
from audsync.testing.meta.audiences import Audience
from audsync.testing.meta.faults import LOST, PASSING, Fault
from audsync.testing.meta.graph import Account
from audsync.testing.sink_contract import SPEC, SinkContract
from audsync_sink_meta import MetaOptions, MetaSink
from audsync_sink_meta.lookalike import AudienceOptions, Lookalike
from meta_shop import SECRETS, context, sink_of

KIT = SinkContract()


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as made:
        yield made
        assert made.mistakes == {}


def rows(sink: MetaSink, count: int, *, start: int = 0) -> pa.Table:
    return KIT.rows(sink, count, start=start)


def send(
    sink: MetaSink,
    audience: AudienceInfo,
    table: pa.Table,
    operation: Operation = Operation.ADD,
) -> Outcome:
    return KIT.deliver(sink, audience, operation, table)


# Calls


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REMOVE])
def test_no_odd_answer_is_taken_for_a_success(
    fake: FakeMeta, operation: Operation, fault: Fault
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 3))
    before = fake.members(audience.remote_id)
    table = rows(sink, 3, start=0 if operation is Operation.REMOVE else 5)
    fake.faults.plan(fault, endpoint="POST users")
    fake.faults.plan(fault, endpoint="DELETE users")
    with pytest.raises(TransientError) as caught:
        sink.send(KIT.batch(sink, audience, operation, table))
    assert fake.members(audience.remote_id) == before
    assert not KIT.keys_in(sink, table, *texts_of(caught.value))
    fake.recover()
    assert send(sink, audience, table, operation) == Outcome(3)


@pytest.mark.parametrize("fault", LOST)
def test_after_an_answer_that_was_lost_the_same_may_be_sent_again(
    fake: FakeMeta, fault: Fault
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    fake.faults.plan(fault, endpoint="POST users")
    with pytest.raises(TransientError):
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows(sink, 3)))
    assert send(sink, audience, rows(sink, 3)) == Outcome(3)
    assert len(fake.members(audience.remote_id)) == 3


def test_ten_thousand_removals_travel_in_the_body_of_a_post(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 10_000)
    assert send(sink, audience, table) == Outcome(10_000)
    assert send(sink, audience, table, Operation.REMOVE) == Outcome(10_000)
    assert fake.members(audience.remote_id) == frozenset()
    last = fake.log[-1]
    assert (last.method, last.url_length < 300) == ("POST", True)


def test_a_slow_answer_is_not_waited_for_longer_than_it_may_take(fake: FakeMeta) -> None:
    sink = sink_of(fake, read_seconds=0.2)
    fake.faults.plan(faults.slow(1.0))
    with pytest.raises(TransientError, match="not reached"):
        sink.open(SPEC, None)


def test_the_token_is_in_no_address_no_log_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeMeta() as fake:
        sink = sink_of(fake)
        sink.open(SPEC, None)
    with pytest.raises(TransientError) as caught:  # nobody listens there any more
        sink.open(SPEC, None)
    told = " ".join([caplog.text, repr(sink), *texts_of(caught.value)])
    assert TOKEN not in told
    assert "/customaudiences" in caplog.text, "nothing was logged at all"


def test_the_sdk_reports_no_crash_and_has_no_default_account(fake: FakeMeta) -> None:
    hook = sys.excepthook
    sink_of(fake).open(SPEC, None)
    from facebook_business.api import FacebookAdsApi

    assert sys.excepthook is hook
    assert FacebookAdsApi.get_default_api() is None
    assert fake.instruments == []


def test_calls_are_signed_where_the_apps_secret_is_set(fake: FakeMeta) -> None:
    fake.graph.access.needs_proof = True
    sink_of(fake).open(SPEC, None)
    unsigned = sink_of(fake, known={"meta_token": TOKEN})
    with pytest.raises(CredentialError, match="app secret"):
        unsigned.open(SPEC, None)
    fake.graph.access.needs_proof = False
    unsigned.open(SPEC, None)
    wrong = sink_of(fake, known={**SECRETS, "meta_app_secret": "another"})
    with pytest.raises(CredentialError, match="app secret"):
        wrong.open(SPEC, None)


def test_an_app_secret_that_cannot_be_read_is_told_and_no_call_goes_unsigned(
    fake: FakeMeta,
) -> None:
    def secret(name: str) -> Secret:
        if name == "meta_app_secret":
            raise CredentialError("its file cannot be read")
        return context().secret(name)

    options = MetaOptions(account=ACCOUNT, url=fake.url)
    sink = MetaSink(options, replace(context(), secret=secret))
    with pytest.raises(CredentialError, match="its file cannot be read"):
        sink.open(SPEC, None)
    assert fake.log == []


def test_a_token_that_is_nowhere_is_asked_for(fake: FakeMeta) -> None:
    with pytest.raises(CredentialError, match="meta_token"):
        sink_of(fake, known={}).open(SPEC, None)


def test_a_limit_that_is_nearly_reached_is_rested_for_before_the_next_call(
    fake: FakeMeta,
) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    audience = sink.open(SPEC, None)
    fake.graph.usage.minutes = 3
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)  # a success that asks for a rest
    fake.graph.usage.minutes = 0
    calls = fake.calls.total()
    now[0] = 60.0
    with pytest.raises(TransientError) as caught:
        send(sink, audience, rows(sink, 1))
    assert caught.value.retry_after == 120.0
    assert fake.calls.total() == calls, "a call was made while it was to rest"
    now[0] = 180.0
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)


def test_a_throttle_keeps_every_call_back_as_long_as_it_says(fake: FakeMeta) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    audience = sink.open(SPEC, None)
    fake.graph.throttle(2)
    with pytest.raises(TransientError) as caught:
        send(sink, audience, rows(sink, 1))
    assert caught.value.retry_after == 120.0
    calls = fake.calls.total()
    with pytest.raises(TransientError):
        sink.open(SPEC, audience.remote_id)
    assert fake.calls.total() == calls
    fake.graph.clock.advance(minutes=2)
    now[0] = 120.0
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)


def test_after_a_block_for_abuse_nothing_is_asked_for_an_hour(fake: FakeMeta) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    fake.faults.plan(faults.error(368))
    with pytest.raises(RejectedError, match="quality page"):
        sink.open(SPEC, None)
    calls = fake.calls.total()
    with pytest.raises(TransientError, match="as abusive; the next call"):
        sink.open(SPEC, None)
    assert fake.calls.total() == calls
    now[0] = 3_600.0
    assert sink.open(SPEC, None).created


# Audiences


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
    assert len(fake.graph.audiences) == 1


def test_two_audiences_of_one_name_are_a_question_for_a_person(fake: FakeMeta) -> None:
    fake.graph.add(SPEC.name)
    fake.graph.add(SPEC.name)
    with pytest.raises(RejectedError, match="2 audiences with the name") as caught:
        sink_of(fake).open(SPEC, None)
    assert "rename or delete" in caught.value.remedy


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


# Receipts


@pytest.mark.parametrize("samples", [Samples.ROWS, Samples.MAP])
def test_members_that_meta_refuses_are_told_row_by_row(
    fake: FakeMeta, samples: Samples
) -> None:
    fake.graph.quirks.samples = samples
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 9)
    fake.graph.bad_values = {table["EMAIL"][2].as_py(), table["PHONE"][7].as_py()}
    outcome = send(sink, audience, table)
    assert outcome.accepted == 7
    assert [(one.code, one.rows) for one in outcome.rejected] == [("invalid_entry", (2, 7))]
    assert fake.calls["POST users"] == 1


def test_a_sample_of_the_wrong_value_alone_names_the_key(fake: FakeMeta) -> None:
    fake.graph.quirks.samples = Samples.VALUES
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 9)
    fake.graph.bad_values = {table["EMAIL"][2].as_py(), table["PHONE"][7].as_py()}
    assert [(one.code, one.rows) for one in send(sink, audience, table).rejected] == [
        ("invalid_email", (2,)),
        ("invalid_phone", (7,)),
    ]


def test_a_batch_that_is_not_explained_is_halved_once(fake: FakeMeta) -> None:
    fake.graph.quirks.samples = Samples.NONE
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 8)
    fake.graph.bad_values = {table["EMAIL"][5].as_py()}
    outcome = send(sink, audience, table)
    assert (outcome.accepted, fake.calls["POST users"]) == (7, 3)
    assert [(one.code, one.count, one.rows) for one in outcome.rejected] == [
        ("invalid_unexplained", 1, ())
    ]
    # A half that is wrong as a whole is explained by its number.
    fake.graph.bad_values = set(map(str, table["EMAIL"].to_pylist()[4:]))
    outcome = send(sink, audience, table)
    assert [(one.code, one.rows) for one in outcome.rejected] == [("invalid", (4, 5, 6, 7))]


def test_more_than_a_hundred_refused_members_are_counted_though_not_all_are_shown(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 400)
    fake.graph.bad_values = set(map(str, table["EMAIL"].to_pylist()[:150]))
    outcome = send(sink, audience, table)
    assert outcome.accepted == 250
    assert sum(one.count for one in outcome.rejected) == 150
    assert fake.calls["POST users"] == 3


def test_a_removal_that_would_leave_too_few_is_refused_with_what_to_do(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 3))
    fake.graph.quirks.smallest_after_removal = 3
    with pytest.raises(RejectedError, match="too small") as caught:
        send(sink, audience, rows(sink, 1), Operation.REMOVE)
    assert "delete the audience" in caught.value.remedy


# Values


def audiences_of(sink: MetaSink, *names: str) -> list[AudienceInfo]:
    """Audiences of these names, each with four members."""
    found = [sink.open(replace(SPEC, key=f"shop.{name}", name=name), None) for name in names]
    for one in found:
        send(sink, one, rows(sink, 4))
    return found


@pytest.mark.parametrize(
    ("erasure", "is_taken", "calls"),
    [("auto", True, (2, 0)), ("auto", False, (1, 4)), ("lists", True, (0, 4))],
)
def test_people_are_taken_out_everywhere_also_where_the_account_takes_no_such_call(
    fake: FakeMeta, erasure: str, *, is_taken: bool, calls: tuple[int, int]
) -> None:
    fake.graph.quirks.overrides_any_audience = is_taken
    fake.graph.add("Visitors", subtype="WEBSITE")
    found = audiences_of(sink_of(fake), "One", "Two")
    sink = sink_of(fake, erasure=erasure, max_batch=2)
    outcome = sink.settle(sink.erase(rows(sink, 3)))
    assert outcome == Outcome(3)
    assert [len(fake.members(one.remote_id)) for one in found] == [1, 1]
    made = fake.calls["DELETE usersofanyaudience"], fake.calls["DELETE users"]
    assert made == calls


def test_an_account_that_says_nothing_of_an_erasure_is_not_believed(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    (audience,) = audiences_of(sink, "One")
    fake.faults.plan(faults.other_json({"id": "1"}), endpoint="DELETE usersofanyaudience")
    sink.erase(rows(sink, 4))
    assert fake.members(audience.remote_id) == set()
    assert fake.calls["DELETE users"] == 1


def test_lists_that_people_cannot_be_taken_out_of_are_named_and_the_others_are_done(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake, erasure="lists")
    flagged, good, gone = audiences_of(sink, "Flagged", "Good", "Gone")
    fake.graph.audiences[flagged.remote_id].flag()
    fake.faults.plan(
        faults.event(lambda: fake.graph.audiences.pop(gone.remote_id)), endpoint="DELETE users"
    )
    with pytest.raises(RejectedError, match=r'stay in 1 lists.*"Flagged": meta: Meta flagged'):
        sink.erase(rows(sink, 4))
    assert len(fake.members(flagged.remote_id)) == 4
    assert fake.members(good.remote_id) == set()


def test_members_of_a_value_based_audience_are_sent_with_their_value(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    spec = replace(SPEC, has_values=True)
    audience = sink.open(spec, None)
    table = rows(sink, 2).append_column(VALUE, pa.array(["12.50", "0"]))
    assert send(sink, audience, table) == Outcome(2)
    held = fake.graph.audiences[audience.remote_id]
    assert held.is_value_based
    assert sorted(held.members.values(), key=str) == [0, 12.5]
    assert send(sink, audience, table, Operation.REMOVE) == Outcome(2)
    assert held.members == {}


def test_an_audience_with_values_and_one_without_are_not_each_other(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(replace(SPEC, has_values=True), None)
    with pytest.raises(RejectedError, match="takes a value of each member"):
        sink.open(replace(SPEC, has_values=False), audience.remote_id)
    assert not sink.open(SPEC, audience.remote_id).created  # nobody asks


# Lookalikes


def similar(**given: object) -> AudienceSpec:
    options = AudienceOptions(Lookalike(country="PL", **given))  # type: ignore[arg-type]  # of any type
    return replace(SPEC, options=options)


def lookalikes(fake: FakeMeta) -> list[Audience]:
    return [one for one in fake.graph.audiences.values() if one.subtype == "LOOKALIKE"]


def test_a_lookalike_is_made_once_the_audience_is_large_enough(fake: FakeMeta) -> None:
    sink, spec = sink_of(fake), similar(ratio=0.02)
    audience = sink.open(spec, None)
    send(sink, audience, rows(sink, 50))
    early = sink.open(spec, audience.remote_id)
    assert early.status["lookalike"] == "made once the audience has 100 people"
    assert lookalikes(fake) == []
    send(sink, audience, rows(sink, 120))
    assert sink.open(spec, audience.remote_id).status["lookalike"] == "made"
    again = sink.open(spec, audience.remote_id).status["lookalike"]
    assert str(again).startswith(("441", "200"))
    (made,) = lookalikes(fake)
    assert made.name == "People (lookalike PL)"
    assert made.origin_id == audience.remote_id
    assert made.fields["lookalike_spec"] == {"country": "PL", "ratio": 0.02}


def test_a_lookalike_follows_the_segment(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 120))
    sink.open(similar(ratio=0.02), audience.remote_id)
    changed = sink.open(similar(size="reach"), audience.remote_id)
    assert changed.status["lookalike"] == "changed"
    (made,) = lookalikes(fake)
    assert made.fields["lookalike_spec"] == {"country": "PL", "type": "reach"}
    calls = fake.calls.total()
    sink.open(similar(size="reach"), audience.remote_id)
    assert fake.calls.total() == calls + 2  # a look at either


def test_a_lookalike_that_is_refused_stops_nobody(fake: FakeMeta) -> None:
    sink, spec = sink_of(fake), similar(size="similarity")
    audience = sink.open(spec, None)
    send(sink, audience, rows(sink, 120))
    fake.faults.plan(faults.of(errors.FLAGGED_SEED), endpoint="POST customaudiences")
    found = sink.open(spec, audience.remote_id)
    assert "choose another segment for the lookalike" in str(found.status["lookalike"])
    assert send(sink, found, rows(sink, 5)) == Outcome(5)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"country": "Poland", "ratio": 0.01}, "`country`"),
        ({"country": "PL"}, "either `ratio` or `size`"),
        ({"country": "PL", "ratio": 0.01, "size": "reach"}, "either `ratio` or `size`"),
        ({"country": "PL", "ratio": 0.21}, "`ratio`"),
        ({"country": "PL", "ratio": 0.015}, "`ratio`"),
    ],
)
def test_a_lookalike_that_meta_would_refuse_is_refused(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Lookalike(**given)  # type: ignore[arg-type]  # of any type


# Options


def test_a_pseudonym_of_the_client_is_sent_only_where_it_is_asked_for() -> None:
    with FakeMeta() as fake:
        assert "EXTERN_ID" not in sink_of(fake).key_rules
        rule = sink_of(fake, keys=("EMAIL", "EXTERN_ID")).key_rules["EXTERN_ID"]
        other = sink_of(
            fake,
            keys=("EMAIL", "EXTERN_ID"),
            known={**SECRETS, "meta_extern_id_key": "another key"},
        ).key_rules["EXTERN_ID"]
    made = rule.apply(["17", None, "18"])
    assert made[1] is None
    assert len({made[0], made[2], other.apply(["17"])[0]}) == 3
    assert not rule.identifies


def test_a_gender_is_sent_as_stated_and_guessed_only_where_that_is_asked_for() -> None:
    with FakeMeta() as fake:
        plain = sink_of(fake, keys=("EMAIL", "GEN")).key_rules["GEN"]
        guessed = sink_of(fake, keys=("EMAIL", "GEN"), guess_gender=True).key_rules["GEN"]
    assert "GEN" not in MetaOptions(account="1").keys
    assert (plain.inputs, guessed.inputs) == (("stated_gender",), ("gender",))
    words = ["female", "male", None]
    assert plain.apply(words) == guessed.apply(words) == [digest("f"), digest("m"), None]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account": "act_x"}, "`account`"),
        ({"keys": ("FN", "LN")}, "EMAIL or PHONE"),
        ({"keys": ("EMAIL", "EMAIL")}, "twice"),
        ({"guess_gender": True}, "where `keys` has GEN"),
        ({"retention_days": 181}, "`retention_days`"),
        ({"api_version": "26"}, "`api_version`"),
        ({"max_batch": 10_001}, "`max_batch`"),
        ({"read_seconds": 0.0}, "`read_seconds`"),
        ({"url": "http://graph.example.com"}, "`url`"),
    ],
)
def test_options_that_no_call_could_be_made_with_are_refused(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        MetaOptions(**{"account": "1", **given})  # type: ignore[arg-type]  # of any type
