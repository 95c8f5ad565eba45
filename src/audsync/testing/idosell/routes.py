"""The calls of the API: path → scope, versions, and who answers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from audsync.testing.idosell.customers import GROUPS
from audsync.testing.idosell.goods_records import product_record, return_record
from audsync.testing.idosell.goods_search import RETURN_FILTERS, GoodsSearch
from audsync.testing.idosell.listing import Dialect, Empty, Listing
from audsync.testing.idosell.order_records import order_record
from audsync.testing.idosell.order_search import OrderSearch
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import words
from audsync.testing.idosell.people_records import account_record, crm_record, reader_record
from audsync.testing.idosell.people_search import PeopleSearch
from audsync.testing.idosell.records import Channel
from audsync.testing.idosell.route import Route
from audsync.testing.idosell.shapes import Json
from audsync.testing.idosell.side_goods import side_goods_routes
from audsync.testing.idosell.side_orders import side_order_routes
from audsync.testing.idosell.side_people import side_people_routes
from audsync.testing.idosell.system import System

MAJORS: Final = range(3, 9)
_GET_VERB_UNTIL: Final = 4  # `…/get` was renamed to `…/search` after it
_RETURN_SHOP_SINCE: Final = 8
_ORDERS_EMPTY: Final = "Wyszukiwarka zamówień: zwrócono pusty wynik"


def routes_of(panel: Panel) -> Mapping[tuple[str, str], Route]:
    """All calls by method and path, in the words of the newest version."""
    found = [*_orders(panel), *_people(panel), *_goods(panel), *_system(panel)]
    found += [
        *side_order_routes(panel),
        *side_people_routes(panel),
        *side_goods_routes(panel),
    ]
    return {(route.method, route.path): route for route in found}


def route_for(
    routes: Mapping[tuple[str, str], Route], major: int, method: str, path: str
) -> Route | None:
    """The route of a call; old versions say `get` where newer ones say `search`."""
    if major <= _GET_VERB_UNTIL:
        if path.endswith("/search"):
            return None
        if method == "POST" and path.endswith("/get"):
            path = f"{path.removesuffix('/get')}/search"
        elif path == "clients/crm":
            return routes["POST", "clients/crm/search"]
    route = routes.get((method, path))
    return route if route and route.since <= major else None


def _orders(panel: Panel) -> list[Route]:
    search = OrderSearch(panel)
    system = System(panel)

    def listed(find: Callable[[Json, int], list[Any]], *, by_id: bool = False) -> Listing:
        return Listing(
            "Results",
            find,
            lambda order, _params, _major: order_record(panel, order, by_id=by_id),
            Dialect.WHOLE if by_id else Dialect.CAMEL,
            sorted_by=None if by_id else "ordersBy",
            empty_text=_ORDERS_EMPTY,
        )

    ids = ("ordersSerialNumbers", "ordersIds", "orderExternalId")
    return [
        Route("POST", "orders/orders/search", "oms", listed(search.find), 4),
        Route("POST", "orders/unfinished/search", "oms", listed(search.unfinished), 4),
        Route("GET", "orders/orders", "oms", listed(search.by_id, by_id=True), 4, one_of=ids),
        Route("GET", "orders/statuses", "oms", system.order_statuses, since=7),
    ]


def _people(panel: Panel) -> list[Route]:
    search = PeopleSearch(panel)

    def newsletter(channel: Channel) -> Listing:
        return Listing(
            "clients",
            lambda params, _major: search.readers(channel, params),
            lambda reader, _params, _major: reader_record(panel, channel, reader),
            Dialect.SNAKE,
        )

    accounts = Listing(
        "results",
        search.accounts,
        lambda account, _params, _major: account_record(panel, account),
    )
    crm = Listing(
        "clientsResults",
        search.crm,
        lambda account, _params, _major: crm_record(panel, account),
    )
    groups = Listing(
        "groups",
        lambda _params, _major: [*GROUPS],
        lambda number, _params, _major: {
            "groupNumber": number,
            "groupName": GROUPS[number],
            "groupType": "simple",
            "groupRebate": 0,
            "groupCombined": "no",
        },
    )
    return [
        Route("GET", "clients/clients", "crm", accounts, 4),
        Route("POST", "clients/crm/search", "crm", crm, 4),
        Route("POST", "clients/newsletter/email/search", "crm", newsletter(Channel.EMAIL), 4),
        Route("POST", "clients/newsletter/sms/search", "crm", newsletter(Channel.SMS), 4),
        Route("GET", "discounts/groups", "crm", groups, 4),
    ]


def _goods(panel: Panel) -> list[Route]:
    search = GoodsSearch(panel)
    system = System(panel)

    def product(one: Any, params: Json, _major: int) -> Json:
        return product_record(panel, one, frozenset(words(params.get("returnElements"))))

    returns = Listing(
        "returns",
        search.returns,
        lambda made, _params, major: return_record(
            panel, made, with_shop=major >= _RETURN_SHOP_SINCE
        ),
        Dialect.SNAKE,
        Empty.UNSURE,
    )
    by_id = Listing("results", search.products_by_id, product, Dialect.WHOLE)
    return [
        Route(
            "POST",
            "products/products/search",
            "pim",
            Listing("results", search.products, product),
            5,
        ),
        Route("GET", "products/products", "pim", by_id, 5, one_of=("productIds",)),
        Route("GET", "returns/returns", "oms", returns, 4, filters=RETURN_FILTERS),
        Route("GET", "returns/statuses", "oms", system.return_statuses),
    ]


def _system(panel: Panel) -> list[Route]:
    system = System(panel)
    return [
        Route("GET", "system/shopsData", "system", system.shops_data),
        Route("GET", "system/config", "system", system.config),
        Route("GET", "system/currencies", "system", system.currencies),
        Route("GET", "system/serverTime", "system", system.server_time),
        Route("GET", "system/serverLoad", "system", system.server_load),
        Route("GET", "shops/currencies", "system", system.shop_currencies, since=5),
        Route("GET", "shops/languages", "system", system.shop_languages, since=5),
    ]
