"""Reading segment files: what they mean, and every mistake at its place."""

from decimal import Decimal

import pytest

from audsync.segments import read_segment
from audsync.segments.operators import Operator
from audsync.segments.rule import Block, Bought, Comparison, Group, InSegment, Spent
from audsync.toml_file import parse_toml
from fakes.segment_shop import codes, segment


def only_line(text: str) -> object:
    """The one line of the one block."""
    (block,) = segment(text).rule.lines
    assert isinstance(block, Group)
    (line,) = block.lines
    return line


def mistakes(text: str) -> str:
    """All mistakes as people see them."""
    return "\n".join(map(str, read_segment(parse_toml(text.encode(), "s.toml"), "s")[1]))


def test_the_keys_of_a_segment_have_defaults() -> None:
    found = segment("[all]\norder_count = 1", "repeat-buyers")
    assert (found.id, found.name, found.sinks, found.shops) == (
        "repeat-buyers",
        "repeat-buyers",
        (),
        None,
    )
    assert found.active
    assert not found.exact


def test_the_keys_of_a_segment_are_read() -> None:
    found = segment(
        '#:schema ../schemas/segment.schema.json\nversion = 1\nname = "Ženy"\n'
        'description = "why"\nsinks = ["google", "meta"]\nshops = ["kolo"]\nactive = false\n'
        "exact = true\n[all]\norder_count = 1"
    )
    assert (found.name, found.description) == ("Ženy", "why")
    assert (found.sinks, found.shops) == (("google", "meta"), ("kolo",))
    assert found.exact
    assert not found.active


def test_an_alias_is_the_field_itself() -> None:
    assert segment("[all]\ntotal_spent = 1").rule == segment("[all]\ntotal_revenue = 1").rule
    assert segment('[all]\nzip_code = "1"').rule == segment('[all]\nzip = "1"').rule
    dates = [f"[all]\n{name}.after = 2026-01-01" for name in ("registered_on", "registered")]
    assert segment(dates[0]).rule == segment(dates[1]).rule


def test_several_operators_on_one_line_are_several_lines_of_all() -> None:
    (block,) = segment("[all]\nage.at_least = 18\nage.at_most = 30").rule.lines
    assert isinstance(block, Group)
    assert [str(line) for line in block.lines] == ["age.at_least = 18", "age.at_most = 30"]


def test_blocks_of_one_name_each_stand_on_their_own() -> None:
    text = '[[any]]\ncity = "a"\nage = 1\n[[any]]\ncity = "b"\nage = 2'
    assert [str(block) for block in segment(text).rule.lines] == [
        'any { city.is = "a", age.is = 1 }',
        'any { city.is = "b", age.is = 2 }',
    ]


def test_a_block_inside_a_block_is_one_of_its_lines() -> None:
    long = "[[any.all]]\nage = 1\norder_count = 1\n[[any.all]]\nage = 2\norder_count = 2"
    (block,) = segment(long).rule.lines
    assert isinstance(block, Group)
    assert block.block is Block.ANY
    assert [len(inner.lines) for inner in block.lines if isinstance(inner, Group)] == [2, 2]


def test_the_short_form_of_a_block_is_the_same_block() -> None:
    short = segment("[any]\nage = 1\nall.recency_score.at_least = 4")
    long = segment("[any]\nage = 1\n[any.all]\nrecency_score.at_least = 4")
    assert short.rule == long.rule


def test_a_purchase_block_holds_window_quantities_and_products() -> None:
    line = only_line(
        '[all.bought]\nwithin = "6 months"\norders.at_least = 2\norder_total.at_least = 1500\n'
        'any.brand = "L\'Oréal"\nany.category = "Běžecké boty"'
    )
    assert isinstance(line, Bought)
    assert str(line) == (
        'bought { within = "6 months", orders.at_least = 2, order_total.at_least = 1500, '
        'any { brand.is = "L\'Oréal", category.is = "Běžecké boty" } }'
    )


def test_spend_may_be_asked_of_two_periods() -> None:
    (block,) = segment(
        '[[all.spent]]\nduring = "last year"\nat_least = 10000\n'
        '[[all.spent]]\nduring = "this year"\nless_than = 2000'
    ).rule.lines
    assert isinstance(block, Group)
    assert all(isinstance(line, Spent) for line in block.lines)


def test_references_to_segments_are_collected() -> None:
    found = segment('[any]\nin_segment = "b"\n[none]\nin_segment.one_of = ["c", "a"]')
    assert found.references == ("a", "b", "c")
    line = only_line('[all]\nin_segment.is_not = "b"')
    assert line == InSegment(("b",), negated=True)


def test_words_are_read_in_any_spelling() -> None:
    line = only_line('[all]\nrfm_segment.one_of = ["At risk", "cannot-lose", "LOYAL"]')
    assert isinstance(line, Comparison)
    assert line.value == ("at_risk", "cannot_lose", "loyal")


