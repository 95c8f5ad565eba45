"""What a shop cannot answer, the schema for editors, and the page of fields."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audsync.segments import (
    ShopFacts,
    check_segment,
    examples,
    fields_page,
    segment_schema,
    template,
)
from audsync.segments.codes import Mistake
from audsync.segments.event_fields import VISIT_FIELDS, VISITED_PRODUCT_FIELDS
from audsync.segments.fields import Field
from audsync.segments.operators import OPERATORS, Code
from audsync.segments.product_fields import PRODUCT_FIELDS, PURCHASE_FIELDS, SPEND_FIELD
from audsync.segments.registry import CLIENT, CLIENT_GROUPS
from audsync.tables import TABLES, Kind
from audsync.toml_file import parse_toml
from fakes.segment_shop import codes, segment

ROOT = Path(__file__).parents[2]
EVERYTHING = frozenset(
    f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns
)
CLIENT_FIELDS = [field for group in CLIENT_GROUPS.values() for field in group]
ALL_FIELDS = [
    *(*CLIENT_FIELDS, *PRODUCT_FIELDS, *PURCHASE_FIELDS, SPEND_FIELD, *VISIT_FIELDS),
]


def problems(text: str, *, params: dict[str, Kind] | None = None, **more: Any) -> list[str]:
    facts = {"provided": EVERYTHING, "sinks": ["google"], "currency": "CZK", **more}
    shop = ShopFacts(params=params or {}, lists=["staff"], **facts)
    found = check_segment(segment(text), shop)
    return [f"{problem.code} {problem.line} {problem.message}" for problem in found]


def test_a_shop_that_provides_everything_answers_every_field() -> None:
    for field in CLIENT_FIELDS:
        if not field.family:
            assert problems(f"[all]\n{field.example}") == [], field.name


def test_a_name_that_the_shops_map_of_scores_never_gives_is_told() -> None:
    asked = '[all]\nrfm_segment.one_of = ["new", "slipping champions"]\n[none]\nrfm_score = 111'
    assert problems(asked, rfm_names=["new", "slipping_champions"]) == []
    assert problems(asked, rfm_names=["new", "lost"]) == [
        'S139 2 the shop\'s map of RFM scores has no "slipping_champions"'
    ]


def test_a_field_needs_its_columns() -> None:
    without = EVERYTHING - {"products.brand"}
    assert problems('[all]\nfavorite_brand = "x"', provided=without) == [
        "S130 2 favorite_brand needs products.brand, which the source does not provide"
    ]
    assert problems('[all.bought]\nbrand = "x"', provided=without) == [
        "S130 2 brand needs products.brand, which the source does not provide"
    ]


def test_one_of_several_columns_is_enough() -> None:
    for kept in ("customers.zip", "orders.zip"):
        provided = EVERYTHING - {"customers.zip", "orders.zip"} | {kept}
        assert problems('[all]\nzip = "1"', provided=provided) == []
    provided = EVERYTHING - {"customers.zip", "orders.zip"}
    (found,) = problems('[all]\nzip = "1"', provided=provided)
    assert "customers.zip or orders.zip" in found


def test_a_shop_without_orders_answers_no_purchases() -> None:
    provided = {name for name in EVERYTHING if name.startswith("customers.")}
    assert len(problems("[all.bought]", provided=provided)) == 1
    assert len(problems("[all.spent]\nat_least = 1", provided=provided)) == 1
    assert problems('[all]\ncity = "x"\nage = 1', provided=provided) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[all]\nvisit_count_30d = 0", "visit_count_30d needs the table visits,"),
        ("[none]\ndays_since_email_opened.at_most = 90", "needs the table messages,"),
        ("[all.visited]", "visited needs the table visits,"),
    ],
)
def test_without_its_feed_a_line_is_an_error_and_no_empty_segment(text: str, told: str) -> None:
    orders = {name for name in EVERYTHING if name.partition(".")[0] not in _FEEDS}
    (found,) = problems(text, provided=orders)
    assert told in found
    assert found.startswith(f"S130 {text.count(chr(10)) + 1} ")


def test_a_feed_that_is_not_there_is_told_once_with_all_lines_that_ask_for_it() -> None:
    orders = {name for name in EVERYTHING if name.partition(".")[0] not in _FEEDS}
    text = (
        '[all.visited]\nbrand = "Acme"\nvisits.at_least = 2\n'
        "[any]\nvisit_count_30d.at_least = 1\nlast_email_opened.missing = true\n"
    )
    assert problems(text, provided=orders) == [
        (
            "S130 1 visited needs the table visits, which the source does not provide; "
            "so do lines 3 and 5"
        ),
        "S130 6 last_email_opened needs the table messages, which the source does not provide",
    ]


def test_what_it_would_take_is_the_advice() -> None:
    shop = ShopFacts(
        provided=EVERYTHING - {"products.brand"} - {"visits.visited_at"},
        params={},
        sinks=[],
        how_to_fill=lambda missing: f"fill {missing}",
    )
    text = '[all.visited]\n[all]\nfavorite_brand = "x"'
    found = check_segment(segment(text), shop)
    assert [one.hint for one in found] == ["fill visits.visited_at", "fill products.brand"]


_FEEDS = ("visits", "messages")


def test_what_was_looked_at_needs_the_product_of_the_visit() -> None:
    text = '[all.visited]\nbrand = "x"'
    orderless = {name for name in EVERYTHING if not name.startswith("order")}
    assert problems(text, provided=orderless) == []
    (found,) = problems(text, provided=EVERYTHING - {"visits.product_id"})
    assert found.startswith("S130 1 visited needs visits.product_id")
    (found,) = problems(text, provided=EVERYTHING - {"products.brand"})
    assert found.startswith("S130 2 brand needs products.brand")


def test_a_sink_must_be_one_of_the_shops() -> None:
    (found,) = problems('sinks = ["google", "mta"]\n[all]\nage = 1', sinks=["google", "meta"])
    assert found == 'S132 1 the shop has no sink "mta"'
    none = ShopFacts(provided=EVERYTHING, params={}, sinks=[])
    (alone,) = check_segment(segment('sinks = ["files"]\n[all]\nage = 1'), none)
    assert alone.hint == ("it has none yet: write it into the config, [shops.<id>.sinks.files]")


PARAMS = {
    "customers.param.size": Kind.NUMBER,
    "customers.param.colour": Kind.TEXT,
    "customers.param.club": Kind.BOOLEAN,
    "customers.param.born": Kind.DATE,
    "customers.param.seen": Kind.TIME,
    "customers.param.limit": Kind.MONEY,
    "customers.param.sports": Kind.TEXTS,
    "products.param.colour": Kind.TEXT,
}


@pytest.mark.parametrize(
    "line",
    [
        "param.size.between = [40, 42.5]",
        "param.size.top_percent = 10",
        'param.colour.contains = ["a", "b"]',
        "param.colour.missing = true",
        "param.club = true",
        'param.sports = "x"',
        'param_date.born.within_next = "7 days"',
        "param_days_since.seen.at_least = 1",
    ],
)
def test_a_parameter_is_asked_for_what_it_holds(line: str) -> None:
    assert problems(f"[all]\n{line}", params=PARAMS) == []


@pytest.mark.parametrize(
    "line",
    [
        "param.length = 1",
        'param.size = "42"',
        'param.size.contains = "4"',
        "param.colour = 5",
        "param.colour.at_least = 5",
        'param.club = "true"',
        "param.born = true",
        "param.limit.at_least = 1",
        "param.limit.missing = true",
        'param_date.size.within = "7 days"',
        "param_years_since.colour = 1",
    ],
)
def test_a_parameter_is_not_asked_for_what_it_does_not_hold(line: str) -> None:
    (found,) = problems(f"[all]\n{line}", params=PARAMS)
    assert found.startswith("S131 2")


def test_parameters_of_products_are_the_products_own() -> None:
    assert problems('[all.bought]\nparam.colour = "x"', params=PARAMS) == []
    (found,) = problems('[all.bought]\nparam.size = "x"', params=PARAMS)
    assert found == 'S131 2 products have no parameter "size"'


def test_an_amount_has_no_more_decimals_than_its_currency() -> None:
    assert problems("[all]\ntotal_revenue = 19.99") == []
    (found,) = problems("[all]\ntotal_revenue = 19.999")
    assert found == "S119 2 an amount in CZK has at most 2 decimals"
    assert problems("[all]\ntotal_revenue = 19.999", currency="KWD") == []
    (found,) = problems("[all.bought]\nitems_total.between = [1, 19.9]", currency="JPY")
    assert "at most 0 decimals" in found


# The registry


def test_names_and_aliases_are_unique() -> None:
    names = [name for field in CLIENT_FIELDS for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names)) == len(CLIENT)


@pytest.mark.parametrize("field", ALL_FIELDS, ids=lambda field: f"{field.scope}-{field.name}")
def test_an_entry_is_complete(field: Field) -> None:
    assert field.definition.endswith(".")
    assert set(field.operators) <= {name for names in OPERATORS.values() for name in names} | {
        "within_next"
    }
    assert (field.unit is not None) == (field.code is Code.NUMBER)
    for group in field.needs:
        for need in group:
            table, _, column = need.partition(".")
            assert TABLES[table].column(column) is not None, need


def test_examples_of_fields_are_valid() -> None:
    for field in CLIENT_FIELDS:
        assert codes(f"[all]\n{field.example}") == [], field.name
    for field in (*PRODUCT_FIELDS, *PURCHASE_FIELDS):
        assert codes(f"[all.bought]\n{field.example}") == [], field.name
    assert codes(f"[all.spent]\n{SPEND_FIELD.example}") == []
    for field in (*VISIT_FIELDS, *VISITED_PRODUCT_FIELDS):
        assert codes(f"[all.visited]\n{field.example}") == [], field.name


def test_every_field_of_the_clients_page_can_be_asked() -> None:
    page = (ROOT / "docs" / "reference" / "clients.md").read_text(encoding="utf-8")
    table = page.partition("## Columns")[2].partition("## RFM")[0]
    columns = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])
    }
    asked = {column for field in CLIENT_FIELDS for column in field.sources}
    identifiers = {"client_id", "currency"}
    assert {name for name in columns if not name.startswith("hashed_")} - identifiers <= asked


# The schema


VALIDATOR = jsonschema.Draft7Validator(segment_schema())


def is_valid(text: str) -> bool:
    def as_json(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_json(one) for key, one in value.items()}
        if isinstance(value, list):
            return [as_json(one) for one in value]
        return value.isoformat() if isinstance(value, date) else value

    data = parse_toml(text.encode(), "s.toml").data
    return bool(VALIDATOR.is_valid(as_json(data)))


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft7Validator.check_schema(segment_schema())
    jsonschema.Draft7Validator.check_schema(
        segment_schema(sinks=["google"], shops=["kolo"], examples={"brand": ["Acme"]})
    )


def test_the_schema_accepts_what_is_valid() -> None:
    texts = [template("new"), *examples().values()]
    texts += [f"[all]\n{field.example}" for field in CLIENT_FIELDS]
    texts += [f"[all.bought]\n{field.example}" for field in (*PRODUCT_FIELDS, *PURCHASE_FIELDS)]
    for text in texts:
        assert is_valid(text), text


@pytest.mark.parametrize(
    "text",
    [
        "[all]\ncityy = 1",
        "[all]\ncity.at_least = 1",
        '[all]\norder_count = "5"',
        "[all]\norder_count = 1.5",
        "[all]\ncity = 5",
        '[all]\ncity = ["Brno"]',
        '[all]\nage = 1\nname = "x"',
        '[all]\nlast_order.within = "6m"',
        '[all]\nrfm_segment = "at_risc"',
        '[all]\ncountry = "Czechia"',
        "version = 2\n[all]\nage = 1",
        'nam = "x"\n[all]\nage = 1',
        "[all]\ncity.one_of = []",
        "[all]\nage.between = [18]",
        "[any]\nage.at_least = 1\nage.at_most = 5",
        "[all]\n",
        'name = "x"',
        "[all.age]",
        '[all.spent]\nwithin = "1 year"',
        "[all]\nbought = true",
        "[all]\nparam = 5",
        "[all.param]",
        "[all]\nrecency_score = 6",
        "[all]\ntotal_revenue.top_percent = 0",
        '[all.bought]\nwithin = "1 day"\nduring = "today"',
        '[all.ab_bucket]\nsalt = "x"',
        '[all]\nin_segment = "Not an id"',
        '[all.bought]\ncity = "x"',
    ],
)
def test_the_schema_refuses_what_the_parser_refuses(text: str) -> None:
    assert codes(text) != []
    assert not is_valid(text)


def test_ids_of_sinks_are_closed_where_they_are_known() -> None:
    validator = jsonschema.Draft7Validator(segment_schema(sinks=["google"]))
    assert validator.is_valid({"sinks": ["google"], "all": {"age": 1}})
    assert not validator.is_valid({"sinks": ["meta"], "all": {"age": 1}})


# The page


def test_the_page_of_fields_is_the_registry() -> None:
    page = ROOT / "docs" / "reference" / "fields.md"
    assert page.read_text(encoding="utf-8") == fields_page()


def test_every_example_of_the_page_on_segments_is_valid() -> None:
    page = (ROOT / "docs" / "reference" / "segments.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) > 5
    for text in blocks:
        assert codes(text) == [], text


def test_the_page_on_segments_lists_every_code() -> None:
    page = (ROOT / "docs" / "reference" / "segments.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| (S\d+) \|", page, re.MULTILINE))
    documented = set(re.findall(r"^ {4}(S\d+) ", Mistake.__doc__ or "", re.MULTILINE))
    assert listed == documented == {str(code) for code in Mistake}
