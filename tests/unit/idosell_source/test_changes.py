"""Changes that pulls of the fake panel find: by date, by sweeps, after kills."""

from dataclasses import replace
from decimal import Decimal

import pytest

from audsync.errors import ExitCode, TransientError
from audsync.identity.hiding import Hiding
from audsync.testing.idosell import LivingShop, Quirks, faults
from audsync.testing.idosell.records import Channel, Line
from idosell_shop import SHOP, Made, differences, failing


def test_a_sweep_finds_who_was_deleted_and_waits_for_an_overloaded_panel(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    number = next(
        one.client_id for one in shop.panel.customers.accounts.values() if SHOP in one.shops
    )
    shop.panel.customers.delete(number)
    shop.panel.clock.advance(days=31)
    shop.panel.quirks.is_overloaded = True
    pulls.pull()
    assert any(row["customer_id"] == str(number) for row in pulls.tables()["customers"])
    shop.panel.quirks.is_overloaded = False
    pulls.pull()
    assert not any(row["customer_id"] == str(number) for row in pulls.tables()["customers"])
    assert differences(pulls) == []


def test_what_a_panel_shows_later_than_it_dates_it_is_seen(made: Made) -> None:
    """A change may be written down before a pull, and be shown after it."""
    shop, pulls = made(orders=8, deep_days=0, sweep_days=0)
    pulls.pull()
    sales, customers = shop.panel.sales, shop.panel.customers
    order = next(one for one in sales.orders.values() if one.shop_id == SHOP)
    client = next(one for one in customers.accounts.values() if SHOP in one.shops)
    sales.set_status(order.serial, "packed")
    order.changed_at -= 14 * 60
    customers.change_email(client.client_id, "changed@example.com")
    client.changed_at -= 23 * 3600
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


def _changed_unseen(shop: LivingShop, serial: int) -> None:
    """An order has other lines, and nothing says that it was changed."""
    order = shop.panel.sales.orders[serial]
    order.lines = (*order.lines, replace(order.lines[0], quantity=Decimal(7)))


def _of_shop(shop: LivingShop) -> list[int]:
    return [one.serial for one in shop.panel.sales.orders.values() if one.shop_id == SHOP]


def test_a_change_that_moves_no_date_is_seen_within_a_week_of_one_that_does(
    made: Made,
) -> None:
    shop, pulls = made()
    serial = _of_shop(shop)[0]
    pulls.pull()
    shop.panel.sales.note(serial)
    shop.panel.clock.advance(hours=1)
    pulls.pull()
    _changed_unseen(shop, serial)
    shop.panel.clock.advance(hours=1)
    pulls.pull()
    assert differences(pulls) != []  # a deep reading comes once a day
    shop.panel.clock.advance(days=6)
    by_number = pulls.fake.calls["orders/orders"]
    pulls.pull()
    assert differences(pulls) == []
    assert pulls.fake.calls["orders/orders"] == by_number  # it is known when they were finished


def test_a_busy_week_is_read_again_in_parts_night_by_night(made: Made) -> None:
    shop, pulls = made(page_size=4, deep_calls=2, order_types=())
    pulls.pull()
    busy = _of_shop(shop)
    for serial in busy:
        shop.panel.sales.note(serial)
        shop.panel.clock.advance(hours=3)
    pulls.pull()
    for serial in busy:
        _changed_unseen(shop, serial)
    left = []
    for _ in range(4):
        shop.panel.clock.advance(days=1)
        before = pulls.fake.calls["orders/orders/search"]
        pulls.pull()
        assert pulls.fake.calls["orders/orders/search"] - before <= 9
        left.append(len(differences(pulls)))
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1] == 0


