"""Web visits and messages: whose they are, what `clients` and blocks `visited` say of them."""

from datetime import date

import pytest

from audsync.segments import evaluate
from fakes.model_shop import EVERYTHING, ModelShop, line
from fakes.segment_shop import codes, segment

AS_OF = date(2026, 7, 1)
WITHOUT = frozenset(
    name for name in EVERYTHING if not name.startswith(("visits.", "messages."))
)


def members(shop: ModelShop, text: str) -> list[str]:
    evaluate([segment(text)], shop.engine, as_of=AS_OF, currency="EUR")
    return [row["client_id"] for row in shop.read("membership")]


def test_a_session_is_one_visit_and_so_is_a_day_without_one() -> None:
    shop = ModelShop()
    shop.account("1")
    for when in ("2026-06-20 10:00", "2026-06-20 10:05", "2026-06-21 00:10"):
        shop.visit(when, session_id="s1")
    for when in ("2026-06-28 08:00", "2026-06-28 22:00"):
        shop.visit(when)
    row = shop.client(as_of=AS_OF)
    assert row["visit_count_30d"] == 2
    assert row["days_since_last_visit"] == 3
    assert row["days_between_last_visits"] == 7  # the session ended on the 21st


def test_the_last_thirty_days_are_looked_at_and_nothing_after_today() -> None:
    shop = ModelShop("Europe/Prague")
    for name, when in (
        ("in", "2026-05-31 22:00"),  # 1 June in the shop
        ("out", "2026-05-31 21:59"),
        ("today", "2026-07-01 21:59"),
        ("tomorrow", "2026-07-01 22:00"),
    ):
        shop.account(name)
        shop.visit(when, customer_id=name)
    rows = shop.clients(as_of=AS_OF)
    counts = {name: row["visit_count_30d"] for name, row in rows.items()}
    assert counts == {"in": 1, "out": 0, "today": 1, "tomorrow": 0}
    assert rows["in"]["days_since_last_visit"] == 30
    assert rows["out"]["days_since_last_visit"] is None
    assert rows["in"]["days_between_last_visits"] is None


def test_a_visit_goes_by_account_then_by_address() -> None:
    shop = ModelShop()
    shop.account("1", email="anna@example.com")
    shop.account("2", email="bob@example.com")
    shop.order("o1", client="g-1", email="guest@example.com")
    shop.visit("2026-06-30", customer_id="2", email="anna@example.com")
    shop.visit("2026-06-30", email="anna@example.com")
    shop.visit("2026-06-30", email="guest@example.com")
    shop.visit("2026-06-30", email="stranger@example.com")
    counts = {name: row["visit_count_30d"] for name, row in shop.clients(as_of=AS_OF).items()}
    assert counts == {"1": 1, "2": 1, "g-1": 1}


def test_accounts_of_one_client_visit_as_one() -> None:
    shop = ModelShop()
    shop.account("1")
    shop.account("11", client="1")
    shop.visit("2026-06-30", customer_id="1", session_id="s")
    shop.visit("2026-06-30", customer_id="11", session_id="s")
    assert shop.client(as_of=AS_OF)["visit_count_30d"] == 1


def test_messages_are_dated_by_channel_and_event() -> None:
    shop = ModelShop()
    shop.account("1", email="anna@example.com", phone="+420777123456")
    shop.message("delivered", "2026-06-01")
    shop.message("delivered", "2026-06-10", email="anna@example.com")
    shop.message("opened", "2026-06-11")
    shop.message("clicked", "2026-01-02")
    shop.message("sent", "2026-06-20", "sms", phone="+420777123456")
    shop.message("clicked", "2026-06-21", "sms")
    shop.message("opened", "2026-07-02")  # tomorrow
    row = shop.client(as_of=AS_OF)
    assert row["last_email_delivered"] == date(2026, 6, 10)
    assert row["last_email_opened"] == date(2026, 6, 11)
    assert row["last_email_clicked"] == date(2026, 1, 2)
    assert row["last_sms_sent"] == date(2026, 6, 20)
    assert row["days_since_email_delivered"] == 21
    assert row["days_since_email_opened"] == 20
    assert row["days_since_email_clicked"] == 180
    assert row["days_since_sms_sent"] == 11


