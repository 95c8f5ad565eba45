"""Laws of the plan, for random people whose keys and households overlap.

The platform of these tests is as plain as can be: it holds keys, or whole rows, and does what
each operation says, in order.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pyarrow as pa
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from audsync.contracts import Match, Replacing
from audsync.guard_settings import GuardSettings
from audsync.plan import (
    AudiencePlan,
    Confirmed,
    Difference,
    Limits,
    Population,
    Refresh,
    Ways,
    desired,
    diff,
)
from audsync.plan.reasons import FORBIDDEN
from audsync.plan.replacement import ONLY_CHANGES
from fakes.audience_plans import newsletter
from fakes.people import TODAY, confirmed, ids
from property.plan_worlds import (
    COLUMNS,
    KINDS,
    Row,
    World,
    decided,
    limits,
    named,
    refreshes,
    worlds,
)


def members(table: pa.Table) -> set[tuple[str, Row]]:
    return {
        (row["client_id"], tuple(row[name] for name in COLUMNS)) for row in table.to_pylist()
    }


def presence(people: set[tuple[str, Row]], match: Match) -> set[object]:
    """What a platform holds of these members."""
    if match.removes_rows:
        return {row for _, row in people}
    kinds = {name: kind[0] for kind in KINDS for name in kind}
    return {
        (kinds[name], value)
        for _, row in people
        for name, value in zip(COLUMNS, row, strict=True)
        if value is not None and name in kinds
    }


def played(
    before: set[object], operations: pa.Table, match: Match, *, by_any_key: bool = False
) -> Iterator[set[object]]:
    """What the platform holds after each operation."""
    held = set(before)
    for operation in operations.to_pylist():
        row = tuple(operation[name] for name in COLUMNS)
        touched = presence({("", row)}, match)
        if operation["operation"] == "remove" and match is Match.EITHER and by_any_key:
            keys = presence({("", row)}, Match.KEY)
            touched |= {one for one in held if keys & presence({("", one)}, Match.KEY)}  # type: ignore[arg-type]  # rows, as it is no KEY
        held = held | touched if operation["operation"] == "add" else held - touched
        yield held


def planned(
    world: World, limit: Limits, refresh: Refresh | None = None, *, ways: Ways = ONLY_CHANGES
) -> AudiencePlan:
    return newsletter(
        desired=world.desired(),
        delivered=world.delivered(),
        population=world.population(),
        matching=world.matching,
        limits=limit,
        refresh=refresh,
        ways=ways,
    )


def after(world: World, operations: pa.Table, silent: pa.Table) -> pa.Table:
    return confirmed(world.delivered(), Difference(operations, silent), world.matching)


@settings(max_examples=60)
@given(worlds(), refreshes)
def test_applying_the_difference_gives_what_is_desired(
    world: World, refresh: Refresh | None
) -> None:
    want = world.desired()
    difference = diff(
        desired=want,
        delivered=world.delivered(),
        population=world.population(),
        matching=world.matching,
        refresh=refresh,
    )
    result = after(world, difference.operations, difference.silent)
    assert members(result) == members(want.rows)
    assert result["client_id"].to_pylist() == want.rows["client_id"].to_pylist()


@settings(max_examples=60)
@given(worlds(), limits)
def test_a_second_plan_straight_after_the_first_has_nothing_to_do(
    world: World, limit: Limits
) -> None:
    first = planned(world, limit)
    result = after(world, first.operations, first.silent)
    again = diff(
        desired=world.desired(),
        delivered=result,
        population=world.population(),
        matching=world.matching,
        holds=first.holds,
    )
    assert (again.operations.num_rows, again.silent.num_rows) == (0, 0)


@settings(max_examples=60)
@given(worlds(), refreshes, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    world: World, refresh: Refresh | None, random: Random
) -> None:
    def shuffled(table: pa.Table) -> pa.Table:
        places = list(range(table.num_rows))
        random.shuffle(places)
        return table.take(pa.array(places, pa.int64()))

    population = world.population()
    gate = decided(world.answers)
    assert population.accounts is not None
    plain = diff(
        desired=world.desired(),
        delivered=world.delivered(),
        population=population,
        matching=world.matching,
        refresh=refresh,
    )
    mixed = diff(
        desired=desired(
            gate.consented,
            shuffled(ids(world.segment)),
            shuffled(named(world.keys)),
            refused=shuffled(gate.refused),
        ),
        delivered=shuffled(world.delivered()),
        population=Population(
            shuffled(population.refused),
            shuffled(population.known),
            shuffled(population.accounts),
        ),
        matching=world.matching,
        refresh=refresh,
    )
    assert mixed.operations.equals(plain.operations)
    assert members(mixed.silent) == members(plain.silent)


@settings(max_examples=60)
@given(worlds(), limits, refreshes)
def test_the_platform_holds_exactly_the_member_list_whatever_the_guards_hold(
    world: World, limit: Limits, refresh: Refresh | None
) -> None:
    plan = planned(world, limit, refresh)
    event(f"holds {sorted(plan.holds)}")
    before = presence(members(world.delivered()), world.match)
    *_, held = [before, *played(before, plan.operations, world.match)]
    assert held == presence(members(after(world, plan.operations, plan.silent)), world.match)


@settings(max_examples=60)
@given(worlds(), limits, refreshes)
def test_where_nobody_knows_how_members_are_found_both_ways_end_with_those_who_are_wanted(
    world: World, limit: Limits, refresh: Refresh | None
) -> None:
    world = replace(world, match=Match.EITHER)
    plan = planned(world, limit, refresh)
    before = presence(members(world.delivered()), Match.ROW)
    whole, by_key = (
        [before, *played(before, plan.operations, Match.EITHER, by_any_key=any_key)][-1]
        for any_key in (False, True)
    )
    result = after(world, plan.operations, plan.silent)
    assert whole == presence(members(result), Match.ROW)
    # Whom a guard keeps, though nobody wants him, may go by a key of his.
    wanted = members(world.desired().rows) & members(result)
    assert presence(wanted, Match.ROW) <= by_key <= whole


@settings(max_examples=60)
@given(worlds(), limits, refreshes)
def test_where_any_key_finds_a_person_nobody_who_stays_loses_one_and_who_left_is_gone(
    world: World, limit: Limits, refresh: Refresh | None
) -> None:
    """Whether a removal takes the keys that it names, or the people who have one of them."""
    world = replace(world, match=Match.PERSON)
    plan = planned(world, limit, refresh)
    before, after_it = members(world.delivered()), members(after(world, *_of(plan)))
    stays = presence({row for row in before if row in after_it}, Match.KEY)
    people = {row for _, row in before}
    for keys, operation in zip(
        played(presence(before, Match.KEY), plan.operations, Match.KEY),
        plan.operations.to_pylist(),
        strict=True,
    ):
        row: Row = tuple(operation[name] for name in COLUMNS)
        if operation["operation"] == "add":
            people |= {row}
        else:
            named = presence({("", row)}, Match.KEY)
            people = {one for one in people if not named & presence({("", one)}, Match.KEY)}
        assert stays <= keys
        assert stays <= presence({("", one) for one in people}, Match.KEY)
    wanted = presence(after_it, Match.KEY)
    assert presence({("", one) for one in people}, Match.KEY) <= wanted


def _of(plan: AudiencePlan) -> tuple[pa.Table, pa.Table]:
    return plan.operations, plan.silent


@settings(max_examples=60)
@given(worlds(), limits)
def test_a_key_of_a_member_who_stays_is_never_gone_at_any_moment(
    world: World, limit: Limits
) -> None:
    plan = planned(world, limit)
    before = presence(members(world.delivered()), world.match)
    result = members(after(world, plan.operations, plan.silent))
    staying = before & presence(result, world.match)
    for held in played(before, plan.operations, world.match):
        assert staying <= held


@settings(max_examples=60)
@given(worlds(), limits, refreshes)
def test_nobody_who_is_refused_is_ever_added(
    world: World, limit: Limits, refresh: Refresh | None
) -> None:
    plan = planned(world, limit, refresh)
    added = {
        row["client_id"] for row in plan.operations.to_pylist() if row["operation"] == "add"
    }
    assert added <= {client for client, yes in world.answers.items() if yes}


# Somebody else has the key of who withdrew, uncertainly, and a guard keeps that one.
SHARED = World(
    had=[
        ("1", ("e1", None, None, None, None), None),
        ("2", (None, "e1", None, None, None), None),
    ],
    answers={"1": False},
    keys={},
    segment=[],
    accounts={},
    match=Match.KEY,
)


@settings(max_examples=60)
@given(worlds(), limits)
@example(SHARED, Limits(GuardSettings(shrink_percent=0, shrink_members=0), 0.0, None))
def test_whoever_withdrew_is_gone_whatever_the_guards(world: World, limit: Limits) -> None:
    plan = planned(world, limit)
    refused = {client for client, yes in world.answers.items() if not yes}
    refused |= {
        customer
        for customer, client in world.accounts.items()
        if customer not in world.answers and client in refused
    }
    kept = {client for client, _ in members(after(world, plan.operations, plan.silent))}
    assert kept.isdisjoint(refused)


@settings(max_examples=60)
@given(worlds())
def test_where_a_replacement_is_refused_whoever_may_not_be_there_goes_and_nobody_else(
    world: World,
) -> None:
    free = Limits(GuardSettings(shrink_percent=100, shrink_members=99), 0.0, None)
    plan = planned(world, free, ways=Ways(Replacing.ALWAYS))
    otherwise = plan.without_replacement
    reasons = plan.counts.get("remove", {})
    has_to_go = plan.is_replaced and not reasons.keys().isdisjoint(map(str, FORBIDDEN))
    event(f"is sent: {otherwise is not None}")
    assert (otherwise is not None) is has_to_go
    if otherwise is None:
        return
    before = members(world.delivered())
    result = members(after(world, *_of(otherwise)))
    refused = {client for client, yes in world.answers.items() if not yes}
    assert {client for client, _ in result}.isdisjoint(refused)
    wanted = before & members(world.desired().rows)
    for any_key in (False, True) if world.match is Match.EITHER else (False,):
        start = presence(before, world.match)
        steps = played(start, otherwise.operations, world.match, by_any_key=any_key)
        held = [start, *steps][-1]
        assert presence(wanted, world.match) <= held <= presence(result, world.match)
        wanted_ids = set(world.desired().rows["client_id"].to_pylist())
        for client in wanted_ids.intersection(client for client, _ in before):
            rows = {(owner, row) for owner, row in result if owner == client}
            assert presence(rows, world.match) & held, "somebody who stays is out"
    sent = otherwise.operations.to_pylist()
    reasons_sent = {row["reason"] for row in sent}
    assert reasons_sent <= {*map(str, FORBIDDEN), "restored", "key_changed"}


@settings(max_examples=60)
@given(worlds(), limits, st.integers(0, 8))
def test_a_confirmed_number_is_a_ceiling(world: World, limit: Limits, ceiling: int) -> None:
    plan = planned(world, replace(limit, confirmed=Confirmed(ceiling, ceiling)))
    removed, added = plan.counts.get("remove", {}), plan.counts.get("add", {})
    assert added.get("entered", 0) <= ceiling
    assert removed.get("left", 0) + removed.get("erased", 0) <= ceiling


@settings(max_examples=60)
@given(worlds())
def test_people_whose_client_id_changed_do_not_drop_out(world: World) -> None:
    renamed = {client: f"new-{client}" for client in world.answers}

    there = [
        (client, row, TODAY)
        for client, row in sorted(world.keys.items())
        if client in world.segment and world.answers[client]
    ]
    merged = World(
        there,
        {renamed[client]: yes for client, yes in world.answers.items()},
        {renamed[client]: row for client, row in world.keys.items()},
        [renamed[client] for client in world.segment],
        dict(renamed),
        world.match,
    )
    plan = planned(merged, Limits(GuardSettings(shrink_members=0, growth_members=0), 0.5, 0.5))
    before = presence(members(merged.delivered()), merged.match)
    assert all(held == before for held in played(before, plan.operations, merged.match))
    assert plan.held == {}
    result = members(after(merged, plan.operations, plan.silent))
    assert result == {(renamed[client], row) for client, row, _ in there}
