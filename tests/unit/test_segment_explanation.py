import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from audsync.errors import NotFoundError
from audsync.segments import Explanation, explain
from audsync.segments.buckets import bucket
from audsync.segments.flips import flip
from audsync.segments.rule import leaves
from fakes.engine import MemoryEngine
from fakes.segment_shop import Row, fill, line, order, segment, view

AS_OF = date(2024, 3, 1)
CLIENTS: list[Row] = [
    {
        "client_id": "a",
        "age": 20,
        "city": "Brno",
        "country": "CZ",
        "total_revenue_minor": 1999,
        "last_order": date(2024, 2, 29),
        "product_count": Decimal("1.250"),
    },
    {
        "client_id": "b",
        "age": 40,
        "city": "Brno",
        "country": "SK",
        "total_revenue_minor": 0,
        "product_count": Decimal("2.000"),
    },
    {"client_id": "c", "age": 40, "city": None, "country": "CZ", "total_revenue_minor": 50},
    {"client_id": "d", "age": None, "city": "Praha", "country": None, "total_revenue_minor": 0},
]


@pytest.fixture(scope="module")
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
        ("country = 'CZ'", "a", 'is_not "CZ"'),
        ("country.is_not = 'CZ'", "a", 'is_not "CZ"'),
        ("country.one_of = ['CZ', 'SK']", "d", 'one_of ["CZ", "SK"]'),
        ("age.top_percent = 50", "a", "40 (+20)"),
        ("age.bottom_percent = 50", "a", "41 (+21)"),
        ("age.top_percent = 50", "d", "40"),
        ("age.top_percent = 1", "a", None),
        ("age.at_most = 30", "d", "30"),
        ("total_revenue.top_percent = 25", "a", "0.49 (-19.50)"),
        ("product_count.more_than = 1.5", "a", "1.501 (+0.251)"),
        ("product_count.at_most = 1.5", "a", "1.501 (+0.251)"),
        ("product_count.at_least = 0", "a", None),
        ("product_count.bottom_percent = 60", "a", "2.001 (+0.751)"),
        ('ab_group = "A"', "a", 'is "A"'),
    ],
)
def test_a_line_tells_the_nearest_value_that_answers_otherwise(
    engine: MemoryEngine, line: str, client: str, told: str | None
) -> None:
    (found,) = explained(engine, f"[all]\n{line}", client).lines[1:]
    assert found.flip == told


def test_the_nearest_value_does_answer_otherwise() -> None:
    for number in range(-3, 60):
        for asked in (
            "at_least = 7", "more_than = 7", "at_most = 7", "less_than = 7", "is = 7",
            "is_not = 7", "between = [7, 9]", "one_of = [7, 8, 20]", "none_of = [7, 8, 20]",
        ):  # fmt: skip
            rule = next(leaves(segment(f"[all]\nparam_days_since.x.{asked}").rule))
            before = answers(asked, number)
            told = flip(
                rule, {"param_days_since": number}, holds=before, as_of=AS_OF, currency="CZK"
            )
            assert told is not None
            target, way = told.split(" (")
            assert answers(asked, int(target)) is not before, (asked, number, told)
            assert int(target) - number == int(way.removesuffix(")"))
            nearer = range(min(number, int(target)) + 1, max(number, int(target)))
            assert all(answers(asked, other) is before for other in nearer)


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


@pytest.mark.parametrize(
    ("block", "client", "holds", "value", "flip"),
    [
        ("orders.at_least = 4", "a", False, "3 orders", "4 orders (+1)"),
        ("", "a", True, "3 orders", "0 orders (-3)"),
        ("", "c", False, "0 orders", "1 order (+1)"),
        ('brand = "Acme"', "b", True, "1 order", "0 orders (-1)"),
        ('brand = "Acme"\norders.is = 3', "a", False, "2 orders", "3 orders (+1)"),
        ('within = "10 days"\norders.at_least = 3', "a", False, "2 orders", "3 orders (+1)"),
        (
            "orders.at_least = 4\nitems_total.at_least = 100",
            *("a", False, "3 orders, items for 60.00"),
            "4 orders (+1), items for 100.00 (+40.00)",
        ),
        (
            "orders.at_least = 2\nitems_total.at_least = 50",
            *("a", True, "3 orders, items for 60.00"),
            "1 order (-2) or items for 49.99 (-10.01)",
        ),
        ("units.at_least = 2.5", "b", False, "1 order, 2 units", "2.5 units (+0.5)"),
        ("days_since.at_most = 1", "a", False, "3 orders, 2 days since", "1 day since (-1)"),
        ("days_since.at_most = 1", "c", False, "0 orders", "1 order (+1), 1 day since"),
        ("items_total.at_most = 9", "c", False, "0 orders, items for 0.00", "1 order (+1)"),
        ("order_total.at_least = 20.01", "a", False, "0 orders", "1 order (+1)"),
        ("order_total.at_least = 20\norders.at_least = 4", "a", False, "3 orders",
         "4 orders (+1)"),
    ],
)  # fmt: skip
def test_a_block_of_purchases_tells_how_many_there_are_and_how_many_it_would_take(
    bought: MemoryEngine, block: str, client: str, *, holds: bool, value: str, flip: str
) -> None:
    found = explained(bought, f"[all.bought]\n{block}", client).lines[1]
    assert (found.holds, found.value, found.flip) == (holds, value, flip)


