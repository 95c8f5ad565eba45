import ast
from collections.abc import Iterator
from datetime import date

import pytest

from audsync.errors import NotFoundError
from audsync.segments import Explanation, explain
from audsync.segments.flips import flip
from audsync.segments.rule import leaves
from fakes.engine import MemoryEngine
from fakes.segment_shop import Row, fill, order, segment

AS_OF = date(2024, 3, 1)
CLIENTS: list[Row] = [
    {
        "client_id": "a",
        "age": 20,
        "city": "Brno",
        "country": "CZ",
        "total_revenue_minor": 1999,
        "last_order": date(2024, 2, 29),
    },
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


# What would change an answer


@pytest.mark.parametrize(
    ("line", "client", "told"),
    [
        ("age.at_least = 30", "a", "30 (+10)"),
        ("age.at_least = 30", "b", "29 (-11)"),
        ("age.at_least = 30", "d", "30"),
        ("age.more_than = 20", "a", "21 (+1)"),
        ("age.at_most = 39", "b", "39 (-1)"),
        ("age.less_than = 41", "b", "41 (+1)"),
        ("age.between = [25, 45]", "b", "46 (+6)"),
        ("age.between = [25, 45]", "a", "25 (+5)"),
        ("age = 40", "b", "39 (-1)"),
        ("age = 40", "a", "40 (+20)"),
        ("age.is_not = 40", "b", "39 (-1)"),
        ("age.is_not = 40", "a", "40 (+20)"),
        ("age.one_of = [10, 28]", "a", "28 (+8)"),
        ("age.missing = true", "a", "no value"),
        ("age.missing = true", "d", "a value"),
        ("age.missing = false", "a", "no value"),
        ("total_revenue.at_least = 20", "a", "20.00 (+0.01)"),
        ("total_revenue.more_than = 19.985", "a", "19.98 (-0.01)"),
        ("total_revenue.at_least = 0", "b", None),
        ("last_order.before = 2024-02-01", "a", "2024-01-31 (-29 days)"),
        ("last_order.within = '30 days'", "a", "2024-01-30 (-30 days)"),
        ("last_order.within = '30 days'", "b", "2024-01-31"),
        ("last_order.after = 2024-03-10", "a", "2024-03-11 (+11 days)"),
        ("last_order = 2024-02-29", "a", "2024-02-28 (-1 days)"),
        ("country = 'CZ'", "a", 'not is "CZ"'),
        ("country.is_not = 'CZ'", "a", 'not is "CZ"'),
        ("country.one_of = ['CZ', 'SK']", "d", 'one_of ["CZ", "SK"]'),
        ("age.top_percent = 50", "a", "top_percent 50"),
    ],
)
def test_a_line_tells_the_nearest_value_that_answers_otherwise(
    engine: MemoryEngine, line: str, client: str, told: str | None
) -> None:
    (found,) = explained(engine, f"[all]\n{line}", client).lines[1:]
    assert found.flip == told


def test_the_nearest_value_does_answer_otherwise() -> None:
    for number in range(-3, 60):
        for line in (
            "at_least = 7", "more_than = 7", "at_most = 7", "less_than = 7", "is = 7",
            "is_not = 7", "between = [7, 9]", "one_of = [7, 8, 20]", "none_of = [7, 8, 20]",
        ):  # fmt: skip
            rule = next(leaves(segment(f"[all]\nparam_days_since.x.{line}").rule))
            before = answers(line, number)
            told = flip(rule, number, holds=before, as_of=AS_OF, currency="CZK")
            assert told is not None
            target, way = told.split(" (")
            assert answers(line, int(target)) is not before, (line, number, told)
            assert int(target) - number == int(way.removesuffix(")"))
            nearer = range(min(number, int(target)) + 1, max(number, int(target)))
            assert all(answers(line, other) is before for other in nearer)


def answers(line: str, number: int) -> bool:
    operator, _, text = line.partition(" = ")
    value = ast.literal_eval(text)
    values = value if isinstance(value, list) else [value]
    found = {
        "at_least": number >= values[0],
        "more_than": number > values[0],
        "at_most": number <= values[0],
        "less_than": number < values[0],
        "is": number == values[0],
        "is_not": number != values[0],
        "between": values[0] <= number <= values[-1],
        "one_of": number in values,
        "none_of": number not in values,
    }
    return bool(found[operator])


@pytest.mark.parametrize(
    ("text", "client", "lines"),
    [
        ("[all]\nage = 20\ncity = 'brno'", "a", ["age.is = 20"]),
        ("[all]\nage = 21\ncity = 'praha'\ncountry = 'CZ'", "a",
         ["age.is = 21", 'city.is = "praha"']),
        ("[any]\nage = 20\ncity = 'brno'", "a", ["age.is = 20", 'city.is = "brno"']),
        ("[any]\nage = 21\ncity = 'praha'", "a", ["age.is = 21"]),
        ("[none]\nage = 20\ncity = 'brno'", "a", ["age.is = 20", 'city.is = "brno"']),
        ("[none]\nage = 21\ncity = 'praha'", "a", ["age.is = 21"]),
        ("[[any.all]]\nage = 21\ncity = 'praha'\n[[any.all]]\ncity = 'praha'", "a",
         ['city.is = "praha"']),
        ("[all.bought]\n[all.spent]\nless_than = 5", "a", ["spent { less_than = 5 }"]),
    ],
)  # fmt: skip
def test_the_fewest_lines_that_change_who_is_in(
    engine: MemoryEngine, text: str, client: str, lines: list[str]
) -> None:
    found = explained(engine, text, client)
    assert found.smallest is not None
    assert [found.lines[place].text for place in found.smallest] == lines


def test_spend_in_a_window_is_shown_with_what_would_flip_it(engine: MemoryEngine) -> None:
    (_, line) = explained(engine, "[all.spent]\nat_least = 20", "a").lines
    assert (line.holds, line.value, line.flip) == (False, "19.99", "20.00 (+0.01)")
