from collections.abc import Iterator
from datetime import date

import pytest

from audsync.errors import NotFoundError
from audsync.segments import Explanation, explain
from fakes.engine import MemoryEngine
from fakes.segment_shop import Row, fill, order, segment

AS_OF = date(2024, 3, 1)
CLIENTS: list[Row] = [
    {"client_id": "a", "age": 20, "city": "Brno", "country": "CZ", "total_revenue_minor": 1999},
    {"client_id": "b", "age": 40, "city": "Brno", "country": "SK", "total_revenue_minor": 0},
    {"client_id": "c", "age": 40, "city": None, "country": "CZ", "total_revenue_minor": 50},
    {"client_id": "d", "age": None, "city": "Praha", "country": None, "total_revenue_minor": 0},
]


@pytest.fixture
def engine() -> Iterator[MemoryEngine]:
    with MemoryEngine() as engine:
        fill(engine, CLIENTS, counted_orders=[order("a", "1", AS_OF, 1999)])
        yield engine


def explained(engine: MemoryEngine, text: str, client: str | None = None) -> Explanation:
    return explain(segment(text), engine, as_of=AS_OF, currency="CZK", client_id=client)


def rows(found: Explanation) -> list[tuple[int | None, str, int, int | None]]:
    return [(line.line, line.text, line.clients, line.left) for line in found.lines]


def test_every_line_tells_whom_it_holds_for_and_who_is_left(engine: MemoryEngine) -> None:
    found = explained(engine, '[all]\nage.at_least = 30\ncity = "brno"\n[none]\ncountry = "CZ"')
    assert (found.clients, found.members) == (4, 1)
    assert rows(found) == [
        (1, "all", 1, 1),
        (2, "age.at_least = 30", 2, 2),
        (3, 'city.is = "brno"', 2, 1),
        (4, "none", 2, 1),
        (5, 'country.is = "CZ"', 2, None),
    ]


def test_lines_of_any_do_not_narrow_one_by_one(engine: MemoryEngine) -> None:
    found = explained(engine, '[any]\nage = 20\ncity = "praha"\n[all]\ntotal_spent.at_most = 0')
    assert [row[1:] for row in rows(found)] == [
        ("all", 2, 2),
        ("total_revenue.at_most = 0", 2, 2),
        ("any", 2, 1),
        ("age.is = 20", 1, None),
        ('city.is = "praha"', 1, None),
    ]


def test_missing_values_are_counted(engine: MemoryEngine) -> None:
    found = explained(engine, '[all]\ncity.is_not = "Brno"\nage.missing = true\n[all.bought]')
    assert [(line.text, line.missing) for line in found.lines] == [
        ("all", None),
        ('city.is_not = "Brno"', 1),
        ("age.missing = true", None),
        ("bought { }", None),
    ]


def test_one_client_is_told_line_by_line(engine: MemoryEngine) -> None:
    text = '[all]\nage.at_least = 30\ntotal_spent.at_least = 1\ncountry = "cz"\ncity = "x"'
    found = explained(engine, text, "a")
    assert found.client_is_member is False
    assert [(line.text, line.holds, line.value) for line in found.lines[1:]] == [
        ("age.at_least = 30", False, "20"),
        ("total_revenue.at_least = 1", True, "19.99"),
        ('country.is = "cz"', True, "CZ"),
        ('city.is = "x"', False, None),
    ]


def test_no_text_of_a_client_is_shown() -> None:
    from audsync.segments.operators import Code
    from audsync.segments.registry import CLIENT

    shown = {field.name for field in CLIENT.values() if not field.is_personal}
    hidden = {"email", "phone", "first_name", "last_name", "full_name", "zip", "city"}
    assert not shown & (hidden | {"customer_id", "delivery_zip", "delivery_city", "param"})
    assert all(CLIENT[name].code not in {Code.TEXT, Code.LIST} for name in shown)


def test_a_client_who_is_not_there_is_not_found(engine: MemoryEngine) -> None:
    with pytest.raises(NotFoundError) as error:
        explained(engine, "[all]\nage = 1", "anna@example.com")
    assert "anna" not in str(error.value)


def test_a_segment_that_asks_for_another_is_explained_with_it(engine: MemoryEngine) -> None:
    other = segment("active = false\n[all]\nage = 40", "forty")
    found = explain(
        segment('active = false\n[none]\nin_segment = "forty"'),
        engine,
        as_of=AS_OF,
        currency="CZK",
        others=[other],
    )
    assert (found.members, [line.text for line in found.lines]) == (
        2,
        ["none", 'in_segment.one_of = ["forty"]'],
    )


def test_purchases_and_spend_are_lines_of_their_own(engine: MemoryEngine) -> None:
    text = (
        '[all]\nab_bucket.at_least = 1\nab_group.one_of = ["A", "B"]\n'
        'purchased_product_id.missing = true\n[all.bought]\nwithin = "1 day"\n'
        "[all.spent]\nmore_than = 5"
    )
    found = explained(engine, text, "a")
    assert [(line.text, line.clients, line.holds) for line in found.lines[1:]] == [
        ("ab_bucket.at_least = 1", 4, True),
        ('ab_group.one_of = ["A", "B"]', 4, True),
        ("purchased_product_id.missing = true", 4, True),
        ('bought { within = "1 day" }', 1, True),
        ("spent { more_than = 5 }", 1, True),
    ]
    assert found.client_is_member is True
