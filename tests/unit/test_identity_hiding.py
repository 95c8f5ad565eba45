"""Rows whose identities are hidden: what is left of them, and what is known of the rest."""

from collections.abc import Sequence
from typing import Any

import phonenumbers
import pyarrow as pa
import pytest

from audsync.contracts import Form, KeyRule
from audsync.errors import TableError
from audsync.identity.digests import AUDSYNC_RULES, as_they_are, digest, digest_all
from audsync.identity.hiding import FAULT_COLUMNS, Hidden, Hiding, holds_address
from audsync.identity.phone_country import phone_country
from audsync.testing.memory_source import table_rows

KEY = b"0123456789abcdef0123456789abcdef"
RULES = {f"files.{name}": rule for name, rule in AUDSYNC_RULES.items()}
ANNA = {
    "customer_id": "1",
    "email": " Anna.Nova@Example.com",
    "phone": "777 123 456",
    "first_name": "Ing. Anna",
    "last_name": "Nová",
    "city": "Brno",
}


def hide(table: str, *records: dict[str, Any], hiding: Hiding | None = None) -> Hidden:
    rows = table_rows(table, *records, params={"customers.param.contact": _TEXT})
    return (hiding or Hiding(KEY, RULES)).hide(table, rows, country="CZ")


_TEXT: Any = "text"


def facts(hidden: Hidden) -> dict[tuple[str, str], str]:
    """Facts by kind and name; each value occurs once here."""
    return {(row["kind"], row["fact"]): row["text"] for row in hidden.facts.to_pylist()}


def test_what_names_a_person_is_gone_and_the_rest_is_as_it_was() -> None:
    hidden = hide("customers", ANNA)
    (row,) = hidden.rows.to_pylist()
    assert row["city"] == "Brno"
    assert row["customer_id"] == "1"
    assert {row[name] for name in ("email", "phone", "first_name", "last_name")} == {None}
    said = repr(hidden.rows.to_pylist()) + repr(hidden.facts.to_pylist())
    for value in ("nna", "Nov", "777", "123 456", "123456"):
        assert value not in said


def test_equal_values_have_one_pseudonym_and_others_another() -> None:
    rows = hide(
        "customers",
        ANNA,
        {
            **ANNA,
            "customer_id": "2",
            "email": "anna.nova@EXAMPLE.com ",
            "phone": "+420777123456",
        },
        {**ANNA, "customer_id": "3", "email": "other@example.com", "last_name": "Anna"},
    ).rows.to_pylist()
    assert rows[0]["email_normal"] == rows[1]["email_normal"] != rows[2]["email_normal"]
    assert rows[0]["phone_e164"] == rows[1]["phone_e164"] == rows[2]["phone_e164"]
    assert rows[2]["first_name_clean"] != rows[2]["last_name_clean"]


def test_a_pseudonym_is_of_the_key() -> None:
    other = Hiding(KEY[::-1], RULES)
    one = hide("customers", ANNA).rows.to_pylist()[0]
    two = hide("customers", ANNA, hiding=other).rows.to_pylist()[0]
    for name in ("email_normal", "phone_e164", "first_name_clean", "last_name_clean"):
        assert one[name] != two[name]
    assert other.key_mark != Hiding(KEY, RULES).key_mark
    assert digest("anna.nova@example.com")[:32] != one["email_normal"]
    assert KEY.decode() not in repr(other) + other.key_mark + repr(Hiding(KEY, {}))


def test_facts_are_what_the_value_itself_would_have_given() -> None:
    assert facts(hide("customers", ANNA)) == {
        ("email", "sha256"): digest("anna.nova@example.com"),
        ("email", "domain"): "example.com",
        ("email", "files.hashed_email"): digest("anna.nova@example.com"),
        ("phone", "sha256"): digest("+420777123456"),
        ("phone", "country"): "CZ",
        ("phone", "files.hashed_phone"): digest("+420777123456"),
        ("first_name", "sha256"): digest("anna"),
        ("first_name", "files.hashed_first_name"): digest("anna"),
        ("first_name", "signs"): "FFFfF",
        **{("first_name", f"days {country}"): "07-26" for country in ("CZ", "HU", "PL", "SK")},
        ("last_name", "sha256"): digest("nová"),
        ("last_name", "files.hashed_last_name"): digest("nová"),
        ("last_name", "signs"): "F---F",
    }


def test_each_value_has_its_facts_once() -> None:
    hidden = hide("customers", ANNA, {**ANNA, "customer_id": "2"})
    rows = [tuple(row.values()) for row in hidden.facts.to_pylist()]
    assert len(rows) == len(set(rows))


def test_a_value_without_a_normal_form_leaves_its_reason_alone() -> None:
    hidden = hide(
        "customers", {"customer_id": "1", "email": "canary(at)example", "phone": "12"}
    )
    (row,) = hidden.rows.to_pylist()
    assert row["email_normal"] is None
    assert row["phone_e164"] is None
    assert [row[name] for name in FAULT_COLUMNS] == [
        "invalid_email",
        "invalid_phone",
        None,
        None,
    ]
    assert hidden.facts.num_rows == 0
    assert "canary" not in repr(row)


