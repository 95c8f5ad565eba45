"""A shop that lives: a past of any size, and things that go on happening in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
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

_DAY: Final = 86_400
_FATES: Final = (
    *(("finished",) * 70),
    *(("finished_ext",) * 6),
    *(("canceled",) * 6),
    *(("returned",) * 3),
    *("complainted", "false", "lost", "missing", "suspended", "packed", "on_order", "ready"),
    *("payment_waiting", "delivery_waiting", "packed_fulfillment", "packed_ready"),
    *("wait_for_dispatch", "unconfirmed", "new"),
)
_RETURN_STATUSES: Final = (2, 10, 11, 11, 11, 19, 20, 3, 13, 1)
_GUEST_SHARE, _MARKET_SHARE, _FOREIGN_SHARE, _TRADE_SHARE = 0.12, 0.08, 0.06, 0.05
_FETCHED_SHARE: Final = 0.05
_RETURN_SHARE, _READER_SHARE, _TEXTER_SHARE, _SECOND_SHOP_SHARE = 0.05, 0.4, 0.15, 0.2


class LivingShop:
    """Lets things happen in a panel, drawn from a seed: the same seed, the same shop."""

    def __init__(self, panel: Panel, seed: int = 1) -> None:
        self.panel = panel
        self._invent = Invention(seed)
        self._chance = self._invent.chance
        self._goods: list[Product] = []
        self._customers: list[int] = []
        self._happenings: tuple[Callable[[], object], ...] = (
            self.order,
            self.order,
            self.order,
            self.proceed,
            self.proceed,
            self.proceed,
            self.pay,
            self.change_lines,
            self.join_orders,
            self.ask_return,
            self.decide_return,
            self.register,
            self.change_email,
            self.move_house,
            self.decide,
            self.decide,
            self.subscribe,
            self.unsubscribe,
            self.delete_client,
            self.change_product,
        )

    def fill(self, *, orders: int, clients: int, products: int = 300, days: int = 900) -> None:
        """Give the shop a past that ends at the clock's present moment."""
        clock = self.panel.clock
        end = clock.now
        start = end - days * _DAY
        clock.now = start
        for number in range(1, products + 1):
            self.stock(number)
        registered = 0
        for number in range(orders):
            at = start + (end - start) * (number + 1) // (orders + 1)
            while registered * orders < clients * (number + 1) and registered < clients:
                clock.now = at - 60
                self.register()
                registered += 1
            clock.now = at
            self._live_through(self.order(), end)
        for _ in range(clients - registered):
            self.register()
        clock.now = end

    def happen(self, count: int = 1) -> list[str]:
        """Let so many things happen, some seconds or minutes apart; their names."""
        names = []
        for _ in range(count):
            self.panel.clock.advance(seconds=self._chance.choice((0, 1, 7, 60, 900)))
            happening = self._chance.choice(self._happenings)
            happening()
            names.append(happening.__name__)
        return names

    def stock(self, product_id: int | None = None) -> Product:
        """A new product, in one shop or in all."""
        shops = frozenset(shop.shop_id for shop in self.panel.shops)
        if self._chance.random() < _SECOND_SHOP_SHARE:
            shops = frozenset((self._shop(),))
        known = self.panel.catalogue.products
        number = product_id or max(known, default=0) + 1
        product = self.panel.catalogue.add(self._invent.product(number, shops))
        self._goods.append(product)
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
            account.shops.add(other)
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
        """Somebody orders: a client, a guest, or a buyer on a marketplace."""
        draw = self._chance.random
        sales, shop, kind = self.panel.sales, self._shop(), draw()
        buyer = None if kind < _GUEST_SHARE + _MARKET_SHARE else self._client()
        terms = self._invent.terms("EUR" if draw() < _FOREIGN_SHARE else "PLN", buyer)
        lines = self._invent.lines(self._goods, rate(terms.currency), terms.rebate_percent)
        if buyer is not None:
            away = self._invent.address() if draw() < _FOREIGN_SHARE else None
            return sales.place(buyer, shop, lines, terms, delivery=away)
        email = self._invent.email()
        if kind < _MARKET_SHARE:
            email = self._invent.relay()
            lent = Origin("marketplace", "Allegro", "allegro", f"m-{len(sales.orders)}")
            terms = replace(terms, origin=lent)
        return sales.place_as_guest(shop, email, self._invent.address(), lines, terms)

    def proceed(self) -> None:
        """Some order takes another status, at times one that no list of statuses knows."""
        order = self._some_order()
        self.panel.sales.set_status(
            order.serial, self._chance.choice((*_FATES, "awaiting_moon"))
        )

    def pay(self) -> None:
        """Some order is paid."""
        self.panel.sales.pay(self._some_order().serial)

    def change_lines(self) -> None:
        """Some order loses lines, or consists of others."""
        order = self._some_order()
        lines = order.lines[1:]
        if not lines or self._chance.randrange(2):
            lines = self._invent.lines(self._goods, order.rate, order.terms.rebate_percent)
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
            self.panel.sales.settle_return(
                made.return_id, self._chance.choice(_RETURN_STATUSES)
            )

    def change_email(self) -> None:
        """A client takes another address."""
        self.panel.customers.change_email(self._client().client_id, self._invent.email())

    def move_house(self) -> None:
        """A client lives elsewhere."""
        self.panel.customers.change_address(self._client().client_id, self._invent.address())

    def decide(self) -> None:
        """A client gives or withdraws a consent."""
        account = self._client()
        channel = self._chance.choice([*Channel])
        shop = self._chance.choice(sorted(account.shops))
        before = account.consents.get((channel, shop))
        self.panel.customers.decide(
            account.client_id, channel, shop, given=not (before and before.given)
        )

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

    def delete_client(self) -> None:
        """A client is forgotten; the orders stay."""
        account = self._client()
        self._customers.remove(account.client_id)
        self.panel.customers.delete(account.client_id)

    def change_product(self) -> None:
        """A product is dearer, renamed, elsewhere, gone, or new."""
        product, catalogue = self._chance.choice(self._goods), self.panel.catalogue
        match self._chance.randrange(5):
            case 0:
                catalogue.change_price(product.product_id, product.price + 100)
            case 1:
                catalogue.rename(product.product_id, f"{product.name} +")
            case 2:
                catalogue.move(product.product_id, category_id=12, series="Grań")
            case 3 if len(self._goods) > 1:
                self._goods.remove(product)
                catalogue.delete(product.product_id)
            case _:
                self.stock()

    def _live_through(self, order: Order, end: int) -> None:
        """What becomes of an order of the past, as far as the present moment lets it."""
        clock, sales, draw = self.panel.clock, self.panel.sales, self._chance
        steps: list[Callable[[], object]] = []
        if draw.randrange(4):
            steps.append(lambda: sales.pay(order.serial))
        fate = draw.choice(_FATES)
        is_sent = draw.random() > _FETCHED_SHARE
        steps.append(lambda: sales.set_status(order.serial, fate, is_sent=is_sent))
        if fate.startswith("finished") and draw.random() < _RETURN_SHARE:
            steps.append(lambda: self._settled(order))
        for step in steps:
            clock.now += draw.randrange(60, 4 * _DAY)
            if clock.now < end:
                step()

    def _settled(self, order: Order) -> None:
        made = self._send_back(order)
        self.panel.sales.settle_return(made.return_id, self._chance.choice(_RETURN_STATUSES))

    def _send_back(self, order: Order) -> Return:
        some = order.lines[: self._chance.randint(1, max(len(order.lines), 1))]
        return self.panel.sales.give_back(
            order.serial, [(line, line.quantity) for line in some]
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

    def _client(self) -> Account:
        if not self._customers:
            return self.register()
        return self.panel.customers.accounts[self._chance.choice(self._customers)]

    def _shop(self) -> int:
        return self._chance.choice(self.panel.shops).shop_id


def _latest(records: Mapping[Any, Record], count: int) -> list[Record]:
    return [records[key] for key in islice(reversed(records), count)]
