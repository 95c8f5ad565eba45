"""What `clients` derives of names and postcodes, where a build asks for it."""

from datetime import date
from typing import Any

import pytest

from audsync.identity.postcodes import Place, Places
from audsync.model.analyses import Analysis
from fakes.model_shop import ModelShop, at, line

NAMES = [Analysis.NAMES]
ST_JOHN = date(2026, 6, 24)


@pytest.fixture
def shop() -> ModelShop:
    return ModelShop()


def told(client: dict[str, Any]) -> tuple[Any, Any, Any]:
    return client["gender"], client["name_day_today"], client["days_to_name_day"]


def test_names_tell_nothing_unless_they_are_asked(shop: ModelShop) -> None:
    shop.account("1", first_name="Jan", last_name="Novák")
    assert told(shop.client(as_of=ST_JOHN)) == (None, None, None)
    assert told(shop.client(as_of=ST_JOHN, analyses=NAMES)) == ("male", True, 0)


def test_the_name_day_is_that_of_the_country_where_the_client_lives(shop: ModelShop) -> None:
    shop.account("cz", first_name="Daniela")
    shop.account("sk", first_name="Daniela", country="SK")
    shop.account("both", first_name="Daniela", country="CZ")
    shop.order("o", "2025-01-01 12:00", line("p"), client="both", country="SK")
    shop.account("de", first_name="Daniela", country="DE")
    clients = shop.clients(as_of=date(2026, 1, 1), analyses=NAMES)
    days = {name: client["days_to_name_day"] for name, client in clients.items()}
    september = (date(2026, 9, 9) - date(2026, 1, 1)).days
    assert days == {"cz": september, "sk": 2, "both": 2, "de": None}
    assert clients["de"]["gender"] is None


def test_the_customers_own_word_goes_before_the_name(shop: ModelShop) -> None:
    shop.account("1", first_name="Jana", gender="male")
    shop.account("2", first_name="Jana")
    shop.account("3", gender="female", registered_at=at("2020-01-01"))
    shop.account("4", client="3", gender="male", registered_at=at("2021-01-01"))
    shop.account("5", client="3", registered_at=at("2022-01-01"))
    clients = shop.clients(analyses=NAMES)
    both = {name: (one["gender"], one["stated_gender"]) for name, one in clients.items()}
    assert both == {"1": ("male", "male"), "2": ("female", None), "3": ("male", "male")}
    assert shop.clients()["1"]["gender"] == "male"


def test_signs_of_both_names_are_weighed(shop: ModelShop) -> None:
    people: dict[tuple[str | None, str | None], str | None] = {
        ("Jana", "Novák"): "female",
        ("Petra", "Novotný"): "female",
        ("Jan", "Nováková"): None,
        ("Ing. Jan", None): "male",
        (None, "Nováková"): "female",
        (None, "Jan Novák"): "male",
        (None, "paní Svoboda"): "female",
        ("Xyla", "Veselý"): None,
        ("J.", "Svoboda"): None,
    }
    for number, (first, last) in enumerate(people):
        shop.account(str(number), first_name=first, last_name=last)
    clients = shop.clients(analyses=NAMES)
    found = [clients[str(number)]["gender"] for number in range(len(people))]
    assert found == [*people.values()]


def test_a_family_name_alone_has_no_name_day(shop: ModelShop) -> None:
    shop.account("1", last_name="Marek")
    shop.account("2", last_name="Marek Novák")
    clients = shop.clients(as_of=date(2026, 4, 25), analyses=NAMES)
    assert clients["1"]["days_to_name_day"] is None
    assert clients["2"]["name_day_today"] is True


PLACES = Places(
    {("CZ", "6"): Place(district="Ours")},
    {
        ("CZ", "602"): Place("Brno-město", "CZ-642", "Jihomoravský kraj", "CZ-64"),
        ("CZ", "60"): Place("Brno-venkov", "CZ-643"),
        ("PL", "00001"): Place(region="Mazowieckie", region_code="PL-14"),
    },
)


def test_districts_are_those_of_the_longest_known_beginning(shop: ModelShop) -> None:
    shop.account("1", zip="602 00")
    shop.account("2", zip="60900", country="CZ")
    shop.account("3", zip="00-001", country="PL")
    shop.account("4", zip="602 00", country="PL")
    shop.account("5")
    clients = shop.clients(analyses=[Analysis.PLACES], places=Places(*PLACES.tables[1:]))
    assert {name: (one["district"], one["region_code"]) for name, one in clients.items()} == {
        "1": ("Brno-město", "CZ-64"),
        "2": ("Brno-venkov", None),
        "3": (None, "PL-14"),
        "4": (None, None),
        "5": (None, None),
    }


def test_a_table_that_stands_first_knows_better(shop: ModelShop) -> None:
    shop.account("1", zip="602 00")
    client = shop.client(analyses=[Analysis.PLACES], places=PLACES)
    assert client["district"] == "Ours"
    assert client["region"] == "Jihomoravský kraj"
    assert shop.client()["district"] is None
