"""When an audience is replaced as a whole, by what, and what goes before it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from audsync.contracts import Capabilities, Replacing
from audsync.guard_settings import GuardSettings
from audsync.plan import (
    AudiencePlan,
    Limits,
    Matching,
    Plan,
    Population,
)
from audsync.plan.replacement import ONLY_CHANGES, Ways, is_replaced, replacement, ways_of
from fakes.audience_plans import newsletter
from fakes.people import (
    ANNA,
    BY_KEY,
    CILA,
    EITHER,
    HOUSEMATE,
    PERSON,
    Keys,
    change,
    delivered,
    denied,
    ids,
    population,
    told,
    wanted,
)


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
    had = {"a": ANNA, "b": HOUSEMATE}
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
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA, "x": {"email": "gone"}}
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
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA, "d": {"email": "d"}}
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


def refused_without_b(had: dict[str, Keys], wants: dict[str, Keys]) -> AudiencePlan:
    """What is done where the replacement is refused and b has withdrawn."""
    otherwise = newsletter(
        desired=wanted(wants),
        delivered=delivered(had),
        population=population("abc", "b"),
        matching=EITHER,
        limits=GENEROUS,
        ways=Ways(Replacing.ALWAYS),
    ).without_replacement
    assert otherwise is not None
    return otherwise


def test_whoever_may_go_by_his_old_keys_is_added_by_the_new_ones_where_it_is_refused() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": HOUSEMATE, "c": CILA}
    moved: dict[str, Keys] = {"a": {**ANNA, "email": "new"}, "c": {**CILA, "phone": "new"}}
    assert told(refused_without_b(had, moved)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "key_changed", "a", "new", "p-anna"),  # and c stays by what he had
    ]


def test_a_new_key_that_he_shares_with_who_leaves_is_no_reason_to_add_somebody() -> None:
    """It is the old ones that may go; by the shared new one he would be out again."""
    had: dict[str, Keys] = {"b": HOUSEMATE, "c": CILA}
    otherwise = refused_without_b(had, {"c": {**CILA, "phone": HOUSEMATE["phone"]}})
    assert [row[1:4] for row in told(otherwise)] == [("remove", "consent_withdrawn", "b")]


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
