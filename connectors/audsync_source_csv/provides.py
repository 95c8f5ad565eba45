"""What the mappings of a config can fill, derived columns included."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from audsync.tables import PARAM_PREFIX, TABLES, Kind
from audsync_source_csv.amounts import ORDER_AMOUNTS, SIDES
from audsync_source_csv.mapping import param_kind
from audsync_source_csv.options import Feed, OrderLines
from audsync_source_csv.targets import SHAPES

if TYPE_CHECKING:
    from audsync_source_csv.options import CsvOptions

_BACK: Final = ("return_id", "line_number", "order_id", "product_id", "quantity", "returned_at")


def provided(options: "CsvOptions") -> frozenset[str]:
    """The columns that the source fills, as `table.column`."""
    return frozenset(name for feed in options.feeds().values() for name in _provided_by(feed))


def how_to_fill(options: "CsvOptions", missing: str, at: str) -> str:
    """What to write below the options' table `at` so that a table or a column is filled."""
    table, _, column = missing.partition(".")
    feeds = [kind for kind, feed in options.feeds().items() if table in filled_tables(feed)]
    if not column or not feeds:
        return f"name its files and map their columns below [{at}.{table}]"
    return f"map {column.removesuffix('_minor')} below [{at}.{feeds[0]}.columns]"


def params(options: "CsvOptions") -> Mapping[str, Kind]:
    """Types of the parameters, as `customers.param.<name>` and the like."""
    return {
        f"{kind}.{name}": param_kind(cell)
        for kind, feed in options.feeds().items()
        for name, cell in feed.cells().items()
        if name.startswith(PARAM_PREFIX)
    }


def filled_tables(feed: Feed) -> tuple[str, ...]:
    """The tables that a feed fills."""
    tables = SHAPES[feed.KIND].tables
    if feed.KIND == "order_lines" and "returned_at" not in feed.columns:
        return tables[:1]
    return tables


def _provided_by(feed: Feed) -> Iterator[str]:
    for name in filled_tables(feed):
        if name == "returns" and feed.KIND != "returns":
            yield from (f"returns.{column}" for column in _BACK)
            if "customer_id" in feed.columns:
                yield "returns.customer_id"
            continue
        names = {column.name for column in TABLES[name].columns}
        yield from (f"{name}.{column}" for column in feed.columns if column in names)
        yield from (f"{name}.{column}" for column in _derived(name, feed))


def _derived(table: str, feed: Feed) -> Iterator[str]:
    match table:
        case "orders":
            yield "currency"
            if feed.cells()["status"].value is None:
                yield "status_original"
            has_vat = _has_vat(feed, constant=feed.KIND == "order_rows")
            for name in ORDER_AMOUNTS:
                yield from _amounts(feed, f"{name}_", has_vat=has_vat)
        case "order_lines":
            yield "line_number"
            if isinstance(feed, OrderLines) and feed.not_goods:
                yield "is_goods"
            has_vat = _has_vat(feed, constant=False)
            unit = list(_amounts(feed, "unit_", has_vat=has_vat))
            yield from unit
            yield from (name.removeprefix("unit_") for name in unit)
            yield from _amounts(feed, "", has_vat=has_vat)
        case "products":
            yield "currency"
            for column in TABLES[table].columns:
                if column.name.removesuffix("_minor") in feed.columns:
                    yield column.name
        case "returns" | "visits" | "messages" | "consents":
            yield TABLES[table].key[-1]
        case _:
            return


def _amounts(feed: Feed, stem: str, *, has_vat: bool) -> Iterator[str]:
    mapped = [
        side for side in SIDES if {f"{stem}{side}", f"{stem}{side}_minor"} & set(feed.columns)
    ]
    sides = SIDES if mapped and has_vat else mapped
    yield from (f"{stem}{side}_minor" for side in sides)


def _has_vat(feed: Feed, *, constant: bool) -> bool:
    cell = feed.cells().get("vat_percent")
    return cell is not None and (not constant or cell.value is not None)
