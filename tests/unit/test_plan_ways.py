"""Platforms that do not say how they find members, members of a value, and replacements."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from audsync.contracts import VALUE, Capabilities, Match, Replacing
from audsync.guard_settings import GuardSettings
from audsync.identity.google_keys import ADDRESS_PARTS, GOOGLE_RULES
from audsync.identity.meta_keys import META_RULES
from audsync.plan import (
    AudiencePlan,
    Limits,
    Matching,
    Plan,
    Population,
    diff,
    judge,
)
from audsync.plan.difference import matching_of
from audsync.plan.replacement import ONLY_CHANGES, Ways, is_replaced, replacement, ways_of
from fakes.audience_plans import newsletter
from fakes.people import (
    BY_KEY,
    Keys,
    change,
    delivered,
    denied,
    ids,
    population,
    told,
    wanted,
)

EITHER = Matching(Match.EITHER, (("email",), ("phone",)))
PERSON = Matching(Match.PERSON, (("email",), ("phone",)))
ANNA: Keys = {"email": "anna", "phone": "p-anna"}
BELA: Keys = {"email": "bela", "phone": "p-anna"}  # of one household
CILA: Keys = {"email": "cila", "phone": "p-cila"}
WORTH = ("email", "phone", VALUE)


def test_whoever_shares_a_key_with_one_who_leaves_is_added_again_after_it() -> None:
    had = {"a": ANNA, "b": BELA, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_one_shared_key_of_several_is_enough_to_be_added_again() -> None:
    other: Keys = {"email": "anna", "phone": "p-other"}
    had = {"a": ANNA, "b": other, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "anna", "p-other"),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_members_are_found_by_the_keys_that_identify_and_by_their_parts() -> None:
    google = matching_of(Match.PERSON, GOOGLE_RULES)
    assert google == Matching(
        Match.PERSON, (("email",), ("phone",), ("address",)), {"address": ADDRESS_PARTS}
    )
    meta = matching_of(Match.EITHER, META_RULES)
    assert meta == Matching(Match.EITHER, (("EMAIL",), ("PHONE",)), {})


def test_whoever_shares_a_key_with_an_old_row_is_added_again_last_of_all() -> None:
    moved: Keys = {"email": "new", "phone": "p-anna"}
    had = {"a": ANNA, "b": BELA, "c": CILA}
    assert told(change(had, {"a": moved, "b": BELA, "c": CILA}, None, EITHER)) == [
        (1, "add", "key_changed", "a", "new", "p-anna"),
        (2, "remove", "key_changed", "a", "anna", "p-anna"),
        (3, "add", "restored", "b", "bela", "p-anna"),
        (3, "add", "restored", "a", "new", "p-anna"),
    ]


def test_who_is_added_anyway_has_that_reason_and_an_equal_row_is_spared() -> None:
    had = {"b": BELA, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "entered", "a", "anna", "p-anna"),
    ]
    same = change({"a": ANNA, "b": ANNA}, {"a": ANNA}, population("ab", "b"), EITHER)
    assert (told(same), same.spared) == ([], 1)


def test_a_person_leaves_by_what_nobody_shares_and_whoever_shares_the_rest_is_added_again() -> (
    None
):
    had = {"a": ANNA, "b": BELA, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), PERSON)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", None),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_an_old_key_of_a_person_goes_last_and_whoever_shares_the_rest_is_added_after_it() -> (
    None
):
    moved: Keys = {"email": "new", "phone": "p-anna"}
    had = {"a": ANNA, "b": BELA, "c": CILA}
    assert told(change(had, {"a": moved, "b": BELA, "c": CILA}, None, PERSON)) == [
        (1, "add", "key_changed", "a", "new", "p-anna"),
        (2, "remove", "key_changed", "a", "anna", None),
        (3, "add", "restored", "b", "bela", "p-anna"),
        (3, "add", "restored", "a", "new", "p-anna"),
    ]


def test_a_person_all_of_whose_keys_others_have_is_nobody_who_could_be_told_apart() -> None:
    both: Keys = {"email": "anna", "phone": "p-cila"}
    had = {"a": ANNA, "b": both, "c": CILA}
    changes = change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), PERSON)
    assert (told(changes), changes.spared) == ([], 1)
    # With the last other member of a key it goes.
    after = change(had, {"c": CILA}, population("abc", "ab"), PERSON)
    assert told(after) == [
        (0, "remove", "consent_withdrawn", "a", "anna", "p-anna"),
        (0, "remove", "consent_withdrawn", "b", "anna", None),
        (1, "add", "restored", "c", "cila", "p-cila"),
    ]


HOME: Keys = {"email": "anna", "first": "f", "country": "GB", "address": "home"}
PARTS = ("email", "first", "country", "address")
IN_PARTS = Matching(Match.PERSON, (("email",), ("address",)), {"address": ("first", "country")})


@pytest.mark.parametrize("shares", [True, False])
def test_a_key_in_parts_leaves_whole_or_not_at_all(*, shares: bool) -> None:
    home = HOME["address"] if shares else "villa"
    partner: Keys = {"email": "bela", "first": "f", "country": "GB", "address": home}
    changes = diff(
        desired=wanted({"b": partner}, PARTS),
        delivered=delivered({"a": HOME, "b": partner}, PARTS),
        population=population("ab", "a"),
        matching=IN_PARTS,
    )
    gone = (None, None, None) if shares else ("f", "GB", "home")
    assert told(changes)[0] == (0, "remove", "consent_withdrawn", "a", "anna", *gone)
    assert [row[1:4] for row in told(changes)[1:]] == ([("add", "restored", "b")] * shares)


def test_a_key_in_parts_that_is_old_of_somebody_else_goes_whole_and_last() -> None:
    had: dict[str, Keys] = {"a": HOME, "b": {**HOME, "email": "bela"}}
    changes = diff(
        desired=wanted({"b": {**HOME, "email": "bela", "address": "villa"}}, PARTS),
        delivered=delivered(had, PARTS),
        population=population("ab", "a"),
        matching=IN_PARTS,
    )
    gone = (None, None, None)
    assert told(changes)[0] == (0, "remove", "consent_withdrawn", "a", "anna", *gone)
    assert (2, "remove", "consent_withdrawn", "a", None, "f", "GB", "home") in told(changes)


def test_another_value_of_the_same_keys_is_sent_and_nobody_is_removed() -> None:
    had = delivered({"a": {**ANNA, VALUE: "10.00"}, "c": {**CILA, VALUE: "5.00"}}, WORTH)
    want = wanted({"a": {**ANNA, VALUE: "12.00"}, "c": {**CILA, VALUE: "5.00"}}, WORTH)
    changes = diff(desired=want, delivered=had, population=population("ac"), matching=BY_KEY)
    assert told(changes) == [(1, "add", "value_changed", "a", "anna", "p-anna", "12.00")]
    rose = Limits(GuardSettings(), 0.4, 0.3)
    verdict = judge(
        changes.operations, name="a", delivered_count=2, desired_count=2, limits=rose
    )
    assert verdict.held == {"add": {"value_changed": 1}}


def test_a_member_who_leaves_is_told_from_others_by_keys_and_not_by_the_value() -> None:
    had = delivered({"a": {**ANNA, VALUE: "1.00"}, "b": {**ANNA, VALUE: "2.00"}}, WORTH)
    want = wanted({"a": {**ANNA, VALUE: "1.00"}}, WORTH)
    changes = diff(desired=want, delivered=had, population=population("ab"), matching=EITHER)
    assert (told(changes), changes.spared) == ([], 1)


def test_the_ways_of_a_sink_are_those_of_its_capabilities() -> None:
    told_by = Capabilities(
        replaces=Replacing.ALWAYS, change_effect="learns anew", replace_effect="goes on"
    )
    assert ways_of(told_by) == Ways(Replacing.ALWAYS, "learns anew", "goes on")
    assert ways_of(Capabilities()) == Ways(Replacing.NEVER, "", "")
    chosen = Capabilities(replaces=Replacing.WHEN_SHORTER)
    assert ways_of(chosen).replacing is Replacing.WHEN_SHORTER
    later = Capabilities(settles_after=timedelta(hours=1))
    assert ways_of(later) == Ways(is_late=True)


@pytest.mark.parametrize(
    ("replacing", "later", "found"),
    [
        (Replacing.WHEN_SHORTER, None, Replacing.ALWAYS),
        (Replacing.NEVER, None, Replacing.NEVER),
        # It would be refused again before the replacement.
        (Replacing.WHEN_SHORTER, timedelta(hours=1), Replacing.WHEN_SHORTER),
    ],
)
def test_where_a_removal_was_refused_an_audience_is_replaced_if_the_sink_may_choose(
    replacing: Replacing, later: timedelta | None, found: Replacing
) -> None:
    told_by = Capabilities(replaces=replacing, settles_after=later)
    assert ways_of(told_by, is_removal_refused=True).replacing is found


@pytest.mark.parametrize(
    ("replacing", "members", "wanted_members", "replaced"),
    [
        (Replacing.ALWAYS, 3, 2, True),
        (Replacing.ALWAYS, 0, 2, False),  # it is filled
        (Replacing.ALWAYS, 3, 0, False),  # it is emptied
        (Replacing.NEVER, 3, 1, False),
        (Replacing.WHEN_SHORTER, 3, 1, True),
        (Replacing.WHEN_SHORTER, 3, 2, False),  # two operations for two members
    ],
)
def test_an_audience_is_replaced_where_that_is_less_work_or_asked_for(
    replacing: Replacing, members: int, wanted_members: int, *, replaced: bool
) -> None:
    changes = change({"a": ANNA}, {"c": CILA}, population("ac"))
    assert changes.operations.num_rows == 2
    found = is_replaced(Ways(replacing), changes, delivered=members, desired=wanted_members)
    assert found is replaced
    nothing = change({"a": ANNA}, {"a": ANNA})
    assert not is_replaced(Ways(replacing), nothing, delivered=1, desired=1)


def test_a_replacement_that_would_not_be_over_in_time_is_not_begun() -> None:
    told_by = Capabilities(
        max_batch=2, replaces=Replacing.ALWAYS, replace_within=timedelta(seconds=14)
    )
    ways = ways_of(told_by)
    assert ways.most == 4
    changes = change({"a": ANNA}, {"c": CILA}, population("ac"))
    assert is_replaced(ways, changes, delivered=9, desired=4)
    assert not is_replaced(ways, changes, delivered=1, desired=5)


def test_a_replacement_is_of_all_who_are_wanted_each_with_the_reason_of_the_change() -> None:
    want = {"d": {"email": "d"}, "a": ANNA, "c": CILA}
    had = {"a": ANNA, "b": BELA}
    changes = change(had, want, population("abcd"))
    whole = replacement(
        wanted(want).rows, delivered(had), changes, ways=ONLY_CHANGES, matching=EITHER
    )
    assert told(whole) == [
        (1, "replace", "staying", "a", "anna", "p-anna"),
        (1, "replace", "entered", "c", "cila", "p-cila"),
        (1, "replace", "entered", "d", "d", None),
    ]
    assert whole.operations["wanted_as"].to_pylist() == ["a", "c", "d"]
    assert whole.operations.schema == changes.operations.schema
    assert whole.silent.num_rows == 0


def test_a_replacement_is_in_the_order_of_keys_and_nobody_leaves_beside_it() -> None:
    want: dict[str, Keys] = {
        "a": {"email": "z", "phone": "p1"},
        "b": {"email": "y", "phone": "p2"},
        "c": {"email": "x"},
    }
    # Of equal rows the one that goes leaves without an operation.
    changes = change({"a": want["a"], "d": want["a"]}, want, population("abcd", "d"), EITHER)
    assert changes.spared == 1
    whole = replacement(
        wanted(want).rows, delivered({}), changes, ways=ONLY_CHANGES, matching=EITHER
    )
    assert [row[3] for row in told(whole)] == ["c", "b", "a"]
    assert set(whole.operations["phase"].to_pylist()) == {1}
    assert whole.spared == 0


LATE = Ways(Replacing.ALWAYS, is_late=True)


@pytest.mark.parametrize("refused", ["b", ""])
def test_who_may_not_be_there_does_not_wait_for_a_replacement_that_is_late(
    refused: str,
) -> None:
    """Whoever is a client still, and only not wanted, leaves with the replacement."""
    had = {"a": ANNA, "b": BELA, "c": CILA, "x": {"email": "gone"}}
    want = {"a": ANNA, "d": {"email": "d"}}
    changes = change(had, want, population("abcd", refused), PERSON)
    whole = replacement(wanted(want).rows, delivered(had), changes, ways=LATE, matching=PERSON)
    erased = (0, "remove", "erased", "x", "gone", None)
    assert told(whole) == [
        *([(0, "remove", "consent_withdrawn", "b", "bela", None)] * bool(refused)),
        erased,
        # The phone that both have may go with whoever is removed.
        (1, "replace", "restored" if refused else "staying", "a", "anna", "p-anna"),
        (1, "replace", "entered", "d", "d", None),
    ]
    at_once = replacement(
        wanted(want).rows, delivered(had), changes, ways=ONLY_CHANGES, matching=PERSON
    )
    assert [row[1:3] for row in told(at_once)] == [
        ("replace", "staying"),
        ("replace", "entered"),
    ]
    by_key = replacement(wanted(want).rows, delivered(had), changes, ways=LATE, matching=BY_KEY)
    assert told(by_key)[-2][2] == "staying"


def test_one_key_shared_with_who_is_removed_first_is_enough_to_be_restored() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": {"email": "anna", "phone": "p-other"}, "c": CILA}
    want = {"a": ANNA, "c": CILA}
    changes = change(had, want, population("abc", "b"), PERSON)
    whole = replacement(wanted(want).rows, delivered(had), changes, ways=LATE, matching=PERSON)
    assert [row[1:4] for row in told(whole)] == [
        ("remove", "consent_withdrawn", "b"),
        ("replace", "restored", "a"),
        ("replace", "staying", "c"),
    ]


def test_removals_that_come_first_count_where_the_shorter_way_is_chosen() -> None:
    had = {"a": ANNA, "b": BELA, "c": CILA, "d": {"email": "d"}}
    for refused, is_shorter in (("", True), ("b", True), ("bc", False)):
        changes = change(had, {"a": ANNA}, population("abcd", refused))
        assert changes.operations.num_rows == 3
        late = Ways(Replacing.WHEN_SHORTER, is_late=True)
        assert is_replaced(late, changes, delivered=4, desired=1) is is_shorter


STRICT = Limits(GuardSettings(shrink_members=0), 0.5, 0.5)
GENEROUS = Limits(GuardSettings(shrink_percent=100, shrink_members=9), 0.5, 0.5)


def planned(
    want: str,
    *,
    refused: str = "",
    had: str = "abcd",
    matching: Matching = BY_KEY,
    is_late: bool = False,
    limits: Limits = STRICT,
) -> AudiencePlan:
    """A plan of an audience that the platform replaces, of people with an e-mail each."""
    people: dict[str, Keys] = {name: {"email": name} for name in "abcdz"}
    if matching is not BY_KEY:
        people |= {name: {"email": name, "phone": "p"} for name in "ac"}
    return newsletter(
        desired=wanted({name: people[name] for name in want}),
        delivered=delivered({name: people[name] for name in had}) if had else None,
        population=Population(denied(refused), ids("abcd")),
        matching=matching,
        limits=limits,
        ways=Ways(Replacing.ALWAYS, "learns anew", "goes on", is_late=is_late),
    )


def test_a_plan_says_which_way_it_goes_and_what_that_does_to_ads() -> None:
    plan = planned("ab", refused="cd")
    assert (plan.is_replaced, plan.effect, plan.operations.num_rows) == (True, "goes on", 2)
    assert plan.counts == {"remove": {"consent_withdrawn": 2}}
    assert (plan.to_json()["replaced"], plan.to_json()["effect"]) == (2, "goes on")


def test_the_plan_of_a_replacement_that_is_late_begins_with_who_withdrew() -> None:
    assert [row[1:4] for row in told(planned("ab", refused="cd"))] == [
        ("replace", "staying", "a"),
        ("replace", "staying", "b"),
    ]
    plan = planned("ab", refused="cd", matching=PERSON, is_late=True)
    assert [row[1:4] for row in told(plan)] == [
        ("remove", "consent_withdrawn", "c"),
        ("remove", "consent_withdrawn", "d"),
        ("replace", "restored", "a"),  # of one household with c
        ("replace", "staying", "b"),
    ]


def test_what_is_sent_where_a_replacement_is_refused_is_who_may_not_be_there() -> None:
    plan = planned("a", refused="c", matching=EITHER, limits=GENEROUS)
    otherwise = plan.without_replacement
    assert otherwise is not None
    assert [row[:4] for row in told(otherwise)] == [
        (0, "remove", "consent_withdrawn", "c"),
        (1, "add", "restored", "a"),  # of one household with c
    ]
    assert not otherwise.is_replaced
    assert otherwise.key == plan.key
    # Whoever only leaves the segment, or enters it, waits; of a late one it is sent before.
    assert planned("a", limits=GENEROUS).without_replacement is None
    assert planned("ab", refused="cd", is_late=True).without_replacement is None
    erased = planned("ab", had="abz", limits=GENEROUS).without_replacement
    assert erased is not None
    assert [row[1:4] for row in told(erased)] == [("remove", "erased", "z")]


def test_whoever_may_go_by_his_old_keys_is_added_by_the_new_ones_where_it_is_refused() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": BELA, "c": CILA}
    moved: dict[str, Keys] = {"a": {**ANNA, "email": "new"}, "c": {**CILA, "phone": "new"}}
    plan = newsletter(
        desired=wanted(moved),
        delivered=delivered(had),
        population=population("abc", "b"),
        matching=EITHER,
        limits=GENEROUS,
        ways=Ways(Replacing.ALWAYS),
    )
    otherwise = plan.without_replacement
    assert otherwise is not None
    assert told(otherwise) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "key_changed", "a", "new", "p-anna"),  # and c stays by what he had
    ]


def test_the_checksum_is_of_what_is_sent_where_a_replacement_is_refused_as_well() -> None:
    plan = planned("ab", refused="cd")
    bare = replace(plan, if_refused=None)
    day = date(2026, 11, 23)
    assert Plan(day, (plan,)).checksum != Plan(day, (bare,)).checksum


def test_an_audience_of_which_a_guard_holds_something_is_not_replaced() -> None:
    plan = planned("ab", refused="c")
    assert (plan.is_replaced, plan.effect) == (False, "learns anew")
    assert plan.held == {"remove": {"left": 1}}
    assert [row[1:4] for row in told(plan)] == [("remove", "consent_withdrawn", "c")]
    assert plan.to_json()["replaced"] is None


def test_a_first_delivery_and_a_plan_without_a_change_do_nothing_to_ads() -> None:
    first, quiet = planned("ab", had=""), planned("abcd")
    assert (first.is_replaced, first.effect, first.to_json()["effect"]) == (False, "", None)
    assert (quiet.is_replaced, quiet.effect, told(quiet)) == (False, "", [])