def test_without_the_feeds_nothing_is_known() -> None:
    shop = ModelShop()
    shop.account("1")
    row = shop.client(as_of=AS_OF, provided=WITHOUT)
    assert row["visit_count_30d"] is None
    assert row["days_since_email_opened"] is None
    kinds = shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema
    shop.build(as_of=AS_OF)
    assert shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema == kinds


@pytest.fixture(scope="module")
def looked_at() -> ModelShop:
    """Client 1 bought a tent and looks at stoves; client 2 looks at a tent and at a stove."""
    shop = ModelShop()
    shop.account("1")
    shop.account("2")
    shop.account("3")
    shop.product("tent", brand="Acme", category="Camping | Tents", price_minor=10_000)
    shop.product("tent-red", parent_id="tent")
    shop.product("stove", brand="Blaze", category="Camping | Stoves", price_minor=2_000)
    shop.order("o1", "2026-06-01", line("tent"))
    shop.visit("2026-06-30", "stove", session_id="a")
    shop.visit("2026-06-29", "stove", session_id="b")
    shop.visit("2026-06-25", "tent-red", customer_id="2")
    shop.visit("2026-06-24", "stove", customer_id="2")
    shop.visit("2026-03-01", "gone", customer_id="3")
    shop.visit("2026-06-30", None, customer_id="3")
    shop.build(as_of=AS_OF)
    return shop


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[all.visited]", ["1", "2", "3"]),
        ('[all.visited]\nbrand = "blaze"', ["1", "2"]),
        ('[all.visited]\nbrand = "blaze"\nvisits.at_least = 2', ["1"]),
        ('[all.visited]\nbrand = "blaze"\ndays_since.at_most = 1', ["1"]),
        ('[all.visited]\nbrand = "acme"\ncategory = "stoves"', []),
        ('[[all.visited]]\nbrand = "acme"\n[[all.visited]]\ncategory = "stoves"', ["2"]),
        ('[all.visited]\ncategory = "camping"\nvisits = 2', ["1", "2"]),
        ('[all.visited]\nproduct_id = "tent"', ["2"]),  # its variant
        ('[all.visited]\nproduct_id = "tent-red"\nprice = 100', ["2"]),
        ('[all.visited]\nwithin = "1 day"', ["1", "3"]),
        ('[all.visited]\nwithin = "6 months"\nproduct_id = "gone"', ["3"]),
        ('[all.visited]\nproduct_id = "gone"', []),
        ('[all.visited]\nwithin = "6 months"\nbrand.missing = true', ["3"]),
        ('[none.visited]\nbrand = "acme"', ["1", "3"]),
        (
            '[all.visited]\ncategory = "tents"\n[none.bought]\ncategory = "tents"',
            ["2"],
        ),
        ('[all]\npurchased_product_id = "stove"', []),
    ],
)
def test_a_block_asks_what_was_looked_at(
    looked_at: ModelShop, text: str, found: list[str]
) -> None:
    assert members(looked_at, text) == found


def test_what_cannot_be_asked_of_a_visit_is_a_mistake() -> None:
    assert codes("[all.visited]\nvisits = 0") == [("S118", 2, 1)]
    assert codes("[all.visited]\npaid_price = 1") == [("S101", 2, 1)]
    assert codes("[all.visited]\norders = 1") == [("S101", 2, 1)]
    assert codes("[all.bought]\nvisits = 1") == [("S101", 2, 1)]
    assert codes('[all.visited]\nwithin = "7d"') == [("S106", 2, 10)]
    assert codes("[all]\nvisited = 3") == [("S117", 2, 1)]
