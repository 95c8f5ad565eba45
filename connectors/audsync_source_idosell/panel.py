"""Questions to the panel, in the words of its API."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from audsync_source_idosell import endpoints
from audsync_source_idosell.answers import Answer, Record, unreadable
from audsync_source_idosell.cells import BadCellError, currency, dig, elements, whole
from audsync_source_idosell.endpoints import Endpoint, Paging
from audsync_source_idosell.options import IdoSellOptions
from audsync_source_idosell.products import RETURN_ELEMENTS
from audsync_source_idosell.spans import Span, is_within

_ALL_NUMBERS: Final = 2_147_483_647
Key = Callable[[Record], object]


class Asks(Protocol):
    """Whoever answers questions."""

    def ask(self, endpoint: Endpoint, params: Mapping[str, Any]) -> Answer:
        """The answer to one question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with many records as its answer.

    `key` says which record it is, so that they can be counted. `times` are those of a record
    that the question asks about, `first` and `last` what they are to lie between.
    """

    endpoint: Endpoint
    params: Mapping[str, Any]
    key: Key
    times: Callable[[Record], Sequence[object]] = lambda _: ()
    first: str = ""
    last: str = ""

    def is_ignored(self, records: Sequence[Record]) -> bool:
        """Whether most of these records were not asked for."""
        told = [
            [is_within(time, self.first, self.last) for time in self.times(record)]
            for record in records
        ]
        inside = sum(True in one for one in told)
        outside = sum(False in one and True not in one for one in told)
        return outside > inside


@dataclass(frozen=True, slots=True)
class Shops:
    """Names and currencies of a panel's shops by their numbers; what it counts in itself."""

    names: Mapping[int, str]
    currencies: Mapping[int, str]
    base_currency: str | None


