"""Which products and returns a search finds; filters that are not understood do nothing."""

from collections.abc import Callable, Iterable
from typing import Final

from audsync.testing.idosell.listing import scattered
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import Range, block, blocks, number, numbers, words
from audsync.testing.idosell.records import Product, Return
from audsync.testing.idosell.shapes import Json

_MODES: Final[dict[str, Callable[[Product], int]]] = {
    "added": lambda product: product.added_at,
    "modified": lambda product: product.changed_at,
    "price_changed": lambda product: product.changed_at,
    "quantity_changed": lambda product: product.changed_at,
    "modified_and_quantity_changed": lambda product: product.changed_at,
}
_SORTS: Final[dict[str, Callable[[Product], int | str]]] = {
    "id": lambda product: product.product_id,
    "name": lambda product: product.name,
    "code": lambda product: product.code,
    "adding_time": lambda product: product.added_at,
    "modification_time": lambda product: product.changed_at,
}
RETURN_FILTERS: Final = ("order_sn", "return_id", "return_ids", "status", "range", "stock_id")


class GoodsSearch:
    """Searches products and returns of a panel."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def products(self, params: Json, _major: int) -> list[Product]:
        """Products as the search finds them; of deleted ones all, whatever else is asked."""
        found: Iterable[Product] = self._panel.catalogue.products.values()
        if params.get("returnProducts") == "deleted":
            found = [product for product in found if product.is_deleted]
        else:
            found = [product for product in found if not product.is_deleted]
            for fits in self._filters(params):
                found = filter(fits, found)
        ordered = sorted(
            found, key=lambda product: scattered(product.product_id, self._panel.quirks)
        )
        for one in reversed(blocks(params.get("ordersBy"))):
            name = one.get("elementName")
            if isinstance(name, str) and name in _SORTS:
                key = _SORTS[name]
                ordered.sort(key=key, reverse=one.get("sortDirection") == "DESC")
        return ordered

    def products_by_id(self, params: Json, _major: int) -> list[Product]:
        """Products by the ids of a query, deleted ones too."""
        products = self._panel.catalogue.products
        ids = numbers(params.get("productIds"))
        return [products[one] for one in ids if one in products]

    def returns(self, params: Json, _major: int) -> list[Return]:
        """Returns by order, id, status or a range of days."""
        found: Iterable[Return] = self._panel.sales.returns.values()
        if serial := number(params.get("order_sn"), 0):
            found = [made for made in found if made.serial == serial]
        ids = numbers(params.get("return_ids")) + numbers(params.get("return_id"))
        if ids:
            found = [made for made in found if made.return_id in ids]
        if statuses := numbers(params.get("status")):
            found = [made for made in found if made.status in statuses]
        return sorted(
            self._in_range(found, params),
            key=lambda made: scattered(made.return_id, self._panel.quirks),
        )

    def _in_range(self, found: Iterable[Return], params: Json) -> Iterable[Return]:
        asked, quirks = block(params, "range", "date"), self._panel.quirks
        wanted = Range(
            asked.get("date_begin"),
            asked.get("date_end"),
            end_of_day=quirks.end_of_day,
            inclusive=quirks.end_is_inclusive,
        )
        kind, wall = asked.get("dates_type"), self._panel.clock.shown
        if wanted.is_open or kind not in ("date_add", "date_end"):
            return found
        return [
            made
            for made in found
            if (moment := made.added_at if kind == "date_add" else made.ended_at) is not None
            and wanted.holds(wall(moment))
        ]

    def _filters(self, params: Json) -> Iterable[Callable[[Product], bool]]:
        listed = blocks(params.get("productParams"))
        if ids := {one for item in listed for one in numbers(item.get("productId"))}:
            yield lambda product: product.product_id in ids
        indexes = {item.get("productIndex") for item in blocks(params.get("productIndexes"))}
        if indexes:
            yield lambda product: product.code in indexes
        shops = {
            n
            for item in blocks(params.get("productShops"))
            for n in numbers(item.get("shopId"))
        }
        shops |= set(numbers(block(params, "searchByShops").get("shopsIds")))
        if shops:
            yield lambda product: bool(product.shops & shops)
        categories = {
            n
            for item in blocks(params.get("categories"))
            for n in numbers(item.get("categoryId"))
        }
        if categories:
            yield lambda product: product.category_id in categories
        yield from self._date_filter(params)

    def _date_filter(self, params: Json) -> Iterable[Callable[[Product], bool]]:
        """Days: an hour that is given is not looked at."""
        asked, clock = block(params, "productDate"), self._panel.clock
        mode = asked.get("productDateMode")
        begin, end = (
            (words(asked.get(f"productDate{name}")) or [""])[0][:10]
            for name in ("Begin", "End")
        )
        wanted = Range(begin, end, end_of_day=True, inclusive=True)
        if isinstance(mode, str) and mode in _MODES and not wanted.is_open:
            date = _MODES[mode]
            yield lambda product: wanted.holds(clock.wall(date(product)))
