"""Pulls from a fake panel: what they cost, what stops them, and whom a person must ask."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from audsync.errors import (
    AudsyncError,
    CredentialError,
    ExitCode,
    PausedError,
    TransientError,
)
from audsync.identity.hiding import Hiding
from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Quirks, faults
from audsync.testing.idosell.records import Channel, Line
from audsync_source_idosell import IdoSellOptions
from idosell_shop import SHOP, Pulls, differences

Made = Callable[..., tuple[LivingShop, Pulls]]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    fakes: list[FakeIdoSell] = []

    def make(
        *, orders: int = 40, quirks: Quirks | None = None, **settings: Any
    ) -> tuple[LivingShop, Pulls]:
        panel = Panel(quirks=quirks)
        shop = LivingShop(panel, seed=4)
        shop.fill(orders=orders, clients=orders // 2, products=20, days=60)
        fake = FakeIdoSell(panel)
        fakes.append(fake)
        fake.__enter__()
        return shop, Pulls(fake, tmp_path / "shop", settings)

    yield make
    for fake in fakes:
        fake.__exit__(None, None, None)


def failing(pulls: Pulls, code: ExitCode) -> str:
    with pytest.raises(AudsyncError) as caught:
        pulls.pull()
    assert caught.value.exit_code is code
    return str(caught.value)


@pytest.mark.parametrize("version", [3, 4, 5, 6, 7, 8])
def test_every_major_version_gives_the_same(made: Made, version: int) -> None:
    shop, pulls = made(api_version=version)
    for serial in [*shop.panel.sales.orders][:20]:  # of both shops
        _taken_back(shop, serial)
    pulls.pull()
    assert differences(pulls) == []
    assert pulls.tables()["returns"]


def _taken_back(shop: LivingShop, serial: int) -> None:
    sales = shop.panel.sales
    line = sales.orders[serial].lines[0]
    made = sales.give_back(serial, [(line, line.quantity)])
    sales.settle_return(made.return_id, 11)


def test_amounts_may_be_in_the_currency_of_the_shop_at_the_rate_of_each_order(
    made: Made,
) -> None:
    shop, pulls = made(orders=120)
    pulls.pull()
    foreign = {r["order_id"] for r in pulls.tables()["orders"] if r["currency"] == "EUR"}
    assert foreign
    pulls.settings = {"amounts": "shop"}
    pulls.pull()
    for row in pulls.tables()["orders"]:
        assert row["currency"] == "PLN"
        order = shop.panel.sales.orders[int(row["order_id"])]
        value = sum(line.gross * line.quantity for line in order.lines)
        whole = value + order.terms.delivery_cost + order.terms.fee_cost
        whole += order.terms.insurance_cost
        assert abs(row["total_gross_minor"] - whole * order.rate) <= 3


def test_each_shop_of_a_panel_has_its_own_orders_and_consents(made: Made) -> None:
    shop, two = made(orders=60)
    one = Pulls(two.fake, two.folder.with_name("one"), {"shop_id": 1})
    for _ in range(2):
        for pulls in (one, two):
            pulls.pull()
            assert differences(pulls, is_swept=False) == []
        shop.happen(20)
        shop.panel.clock.advance(hours=5)
    ids = [{row["order_id"] for row in pulls.tables()["orders"]} for pulls in (one, two)]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_prices_of_currencies_are_those_of_today_and_gone_ones_go(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.panel.rates["EUR"] = (Decimal("4.31"), 1)
    shop.panel.rates["HUF"] = (Decimal("1.10345"), 100)  # more decimals than a price has
    del shop.panel.rates["CZK"]
    pulls.pull()
    assert differences(pulls) == ["rates: wrong"]  # they are asked for once a day
    shop.panel.clock.advance(days=1)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []
    held = {row["currency"]: row for row in pulls.tables()["rates"]}
    assert held["EUR"]["base"] == "PLN"
    assert (held["HUF"]["price"], held["HUF"]["units"]) == (Decimal("11.0345"), 1000)


def test_a_key_that_may_not_ask_for_currencies_reads_all_else(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(
        faults.http_error(403, text="Scope: system, level: r"),
        endpoint="system/currencies",
    )
    report = pulls.pull()
    assert pulls.tables()["orders"]
    assert "what currencies cost was not read" in " ".join(report.messages)
    assert differences(pulls) == ["rates: wrong"]


def test_a_shop_that_left_the_panel_is_told_with_those_that_are_there(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.panel.shops = shop.panel.shops[:1]
    shop.panel.clock.advance(days=8)
    assert "no shop with shop_id = 2; it has: 1 (Hurt)" in failing(pulls, ExitCode.CONFIG)


@pytest.mark.parametrize(
    ("version", "called"),
    [(8, ', which the panel calls "wyjaśnianie" below "on_order"'), (6, "")],
)
def test_a_status_that_nobody_knows_is_named_as_the_panel_does(
    made: Made, version: int, called: str
) -> None:
    shop, pulls = made(api_version=version)
    known = pulls.pull()
    assert known.notes == ()
    orders = [one for one in shop.panel.sales.orders.values() if one.shop_id == SHOP]
    for order in orders[:2]:
        shop.panel.sales.set_status(order.serial, "clarifying")
    shop.panel.sales.set_status(orders[2].serial, "canary@example.com")
    shop.panel.clock.advance(minutes=1)
    report = pulls.pull()
    wanted = f'2 of the orders read have the status "clarifying"{called}: audsync does not'
    assert wanted in " ".join(report.messages)
    assert "canary" not in " ".join(report.messages)
    assert differences(pulls) == []
    asked = pulls.fake.calls["orders/statuses"]
    assert asked == (1 if called else 0)


def test_a_login_is_exchanged_for_a_token_that_is_used_until_it_ends(made: Made) -> None:
    shop, pulls = made(access="bearer")
    pulls.pull()
    shop.panel.clock.advance(hours=2)
    pulls.pull()
    assert differences(pulls) == []


def test_a_night_with_200_changes_takes_25_calls_at_most(made: Made) -> None:
    shop, pulls = made(orders=600)
    pulls.pull()
    shop.happen(200)
    shop.panel.clock.advance(days=1)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []
    assert pulls.calls.made <= 25


def test_calls_grow_with_pages_and_not_with_records(made: Made) -> None:
    _, few = made(orders=20)
    few.pull()
    small = few.calls.made
    _, many = made(orders=160)
    many.folder = many.folder.with_name("many")
    many.pull()
    assert differences(many) == []
    assert many.calls.made <= small + 3


def test_calls_are_told_before_and_counted_with_those_that_failed(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.http_error(503), endpoint="clients/*", times=2)
    pulls.pull()
    assert pulls.calls.made == pulls.fake.calls.total()
    first = pulls.calls.made
    pulls.pull()
    assert pulls.calls.expected is not None
    assert 0 < pulls.calls.expected <= first + 20


def test_after_a_load_that_was_cut_off_no_more_calls_are_expected_than_a_round_takes(
    made: Made,
) -> None:
    _, pulls = made(page_size=5)
    with pytest.raises(PausedError):
        pulls.pull(limit=10)
    pulls.pull()
    load = pulls.calls.made
    pulls.pull()
    assert pulls.calls.expected is not None
    assert pulls.calls.expected <= pulls.calls.made + 1 < load


def test_the_panel_is_given_the_time_it_asks_for(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.http_error(429, retry_after=7))
    pulls.fake.faults.plan(faults.http_error(429), after=3)
    pulls.pull()
    assert [seconds for seconds in pulls.slept if seconds] == [7, 1]


def test_between_calls_there_is_a_rest(made: Made) -> None:
    _, pulls = made(pause_seconds=600.0)
    pulls.pull()
    assert len(pulls.slept) == pulls.calls.made - 1
    assert all(300 < seconds <= 600 for seconds in pulls.slept)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.html_page(), "the answer is a web page"),
        (faults.truncated(), "the answer is cut off, or no JSON"),
        (faults.other_json("text"), "the answer is no JSON object"),
        (faults.http_error(502, html=True), "the panel answered 502; run again later"),
        (faults.http_error(429), "it takes no more calls now; run again later"),
        (faults.reset(), "was not reached, or its answer was cut off"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_told(
    made: Made, fault: faults.Fault, words: str
) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(fault, endpoint="clients/clients", times=5)
    assert words in failing(pulls, ExitCode.TEMPORARY)
    assert pulls.slept.count(8.0) == 1
    pulls.pull()
    assert differences(pulls) == []


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (faults.http_error(404), ExitCode.REFUSED, "there is no such API at this address"),
        (faults.http_error(422), ExitCode.REFUSED, "the panel answered 422"),
        (faults.fault_code(4), ExitCode.REFUSED, "the shop is blocked"),
        (faults.fault_code(7), ExitCode.REFUSED, "fault code 7"),
        (faults.no_list(), ExitCode.REFUSED, "the answer has no list Results"),
        (faults.http_error(401), ExitCode.CREDENTIAL, "the key is refused"),
        (faults.http_error(403), ExitCode.CREDENTIAL, "it lacks the permission OMS (read)"),
        (
            faults.http_error(403, text="Zły zakres. Scope: oms, level: rw"),
            ExitCode.CREDENTIAL,
            "lacks the permission OMS (read and write)",
        ),
    ],
)
def test_what_will_not_pass_is_told_at_once(
    made: Made, fault: faults.Fault, code: ExitCode, words: str
) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(fault, endpoint="orders/orders/search")
    assert words in failing(pulls, code)
    assert not pulls.slept or max(pulls.slept) == 0


def test_nothing_found_is_a_fault_where_it_means_that_the_shop_is_blocked(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.fault_code(2), endpoint="system/shopsData")
    assert "the shop is blocked" in failing(pulls, ExitCode.REFUSED)


def test_a_host_that_is_none_is_told_with_what_to_look_at(made: Made) -> None:
    _, pulls = made()
    pulls.settings = {"url": "http://127.0.0.1:9"}
    message = failing(pulls, ExitCode.TEMPORARY)
    assert "127.0.0.1:9 was not reached" in message
    assert "see that `url` is the address of the panel" in message


def test_an_ignored_filter_is_noticed(made: Made) -> None:
    shop, pulls = made(orders=200)
    pulls.pull()
    shop.panel.clock.advance(days=200)
    shop.happen(5)
    pulls.fake.faults.plan(faults.ignored_filters(), endpoint="orders/*", times=None)
    assert "ignored the filter by time" in failing(pulls, ExitCode.REFUSED)
    pulls.fake.faults.clear()
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


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


def test_neither_order_id_nor_what_was_not_asked_for_is_kept(made: Made) -> None:
    shop, pulls = made(quirks=Quirks(extra_fields=True))
    pulls.pull()
    logins = {order.login for order in shop.panel.sales.orders.values()}
    text = json.dumps(pulls.tables()["orders"], default=str)
    assert not any(f"{login}-" in text for login in logins)
    with pulls.warehouse() as warehouse:
        cursor = json.dumps(warehouse.cursor)
    assert "@" not in cursor


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


def test_a_secret_that_is_nowhere_is_told_before_any_call(made: Made) -> None:
    _, pulls = made()
    source = pulls.source()
    source._context = type(source._context)(  # type: ignore[attr-defined]  # a context of its own
        *("shop", "Europe/Warsaw", "PL", "PLN"), pulls.folder, lambda text: pulls.folder / text
    )
    with pytest.raises(CredentialError, match="idosell_api_key"):
        list(source.pull(None, shop_moment()))
    assert pulls.fake.calls.total() == 0


def shop_moment() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "http://panel.example"}, ""),
        ({"url": "https://user:pass@panel.example"}, "user or password"),
        ({"page_size": 0}, "`page_size`"),
        ({"timezone": "Mars/Olympus"}, "`timezone`"),
        ({"shop_id": 0}, "`shop_id`"),
        ({"deep_days": -1}, "`deep_days`"),
        ({"deep_calls": 0}, "`deep_calls`"),
        ({"product_parameters": {"a b": 1}}, "`product_parameters`"),
    ],
)
def test_options_that_cannot_work_are_refused(given: dict[str, Any], words: str) -> None:
    options = {"url": "panel.example", **given}
    if not words:
        assert IdoSellOptions(**options).base == "https://panel.example"
        return
    with pytest.raises(ValueError, match=words):
        IdoSellOptions(**options)


def test_of_an_address_the_host_alone_is_taken() -> None:
    for url in ("panel.example", "https://panel.example/panel/index.php?x=1#y"):
        assert IdoSellOptions(url=url).base == "https://panel.example"
