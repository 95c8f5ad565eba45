"""Amounts in other currencies than the shop's, and exact rates."""

from decimal import Decimal

import pytest

from audsync.errors import ConfigError
from audsync.model.rates import Rate, exact_rate, exact_rates, rates_of
from audsync.model.template import fill
from audsync.warehouse.engine import DuckEngine
from fakes.model_shop import ModelShop, at, line


@pytest.fixture
def shop() -> ModelShop:
    shop = ModelShop()
    shop.account("1")
    return shop


def test_a_rate_is_an_exact_fraction_of_minor_units() -> None:
    assert exact_rate("EUR", Decimal("4.31"), "PLN") == Rate(4, 31, 100)
    assert exact_rate("EUR", Decimal("4.50"), "PLN") == Rate(4, 1, 2)
    assert exact_rate("PLN", Decimal("0.232018561"), "EUR") == Rate(0, 232018561, 10**9)


def test_a_rate_knows_that_yen_have_no_cents_and_dinars_three_digits() -> None:
    assert exact_rate("EUR", Decimal(162), "JPY") == Rate(1, 31, 50)
    assert exact_rate("JPY", Decimal("0.0061"), "EUR") == Rate(0, 61, 100)
    assert exact_rate("KWD", Decimal("3.25"), "USD") == Rate(0, 13, 40)


def test_the_shops_own_currency_needs_no_rate() -> None:
    assert exact_rates({"EUR": Decimal(1), "USD": Decimal("0.5")}, "EUR") == {
        "USD": Rate(0, 1, 2)
    }


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_must_be_above_zero(rate: str) -> None:
    with pytest.raises(ConfigError, match="rate of USD"):
        exact_rate("USD", Decimal(rate), "EUR")


@pytest.mark.parametrize("rate", ["1.0000000001", "100000000"])
def test_a_rate_that_cannot_be_counted_with_exactly_is_refused(rate: str) -> None:
    with pytest.raises(ConfigError, match="too many digits"):
        exact_rate("USD", Decimal(rate), "EUR")


@pytest.mark.parametrize(
    ("amount", "part", "whole", "share"),
    [
        (5, 1, 2, 3),
        (-5, 1, 2, -2),
        (-4, 1, 3, -1),
        (0, 7, 9, 0),
        (9_000_000_000, 999_999_999, 10**9, 8_999_999_991),
        (9_007_199_254_740_993, 1, 3, 3_002_399_751_580_331),
    ],
)
def test_a_share_is_exact_with_halves_up(
    amount: int, part: int, whole: int, share: int
) -> None:
    sql = fill("SELECT {share(v, p, w)} AS share FROM numbers", {}, {})
    engine = DuckEngine.in_memory()
    engine.store(
        "numbers",
        f"SELECT CAST({amount} AS BIGINT) AS v, CAST({part} AS BIGINT) AS p, "
        f"CAST({whole} AS BIGINT) AS w",
    )
    assert engine.fetch(sql).to_pylist() == [{"share": share}]