def test_when_an_order_was_finished_is_asked_for_once_a_page_and_again_if_it_was_not_told(
    made: Made,
) -> None:
    shop, pulls = made(page_size=10, sweep_days=0)
    for serial in _of_shop(shop)[:10]:
        shop.panel.sales.set_status(serial, "finished", is_sent=False)
        shop.panel.clock.advance(hours=1)
        shop.panel.sales.note(serial)
    everything = faults.element_errors(*range(10))
    pulls.fake.faults.plan(everything, endpoint="orders/orders", times=None)
    pulls.pull()
    pulls.fake.faults.clear()
    searches = pulls.fake.calls["orders/orders/search"]
    assert 0 < pulls.fake.calls["orders/orders"] <= searches
    assert any("finished_at" in one for one in differences(pulls))
    shop.panel.clock.advance(days=30)
    pulls.pull()
    assert differences(pulls) == []


def test_orders_may_be_finished_by_dispatch_which_takes_no_calls(made: Made) -> None:
    _, pulls = made(finished_by="dispatch")
    pulls.pull()
    assert differences(pulls) == []
    assert pulls.fake.calls["orders/orders"] == 0


def test_what_the_panel_could_not_read_comes_with_the_next_pull(made: Made) -> None:
    shop, pulls = made(orders=60, sweep_days=0, deep_days=0)
    pulls.pull()
    shop.panel.clock.advance(hours=1)
    shop.happen(60)
    _change_everything(shop)
    shop.panel.clock.advance(days=3)  # longer than anything is read again
    unreadable = faults.element_errors(*range(100), bare=True)
    for listing in ("orders/*", "clients/*", "returns/returns", "products/*"):
        pulls.fake.faults.plan(unreadable, endpoint=listing, times=None)
    pulls.pull()
    pulls.fake.faults.clear()
    shop.panel.clock.advance(days=400)  # no window holds any of these any more
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


def _change_everything(shop: LivingShop) -> None:
    """Whoever agreed does not, all goods are dearer, and new ones are sold."""
    customers, catalogue, sales = shop.panel.customers, shop.panel.catalogue, shop.panel.sales
    for account in customers.accounts.values():
        for (channel, number), consent in [*account.consents.items()]:
            if consent.given:
                customers.decide(account.client_id, channel, number, given=False)
    for product in [*catalogue.products.values()]:
        if not product.is_deleted:
            catalogue.change_price(product.product_id, product.price + 100)
    new = shop.stock(everywhere=True)
    sold = Line(new.product_id, new.name, Decimal(1), 1230, 1000)
    sales.change_lines(_of_shop(shop)[0], [sold])


