"""What `clients` says of the person: contact, wishes, places, dates of the account."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from audsync.tables import Kind
from fakes.model_shop import ModelShop, at, line


@pytest.fixture
def shop() -> ModelShop:
    return ModelShop()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_client_without_an_order_has_zero_counts_and_no_figures(shop: ModelShop) -> None:
    shop.account("1")
    client = shop.client()
    zero = {name for name, value in client.items() if value == 0 and value is not False}
    assert zero == {
        "order_count",
        "order_count_365d",
        "product_count",
        "product_count_365d",
        "unique_product_count",
        "total_revenue_minor",
        "total_revenue_365d_minor",
        "brand_count",
        "category_count",
        "visit_count_30d",
    }
    filled = {name for name, value in client.items() if value is not None} - zero
    assert filled == {"client_id", "customer_ids", "currency"}


def test_every_column_is_there_in_the_order_and_type_of_the_page(shop: ModelShop) -> None:
    shop.params = {"customers.param.shoe size": Kind.NUMBER}
    shop.account("1")
    shop.build()
    schema = shop.engine.fetch("SELECT * FROM clients").schema
    kinds = {field.name: str(field.type) for field in schema}
    texts = "list<l: string>"
    assert {name: kind.replace("child", "l") for name, kind in kinds.items()} == {
        "client_id": "string",
        "customer_ids": texts,
        **dict.fromkeys(("email", "phone", "first_name", "last_name", "full_name"), "string"),
        **dict.fromkeys(("hashed_email", "hashed_phone"), "string"),
        **dict.fromkeys(("hashed_first_name", "hashed_last_name"), "string"),
        **dict.fromkeys(("email_domain", "phone_country"), "string"),
        "registered": "date32[day]",
        "days_since_registration": "int64",
        "born_on": "date32[day]",
        "age": "int64",
        **dict.fromkeys(("gender", "stated_gender"), "string"),
        "name_day_today": "bool",
        "days_to_name_day": "int64",
        **dict.fromkeys(("customer_type", "price_category"), "string"),
        **dict.fromkeys(("newsletter_frequency", "sms_frequency"), "string"),
        "data_permission": "string",
        "subscribed": "bool",
        "tags": texts,
        **dict.fromkeys(("zip", "city", "country"), "string"),
        **dict.fromkeys(("district", "district_code", "region", "region_code"), "string"),
        **dict.fromkeys(("delivery_zip", "delivery_city", "delivery_country"), "string"),
        **dict.fromkeys(("order_count", "order_count_365d"), "int64"),
        **dict.fromkeys(("product_count", "product_count_365d"), "decimal128(18, 3)"),
        "unique_product_count": "int64",
        **dict.fromkeys(("total_revenue_minor", "total_revenue_365d_minor"), "int64"),
        **dict.fromkeys(("avg_order_value_minor", "avg_order_value_365d_minor"), "int64"),
        **dict.fromkeys(("first_order", "last_order"), "date32[day]"),
        **dict.fromkeys(("days_since_first_order", "days_since_last_order"), "int64"),
        "days_between_last_orders": "int64",
        "min_product_price_net_minor": "int64",
        "max_product_price_net_minor": "int64",
        "has_invoice": "bool",
        **dict.fromkeys(("brand_count", "category_count"), "int64"),
        **dict.fromkeys(("purchased_brands", "purchased_categories"), texts),
        **dict.fromkeys(("favorite_brand", "favorite_category"), "string"),
        **dict.fromkeys(("favorite_subcategory", "favorite_product_line"), "string"),
        "favorite_store": "string",
        **dict.fromkeys(("favorite_weekday", "favorite_hour"), "int64"),
        **dict.fromkeys(("recency_score", "frequency_score", "monetary_score"), "int32"),
        "rfm_score": "int32",
        "rfm_segment": "string",
        **dict.fromkeys(("activity", "clv_category"), "string"),
        **dict.fromkeys(("p_alive", "p_order_365d"), "decimal128(18, 4)"),
        "predicted_orders_365d": "decimal128(18, 4)",
        **dict.fromkeys(("predicted_aov_minor", "predicted_clv_365d_minor"), "int64"),
        "days_to_next_order": "int64",
        **dict.fromkeys(("value_band", "frequency_band"), "string"),
        **dict.fromkeys(("value_frequency", "recency_bucket"), "string"),
        "affluence_category": "string",
        "affluence_score": "int64",
        **dict.fromkeys(("visit_count_30d", "days_between_last_visits"), "int64"),
        "days_since_last_visit": "int64",
        **dict.fromkeys(("last_email_delivered", "last_email_opened"), "date32[day]"),
        **dict.fromkeys(("last_email_clicked", "last_sms_sent"), "date32[day]"),
        **dict.fromkeys(("days_since_email_delivered", "days_since_email_opened"), "int64"),
        **dict.fromkeys(("days_since_email_clicked", "days_since_sms_sent"), "int64"),
        "stores": texts,
        "currency": "string",
        "param.shoe size": "decimal128(18, 4)",
    }


def test_a_guest_is_a_client_without_customer_ids(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01", client="g-1", email="eve@example.com", first_name="Eve")
    guest = shop.clients()["g-1"]
    assert guest["customer_ids"] is None
    assert (guest["email"], guest["full_name"]) == ("eve@example.com", "Eve")


def test_an_account_that_only_orders_name_is_a_customer_id(shop: ModelShop) -> None:
    shop.account_clients.append({"customer_id": "1", "client_id": "1"})
    shop.order("a", "2026-06-01", line("p"), customer_id="1")
    assert shop.client()["customer_ids"] == ["1"]


def test_customer_ids_are_sorted_by_code_point(shop: ModelShop) -> None:
    for customer_id in ("9", "10", "ä", "a", "1"):
        shop.account(customer_id, client="1")
    assert shop.client()["customer_ids"] == ["1", "10", "9", "a", "ä"]


def test_of_several_accounts_the_latest_value_that_is_there_counts(shop: ModelShop) -> None:
    shop.account("1", registered_at=at("2020-01-01"), zip="11111", city="Old", country="PL")
    shop.account("2", client="1", registered_at=at("2019-01-01"), updated_at=at("2024-01-01"))
    shop.account("3", client="1", registered_at=at("2021-01-01"), zip="33333", city=None)
    shop.account("4", client="1", zip="44444", customer_type="staff", price_category="VIP")
    client = shop.client()
    assert (client["zip"], client["city"], client["country"]) == ("33333", "Old", "PL")
    assert (client["customer_type"], client["price_category"]) == ("staff", "VIP")


def test_of_accounts_of_one_moment_the_greater_id_counts(shop: ModelShop) -> None:
    for customer_id in ("10", "9"):
        shop.account(customer_id, client="1", city=f"City {customer_id}")
    shop.account("2", client="1", sms_frequency="never")
    client = shop.client()
    assert client["city"] == "City 9"
    assert client["sms_frequency"] == "never"


def test_contact_is_the_latest_word_of_accounts_and_orders(shop: ModelShop) -> None:
    shop.account(
        "1", registered_at=at("2025-01-01"), email="a@example.com", phone="+447700900001"
    )
    shop.order("o1", "2025-02-01", email="b@example.com", finished_at=at("2026-06-01"))
    shop.order("o2", "2025-03-01", email="c@example.com", status="cancelled")
    shop.order("o3", "2025-04-01", email="d@example.com", status="excluded")
    client = shop.client()
    assert client["email"] == "c@example.com"
    assert client["phone"] == "+447700900001"
    assert client["hashed_email"] == sha256("c@example.com")
    assert client["hashed_phone"] == sha256("+447700900001")


def test_an_account_goes_before_an_order_of_the_same_moment(shop: ModelShop) -> None:
    shop.account("1", registered_at=at("2025-02-01"), email="account@example.com")
    shop.order("o1", "2025-02-01", email="order@example.com")
    assert shop.client()["email"] == "account@example.com"


def test_of_orders_of_one_moment_the_greater_id_speaks_last(shop: ModelShop) -> None:
    shop.account("1")
    shop.order("o1", "2025-02-01", email="one@example.com")
    shop.order("o2", "2025-02-01", email="two@example.com")
    assert shop.client()["email"] == "two@example.com"


def test_names_are_hashed_in_their_match_form(shop: ModelShop) -> None:
    shop.account("1", first_name="Zoë", last_name="O Neill", last_name_match="oneill")
    client = shop.client()
    assert client["full_name"] == "Zoë O Neill"
    assert client["hashed_first_name"] == sha256("zoe")
    assert client["hashed_last_name"] == sha256("oneill")


def test_the_hash_belongs_to_the_name_that_is_shown(shop: ModelShop) -> None:
    shop.account(
        "1", registered_at=at("2020-01-01"), first_name="Anna", first_name_match="anna"
    )
    shop.order("o1", "2025-02-01", first_name="-", first_name_match=None)
    client = shop.client()
    assert client["first_name"] == "-"
    assert client["hashed_first_name"] is None


@pytest.mark.parametrize(
    ("first", "last", "full"),
    [("Jan", "Novák", "Jan Novák"), ("Jan", None, "Jan"), (None, "Novák", "Novák")],
)
def test_one_missing_name_leaves_the_other_alone(
    shop: ModelShop, first: str | None, last: str | None, full: str
) -> None:
    shop.account("1", first_name=first, last_name=last)
    assert shop.client()["full_name"] == full


def test_registered_is_the_earliest_real_day_of_the_accounts(shop: ModelShop) -> None:
    shop.account("1", registered_at=at("2026-06-11 10:00"))
    shop.account("2", client="1", registered_at=at("2026-06-01 10:00"))
    shop.account("3", client="1", registered_at=at("1970-01-01 00:00"))
    client = shop.client()
    assert client["registered"] == date(2026, 6, 1)
    assert client["days_since_registration"] == 30


@pytest.mark.parametrize(
    ("moment", "day"),
    [("1970-01-02 23:59:59", None), ("1970-01-03 00:00:00", date(1970, 1, 3))],
)
def test_the_first_days_of_1970_are_no_date(
    shop: ModelShop, moment: str, day: date | None
) -> None:
    shop.account("1", registered_at=at(moment))
    assert shop.client()["registered"] == day


def test_a_registration_after_the_day_has_no_days_since(shop: ModelShop) -> None:
    shop.account("1", registered_at=at("2026-07-02"))
    client = shop.client(as_of=date(2026, 7, 1))
    assert client["registered"] == date(2026, 7, 2)
    assert client["days_since_registration"] is None
    assert shop.client(as_of=date(2026, 7, 2))["days_since_registration"] == 0


@pytest.mark.parametrize(
    ("as_of", "age"),
    [
        (date(2023, 2, 27), 22),
        (date(2023, 2, 28), 23),
        (date(2023, 3, 1), 23),
        (date(2024, 2, 28), 23),
        (date(2024, 2, 29), 24),
    ],
)
def test_someone_born_on_29_february_is_a_year_older_on_the_28th_of_a_common_year(
    shop: ModelShop, as_of: date, age: int
) -> None:
    shop.account("1", born_on=date(2000, 2, 29))
    assert shop.client(as_of=as_of)["age"] == age


@pytest.mark.parametrize(
    ("born_on", "age"),
    [
        (date(2021, 7, 1), 5),
        (date(2021, 7, 2), None),
        (date(1916, 7, 1), 110),
        (date(1915, 7, 1), None),
        (date(2030, 1, 1), None),
    ],
)
def test_an_age_that_cannot_be_is_none(shop: ModelShop, born_on: date, age: int | None) -> None:
    shop.account("1", born_on=born_on)
    client = shop.client(as_of=date(2026, 7, 1))
    assert client["age"] == age
    assert client["born_on"] == born_on


@pytest.mark.parametrize(
    ("stated", "strictest"),
    [
        (("full", "do_not_personalize", "anonymized_only"), "anonymized_only"),
        (("full", "do_not_personalize"), "do_not_personalize"),
        (("full", None), "full"),
        (("full",), "full"),
        (("anonymized_only",), "anonymized_only"),
        ((None, None), None),
    ],
)
def test_the_strictest_permission_of_the_accounts_holds(
    shop: ModelShop, stated: tuple[str | None, ...], strictest: str | None
) -> None:
    for number, permission in enumerate(stated):
        shop.account(str(number), client="1", data_permission=permission)
    assert shop.client()["data_permission"] == strictest


@pytest.mark.parametrize(
    ("frequency", "subscribed"),
    [("every_day", True), ("special_occasions", True), ("never", False), (None, None)],
)
def test_subscribed_is_any_frequency_but_never(
    *, shop: ModelShop, frequency: str | None, subscribed: bool | None
) -> None:
    shop.account("1", newsletter_frequency=frequency)
    client = shop.client()
    assert client["newsletter_frequency"] == frequency
    assert client["subscribed"] is subscribed


def test_tags_of_all_accounts_are_sorted_and_each_is_there_once(shop: ModelShop) -> None:
    shop.account("1", tags=["vip", "b2b"])
    shop.account("2", client="1", tags=["Club", "vip"])
    shop.account("3", client="3", tags=["z", "a", "z"])
    shop.account("4", client="4", tags=[])
    clients = shop.clients()
    assert clients["1"]["tags"] == ["Club", "b2b", "vip"]
    assert clients["3"]["tags"] == ["a", "z"]
    assert clients["4"]["tags"] is None


def test_zip_and_city_are_those_of_most_counted_orders(shop: ModelShop) -> None:
    shop.account("1", zip="00000", city="Home")
    shop.order("a", "2026-01-01", line("p"), zip="11111", city="One")
    shop.order("b", "2026-02-01", line("p"), zip="11111", city="Two")
    shop.order("c", "2026-03-01", line("p"), zip="33333", city="Two", country="CZ")
    shop.order("d", "2026-04-01", line("p"), zip="33333", status="open")
    client = shop.client()
    assert (client["zip"], client["city"], client["country"]) == ("11111", "Two", "CZ")
    assert (client["delivery_zip"], client["delivery_city"]) == ("33333", "Two")


def test_of_equally_frequent_places_the_one_of_the_latest_order_is_taken(
    shop: ModelShop,
) -> None:
    shop.account("1")
    shop.order("a", "2026-01-01", line("p"), zip="22222")
    shop.order("b", "2026-02-01", line("p"), zip="11111")
    shop.order("c", "2026-02-01", line("p"), zip="00000")
    client = shop.client()
    assert client["zip"] == "00000"
    assert client["delivery_zip"] == "00000"


def test_without_a_place_on_orders_the_account_says_it(shop: ModelShop) -> None:
    shop.account("1", zip="00000", city="Home", country="PL")
    shop.order("a", "2026-01-01", line("p"), zip="11111", country="DE")
    shop.order("b", "2026-02-01", line("p"))
    client = shop.client()
    assert (client["zip"], client["city"], client["country"]) == ("11111", "Home", "PL")
    assert (client["delivery_zip"], client["delivery_country"]) == (None, None)


def test_parameters_are_account_values_of_their_type(shop: ModelShop) -> None:
    shop.params = {
        "customers.param.shoe size": Kind.NUMBER,
        "customers.param.likes": Kind.TEXTS,
        'customers.param."odd"': Kind.TEXT,
        "products.param.colour": Kind.TEXT,
    }
    size: dict[str, Any] = {"param.shoe size": Decimal(42)}
    other: dict[str, Any] = {"param.shoe size": Decimal("38.5")}
    shop.account("1", registered_at=at("2020-01-01"), **size)
    shop.account(
        "2",
        client="1",
        registered_at=at("2021-01-01"),
        **{"param.likes": ["tea"], 'param."odd"': "yes"},
    )
    shop.account("3", **other)
    clients = shop.clients()
    assert clients["1"]["param.shoe size"] == 42
    assert clients["1"]["param.likes"] == ["tea"]
    assert clients["1"]['param."odd"'] == "yes"
    assert clients["3"]["param.shoe size"] == Decimal("38.5")
    assert "param.colour" not in clients["1"]


def test_a_match_form_without_its_name_is_nobodys(shop: ModelShop) -> None:
    shop.account("1", first_name_match="anna", last_name="Nov")
    client = shop.client()
    assert (client["first_name"], client["hashed_first_name"]) == (None, None)
    assert client["hashed_last_name"] is not None


def test_clients_are_the_same_however_many_are_put_together_at_once(
    shop: ModelShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.product("p", brand="Acme", category="Shoes | Running", product_line="Hill")
    shop.product("q", brand="Zebra", category="Bags")
    for number in range(5):
        shop.account(str(number), city=f"City {number}")
        for day in range(number + 1):
            goods = line("p", day + 1), line("q", 2)
            shop.order(
                f"o{number}-{day}", f"2026-01-1{day}", *goods, client=str(number), store="A"
            )
    shop.give_back("p", 5, customer_id="4")
    facts = "counted_orders", "counted_lines", "client_brands", "client_categories"
    whole, facts_of_all = shop.clients(), list(map(shop.read, facts))
    monkeypatch.setattr("audsync.model.parts._AT_ONCE", 2)
    assert shop.clients() == whole
    assert list(map(shop.read, facts)) == facts_of_all
    assert sorted(whole) == ["0", "1", "2", "3", "4"]
    assert [len(rows) for rows in facts_of_all] == [15, 29, 10, 15]