def test_each_line_is_converted_on_its_own_with_halves_up(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01", line("p", 1, 101), line("q", 1, 101), currency="PLN")
    report = shop.build(rates={"PLN": "0.25"})
    assert [row["value_minor"] for row in shop.read("counted_lines")] == [25, 25]
    assert report.converted_orders == {"PLN": 1}
    assert shop.client(rates={"PLN": "0.5"})["total_revenue_minor"] == 51 + 51


def test_totals_shipping_refunds_and_unit_prices_are_converted(shop: ModelShop) -> None:
    shop.order(
        "a",
        "2026-06-01",
        currency="USD",
        total_gross_minor=1000,
        shipping_gross_minor=100,
        refunded_gross_minor=50,
    )
    shop.order("b", "2026-06-02", line("p", 2, 300), currency="USD")
    client = shop.client(rates={"USD": "2"})
    assert client["total_revenue_minor"] == (2000 - 200 - 100) + 1200
    assert client["max_product_price_net_minor"] == 600
    assert client["currency"] == "EUR"


def test_the_value_is_converted_before_a_share_of_it_goes_back(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01", line("p", 3, gross_minor=100), currency="USD")
    shop.give_back("p", 1)
    # 100 USD cents are 50; 17 of them (16.67) go.
    assert shop.client(rates={"USD": "0.5"})["total_revenue_minor"] == 33


def test_yen_are_converted_to_euro_cents(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01", line("p", 1, 10_000), currency="JPY")
    assert shop.client(rates={"JPY": "0.0061"})["total_revenue_minor"] == 6100


def test_an_order_without_a_rate_stops_the_build(shop: ModelShop) -> None:
    for number, currency in enumerate(("PLN", "USD", "PLN", "CZK")):
        shop.order(f"o{number}", "2026-06-01", line("p"), currency=currency)
    with pytest.raises(ConfigError) as failure:
        shop.build(rates={"CZK": "0.04"})
    message = str(failure.value)
    assert "no rate to EUR for PLN (2 orders), USD (1 orders)" in message
    assert "[shops.<id>.rates]" in message


def test_an_order_that_cannot_count_needs_no_rate(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01", line("p"), currency="PLN", status="cancelled")
    shop.order("b", "2027-06-01", line("p"), currency="PLN", finished_at=at("2027-06-02"))
    assert shop.build().counted == 0


def test_prices_of_products_are_in_the_shops_currency(shop: ModelShop) -> None:
    shop.product("p", price_minor=1000, price_buy_minor=501, currency="USD")
    shop.product("q", price_minor=1000, price_before_discount_minor=2000, currency="PLN")
    shop.product("r", price_minor=1000)
    report = shop.build(rates={"USD": "0.5"})
    prices = {row["product_id"]: row for row in shop.read("product_facts")}
    assert prices["p"]["price_minor"] == 500
    assert prices["p"]["price_buy_minor"] == 251
    assert prices["q"]["price_minor"] is None
    assert prices["q"]["price_before_discount_minor"] is None
    assert prices["r"]["price_minor"] == 1000
    assert report.unpriced_products == {"PLN": 1}
    assert report.messages[0].startswith("1 products are priced in PLN, which has no rate")


def _rates(*rows: tuple[str, str, int | None, str | None]) -> dict[str, str]:
    names = ("currency", "price", "units", "base")
    given = [
        dict(zip(names, (code, Decimal(price), *more), strict=True))
        for code, price, *more in rows
    ]
    return {code: f"{rate:f}" for code, rate in rates_of(given, "PLN").items()}


def test_a_source_prices_currencies_in_the_shops_own_or_in_another() -> None:
    assert _rates(
        ("EUR", "4.2573", 1, "PLN"), ("CZK", "17.1045", 100, None), ("PLN", "1", 1, "PLN")
    ) == {"EUR": "4.2573", "CZK": "0.171045"}
    # A panel that counts in euros: 1 EUR is 4.25 PLN, 1 USD is 0.9 EUR.
    euros = [("EUR", "1", 1, "EUR"), ("PLN", "20", 85, "EUR"), ("USD", "9", 10, "EUR")]
    assert _rates(*euros) == {"EUR": "4.25", "USD": "3.825"}


def test_a_price_that_cannot_be_counted_with_is_as_if_it_had_not_been_sent() -> None:
    assert _rates(("EUR", "4.25", 1, "USD")) == {}  # nothing says what a dollar costs
    assert _rates(("EUR", "0", 1, None), ("USD", "-1", 1, None), ("CZK", "1", 0, None)) == {}
    assert _rates(("VND", "0.0001", 10**9, None)) == {}  # less than can be counted with
    assert _rates(("EUR", "200000000", 1, None)) == {}
    (tiny,) = _rates(("KWD", "1", 3, None)).values()
    assert tiny == "0.33333333"
    assert exact_rates({"KWD": Decimal(tiny)}, "PLN")
