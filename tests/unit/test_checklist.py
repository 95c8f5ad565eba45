"""The checklist of the reference of filters, where no test of a single part answers it.

Every filter of the systems that audsync is measured against is there, takes what it should and
is documented; whatever is missing of a client fulfils nothing.
"""

from pathlib import Path

import pytest

from audsync.model.analyses import EVERY_ANALYSIS
from audsync.segments import evaluate
from audsync.segments.operators import OPERATORS, Code, Operator
from audsync.segments.registry import CLIENT, CLIENT_GROUPS
from fakes.engine import MemoryEngine
from fakes.model_shop import AS_OF, ModelShop
from fakes.segment_shop import Row, fill, members, segment

FIELDS = Path(__file__).parents[2] / "docs" / "reference" / "fields.md"
# Kind and data of each, as in the reference: c customers, o orders, p products, w visits,
# m messages, x worked out. By name, in the order of its table; the three blocks apart.
SAMBA = """
S:c full_name customer_id first_name
S:co email phone
D:c registered
N:c days_since_registration
S:co zip
S:x district
E:x gender name_day_today
N:x days_to_name_day
E:c price_category data_permission
S, N or E:c param
D:c param_date
N:c param_days_since param_days_to_anniversary param_days_since_anniversary param_years_since
N:o order_count order_count_365d avg_order_value avg_order_value_365d
N:o product_count product_count_365d total_revenue total_revenue_365d
D:o last_order first_order
N:o days_since_last_order days_between_last_orders
L:o purchased_product_id purchased_product_name
N:w visit_count_30d days_between_last_visits days_since_last_visit
E:c newsletter_frequency sms_frequency
D:m last_email_delivered last_email_opened last_email_clicked last_sms_sent
N:m days_since_email_delivered days_since_email_opened days_since_email_clicked
N:m days_since_sms_sent
S:p favorite_category favorite_subcategory favorite_product_line favorite_brand
E:x activity clv_category rfm_segment affluence_category
N:x predicted_clv_365d predicted_orders_365d days_to_next_order
N:x rfm_score recency_score frequency_score monetary_score affluence_score
E:x in_list in_segment
N:x ab_bucket
"""
OTHERS = """
N:o days_since_first_order unique_product_count
E:c customer_type subscribed
E:co country
N:c age
S:o city
L:o store
S:o favorite_store
N:o favorite_weekday favorite_hour
E:x value_band frequency_band value_frequency recency_bucket bonita ab_group
S:c last_name
S:o delivery_zip
E:o delivery_country
N:o min_product_price_net max_product_price_net
E:o has_invoice
N:p brand_count category_count
L:p purchased_brands purchased_categories
"""
# What is counted or added up is 0 where there is nothing.
ALWAYS_THERE = {
    *("customer_id", "order_count", "order_count_365d", "product_count", "product_count_365d"),
    *("total_revenue", "total_revenue_365d", "unique_product_count", "brand_count"),
    *("category_count", "visit_count_30d"),
}
TABLES = {
    "c": {"customers"},
    "o": {"orders", "order_lines"},
    "p": {"products"},
    "w": {"visits"},
    "m": {"messages"},
}


def listed(text: str) -> list[tuple[str, str, str]]:
    rows = (line.partition(":") for line in text.strip().splitlines())
    return [
        (name, kind, rest.split(" ", 1)[0])
        for kind, _, rest in rows
        for name in rest.split(" ", 1)[1].split()
    ]


def test_there_are_68_of_one_system_with_its_two_blocks() -> None:
    assert len(listed(SAMBA)) + len(("bought", "visited")) == 68


@pytest.mark.parametrize(("name", "kind", "data"), [*listed(SAMBA), *listed(OTHERS)])
def test_every_filter_is_there_with_its_operators_data_and_definition(
    name: str, kind: str, data: str
) -> None:
    field = CLIENT[name]
    assert field.code == kind
    allowed = {*OPERATORS[Code(kind)], Operator.WITHIN_NEXT}
    assert field.boolean or set(field.operators) <= allowed
    needed = {need.partition(".")[0] for group in field.needs for need in group}
    for letter in set(data) - {"x"}:
        assert needed & TABLES[letter] or field.family, letter
    row = next(
        row
        for row in FIELDS.read_text(encoding="utf-8").splitlines()
        if row.startswith("| ") and f"`{name}`" in row.split("|")[1]
    )
    assert field.definition.rstrip(".") in row
    assert f"`{field.example}`" in row.replace("\\|", "|")


def test_whatever_is_missing_of_a_client_fulfils_nothing_and_none_keeps_it() -> None:
    """An account of which nothing is known, against every field that may be missing."""
    fields = [
        field
        for group in CLIENT_GROUPS.values()
        for field in group
        if Operator.MISSING in field.operators and not field.family
    ]
    shop = ModelShop()
    shop.account("1", "nobody")
    shop.build(as_of=AS_OF, analyses=EVERY_ANALYSIS)
    asked = {
        f"{word}-{number}": text
        for number, field in enumerate(fields)
        for word, text in {
            "missing": f"[all]\n{field.name}.missing = true",
            "asked": f"[all]\n{field.example}",
            "none": f"[none]\n{field.example}",
        }.items()
    }
    evaluate(
        [segment(text, name) for name, text in asked.items()],
        shop.engine,
        as_of=AS_OF,
        currency="EUR",
    )
    found = {row["segment_id"] for row in shop.read("membership")}
    there = {field.name for at, field in enumerate(fields) if f"missing-{at}" not in found}
    assert there == ALWAYS_THERE
    for number, field in enumerate(fields):
        if field.name not in ALWAYS_THERE:
            assert f"asked-{number}" not in found, field.name
            assert f"none-{number}" in found, field.name


def test_texts_are_found_as_the_reference_says() -> None:
    known = {
        "city": "Růžová",
        "email": "jan@firma.cz",
        "phone": "+420777123456",
        "zip": "110 00",
    }
    plain = {"city": "ruzova", "email": None, "phone": None, "zip": "11000"}
    polish = {"city": "Łódź", "email": "a@example.com", "phone": None, "zip": None}
    asked = {
        'city.contains = ["xyz", "ruzo"]': ["a", "b"],
        'city.contains = ["RŮŽO", "lodz"]': ["a", "b", "c"],
        'email.contains = "@firma.cz"': ["a"],
        'phone.contains = "777 123"': ["a"],
        'zip = "110 00"': ["a", "b"],
        'zip = "11000"': ["a", "b"],
    }
    with MemoryEngine() as engine:
        rows: list[Row] = [known, plain, polish]
        fill(engine, [{"client_id": "abc"[at], **row} for at, row in enumerate(rows)])
        found = {line: members(engine, f"[all]\n{line}") for line in asked}
    assert found == asked
