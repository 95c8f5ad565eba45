"""What the warehouse should hold of a shop, worked out from the panel and not from its API.

Rows have the columns of `audsync.tables` that the API can fill; empty text is null, times are
aware and in UTC. An hour that occurs twice in autumn is read as the first one, since wall time
does not tell them apart. Where the reference leaves a choice, `Reading` names it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from audsync.testing.idosell.catalogue import category_path
from audsync.testing.idosell.customers import GROUPS
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Account, Channel, Consent, Line, Order

Row = dict[str, Any]

_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("finished", "finished_ext", "handled"), "finished"),
    **dict.fromkeys(("canceled", "false", "lost", "missing", "all_canceled"), "cancelled"),
    **dict.fromkeys(("returned", "complainted", "complained"), "returned"),
    "joined": "excluded",
    **dict.fromkeys(
        (
            "new",
            "unconfirmed",
            "payment_waiting",
            "delivery_waiting",
            "on_order",
            "packed",
            "packed_fulfillment",
            "packed_ready",
            "ready",
            "wait_for_dispatch",
            "wait_for_packaging",
            "wait_for_receive",
            "suspended",
            "blocked",
        ),
        "open",
    ),
}
_ACCEPTED: Final = frozenset({2, 10, 11, 19, 20})
_DELIVERY_VAT: Final = 23


@dataclass(frozen=True, slots=True)
class Reading:
    """How what the API leaves open is to be understood."""

    unknown_status: str = "excluded"
    finished: Literal["dispatch", "status_change"] = "dispatch"
    returned: Literal["end", "add"] = "end"  # an end that is missing is the day of adding


@dataclass(frozen=True, slots=True)
class NewsletterConsent:
    """The last answer of an account or of a contact without one, for one shop."""

    channel: Channel
    client_id: int | None
    contact: str | None
    is_given: bool
    changed_at: datetime


class Truth:
    """The tables of one shop of a panel, as they should be at this moment."""

    def __init__(self, panel: Panel, shop_id: int, reading: Reading | None = None) -> None:
        self._panel, self._shop = panel, shop_id
        self._reading = reading or Reading()

    @property
    def tables(self) -> dict[str, list[Row]]:
        """Rows by table, each sorted by its key."""
        return {
            "customers": self.customers,
            "orders": self.orders,
            "order_lines": self.order_lines,
            "products": self.products,
            "returns": self.returns,
        }

    @property
    def customers(self) -> list[Row]:
        """Accounts that are active in the shop, unseen ones of guests included."""
        accounts = self._panel.customers.accounts.values()
        return _by(
            "customer_id", (self._customer(a) for a in accounts if self._shop in a.shops)
        )

    @property
    def orders(self) -> list[Row]:
        """Every order of the shop, whatever its type, source or status."""
        return _by("order_id", (self._order(order) for order in self._own_orders()))

    @property
    def order_lines(self) -> list[Row]:
        """The lines that the orders have now."""
        return [
            row
            for order in sorted(self._own_orders(), key=lambda order: str(order.serial))
            for row in self._lines(order)
        ]

    @property
    def products(self) -> list[Row]:
        """Products that the shop sells; what it sold once is in `deleted_products`."""
        found = (
            {
                "product_id": str(product.product_id),
                "sku": product.code or None,
                "title": product.name,
                "brand": product.brand or None,
                "product_line": product.series or None,
                "category": " | ".join(category_path(product.category_id)),
                "price_minor": product.price,
                "currency": product.currency,
            }
            for product in self._panel.catalogue.products.values()
            if self._shop in product.shops and not product.is_deleted
        )
        return _by("product_id", found)

    @property
    def deleted_products(self) -> frozenset[str]:
        """Products that are gone: whoever saw them before may still know them."""
        products = self._panel.catalogue.products.values()
        return frozenset(str(one.product_id) for one in products if one.is_deleted)

    @property
    def returns(self) -> list[Row]:
        """Lines of the returns that the shop has accepted."""
        made = [
            one
            for one in self._panel.sales.returns.values()
            if one.shop_id == self._shop and one.status in _ACCEPTED
        ]
        at_end = self._reading.returned == "end"
        return [
            {
                "return_id": str(one.return_id),
                "line_number": number,
                "order_id": str(one.serial),
                "product_id": str(line.product_id),
                "quantity": line.quantity,
                "returned_at": self._time((at_end and one.ended_at) or one.added_at),
            }
            for one in sorted(made, key=lambda one: str(one.return_id))
            for number, line in enumerate(one.lines, start=1)
        ]

    @property
    def consents(self) -> list[NewsletterConsent]:
        """Every answer to a newsletter of the shop, refusals included."""
        customers = self._panel.customers
        found = [
            self._consent(channel, account.client_id, None, consent)
            for account in customers.accounts.values()
            for (channel, shop), consent in account.consents.items()
            if shop == self._shop
        ]
        found += [
            self._consent(one.channel, None, one.contact, one.consents[self._shop])
            for one in customers.subscribers.values()
            if self._shop in one.consents
        ]
        return found

    @property
    def rates(self) -> dict[str, Decimal]:
        """What one unit of each currency is worth in the panel's."""
        rates = self._panel.rates.items()
        return {symbol: value / scale for symbol, (value, scale) in rates}

    @property
    def marketplace_orders(self) -> frozenset[str]:
        """Orders of marketplaces, whose buyers are nobody to advertise to."""
        return frozenset(
            str(order.serial) for order in self._own_orders() if order.terms.origin.marketplace
        )

    def _own_orders(self) -> Iterator[Order]:
        return (o for o in self._panel.sales.orders.values() if o.shop_id == self._shop)

    def _customer(self, account: Account) -> Row:
        address = account.address
        born_on = date.fromisoformat(account.born_on) if account.born_on else None
        is_undated = account.is_undated and self._panel.quirks.some_dates_missing
        registered_on = self._panel.clock.day(account.registered_at)
        return {
            "customer_id": str(account.client_id),
            "email": account.email or None,
            "phone": address.phone or None,
            "first_name": address.first_name or None,
            "last_name": address.last_name or None,
            "registered_at": None if is_undated else self._read(f"{registered_on} 00:00:00"),
            "updated_at": None if is_undated else self._time(account.changed_at),
            "born_on": born_on,
            "gender": account.kind if account.kind in ("female", "male") else None,
            "zip": address.zip_code or None,
            "city": address.city or None,
            "country": address.country or None,
            "customer_type": "wholesale" if account.is_wholesaler else "retail",
            "price_category": GROUPS.get(account.group),
        }

    def _order(self, order: Order) -> Row:
        lines = [*self._lines(order)]
        shipping = order.terms.delivery_cost + order.terms.fee_cost + order.terms.insurance_cost
        vat = _DELIVERY_VAT if order.terms.has_vat else 0
        shipping_net = _whole(Decimal(100 * shipping) / (100 + vat))
        return {
            "order_id": str(order.serial),
            "customer_id": str(order.client_id) if order.client_id else None,
            "email": order.email or None,
            "phone": order.phone or order.billing.phone or order.delivery.phone or None,
            "first_name": order.billing.first_name or None,
            "last_name": order.billing.last_name or None,
            "created_at": self._time(order.added_at),
            "finished_at": self._finished_at(order),
            "status": self._class(order),
            "status_original": order.status,
            "currency": order.terms.currency,
            "total_net_minor": sum(row["net_minor"] for row in lines) + shipping_net,
            "total_gross_minor": sum(row["gross_minor"] for row in lines) + shipping,
            "shipping_net_minor": shipping_net,
            "shipping_gross_minor": shipping,
            "offer_code": order.terms.discount_code,
            "has_invoice": order.terms.invoice in ("y", "e"),
            "zip": order.delivery.zip_code or None,
            "city": order.delivery.city or None,
            "country": order.delivery.country or None,
        }

    def _class(self, order: Order) -> str:
        return _CLASSES.get(order.status, self._reading.unknown_status)

    def _finished_at(self, order: Order) -> datetime | None:
        if self._class(order) != "finished":
            return None
        if self._reading.finished == "status_change":
            return self._time(order.status_at)
        return self._time(order.dispatched_at or order.changed_at)

    def _lines(self, order: Order) -> Iterator[Row]:
        for number, line in enumerate(order.lines, start=1):
            yield {
                "order_id": str(order.serial),
                "line_number": number,
                "product_id": str(line.product_id),
                "sku": line.item_code,
                "name": line.name,
                "quantity": line.quantity,
                "unit_net_minor": line.net,
                "unit_gross_minor": line.gross,
                "net_minor": self._value(order, line, line.net),
                "gross_minor": self._value(order, line, line.gross),
            }

    def _value(self, order: Order, line: Line, unit: int) -> int:
        value = line.quantity * unit
        if not self._panel.quirks.prices_after_rebate:
            value = value * (100 - order.terms.rebate_percent) / 100
        return _whole(value)

    def _consent(
        self, channel: Channel, client_id: int | None, contact: str | None, consent: Consent
    ) -> NewsletterConsent:
        at = self._time(consent.changed_at)
        return NewsletterConsent(channel, client_id, contact, consent.given, at)

    def _time(self, moment: int) -> datetime:
        return self._read(self._panel.clock.wall(moment))

    def _read(self, wall: str) -> datetime:
        return datetime.fromtimestamp(self._panel.clock.readable(wall), UTC)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _by(key: str, rows: Iterator[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row[key]))
