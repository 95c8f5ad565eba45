"""The calls beside orders: what exists for single orders, complaints, payments, vouchers."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from audsync.testing.idosell.listing import Answer, Dialect, Empty, Listing, fault, scattered
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import Range, block, number, numbers
from audsync.testing.idosell.records import Order
from audsync.testing.idosell.route import Route
from audsync.testing.idosell.shapes import Json, Shapes

_COMPLAINTS_FROM: Final = 500_000
_VOUCHER_FILTERS: Final = (
    "status",
    "voucherTypeId",
    "issueDateRange",
    "expirationDateRange",
    "usageDateRange",
)


def side_order_routes(panel: Panel) -> list[Route]:
    """Histories, documents and figures of orders; complaints; payments; vouchers."""
    side = _SideOrders(panel)
    serials = ("orderSerialNumber",)

    def of_orders(path: str, key: str, render: Callable[[Order], Json]) -> Route:
        listing = Listing(
            key, side.named, lambda order, *_: render(order), Dialect.WHOLE, Empty.LIST
        )
        return Route("GET", path, "oms", listing, 4, one_of=serials)

    complaints = Listing("rmas", side.complaints, side.complaint, empty=Empty.UNSURE)
    opinions = Listing("results", _nothing, _as_it_is)
    vouchers = Listing("result", _nothing, _as_it_is, empty=Empty.UNSURE)
    gift_cards = Listing("result", _nothing, _as_it_is, empty=Empty.UNSURE)
    return [
        Route("GET", "orders/history", "oms", side.history, 4, one_of=serials),
        of_orders("orders/documents", "documents", side.document),
        of_orders("orders/analytics", "results", side.margin),
        of_orders("orders/profitability", "results", side.margin),
        Route("GET", "orders/auctionDetails", "oms", side.auctions, 4, one_of=("orders",)),
        Route("POST", "orders/opinions/search", "oms", opinions, 4),
        Route("GET", "rma/rma", "oms", complaints, 4),
        Route("GET", "rma/statuses", "oms", _statuses),
        Route("GET", "payments/payments", "oms", side.payment, 6),
        Route("GET", "payments/forms", "oms", _payment_forms, 6),
        Route("GET", "refunds/retrieveRefundsList", "oms", _no_refunds, 3),
        Route("GET", "vouchers/vouchers", "crm", vouchers, filters=_VOUCHER_FILTERS),
        Route("GET", "vouchers/types", "crm", _voucher_types),
        Route("POST", "clients/giftcards/search", "crm", gift_cards, 4),
    ]


class _SideOrders:
    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._shapes = Shapes(panel.quirks)

    def named(self, params: Json, _major: int) -> list[Order]:
        """Orders by their numbers."""
        orders = self._panel.sales.orders
        return [orders[n] for n in numbers(params.get("orderSerialNumber")) if n in orders]

    def history(self, params: Json, major: int) -> Answer:
        """What happened to one order, as free text."""
        events = [
            {
                "eventDate": self._panel.clock.wall(moment),
                "username": "magda",
                "eventDetails": "Zmieniono zamówienie",
            }
            for order in self.named(params, major)[:1]
            for moment in (order.added_at, order.status_at)
        ]
        return Answer(200, {"historyEvents": events})

    def document(self, order: Order) -> Json:
        """A document, which brings a whole PDF along."""
        issued = order.dispatched_at
        return {
            "orderSerialNumber": order.serial,
            "documentType": "sales_confirmation",
            "id": order.serial + 20_000,
            "documentId": order.serial,
            "documentName": f"PS {order.serial}",
            "documentPurchaseDate": self._panel.clock.day(order.added_at),
            "documentIssuedDate": None if issued is None else self._panel.clock.day(issued),
            "orderPaymentDate": None,
            "documentData": {},
            "correctedInvoiceId": 0,
            "pdfWithDocumentsInBase64": "JVBERi0xLjQK" * 1000,
        }

    def margin(self, order: Order) -> Json:
        """Figures of an order that only the shop knows."""
        return {"orderSerialNumber": order.serial, "netProfit": self._shapes.amount(1234)}

    def auctions(self, params: Json, _major: int) -> Answer:
        """Accounts at a marketplace; only the first order that is asked for is answered."""
        orders = self._panel.sales.orders
        found = [
            {"orderSerialNumber": serial, "auctionAccount": orders[serial].terms.origin.name}
            for serial in numbers(params.get("orders"))[:1]
            if serial in orders and orders[serial].terms.origin.marketplace
        ]
        return Answer(200, {"results": found})

    def complaints(self, params: Json, _major: int) -> list[Order]:
        """Orders that are complained of, by days."""
        clock, found = self._panel.clock, []
        wanted = [
            _days(block(params, name))
            for name in ("creationDate", "modificationDate", "endDate")
        ]
        ids, client = numbers(params.get("rmaIds")), number(params.get("clientId"), 0)
        for order in self._panel.sales.orders.values():
            is_asked = not ids or order.serial + _COMPLAINTS_FROM in ids
            is_theirs = not client or order.client_id == client
            if order.status == "complainted" and is_asked and is_theirs:
                wall = clock.wall(order.status_at)
                if all(days.is_open or days.holds(wall) for days in wanted):
                    found.append(order)
        return sorted(found, key=lambda order: scattered(order.serial, self._panel.quirks))

    def complaint(self, order: Order, _params: Json, _major: int) -> Json:
        """A complaint of an order."""
        at = self._panel.clock.wall(order.status_at)
        return {
            "rmaId": order.serial + _COMPLAINTS_FROM,
            "orderSn": order.serial,
            "orderId": f"{order.login}-{order.number}",
            "clientNumber": order.client_id,
            "clientLogin": order.login,
            "rmaStatus": 1,
            "creationDate": at,
            "modificationDate": at,
            "endDate": None,
            "products": [],
            "rmaChat": [],
        }

    def payment(self, params: Json, _major: int) -> Answer:
        """A payment by its number, which is that of the order and of the payment."""
        asked = str(params.get("paymentNumber", ""))
        order = self._panel.sales.orders.get(number(asked.partition("-")[0], 0))
        if order is None or order.paid_at is None:
            return fault(1, "Nie znaleziono płatności")
        body = {
            "status": "processed",
            "value": self._shapes.amount(sum(line.gross for line in order.lines)),
            "currency": order.terms.currency,
            "accountingDate": self._panel.clock.wall(order.paid_at),
            "paymentFormId": 29,
            "externalPaymentId": "",
            "externalPaymentStatus": "",
        }
        return Answer(200, {"result": body})


def _days(asked: Json) -> Range:
    return Range(asked.get("dateFrom"), asked.get("dateTo"), end_of_day=True, inclusive=True)


def _nothing(_params: Json, _major: int) -> Sequence[Any]:
    return []


def _as_it_is(item: Json, _params: Json, _major: int) -> Json:
    return item


def _statuses(_params: Json, _major: int) -> Answer:
    return Answer(200, {"statuses": [{"id": 1, "description": "not handled"}]})


def _payment_forms(_params: Json, _major: int) -> Answer:
    forms = [{"id": 29, "name": "IdoPay"}, {"id": 1, "name": "Za pobraniem"}]
    return Answer(200, {"result": {"payment_forms": forms}})


def _no_refunds(_params: Json, _major: int) -> Answer:
    return Answer(200, {"result": []})


def _voucher_types(_params: Json, _major: int) -> Answer:
    types = [{"voucherTypeId": 1, "voucherTypeName": "Bon podarunkowy"}]
    return Answer(200, {"vouchersTypes": types})
