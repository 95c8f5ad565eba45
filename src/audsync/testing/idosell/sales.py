"""Orders and returns, and what may happen to them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from audsync.testing.idosell.clock import Clock
from audsync.testing.idosell.customers import Customers
from audsync.testing.idosell.quirks import Quirks
from audsync.testing.idosell.records import (
    Account,
    Address,
    Line,
    Order,
    Return,
    ReturnLine,
    Terms,
)

# Amount in the panel's currency = amount times rate, by scale.
RATES: Final[Mapping[str, tuple[Decimal, int]]] = {
    "PLN": (Decimal(1), 1),
    "EUR": (Decimal("4.2573"), 1),
    "CZK": (Decimal("17.1045"), 100),
}
_SENT: Final = frozenset({"finished", "finished_ext"})


def rate(currency: str) -> Decimal:
    """What one unit of the currency is worth in the panel's."""
    value, scale = RATES[currency]
    return value / scale


class Sales:
    """Orders by their running number; each change happens at the clock's present moment."""

    def __init__(self, clock: Clock, quirks: Quirks, customers: Customers) -> None:
        self._clock, self._quirks, self._customers = clock, quirks, customers
        self.orders: dict[int, Order] = {}
        self.returns: dict[int, Return] = {}
        self.last_serial, self._last_return, self._guests = 40_000, 700, 0

    def place(
        self,
        account: Account,
        shop_id: int,
        lines: Sequence[Line],
        terms: Terms | None = None,
        *,
        delivery: Address | None = None,
    ) -> Order:
        """An order of an account, to its own address or another."""
        if shop_id not in account.shops:
            account.shops.add(shop_id)
            account.changed_at = self._clock.now
        account.order_count += 1
        account.last_purchase_at = self._clock.now
        return self._add(
            Order(
                **self._fresh(shop_id, lines, terms or Terms()),
                number=account.order_count,
                client_id=account.client_id,
                login=account.login,
                email=account.email,
                phone=account.address.phone,
                billing=account.address,
                delivery=delivery or account.address,
            )
        )

    def place_as_guest(
        self,
        shop_id: int,
        email: str,
        address: Address,
        lines: Sequence[Line],
        terms: Terms | None = None,
    ) -> Order:
        """An order without an account, or with one that nobody sees: as `guests_have_ids`."""
        self._guests += 1
        login = f"guest{self._guests}"
        if self._quirks.guests_have_ids:
            account = self._customers.register(
                shop_id, email, address, login=login, is_guest=True
            )
            return self.place(account, shop_id, lines, terms)
        return self._add(
            Order(
                **self._fresh(shop_id, lines, terms or Terms()),
                number=1,
                client_id=0,
                login=login,
                email=email,
                phone=address.phone,
                billing=address,
                delivery=address,
            )
        )

    def _fresh(self, shop_id: int, lines: Sequence[Line], terms: Terms) -> dict[str, Any]:
        """What an order that is placed now has, whoever places it."""
        now = self._clock.happened()
        self.last_serial += 1
        return {
            "serial": self.last_serial,
            "shop_id": shop_id,
            "added_at": now,
            "changed_at": now,
            "status_at": now,
            "lines": tuple(lines),
            "terms": terms,
            "rate": rate(terms.currency),
        }

    def _add(self, order: Order) -> Order:
        self.orders[order.serial] = order
        return order

    def pay(self, serial: int) -> None:
        """The money came; whether that moves the date of change is not known."""
        order = self.orders[serial]
        order.paid_at = self._clock.happened()
        if self._quirks.payment_moves_order:
            order.changed_at = order.paid_at

    def set_status(self, serial: int, status: str, *, is_sent: bool = True) -> None:
        """Another status, in the panel's words; one that means sent also dates the dispatch.

        What the client fetches is finished without having been sent.
        """
        order = self._changed(serial)
        order.status, order.status_at = status, order.changed_at
        if is_sent and status in _SENT and order.dispatched_at is None:
            order.dispatched_at = order.changed_at

    def note(self, serial: int) -> None:
        """The shop writes something down: only the date of change tells."""
        self._changed(serial)

    def change_lines(self, serial: int, lines: Iterable[Line]) -> None:
        """The order consists of other lines, perhaps fewer."""
        self._changed(serial).lines = tuple(lines)

    def join(self, serial: int, *, into: int) -> None:
        """The lines of one order go over to another; it keeps them, and counts no more."""
        order, survivor = self._changed(serial), self._changed(into)
        survivor.lines = (*survivor.lines, *order.lines)
        order.status, order.status_at = "joined", order.changed_at

    def give_back(self, serial: int, lines: Iterable[tuple[Line, Decimal]]) -> Return:
        """The client registers a return of so many of some lines; not yet accepted."""
        order = self.orders[serial]
        now = self._clock.happened()
        self._last_return += 1
        goods = tuple(
            ReturnLine(line.product_id, line.size, quantity, line.gross, line.net)
            for line, quantity in lines
        )
        made = Return(
            self._last_return, serial, order.shop_id, order.terms.currency, now, now, goods
        )
        self.returns[made.return_id] = made
        self._moved(order)
        return made

    def settle_return(self, return_id: int, status: int, *, ends: bool = True) -> None:
        """A decision on a return, by status id: 11 refunded, 3 refused, 14 cancelled."""
        made = self.returns[return_id]
        made.status, made.changed_at = status, self._clock.happened()
        made.ended_at = made.changed_at if ends else None
        self._moved(self.orders[made.serial])

    def _moved(self, order: Order) -> None:
        if self._quirks.return_moves_order:
            order.changed_at = self._clock.now

    def _changed(self, serial: int) -> Order:
        order = self.orders[serial]
        order.changed_at = self._clock.happened()
        return order