def test_an_address_is_hidden_in_every_text_and_alike_in_every_table() -> None:
    address = "canary@example.com"
    account = {
        "customer_id": address,
        "tags": ["vip", f"mail {address}"],
        "param.contact": "to:canary%40example.com",
        "city": None,
    }
    order = {
        "order_id": f"web-{address}",
        "customer_id": address,
        "created_at": "2026-01-01",
        "status": "finished",
        "currency": "CZK",
    }
    line = {
        "order_id": f"web-{address}",
        "line_number": 1,
        "product_id": "p",
        "quantity": 1,
        "name": "Sign info@shop.example.com",
    }
    back = {
        "return_id": "r",
        "line_number": 1,
        "customer_id": address,
        "order_id": f"web-{address}",
        "product_id": "p",
        "quantity": 1,
        "returned_at": "2026-01-02",
    }
    named: dict[str, dict[str, Any]] = {
        "customers": account,
        "orders": order,
        "order_lines": line,
        "returns": back,
    }
    rows = {name: hide(name, row).rows.to_pylist()[0] for name, row in named.items()}
    assert "canary" not in repr(rows)
    ids = {rows[name]["customer_id"] for name in ("customers", "orders", "returns")}
    assert len(ids) == 1
    assert ids.pop().startswith("hidden-")
    orders = {rows[name]["order_id"] for name in ("orders", "order_lines", "returns")}
    assert len(orders) == 1
    assert rows["customers"]["tags"][0] == "vip"
    assert rows["order_lines"]["name"] == "Sign info@shop.example.com"
    assert Hiding(KEY, {}).text(address) == rows["customers"]["customer_id"]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("canary@example.com", True),
        ("mailto:canary@žlutý.example", True),
        ("u=canary%40example.com&x", True),
        ("5 @ 20.5", False),
        ("c-1001", False),
        ("@canary", False),
        ("size@home", False),
        ("", False),
    ],
)
def test_an_address_is_found_anywhere_in_a_text(text: str, *, is_one: bool) -> None:
    assert holds_address(text) == is_one
    column = pa.chunked_array([[text, None]])
    assert Hiding(KEY, {}).hides(column) == is_one
    assert Hiding(KEY, {}).texts(column).to_pylist() == [Hiding(KEY, {}).text(text), None]


def test_the_catalogue_is_left_alone() -> None:
    product = {"product_id": "canary@example.com", "title": "info@example.com"}
    assert hide("products", product).rows.to_pylist() == [product]


def test_a_table_without_anything_to_hide_is_as_it_was() -> None:
    rows = table_rows("products", {"product_id": "p"})
    assert Hiding(KEY, RULES).hide("products", rows, country="CZ").rows is rows
    assert hide("customers").rows.num_rows == 0


def test_a_rule_that_hands_back_the_value_is_refused_before_anything_is_written() -> None:
    leaky = {"bad.email": KeyRule(("email",), as_they_are)}
    with pytest.raises(TableError, match="1 of 1 are no SHA-256 digests") as caught:
        hide("customers", ANNA, hiding=Hiding(KEY, leaky))
    assert "anna" not in str(caught.value).lower()
    plain = {"bad.email": KeyRule(("email",), as_they_are, form=Form.PLAIN)}
    with pytest.raises(TableError, match="short plain fields that name nobody"):
        hide("customers", ANNA, hiding=Hiding(KEY, plain))


def test_rules_of_several_values_or_of_plain_ones_make_no_facts() -> None:
    def both(emails: Sequence[str | None], zips: Sequence[str | None]) -> list[str | None]:
        raise AssertionError((len(emails), len(zips)))

    rules = {
        "a.both": KeyRule(("email", "zip"), both),
        "a.zip": KeyRule(("zip",), as_they_are, form=Form.PLAIN),
        "a.full": KeyRule(("full_name",), digest_all),
    }
    hiding = Hiding(KEY, rules)
    assert hiding.rule_facts == ()
    names = {
        name
        for kind, name in facts(hide("customers", ANNA, hiding=hiding))
        if kind in {"email", "phone"}
    }
    assert names == {"sha256", "domain", "country"}


# Countries of phones


def test_the_country_of_a_phone_is_the_one_that_the_library_says() -> None:
    kinds = range(11)
    numbers = [
        example
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in kinds
        if (example := phonenumbers.example_number_for_type(region, kind)) is not None
        and phonenumbers.is_valid_number(example)
    ]
    assert len(numbers) > 1_000
    wrong = [
        phonenumbers.region_code_for_number(number)
        for number in numbers
        if phone_country(_e164(number)) != phonenumbers.region_code_for_number(number)
    ]
    assert wrong == []


def test_a_number_of_no_country_has_none() -> None:
    for code in (800, 870, 882, 979):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        assert number is not None
        assert phone_country(_e164(number)) is None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
