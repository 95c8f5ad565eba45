"""What a guessed mapping says of its shop: currency, prices, answers, consents."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from audsync.errors import SourceDataError
from audsync_source_csv import CsvSource
from csv_feeds import loaded


def settings(folder: Path, **feeds: str) -> dict[str, Any]:
    """What a guess says of the shop."""
    for name, text in feeds.items():
        (folder / f"{name}.csv").write_text(text)
    toml = CsvSource.guess([folder / f"{name}.csv" for name in feeds], folder=folder)
    shop: dict[str, Any] = tomllib.loads(toml)["shops"]["shop"]
    return shop | {"text": toml}


ROW = "order_id,email,date,product_id,quantity,{price},currency\n"


def test_the_currency_of_the_orders_becomes_the_shops(tmp_path: Path) -> None:
    row = "1,,2026-05-01,tea,1,5,{}\n"
    header = ROW.format(price="price")
    shop = settings(tmp_path, one=header + row.format("eur") * 2)
    assert shop["currency"] == "EUR"
    assert "rates" not in shop["text"]
    shop = settings(tmp_path, two=header + row.format("EUR") + row.format("USD") * 2)
    assert shop["currency"] == "USD"
    assert "# Look: amounts in EUR need their price under [shops.shop.rates]" in shop["text"]


@pytest.mark.parametrize(("price", "is_net"), [("price", False), ("unit_net", True)])
def test_a_feed_with_net_amounts_alone_makes_a_net_shop(
    tmp_path: Path, price: str, *, is_net: bool
) -> None:
    shop = settings(tmp_path, one=ROW.format(price=price) + "1,,2026-05-01,tea,1,5,EUR\n")
    assert ("model" in shop) is is_net
    assert not is_net or shop["model"] == {"money": "net"}


def test_answers_about_advertising_become_those_that_a_new_config_grants(
    tmp_path: Path,
) -> None:
    header = "customer_id,email,ad_consent\n"
    shop = settings(tmp_path, one=header + "1,,ano\n2,,NE\n3,,\n")
    found = shop["source"]["customers"]["columns"]["ad_consent"]
    assert found["map"] == {"ano": "yes", "NE": "no"}
    shop = settings(tmp_path, two=header + "1,,granted\n2,,denied\n")
    assert shop["source"]["customers"]["columns"]["ad_consent"] == "ad_consent"
    assert "# Look: ad_consent says more than yes and no" in shop["text"]
    shop = settings(tmp_path, three="customer_id,email\n1,\n")
    assert "# Look: no column of consent to advertising was found" in shop["text"]


SYSTEMS = {
    "PrestaShop": """\
id_order;id_customer;email;date_add;current_state;total_paid_tax_incl;product_reference;\
product_quantity;unit_price_tax_incl
1;7;a@example.com;13.10.2026 10:15;Dostarczone;1 234,50;T-1;2;617,25
""",
    "WooCommerce": """\
Order Number,Order Status,Order Date,Email (Billing),Order Total Amount,SKU,Quantity,Item Cost
1,Completed,2026-10-01 10:15,a@example.com,35.00,T-1,2,10.00
""",
    "Shoper": """\
Numer zamówienia;Data złożenia;Status;E-mail;Suma;Kod produktu;Ilość;Cena brutto
1;2026-10-01;zakończone;a@example.com;100,00;T-1;1;100,00
""",
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_exports_of_common_shop_systems_are_orders_with_their_lines(
    tmp_path: Path, name: str
) -> None:
    shop = settings(tmp_path, one=SYSTEMS[name])
    columns = {"created_at", "status", "email", "total_gross", "unit_gross", "quantity"}
    assert columns <= set(shop["source"]["order_rows"]["columns"])
    assert loaded(tmp_path, shop["text"]).counts["orders"] == 1


def test_lines_without_their_orders_are_no_shop(tmp_path: Path) -> None:
    text = "order_id,product_id,quantity,price,email,when\n1,tea,1,5,a@example.com,2026-05-01\n"
    with pytest.raises(SourceDataError, match="rename its header to created_at"):
        settings(tmp_path, one=text)


LOG = "id;email;consent type;status;timestamp\n"


def test_a_log_of_consents_becomes_a_feed_of_decisions(tmp_path: Path) -> None:
    rows = (
        "1;a@example.com;Ads;Opted-in;01.05.2026 10:00\n"
        "2;b@example.com;email;unsubscribed;13.05.2026 10:00\n"
        "3;c@example.com;profiling;asked again;\n"
        "4;d@example.com;sms;ANO;\n"
    )
    shop = settings(tmp_path, one=LOG + rows)
    found = shop["source"]["consents"]["columns"]
    assert found["purpose"]["map"] == {
        "Ads": "advertising",
        "email": "newsletter",
        "profiling": "all",
        "sms": "sms",
    }
    assert found["answer"]["map"] == {
        "ANO": "granted",
        "Opted-in": "granted",
        "asked again": "denied",
        "unsubscribed": "denied",
    }
    assert (
        "# Look: a word of consent type that was not understood is taken as all" in shop["text"]
    )
    assert "no column of consent to advertising" not in shop["text"]
    pulled = loaded(tmp_path, shop["text"])
    assert pulled.column("consents", "answer") == ["granted", "denied", "denied", "granted"]
    assert pulled.rejected == []


def test_a_file_of_answers_without_people_is_no_log_of_consents(tmp_path: Path) -> None:
    with pytest.raises(SourceDataError, match="returns nor consents"):
        settings(tmp_path, one="purpose,answer\nads,yes\n")


def test_two_files_of_one_kind_are_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("order_id,email,date\n1,,2026-05-01\n")
    with pytest.raises(SourceDataError, match=r"a\.csv and b\.csv: both look like orders"):
        CsvSource.guess([tmp_path / "a.csv", tmp_path / "b.csv"], folder=tmp_path)