@pytest.mark.parametrize(
    ("block", "client", "holds", "value", "flip"),
    [
        ("visits.at_least = 3", "a", False, "2 visits", "3 visits (+1)"),
        ('brand = "Acme"', "a", True, "1 visit", "0 visits (-1)"),
        ("days_since.at_most = 3", "b", False, "0 visits", "1 visit (+1), 3 days since"),
    ],
)
def test_a_block_of_visits_tells_the_same(
    bought: MemoryEngine, block: str, client: str, *, holds: bool, value: str, flip: str
) -> None:
    found = explained(bought, f"[all.visited]\n{block}", client).lines[1]
    assert (found.holds, found.value, found.flip) == (holds, value, flip)


@pytest.fixture(scope="module")
def bought() -> Iterator[MemoryEngine]:
    """Three orders of `a` for 20, two of them of Acme; one of two units of `b`; none of `c`."""
    orders = [order("a", f"a{day}", date(2024, 2, day), 2000) for day in (1, 20, 28)]
    orders.append(order("b", "b1", date(2024, 2, 1), 500))
    lines = [line(one, product, 2000) for one, product in zip(orders, "xxyx", strict=True)]
    lines[3] |= {"quantity": Decimal("2.000"), "value_minor": 500}
    facts: list[Row] = [
        {"product_id": "x", "product_key": "x", "brand": "Acme"},
        {"product_id": "y", "product_key": "y", "brand": "Other"},
    ]
    views = [view("a", "1", AS_OF, "x"), view("a", "2", AS_OF, "y")]
    with MemoryEngine() as engine:
        fill(
            engine,
            [{"client_id": name, "age": 1} for name in "abc"],
            counted_orders=orders,
            counted_lines=lines,
            product_facts=facts,
            views=views,
        )
        yield engine


def test_spend_in_a_window_is_told_between_its_bounds(bought: MemoryEngine) -> None:
    def told(block: str) -> tuple[bool | None, str | None, str | None]:
        found = explained(bought, f"[all.spent]\n{block}", "a").lines[1]
        return found.holds, found.value, found.flip

    assert told("at_least = 70\nless_than = 80") == (False, "60.00", "70.00 (+10.00)")
    assert told("at_least = 10\nless_than = 50") == (False, "60.00", "49.99 (-10.01)")
    assert told("at_least = 10\nless_than = 65") == (True, "60.00", "65.00 (+5.00)")
    assert told("at_least = 80\nless_than = 70") == (False, "60.00", None)


def test_the_half_of_a_client_is_shown() -> None:
    names = ("c1", "c2", "c3")
    halves = [bucket(one, "tested") <= 50 for one in names]
    with MemoryEngine() as engine:
        fill(engine, [{"client_id": name} for name in names])
        told = [explained(engine, '[all]\nab_group = "A"', one).lines[1] for one in names]
    assert [line.value for line in told] == ["A" if first else "B" for first in halves]
    assert [line.holds for line in told] == halves
    assert len(set(halves)) == 2, "as it must be for this to say anything"


@pytest.mark.parametrize("seed", range(4))
def test_a_share_of_all_tells_the_amount_that_decides(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- examples, no secrets
    ages = {f"c{number}": random.choice([None, *range(30, 40)]) for number in range(7)}
    word, share = random.choice(["top", "bottom"]), random.choice([10, 25, 33.3, 50, 90])
    known = [{"client_id": name, "age": age} for name, age in ages.items()]
    with MemoryEngine() as engine:
        fill(engine, known)
        for client, age in ages.items():
            found = explained(engine, f"[all]\nage.{word}_percent = {share}", client).lines[1]
            others = [one for name, one in ages.items() if name != client and one is not None]
            is_in = {
                value: in_share(value, others, share, is_top=word == "top")
                for value in range(-1, 90)
            }
            assert found.holds is (age is not None and is_in[age])
            would = [value for value in is_in if value >= 0 and is_in[value] is not found.holds]
            if age is None:
                assert (found.flip is None) == (len(set(is_in.values())) == 1)
                assert found.flip is None or is_in[int(found.flip)]
            elif not would:
                assert found.flip is None
            else:
                nearest = min(would, key=lambda value: abs(value - age))
                assert found.flip == f"{nearest} ({nearest - age:+})"


def in_share(value: int, others: list[int], share: float, *, is_top: bool) -> bool:
    """Whether someone of that value is in the share: the middle of the places of equals."""
    better = sum(one > value if is_top else one < value for one in others)
    middle = Decimal(2 * better + others.count(value) + 1) / (2 * (len(others) + 1))
    return middle <= Decimal(str(share)) / 100
