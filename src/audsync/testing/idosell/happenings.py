"""Things that may happen in a shop, each drawn from a seed."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeVar

from audsync.testing.idosell.invention import Invention
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import (
    Account,
    Channel,
    Order,
    Origin,
    Product,
    Return,
)
from audsync.testing.idosell.sales import rate

Record = TypeVar("Record")

FATES: Final = (
    *(("finished",) * 70),
    *(("finished_ext",) * 6),
    *(("canceled",) * 6),
    *(("returned",) * 3),
    *("complainted", "false", "lost", "missing", "suspended", "packed", "on_order", "ready"),
    *("payment_waiting", "delivery_waiting", "packed_fulfillment", "packed_ready"),
    *("wait_for_dispatch", "unconfirmed", "new"),
)
RETURN_STATUSES: Final = (2, 10, 11, 11, 11, 19, 20, 3, 13, 1)
_GUEST_SHARE, _MARKET_SHARE, _FOREIGN_SHARE, _TRADE_SHARE = 0.12, 0.08, 0.06, 0.05
_TILL_SHARE: Final = 0.02
_READER_SHARE, _TEXTER_SHARE, _SECOND_SHOP_SHARE = 0.4, 0.15, 0.2


class Happenings:
    """One method for each thing that may happen; whom it happens to is drawn."""

    def __init__(self, panel: Panel, seed: int = 1) -> None:
        self.panel = panel
        self._invent = Invention(seed)
        self._chance = self._invent.chance
        self._goods: dict[int, list[Product]] = {shop.shop_id: [] for shop in panel.shops}
        self._customers: list[int] = []

    def stock(self, product_id: int | None = None, *, everywhere: bool = False) -> Product:
        """A new product, in one shop or in all, of that number or the next."""
        shops = frozenset(self._goods)
        if not everywhere and self._chance.random() < _SECOND_SHOP_SHARE:
            shops = frozenset((self._shop(),))
        known = self.panel.catalogue.products
        number = product_id or max(known, default=0) + 1
        product = self.panel.catalogue.add(self._invent.product(number, shops))
        for shop in shops:
            self._goods[shop].append(product)
        return product

    def register(self) -> Account:
        """Somebody makes an account, some agreeing to newsletters, some in two shops."""
        draw, shop = self._chance.random, self._shop()
        agreed = [Channel.EMAIL] if draw() < _READER_SHARE else []
        agreed += [Channel.SMS] if draw() < _TEXTER_SHARE else []
        email = self._invent.email()
        account = self.panel.customers.register(
            shop,
            email,
            self._invent.address(),
            login=email if draw() < _READER_SHARE else f"login{len(self._customers)}",
            agrees_to=agreed,
        )
        account.born_on = self._invent.born_on()
        account.kind = self._chance.choice(("private", "male", "female", "firm"))
        if draw() < _SECOND_SHOP_SHARE:
            other = self._shop()
            self.panel.customers.join_shop(account.client_id, other)
            if draw() < _READER_SHARE:
                is_given = draw() < _READER_SHARE
                self.panel.customers.decide(
                    account.client_id, Channel.EMAIL, other, given=is_given
                )
        if draw() < _TRADE_SHARE:
            self.panel.customers.change_group(account.client_id, 4, is_wholesaler=True)
        self._customers.append(account.client_id)
        return account

    def order(self) -> Order:
        """Somebody orders: a client, a guest, a buyer on a marketplace or at the till."""
        draw = self._chance.random
        sales, shop, kind = self.panel.sales, self._shop(), draw()
        buyer = None if kind < _GUEST_SHARE + _MARKET_SHARE else self._client()
        terms = self._invent.terms("EUR" if draw() < _FOREIGN_SHARE else "PLN", buyer)
        lines = self._invent.lines(self._sold_in(shop), rate(terms.currency), terms)
        if buyer is not None:
            away = self._invent.address() if draw() < _FOREIGN_SHARE else None
            return sales.place(buyer, shop, lines, terms, delivery=away)
        email = self._invent.email()
        if kind > _MARKET_SHARE + _GUEST_SHARE - _TILL_SHARE:
            email = ""
            terms = replace(terms, origin=Origin("pos", "Kasa"))
        elif kind < _MARKET_SHARE:
            email = self._invent.relay()
            lent = Origin("marketplace", "Allegro", "allegro", f"m-{len(sales.orders)}")
            terms = replace(terms, origin=lent)
        return sales.place_as_guest(shop, email, self._invent.address(), lines, terms)

    def proceed(self) -> None:
        """Some order takes another status, at times one that no list of statuses knows."""
        order = self._some_order()
        self.panel.sales.set_status(
            order.serial, self._chance.choice((*FATES, "awaiting_moon"))
        )

    def pay(self) -> None:
        """Some order is paid."""
        self.panel.sales.pay(self._some_order().serial)

    def change_lines(self) -> None:
        """Some order loses lines, or consists of others."""
        order = self._some_order()
        lines = order.lines[1:]
        if not lines or self._chance.randrange(2):
            goods = self._sold_in(order.shop_id)
            lines = self._invent.lines(goods, order.rate, order.terms)
        self.panel.sales.change_lines(order.serial, lines)

    def join_orders(self) -> None:
        """Two orders of one shop and currency become one."""
        order, other = self._some_order(), self._some_order()
        alike = (order.shop_id, order.terms.currency) == (other.shop_id, other.terms.currency)
        if order is not other and alike and "joined" not in (order.status, other.status):
            self.panel.sales.join(order.serial, into=other.serial)

    def ask_return(self) -> None:
        """Somebody wants to send something back."""
        self._send_back(self._some_order())

    def decide_return(self) -> None:
        """The shop decides on a return, or thinks again."""
        if returns := self.panel.sales.returns:
            made = self._chance.choice(_latest(returns, 20))
            self.panel.sales.settle_return(made.return_id, self._chance.choice(RETURN_STATUSES))

    def change_email(self) -> None:
        """A client takes another address."""
        self.panel.customers.change_email(self._client().client_id, self._invent.email())

    def move_house(self) -> None:
        """A client lives elsewhere."""
        self.panel.customers.change_address(self._client().client_id, self._invent.address())

    def decide(self) -> None:
        """A client gives or withdraws a consent."""
        account = self._client()
        self._changes_mind(account, self._chance.choice([*Channel]))

    def _changes_mind(self, account: Account, channel: Channel) -> None:
        shop = self._chance.choice(sorted(account.shops))
        before = account.consents.get((channel, shop))
        self.panel.customers.decide(
            account.client_id, channel, shop, given=not (before and before.given)
        )

    def guest_decides(self) -> None:
        """Somebody who ordered as a guest gives or withdraws a consent."""
        accounts = self.panel.customers.accounts
        if guests := [one for one in _latest(accounts, 100) if one.is_guest]:
            account = self._chance.choice(guests)
            self._changes_mind(account, self._chance.choice([*Channel]))

    def subscribe(self) -> None:
        """Somebody without an account wants a newsletter."""
        if self._chance.randrange(3):
            self.panel.customers.subscribe(Channel.EMAIL, self._invent.email(), self._shop())
        else:
            phone = f"+44 7700 900{self._chance.randrange(1000):03d}"
            self.panel.customers.subscribe(Channel.SMS, phone, self._shop())

    def unsubscribe(self) -> None:
        """One of those wants it no more."""
        if subscribers := self.panel.customers.subscribers:
            one = self._chance.choice(_latest(subscribers, 50))
            shop = self._chance.choice(sorted(one.consents))
            self.panel.customers.unsubscribe(one.channel, one.contact, shop)

    def reader_registers(self) -> None:
        """A subscriber makes an account, and is from then on known by its number."""
        readers = self.panel.customers.subscribers
        if emails := [one for one in _latest(readers, 50) if one.channel is Channel.EMAIL]:
            contact = self._chance.choice(emails).contact
            account = self.panel.customers.register(
                self._shop(), contact, self._invent.address()
            )
            self._customers.append(account.client_id)

    def delete_client(self) -> None:
        """A client is forgotten; the orders stay."""
        account = self._client()
        self._customers.remove(account.client_id)
        self.panel.customers.delete(account.client_id)

    def change_product(self) -> None:
        """A product is dearer, renamed, elsewhere, gone, or new."""
        product = self._chance.choice(self._sold_in(self._shop()))
        catalogue = self.panel.catalogue
        match self._chance.randrange(5):
            case 0:
                catalogue.change_price(product.product_id, product.price + 100)
            case 1:
                catalogue.rename(product.product_id, f"{product.name} +")
            case 2:
                catalogue.move(product.product_id, category_id=12, series="Grań")
            case 3:
                for shop in product.shops:
                    self._goods[shop].remove(product)
                catalogue.delete(product.product_id)
            case _:
                self.stock()

    def _send_back(self, order: Order) -> Return:
        some = order.lines[: self._chance.randint(1, max(len(order.lines), 1))]
        return self.panel.sales.give_back(
            order.serial, [(line, min(line.quantity, Decimal(1))) for line in some]
        )

    def _some_order(self) -> Order:
        """An order, most likely one of the latest."""
        orders = self.panel.sales.orders
        if not orders:
            return self.order()
        reach = self._chance.choice((10, 100, len(orders)))
        return orders[
            self.panel.sales.last_serial - self._chance.randrange(min(reach, len(orders)))
        ]

    def _sold_in(self, shop_id: int) -> list[Product]:
        if not self._goods[shop_id]:
            self.stock(everywhere=True)
        return self._goods[shop_id]

    def _client(self) -> Account:
        if not self._customers:
            return self.register()
        return self.panel.customers.accounts[self._chance.choice(self._customers)]

    def _shop(self) -> int:
        return self._chance.choice(self.panel.shops).shop_id


def _latest(records: Mapping[Any, Record], count: int) -> list[Record]:
    return [records[key] for key in islice(reversed(records), count)]
