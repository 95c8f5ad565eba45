"""Which orders a search finds, and in what order; filters not understood do nothing."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Final

from audsync.testing.idosell.order_money import goods_cost
from audsync.testing.idosell.order_records import STATUS_IDS
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import Range, block, blocks, number, numbers, words
from audsync.testing.idosell.records import Order
from audsync.testing.idosell.shapes import Json

_CLOSED: Final = frozenset(
    {
        "finished",
        "finished_ext",
        "canceled",
        "false",
        "lost",
        "missing",
        "joined",
        "returned",
        "complainted",
    }
)
_TYPES: Final = {"retail": "nr", "wholesale": "pt", "dropshipping": "", "deliverer": ""}
_DATES: Final[dict[str, Callable[[Order], int | None]]] = {
    "add": lambda order: order.added_at,
    "modified": lambda order: order.changed_at,
    "dispatch": lambda order: order.dispatched_at,
    "payment": lambda order: order.paid_at,
    "last_payments_operation": lambda order: order.paid_at,
    "declared_payments": lambda order: order.paid_at,
}
_SORTS: Final[dict[str, Callable[[Order], Any]]] = {
    "id": lambda order: f"{order.login}-{order.number}",
    "sn": lambda order: order.serial,
    "order_time": lambda order: order.added_at,
    "status": lambda order: order.status,
    "order_source": lambda order: order.terms.origin.name,
    "order_cost": lambda order: goods_cost(order, net=False, is_rebated=True),
    "order_value": lambda order: (
        goods_cost(order, net=False, is_rebated=True) + order.terms.delivery_cost
    ),
    "discount_code": lambda order: order.terms.discount_code or "",
    "ready_to_send_date": lambda order: order.dispatched_at or 0,
}
_TWO_HOURS: Final = 7200
_STATUS_IDS_SINCE: Final = 7


class OrderSearch:
    """Searches the orders of a panel; keeps them sorted by date while nothing happens."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._sorted: dict[str, tuple[int, list[tuple[int, int]]]] = {}
        self._searches = 0

    def find(self, params: Json, major: int) -> list[Order]:
        """Orders that fit, sorted as asked for; without a sort in an order of no use."""
        found: Iterable[Order] = self._in_date_range(params)
        for fits in self._filters(params, major):
            found = filter(fits, found)
        return self._in_order(list(found), params)

    def unfinished(self, params: Json, major: int) -> list[Order]:
        """The same without closed orders."""
        return [order for order in self.find(params, major) if order.status not in _CLOSED]

    def by_id(self, params: Json, _major: int) -> list[Order]:
        """Orders by the ids of a query."""
        orders = self._panel.sales.orders
        serials = numbers(params.get("ordersSerialNumbers"))
        ids, externals = words(params.get("ordersIds")), words(params.get("orderExternalId"))
        found = [orders[serial] for serial in serials if serial in orders]
        if ids or externals:
            found += [
                order
                for order in orders.values()
                if f"{order.login}-{order.number}" in ids
                or order.terms.origin.external_id in externals
            ]
        return found

    def _in_date_range(self, params: Json) -> Iterable[Order]:
        asked = block(params, "ordersRange", "ordersDateRange")
        kinds = [asked.get("ordersDateType")]
        kinds += [one.get("ordersDatesType") for one in blocks(asked.get("ordersDatesTypes"))]
        known = [kind for kind in kinds if isinstance(kind, str) and kind in _DATES]
        quirks = self._panel.quirks
        wanted = Range(
            asked.get("ordersDateBegin"),
            asked.get("ordersDateEnd"),
            end_of_day=quirks.end_of_day,
            inclusive=quirks.end_is_inclusive,
        )
        if not known or wanted.is_open:
            return self._panel.sales.orders.values()
        serials = {serial for kind in known for serial in self._dated(kind, wanted)}
        return [self._panel.sales.orders[serial] for serial in serials]

    def _dated(self, kind: str, wanted: Range) -> Iterable[int]:
        """Serial numbers of the orders with a date in the range, told by wall time."""
        dates, clock = self._by_date(kind), self._panel.clock
        start, stop = 0, len(dates)
        # Around a change of the clocks wall time and moments differ in order: look wider.
        if wanted.begin is not None:
            start = bisect_left(dates, (clock.readable(wanted.begin) - _TWO_HOURS, 0))
        if wanted.end is not None:
            stop = bisect_right(dates, (clock.readable(wanted.end) + _TWO_HOURS, 0))
        return [
            serial for moment, serial in dates[start:stop] if wanted.holds(clock.wall(moment))
        ]

    def _by_date(self, kind: str) -> list[tuple[int, int]]:
        version, dates = self._sorted.get(kind, (-1, []))
        if version != self._panel.clock.version:
            date = _DATES[kind]
            dates = sorted(
                (moment, order.serial)
                for order in self._panel.sales.orders.values()
                if (moment := date(order)) is not None
            )
            self._sorted[kind] = (self._panel.clock.version, dates)
        return dates

    def _filters(self, params: Json, major: int) -> Iterable[Callable[[Order], bool]]:
        serials = numbers(params.get("ordersSerialNumbers"))
        if serials:
            yield lambda order: order.serial in serials
        if ids := words(params.get("ordersIds")):
            yield lambda order: f"{order.login}-{order.number}" in ids
        numbered = block(params, "ordersRange", "ordersSerialNumberRange")
        if numbered:
            first = number(numbered.get("ordersSerialNumberBegin"), 0)
            last = number(numbered.get("ordersSerialNumberEnd"), 1 << 62)
            yield lambda order: first <= order.serial <= last
        if statuses := words(params.get("ordersStatuses")):
            yield lambda order: order.status in statuses
        status_ids = numbers(params.get("ordersStatusesIds"))
        if status_ids and major >= _STATUS_IDS_SINCE:
            yield lambda order: STATUS_IDS.get(order.status, 99) in status_ids
        yield from self._origin_filters(params)
        yield from self._detail_filters(params)

    def _origin_filters(self, params: Json) -> Iterable[Callable[[Order], bool]]:
        source = block(params, "orderSource")
        mask = number(source.get("shopsMask"), 0)
        shops = set(numbers(source.get("shopsIds")))
        if mask:
            shops = {
                shop.shop_id for shop in self._panel.shops if mask >> (shop.shop_id - 1) & 1
            }
        if shops or mask:
            yield lambda order: order.shop_id in shops
        services = words(block(source, "auctionsParams").get("auctionsServicesNames"))
        if services:
            yield lambda order: order.terms.origin.marketplace in services
        asked = params.get("orderType")
        kinds = _TYPES.get(asked) if isinstance(asked, str) else None
        if kinds is None and self._panel.quirks.retail_by_default:
            kinds = _TYPES["retail"]
        if kinds is not None:
            yield lambda order: order.terms.kind in kinds

    def _detail_filters(self, params: Json) -> Iterable[Callable[[Order], bool]]:
        if clients := blocks(params.get("clients")):
            yield lambda order: any(_is_of(order, client) for client in clients)
        if codes := words(block(params, "campaign").get("discountCodes")):
            yield lambda order: order.terms.discount_code in codes
        invoice = params.get("clientRequestInvoice")
        if invoice in ("y", "e", "n"):
            yield lambda order: order.terms.invoice == invoice
        currency = params.get("orderCurrency")
        if isinstance(currency, str):
            yield lambda order: order.terms.currency == currency
        if params.get("orderPrepaidStatus") == "unpaid":
            yield lambda order: order.paid_at is None

    def _in_order(self, found: list[Order], params: Json) -> list[Order]:
        sorts = [
            (_SORTS[name], one.get("sortDirection") == "DESC")
            for one in blocks(params.get("ordersBy"))
            if isinstance(name := one.get("elementName"), str) and name in _SORTS
        ]
        found.sort(key=_SORTS["sn"])
        self._searches += 1
        if not sorts and self._panel.quirks.order_without_sort == "shuffled":
            chance = random.Random(self._searches)  # noqa: S311 -- an order of rows is no secret
            chance.shuffle(found)
        for key, is_descending in reversed(sorts):
            found.sort(key=key, reverse=is_descending)
        return found


def _is_of(order: Order, client: Json) -> bool:
    known = {
        "clientId": str(order.client_id),
        "clientLogin": order.login,
        "clientEmail": order.email,
        "clientNip": order.billing.tax_number,
    }
    asked = {name: str(client[name]) for name in known if client.get(name)}
    return all(known[name] == value for name, value in asked.items())