def test_a_client_who_orders_here_for_the_first_time_is_read(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    panel = shop.panel
    stranger = next(a for a in panel.customers.accounts.values() if a.shops == {1})
    panel.sales.place(stranger, SHOP, panel.sales.orders[panel.sales.last_serial].lines)
    pulls.pull()
    assert differences(pulls) == []


def test_a_subscriber_who_withdraws_without_a_new_date_does_not_agree_any_more(
    made: Made,
) -> None:
    shop, pulls = made(quirks=Quirks(consent_moves_guest_date=False))

    def agrees() -> bool:
        return any(
            row["email"] == "popup@example.com" and row["newsletter_frequency"] == "every_day"
            for row in pulls.tables()["customers"]
        )

    shop.panel.customers.subscribe(Channel.EMAIL, "popup@example.com", SHOP)
    pulls.pull()
    assert agrees()
    shop.panel.clock.advance(days=20)
    pulls.pull()
    shop.panel.clock.advance(days=20)
    shop.panel.customers.unsubscribe(Channel.EMAIL, "popup@example.com", SHOP)
    pulls.pull()
    assert not agrees()
    assert differences(pulls) == []


@pytest.mark.slow
def test_a_withdrawal_stands_though_the_account_shows_the_yes_of_before(made: Made) -> None:
    """It is kept in mind: another change of the client brings no yes back."""
    shop, pulls = made(orders=10, sweep_days=0, deep_days=0)
    customers = shop.panel.customers
    client = next(
        one for one in customers.accounts.values() if SHOP in one.shops and not one.is_guest
    )
    customers.decide(client.client_id, Channel.EMAIL, SHOP, given=True)
    pulls.pull()
    shop.panel.quirks.accounts_keep_yes = True

    def wish() -> object:
        rows = {row["customer_id"]: row for row in pulls.tables()["customers"]}
        return rows[str(client.client_id)]["newsletter_frequency"]

    assert wish() == "every_day"
    shop.panel.clock.advance(days=3)
    customers.decide(client.client_id, Channel.EMAIL, SHOP, given=False)
    shop.panel.clock.advance(hours=1)
    pulls.pull()
    assert wish() == "never"
    shop.panel.clock.advance(days=3)
    customers.change_email(client.client_id, "changed@example.com")
    pulls.pull()
    assert wish() == "never"


def test_a_guest_who_withdraws_without_a_new_date_does_not_agree_any_more(made: Made) -> None:
    shop, pulls = made(sweep_days=0)
    customers = shop.panel.customers
    guests = [one for one in customers.accounts.values() if one.is_guest and SHOP in one.shops]
    pulls.pull()
    for given in (True, False, True):
        shop.panel.clock.advance(days=20)
        for guest in guests[:2]:
            customers.decide(guest.client_id, Channel.EMAIL, SHOP, given=given)
        shop.panel.clock.advance(days=20)
        pulls.pull()
        assert differences(pulls, is_swept=False) == []
    agreed = [row for row in pulls.tables()["customers"] if row["newsletter_frequency"]]
    assert {str(guest.client_id) for guest in guests[:2]} <= {
        row["customer_id"] for row in agreed if row["newsletter_frequency"] == "every_day"
    }


def test_where_identities_are_hidden_subscribers_come_and_go_without_an_address(
    made: Made,
) -> None:
    shop, pulls = made()
    pulls.hiding = Hiding(b"k" * 32, {})
    customers = shop.panel.customers
    customers.subscribe(Channel.EMAIL, "popup@example.com", SHOP)
    customers.subscribe(Channel.SMS, "+44 7700 900123", SHOP)

    def agreeing() -> list[str]:
        rows = pulls.tables()["customers"]
        return [row["customer_id"] for row in rows if not row["customer_id"].isdigit()]

    pulls.pull()
    assert len(agreeing()) == 2
    assert not any("popup" in key or "900123" in key for key in agreeing())
    customers.unsubscribe(Channel.EMAIL, "popup@example.com", SHOP)
    shop.panel.clock.advance(days=40)
    pulls.pull()
    assert len(agreeing()) == 1
    assert not any("@" in str(row["email"]) for row in pulls.tables()["orders"])


def test_a_kill_between_any_two_calls_costs_nothing(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.happen(30)
    calls = 0
    while True:
        calls += 1
        pulls.fake.faults.plan(faults.reset(), after=calls - 1, times=None)
        try:
            pulls.pull()
        except TransientError:
            pulls.fake.faults.clear()
        else:
            break
    assert calls > 10
    pulls.fake.faults.clear()
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


def test_a_record_that_the_panel_counts_twice_stops_nothing(made: Made) -> None:
    shop, pulls = made()
    shop.panel.clock.advance(hours=1)
    pulls.fake.faults.plan(faults.other_count(1), times=None)
    pulls.pull()
    assert differences(pulls) == []
    shop.happen(20)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []
    assert pulls.calls.made < 40


def test_another_shop_or_panel_is_not_mixed_with_what_is_held(made: Made) -> None:
    _, pulls = made()
    pulls.pull()
    before = pulls.tables()
    for other in ({"shop_id": 1}, {"url": "http://localhost:9"}):
        pulls.settings = other
        message = failing(pulls, ExitCode.CONFIG)
        assert f"what is held is of shop 2 at {pulls.fake.url}" in message
    assert pulls.tables() == before


def test_options_that_give_other_rows_read_everything_anew(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.panel.clock.advance(days=100)
    few = pulls.pull().tables["orders"]
    assert few.read < few.held
    pulls.settings = {"product_parameters": {"season": 300}}
    counts = pulls.pull().tables["orders"]
    assert counts.read == counts.held > 0
    assert differences(pulls) == []
