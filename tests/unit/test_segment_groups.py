"""Groups of segments: who is in which, whatever is paused, filtered or broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from audsync.segments import Segment, Segments, above, evaluate
from audsync.segments.groups import unclear_groups
from fakes.engine import MemoryEngine
from fakes.segment_shop import codes, fill, segment

AS_OF = date(2024, 3, 1)


@pytest.fixture
def engine() -> Iterator[MemoryEngine]:
    with MemoryEngine() as engine:
        fill(engine, [{"client_id": name, "age": age} for name, age in AGES.items()])
        yield engine


AGES = {"young": 20, "grown": 40, "old": 70}


def at_least(age: int, name: str, group: str = "ages", priority: int = 0) -> Segment:
    return segment(
        f'group = "{group}"\npriority = {priority}\n[all]\nage.at_least = {age}', name
    )


def members(engine: MemoryEngine, *segments: Segment) -> dict[str, list[str]]:
    evaluate(segments, engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT segment_id, client_id FROM membership").to_pylist()
    return {
        one.id: sorted(row["client_id"] for row in rows if row["segment_id"] == one.id)
        for one in segments
        if one.active
    }


def test_a_client_is_in_the_one_of_the_greatest_priority(engine: MemoryEngine) -> None:
    found = members(
        engine,
        at_least(0, "all", priority=-5),
        at_least(30, "grown", priority=2),
        at_least(60, "old", priority=10),
        at_least(60, "other", group="another"),
        segment("[all]\nage.at_least = 60", "none"),
    )
    assert found == {
        "all": ["young"],
        "grown": ["grown"],
        "old": ["old"],
        "other": ["old"],
        "none": ["old"],
    }


def test_of_equal_priorities_the_first_id_goes_first(engine: MemoryEngine) -> None:
    a, b = at_least(30, "a"), at_least(0, "b")
    assert members(engine, b, a) == {"b": ["young"], "a": ["grown", "old"]}
    assert (above(a, [a, b]), above(b, [a, b])) == ((), ("a",))


def test_a_reference_asks_for_whoever_matches(engine: MemoryEngine) -> None:
    """So the first of a group may refer to the last, and that is no circle."""
    first = segment(
        'group = "ages"\npriority = 1\n[all]\nin_segment = "last"\nage.at_least = 60', "first"
    )
    last = segment('group = "ages"\n[all]\nage.at_least = 30', "last")
    asks = segment('[all]\nin_segment = "last"', "asks")
    assert members(engine, first, last, asks) == {
        "first": ["old"],
        "last": ["grown"],
        "asks": ["grown", "old"],
    }


def test_a_filter_of_the_command_line_changes_nobodys_place(engine: MemoryEngine) -> None:
    old, everybody = at_least(60, "old", priority=1), at_least(0, "all")
    left_out = replace(old, active=False)
    assert members(engine, left_out, everybody) == {"all": ["grown", "young"]}


def test_a_paused_segment_and_one_of_another_shop_claim_nobody() -> None:
    files = {
        "paused": replace(at_least(60, "paused", priority=1), active=False),
        "abroad": replace(at_least(30, "abroad", priority=1), shops=("other",)),
        "all": segment(
            'group = "ages"\n[all]\nage.at_least = 0\n[any]\nin_segment = "abroad"', "all"
        ),
    }
    here = Segments(files).for_shop("kolo")
    assert {one.id: one.group for one in here} == {
        "abroad": None,
        "all": "ages",
        "paused": None,
    }


def test_nobody_is_placed_while_a_file_of_the_group_has_a_mistake() -> None:
    good, apart = at_least(0, "good"), at_least(0, "apart", group="another")
    single = segment("[all]\nage = 1", "single")
    unclear = unclear_groups([at_least(0, "bad")], [], [good, apart, single])
    assert list(unclear) == ["good"]
    assert "the file of bad has a mistake" in unclear["good"]
    assert list(unclear_groups([], ["torn"], [good, apart, single])) == ["good", "apart"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('group = "Ages!"', ("S110", 1, 9)),
        ("group = 3", ("S103", 1, 9)),
        ('group = "a"\npriority = "1"', ("S103", 2, 12)),
        ('group = "a"\npriority = true', ("S103", 2, 12)),
        ("priority = 1", ("S112", 1, 1)),
    ],
)
def test_a_mistake_in_a_group_has_its_place(text: str, found: tuple[str, int, int]) -> None:
    assert codes(f"{text}\n[all]\nage = 1") == [found]