def test_numbers_are_exact() -> None:
    line = only_line("[all]\ntotal_revenue = 19.99")
    assert isinstance(line, Comparison)
    assert line.value == Decimal("19.99")


def test_names_of_parameters_may_hold_anything() -> None:
    line = only_line('[all]\nparam."shoe size".at_least = 42')
    assert isinstance(line, Comparison)
    assert (line.param, line.operator) == ("shoe size", Operator.AT_LEAST)


def test_a_split_may_have_a_salt() -> None:
    line = only_line('[all.ab_bucket]\nbetween = [1, 50]\nsalt = "spring-test"')
    assert isinstance(line, Comparison)
    assert line.salt == "spring-test"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("[all]\ntotal_spen = 1", "S101", (2, 1)),
        ("[all]\ncity.at_least = 1", "S102", (2, 6)),
        ("[all]\nlast_order.is = 2026-01-01", "S102", (2, 12)),
        ('[all]\norder_count = "5"', "S103", (2, 15)),
        ("[all]\norder_count = true", "S103", (2, 15)),
        ("[all]\norder_count = nan", "S103", (2, 15)),
        ("[all]\ncity = 5", "S103", (2, 8)),
        ('[all]\nsubscribed = "yes"', "S103", (2, 14)),
        ('[all]\nlast_order.after = "2026-01-01"', "S103", (2, 20)),
        ("[all]\nlast_order.after = 2026-01-01T10:00:00", "S103", (2, 20)),
        ('[all]\ncity.one_of = "Brno"', "S103", (2, 15)),
        ('[all]\ncity.one_of = ["Brno", 5]', "S103", (2, 24)),
        ("[all]\ncity.missing = 1", "S103", (2, 16)),
        ('[all]\ncity = ["Brno"]', "S104", (2, 8)),
        ('[all]\nage.at_least = 1\nsinks = ["x"]', "S105", (3, 1)),
        ('[all]\nlast_order.within = "6m"', "S106", (2, 21)),
        ("[all]\nlast_order.during = 2025", "S106", (2, 21)),
        ('[all]\nrfm_segment = "at_risc"', "S107", (2, 15)),
        ('[all]\ncountry = "Czechia"', "S107", (2, 11)),
        ('[all]\nin_segment = "Not an id"', "S110", (2, 14)),
        ('sinks = ["Google Ads"]\n[all]\nage = 1', "S110", (1, 10)),
        ("version = 2\n[all]\nage = 1", "S111", (1, 11)),
        ('nam = "x"\n[all]\nage = 1', "S112", (1, 1)),
        ('[all]\ncity.contains = " "', "S113", (2, 17)),
        ('[all]\nphone = "none"', "S113", (2, 9)),
        ("[all]\ncity.one_of = []", "S113", (2, 15)),
        ("[all]\nage.between = [30, 18]", "S114", (2, 15)),
        ("[all]\nage.between = [18]", "S114", (2, 15)),
        ("[all]\nlast_order.between = [2026-02-01, 2026-01-01]", "S114", (2, 22)),
        ("[any]\nage.at_least = 1\nage.at_most = 5", "S115", (3, 5)),
        ("[none]\ntotal_spent = 1\ntotal_revenue = 2", "S115", (3, 1)),
        ("[all.param]", "S117", (1, 6)),
        ("[all]\n", "S116", (1, 2)),
        ('name = "x"', "S116", (0, 0)),
        ("[all.age]", "S116", (1, 6)),
        ('[all.spent]\nwithin = "1 year"', "S116", (1, 6)),
        ("all = 5", "S117", (1, 1)),
        ("[all]\nbought = true", "S117", (2, 1)),
        ("[all]\nparam = 5", "S117", (2, 1)),
        ("[all.bought]\norders.is = 0", "S118", (2, 8)),
        ("[all.bought]\norders.less_than = 1", "S118", (2, 8)),
        ("[all.bought]\nunits.between = [0, 0]", "S118", (2, 7)),
        ("[all]\norder_count = 1.5", "S119", (2, 15)),
        ("[all]\ntotal_revenue = 1.2345", "S119", (2, 17)),
        ("[all]\ntotal_revenue = 1e300", "S119", (2, 17)),
        ("[all]\nrecency_score = 6", "S119", (2, 17)),
        ("[all]\ntotal_revenue.top_percent = 0", "S119", (2, 29)),
        ('[all.bought]\nwithin = "1 day"\nduring = "today"', "S120", (3, 1)),
        ("[all.bought]\nsince = 2026-02-01\nuntil = 2026-01-01", "S114", (2, 1)),
        ("[all.bought]\nexact_category = 1", "S103", (2, 18)),
        ("[all.spent]\nat_least = 1\nbrand = 1", "S101", (3, 1)),
        ("version = 0\n[all]\nage = 1", "S103", (1, 11)),
        ("name = 5\n[all]\nage = 1", "S103", (1, 8)),
        ('active = "no"\n[all]\nage = 1', "S103", (1, 10)),
        ('shops = "kolo"\n[all]\nage = 1', "S103", (1, 9)),
        ("[all.ab_bucket]\nis = 1\nsalt = 5", "S103", (3, 8)),
        ('[all.bought]\nwithin = "6m"', "S106", (2, 10)),
        ('[all]\ncity.is_not = ["a"]', "S104", (2, 15)),
        ('[all]\ncity = "a\\u0000"', "S103", (2, 8)),
        ('[all]\nlast_order.within_next = "1 day"', "S102", (2, 12)),
        ('[all.ab_bucket]\nsalt = "x"', "S116", (1, 6)),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, code: str, place: tuple[int, int]) -> None:
    assert codes(text) == [(code, *place)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[all]\nfavorite_weekday = "monday"', "write 1 for Monday to 7 for Sunday"),
        ('[all]\nfavorite_hour = "17:30"', "the hour from 0 to 23, without minutes"),
        ('[all]\nrecency_score = "best"', "write a whole number from 1 to 5, without quotes"),
        ('[all]\nage = "thirty"', "write a whole number of years, without quotes"),
        ('[all]\norder_count = "many"', "write a whole number, without quotes"),
        ('[all]\ntotal_revenue = "500 CZK"', "with a dot before a fraction: 19.99"),
        ("[all]\ntotal_spen.at_least = 5000", 'did you mean "total_spent"?'),
        ('[all]\ncity.startswith = "x"', 'did you mean "starts_with"? it takes is, one_of'),
        ('[all]\norder_count = "5"', "write 5 without quotes"),
        ('[all]\ntotal_revenue.at_least = "5000,50"', "write 5000.50 without quotes"),
        ('[all]\ncity = ["a", "b"]', 'write city.one_of = ["a", "b"]'),
        ('[all]\ntags = ["a", "b"]', 'write tags.has_any = ["a", "b"]'),
        (f"[all]\ncity = {['a' * 9] * 9}", "write city.one_of = [...]"),
        ("[all]\nage = [1.5]", "write age.one_of = [...]"),
        ('[all]\nage = 1\ndescription = "x"', "move it above the first [block]"),
        ('[all]\nlast_order.within = "6m"', 'write "6 months"'),
        ('[all]\nlast_order.within = "1 yr"', 'write "1 year"'),
        ('[all]\nlast_order.within = "half a year"', 'such as "6 months"'),
        ('[all]\nlast_order.after = "2026-01-05"', "write 2026-01-05 without quotes"),
        ("[all]\nlast_order.after = 2026-01-05T10:00:00", "write 2026-01-05 without"),
        ('[all]\nlast_order.after = "5. 1. 2026"', "without quotes: 2026-01-31"),
        ('[all]\nrfm_segment = "champion"', 'did you mean "champions"? one of champions'),
        ('[all]\nbrand = "x"', "below [all.bought]"),
        ('[all.bought]\ncity = "x"', "move it out of this block"),
        ("[all.bought]\norders.is = 0", "[none.bought]"),
        ("[any]\nage.at_least = 1\nage.at_most = 5", "write age.between = [lowest, highest]"),
        ("order_count = 1\n[all]\nage = 1", "put it below [all]"),
        ('[all]\nrfm_segment = "best"', "one of champions, loyal"),
        ("version = 2\n[all]\nage = 1", "install a newer one"),
        ('name = "x"', "order_count.at_least = 0"),
    ],
)
def test_a_mistake_says_what_to_write_instead(text: str, hint: str) -> None:
    assert hint in mistakes(text)


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = 'nam = "x"\n[none]\ncityy = 1\n[all]\nage = "x"\nzip.at_least = 3\n'
    assert codes(text) == [
        ("S112", 1, 1),
        ("S101", 3, 1),
        ("S103", 5, 7),
        ("S102", 6, 5),
    ]


def test_a_file_shows_at_most_20_mistakes() -> None:
    text = "[all]\n" + "\n".join(f"field_{number} = 1" for number in range(30))
    assert len(codes(text)) == 20


def test_any_may_ask_one_field_twice_in_tables_of_their_own() -> None:
    (block,) = segment("[[any.age]]\nat_most = 18\n[[any.age]]\nat_least = 70").rule.lines
    assert isinstance(block, Group)
    assert len(block.lines) == 2


def test_a_window_may_be_open_at_one_end() -> None:
    line = only_line("[all.bought]\nuntil = 2026-01-01")
    assert str(line) == "bought { until = 2026-01-01 }"


def test_a_line_is_written_as_in_a_file() -> None:
    for text in (
        'param."shoe size".is = 42.5',
        'city.contains = ["a\\"b"]',
        "subscribed.is = false",
        'last_order.during = "last year"',
        "last_order.between = [2026-01-01, 2026-02-01]",
    ):
        assert str(only_line(f"[all]\n{text}")) == text
