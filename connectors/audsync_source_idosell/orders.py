"""Orders and their lines."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from audsync.contracts import Page
from audsync.tables import OrderStatus
from audsync_source_idosell import cells
from audsync_source_idosell.amounts import OF_ORDER, Amounts, Prices
from audsync_source_idosell.answers import Record, element_faults, note_unread
from audsync_source_idosell.cells import dig
from audsync_source_idosell.drafts import Draft, Row
from audsync_source_idosell.statuses import CLASSES

ORDER_COLUMNS: Final = (
    *("order_id", "customer_id", "email", "phone", "first_name", "last_name", "created_at"),
    *("finished_at", "status", "status_original", "currency", "total_net_minor"),
    *("total_gross_minor", "shipping_net_minor", "shipping_gross_minor", "offer_code"),
    *("has_invoice", "zip", "city", "country", "store"),
)
LINE_COLUMNS: Final = (
    *("order_id", "line_number", "product_id", "sku", "name", "quantity"),
    *("unit_net_minor", "unit_gross_minor", "net_minor", "gross_minor"),
)
# Only the answer to a question by number has the first.
_FINISHED: Final = ("orderStatusChangeDate", "orderDispatchDate", "orderChangeDate")
_MARKETPLACES: Final = frozenset({"auction", "marketplace"})
_ONE_SIZE: Final = "uniw"
_STATUS: Final = re.compile(r"[a-z][a-z_]{0,39}")  # what a code of the panel looks like


@dataclass(frozen=True, slots=True)
class Orders:
    """Turns orders of one shop of the panel into rows.

    Numbers of orders that the panel could not read are kept in `unread`, and in `strange` those
    of orders whose status nobody knows: by its word and the panel's number of it.
    """

    shop_id: int
    zone: ZoneInfo
    unread: set[int]
    prices: Prices = OF_ORDER
    strange: dict[tuple[str, int | None], set[int]] = field(default_factory=dict)

    def pages(
        self,
        records: Iterable[Record],
        *,
        expected: int | None,
        finished: Mapping[int, object] | None = None,
    ) -> list[Page]:
        """A page of orders and one of their lines; of an order its lines are all there are.

        `finished` says of finished orders, by their numbers, when they became so, where the
        records do not.
        """
        orders, lines = Draft("orders"), Draft("order_lines")
        for record in records:
            number = serial_number(record)
            key = str(number)
            row = self._order(record, number, (finished or {}).get(number or 0))
            if number is not None:
                orders.own(key)
                note_unread(self.unread, number, record)
            if orders.add(row, owner=key):
                lines.own(key)
                self._add_lines(lines, record, row)
        return [orders.page(ORDER_COLUMNS, expected=expected), lines.page(LINE_COLUMNS)]

    def is_of_shop(self, record: Record) -> bool:
        """Whether the order was placed in the shop that is read.

        One that the panel could not read may not say where; it was asked for by shop.
        """
        shop = dig(record, "orderDetails", "orderSourceResults", "shopId")
        if shop is None and element_faults(record):
            return True
        return str(shop) == str(self.shop_id)

    def is_finished(self, record: Record) -> bool:
        """Whether the order is one of this shop's, and finished."""
        word = dig(record, "orderDetails", "orderStatus")
        return CLASSES.get(str(word)) is OrderStatus.FINISHED and self.is_of_shop(record)

    def _order(self, record: Record, number: int | None, finished: object) -> Row:
        row = Row("orders", f"order {number}")
        if element_faults(record):
            row.refuse("", "refused_by_the_panel", None, loses_row=True)
        details = dig(record, "orderDetails")
        row.put("order_id", cells.text, number)
        row.put("created_at", cells.moment, dig(details, "orderAddDate"), self.zone)
        self._put_status(row, number, details, finished)
        self._put_person(row, dig(record, "clientResult"), details)
        self._put_amounts(row, details)
        row.put("offer_code", cells.text, dig(details, "discountCode", "discountCodeName"))
        row.put("has_invoice", cells.wants_invoice, dig(details, "clientRequestInvoice"))
        address, prefix = dig(record, "clientResult", "clientDeliveryAddress"), _DELIVERY
        row.put("zip", cells.text, dig(address, f"{prefix}ZipCode"))
        row.put("city", cells.text, dig(address, f"{prefix}City"))
        row.put("country", cells.country, dig(address, f"{prefix}CountryId"))
        row.put("store", cells.text, _store(details))
        return row

    def _put_status(self, row: Row, number: int | None, details: Any, finished: object) -> None:
        word = row.put("status_original", cells.text, dig(details, "orderStatus"))
        status = CLASSES.get(word or "")
        if status is None:
            # Not guessed: an order whose status nobody knows is no purchase.
            row.refuse("status", "unknown_status", word, loses_row=False)
            said = _STATUS.fullmatch(word or "")
            kind = said[0] if said else "", _own_status(details)
            self.strange.setdefault(kind, set()).add(number or 0)
        row.values["status"] = status or OrderStatus.EXCLUDED
        row.values["finished_at"] = None
        if status is OrderStatus.FINISHED:
            times = [finished, *(dig(details, name) for name in _FINISHED)]
            row.put("finished_at", cells.first_moment, times, self.zone)

    def _put_person(self, row: Row, client: Any, details: Any) -> None:
        account = dig(client, "clientAccount")
        row.put("customer_id", number_of, dig(account, "clientId"))
        if _is_of_marketplace(details):
            # Whoever bought on a marketplace is its customer; nobody is found by that.
            row.values |= dict.fromkeys(("email", "phone", "first_name", "last_name"))
            return
        billing = dig(client, "clientBillingAddress")
        row.put("email", cells.text, dig(account, "clientEmail"))
        row.put(
            "phone",
            _first_text,
            [
                dig(account, "clientPhone1"),
                dig(billing, "clientPhone1"),
                dig(client, "clientDeliveryAddress", f"{_DELIVERY}Phone1"),
            ],
        )
        row.put("first_name", cells.text, dig(billing, "clientFirstName"))
        row.put("last_name", cells.text, dig(billing, "clientLastName"))

    def _put_amounts(self, row: Row, details: Any) -> None:
        costs = dig(details, "payments", self.prices.costs)
        currency = row.put("currency", cells.currency, dig(costs, self.prices.currency))
        if currency is None:
            return
        amounts = Amounts(details, self.prices, currency)
        row.put("total_gross_minor", Amounts.total_gross, amounts)
        row.put("total_net_minor", Amounts.total_net, amounts)
        row.put("shipping_gross_minor", Amounts.shipping_gross, amounts)
        row.put("shipping_net_minor", Amounts.shipping_net, amounts)

    def _add_lines(self, lines: Draft, record: Record, order: Row) -> None:
        key, currency = order.values["order_id"], order.values["currency"]
        amounts = Amounts(dig(record, "orderDetails"), self.prices, currency)
        for number, product in enumerate(amounts.goods, start=1):
            row = Row("order_lines", f"order {key}, line {number}")
            row.values |= {"order_id": key, "line_number": number}
            row.put("product_id", number_of, dig(product, "productId"))
            row.put("sku", _code, dig(product, "productId"), dig(product, "sizeId"))
            row.put("name", cells.text, dig(product, "productName"))
            row.put("quantity", cells.quantity, dig(product, "productQuantity"))
            for side, price in (("net", self.prices.net), ("gross", self.prices.gross)):
                value = dig(product, price)
                row.put(f"unit_{side}_minor", cells.minor, value, currency)
                row.put(f"{side}_minor", amounts.line, product, price)
            lines.add(row)