class Panel:
    """One shop of one panel."""

    def __init__(self, transport: Asks, options: IdoSellOptions) -> None:
        self.options = options
        self._transport = transport

    def page(self, question: Question, number: int) -> Answer:
        """One page of an answer; the first has the number 0."""
        return self._transport.ask(
            question.endpoint,
            {**question.params, **self._paging(question.endpoint, number)},
        )

    def now(self) -> datetime:
        """The moment on the panel's server."""
        endpoint = endpoints.SERVER_TIME
        answer = self._transport.ask(endpoint, {})
        try:
            seconds = whole(answer.root.get("time")) or 0
            return datetime.fromtimestamp(seconds or math.nan, UTC)
        except (BadCellError, ValueError, OverflowError, OSError):
            raise unreadable(endpoint, "no time") from None

    def is_overloaded(self) -> bool:
        """Whether the panel asks for patience."""
        root = self._transport.ask(endpoints.SERVER_LOAD, {}).root
        return str(root.get("serverLoadStatus")).casefold() == "overloaded"

    def shops(self) -> Shops:
        """The shops of the panel, and what it counts in."""
        answer = self._transport.ask(endpoints.SHOPS, {})
        names, currencies = {}, {}
        for record in answer.records:
            number = _number(record, "shop_id")
            if number is not None:
                names[number] = str(record.get("shop_name") or "")
                if own := _currency(record.get("currency_id")):
                    currencies[number] = own
        base = _currency(answer.root.get("panel_basecurrency_id"))
        return Shops(names, currencies, base)

    def currencies(self) -> Answer:
        """What currencies cost in the panel's: each a `rate` for `scale` units."""
        return self._transport.ask(endpoints.CURRENCIES, {})

    def statuses(self) -> dict[int, str]:
        """What the panel calls the statuses of orders, by number; of none where it is too old.

        An own status of the shop is named with the one that it stands below.
        """
        if self.options.api_version < endpoints.FIRST_WITH_STATUSES:
            return {}
        names, above = dict[int, str](), dict[int, int]()
        for record in self._transport.ask(endpoints.STATUSES, {}).records:
            number, name = _number(record, "id"), str(record.get("panelName") or "").strip()
            if number is not None and name:
                names[number] = name
                above[number] = _number(record, "parentId") or 0
        return {
            number: f'"{name}"'
            + (f' below "{names[above[number]]}"' if above[number] in names else "")
            for number, name in names.items()
        }

    def orders_above(self, shop: int, number: int, order_type: str | None) -> Answer:
        """The first orders with a number above that one."""
        numbers = {
            "ordersSerialNumberBegin": number + 1,
            "ordersSerialNumberEnd": _ALL_NUMBERS,
        }
        params = self._orders(shop, {"ordersSerialNumberRange": numbers}, order_type)
        return self.page(Question(endpoints.ORDERS, params, _order_key), 0)

    def orders_by_number(self, numbers: Sequence[int]) -> Answer:
        """The orders that there are of these, at most a page of them."""
        return self._transport.ask(
            endpoints.ORDERS_BY_NUMBER, {"ordersSerialNumbers": list(numbers)}
        )

    def changed_orders(self, shop: int, span: Span, order_type: str | None) -> Question:
        """Orders that were changed within a span."""
        first, last = span.walls(self.options.zone)
        dates = {
            "ordersDateType": "modified",
            "ordersDateBegin": first,
            "ordersDateEnd": last,
        }
        return Question(
            endpoints.ORDERS,
            self._orders(shop, {"ordersDateRange": dates}, order_type),
            _order_key,
            lambda record: [dig(record, "orderDetails", "orderChangeDate")],
            first,
            last,
        )

    def clients(self) -> Question:
        """Every client."""
        return Question(endpoints.CLIENTS, {}, _client_key)

    def registered(self, since: datetime) -> int:
        """How many clients there are that registered on the day of that moment or later."""
        day, _ = Span(since, since).days(self.options.zone)
        name = "clientRegistrationDate"
        question = Question(endpoints.CLIENTS, {name: {f"{name}Begin": day}}, _client_key)
        return self.page(question, 0).total or 0

    def changed_clients(self, span: Span) -> Question:
        """Clients that were changed within a span."""
        first, last = span.walls(self.options.zone)
        name = "clientsLastModificationDate"
        return Question(
            endpoints.CLIENTS,
            {name: {f"{name}Begin": first, f"{name}End": last}},
            _client_key,
            lambda record: [record.get(name)],
            first,
            last,
        )

    def clients_by_number(self, numbers: Sequence[int]) -> Answer:
        """The clients that there are of these, at most a page of them."""
        question = Question(endpoints.CLIENTS, {"clientsIds": list(numbers)}, _client_key)
        return self.page(question, 0)

    def agreeing(self, endpoint: Endpoint, shop: int) -> Question:
        """Newsletter records of those without an account who agree.

        Whole, this list says who withdrew: whoever is not in it any more. Changes of clients
        are never asked for by their approval.
        """
        wanted = {"shop_id": shop, "approval": "y", "registered": "n"}
        return Question(endpoint, {"shops": [wanted]}, _subscriber_key)

    def changed_subscribers(self, endpoint: Endpoint, shop: int, span: Span) -> Question:
        """Newsletter records that were changed within a span, with and without an account."""
        first, last = span.walls(self.options.zone)
        return Question(
            endpoint,
            {"shops": [{"shop_id": shop}], "date": {"from": first, "to": last}},
            _subscriber_key,
            lambda record: [dig(one, "date_modification") for one in elements(record, "shops")],
            first,
            last,
        )

    def changed_products(self, span: Span) -> Question:
        """Products that were changed on the days of a span."""
        first, last = span.days(self.options.zone)
        dates = {
            "productDateMode": "modified",
            "productDateBegin": first,
            "productDateEnd": last,
        }
        return Question(
            endpoints.PRODUCTS,
            {
                "productDate": dates,
                "returnElements": list(RETURN_ELEMENTS),
                "ordersBy": [{"elementName": "id", "sortDirection": "ASC"}],
            },
            lambda record: record.get("productId"),
            lambda record: [record.get("productModificationTime")],
            first,
            last,
        )

    def products_by_number(self, numbers: Sequence[str]) -> Answer:
        """The products that there are of these, at most a page of them."""
        return self._transport.ask(
            endpoints.PRODUCTS_BY_ID,
            {"productIds": list(numbers), "returnElements": list(RETURN_ELEMENTS)},
        )

    def returns(self, span: Span, kind: str) -> Question:
        """Returns opened (`date_add`) or closed (`date_end`) on the days of a span."""
        first, last = span.days(self.options.zone)
        dates = {"date_begin": first, "date_end": last, "dates_type": kind}
        return Question(
            endpoints.RETURNS,
            {"range": {"date": dates}},
            lambda record: record.get("id"),
            lambda record: [record.get(kind)],
            first,
            last,
        )

    def returns_by_number(self, numbers: Sequence[int]) -> Answer:
        """The returns that there are of these, at most a page of them."""
        wanted = {"return_ids": list(numbers)}
        return self.page(Question(endpoints.RETURNS, wanted, lambda one: one.get("id")), 0)

    def _orders(
        self, shop: int, wanted: Mapping[str, Any], order_type: str | None
    ) -> dict[str, Any]:
        typed = {} if order_type is None else {"orderType": order_type}
        return {
            "ordersRange": wanted,
            "orderSource": {"shopsIds": [shop]},
            "ordersBy": [{"elementName": "sn", "sortDirection": "ASC"}],
            **typed,
        }

    def _paging(self, endpoint: Endpoint, number: int) -> dict[str, int]:
        size = self.options.page_size
        match endpoint.paging:
            case Paging.CAMEL:
                return {"resultsPage": number, "resultsLimit": size}
            case Paging.SNAKE:
                return {"results_page": number, "results_limit": size}
            case Paging.NONE:
                return {}


def _number(record: Record, name: str) -> int | None:
    said = str(record.get(name))
    return int(said) if said.isascii() and said.isdigit() else None


def _currency(said: object) -> str | None:
    try:
        return currency(said)
    except BadCellError:
        return None


def _order_key(record: Record) -> object:
    return record.get("orderSerialNumber")


def _client_key(record: Record) -> object:
    return record.get("clientId")


def _subscriber_key(record: Record) -> object:
    names = ("client_number", "login", "email", "phone_cellular")
    return tuple(str(record.get(name) or "") for name in names)