_DELIVERY: Final = "clientDeliveryAddress"


def serial_number(record: Record) -> int | None:
    """The order's number in the panel; None where it has none that can be read."""
    try:
        return cells.whole(record.get("orderSerialNumber"))
    except cells.BadCellError:
        return None


def number_of(value: Any) -> str | None:
    """A number of the panel as text; None where it is none, which is also written as 0."""
    number = cells.whole(value)
    return str(number) if number else None


def _code(product: Any, size: Any) -> str | None:
    """The panel's code of a product in one size: the number alone where it has one size."""
    number, of_size = cells.text(product), cells.text(size)
    return number if of_size in (None, _ONE_SIZE) else f"{number}-{of_size}"


def _is_of_marketplace(details: Any) -> bool:
    source = dig(details, "orderSourceResults")
    kinds = (
        dig(source, "orderSourceType"),
        dig(source, "orderSourceDetails", "orderSourceType"),
    )
    return bool(dig(source, "auctionsServiceName")) or bool(_MARKETPLACES.intersection(kinds))


def _store(details: Any) -> Any:
    source = dig(details, "orderSourceResults")
    return dig(source, "auctionsServiceName") or dig(source, "orderSourceType")


def _own_status(details: Any) -> int | None:
    """The panel's number of a status, which it calls by a name; None where it has none."""
    try:
        return cells.whole(dig(details, "orderStatusId"))
    except cells.BadCellError:
        return None


def _first_text(values: list[Any]) -> str | None:
    return next(filter(None, map(cells.text, values)), None)
