"""Does a page keep the contract of its table? Says which column does not, and how often."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from audsync.contracts import Page
from audsync.errors import TableError
from audsync.tables import (
    MAX_MINOR,
    MAX_QUANTITY,
    PARAM_PREFIX,
    TABLES,
    Column,
    Kind,
    Table,
    arrow_type,
)

if TYPE_CHECKING:
    import pyarrow as pa

_SHAPES = {
    "country": ("^[A-Z]{2}$", "two capital letters"),
    "currency": ("^[A-Z]{3}$", "three capital letters"),
    "base": ("^[A-Z]{3}$", "three capital letters"),
}


def check_page(page: Page, params: Mapping[str, Kind]) -> None:
    """Raise TableError, naming table, column and count, unless the page keeps the contract.

    `params` are the source's parameters by `<table>.param.<name>`.
    """
    table = TABLES.get(page.table)
    if table is None:
        raise TableError("the source sent rows of a table that does not exist")
    for fault in _faults(page, table, params):
        raise TableError(f"{page.table}{fault}")


def param_columns(table: str, params: Mapping[str, Kind]) -> dict[str, Kind]:
    """The parameters of one table, as `param.<name>`; raises TableError for an odd name."""
    prefix = f"{table}.{PARAM_PREFIX}"
    found = {
        name.removeprefix(f"{table}."): kind
        for name, kind in params.items()
        if name.startswith(prefix)
    }
    if found and not TABLES[table].takes_params:
        raise TableError(f"{table}: the table has no parameters, and the source declares some")
    if len({name.lower() for name in found}) < len(found):
        raise TableError(
            f"{table}: two parameters have names that differ in case only; rename one"
        )
    return found


def _faults(page: Page, table: Table, params: Mapping[str, Kind]) -> Iterator[str]:
    schema = page.rows.schema
    kinds = {column.name: column.kind for column in table.columns}
    kinds |= param_columns(table.name, params)
    if len(set(schema.names)) < len(schema.names):
        yield ": a column comes twice"
    for field in schema:
        kind = kinds.get(field.name)
        if kind is None:
            yield f": no column {field.name!r} is declared"
        elif field.type != arrow_type(kind):
            yield f".{field.name}: the type is {field.type}, and must be {arrow_type(kind)}"
    for column in table.columns:
        yield from _column_faults(page.rows, column)
    yield from _cursor_faults(page)


def _column_faults(rows: "pa.Table", column: Column) -> Iterator[str]:
    of = f"of {rows.num_rows} values"
    if column.name not in rows.schema.names:
        if column.required:
            yield f".{column.name}: the column is missing"
        return
    values = rows.column(column.name)
    if column.required:
        missing = values.null_count + _count_empty(values, column)
        if missing:
            yield f".{column.name}: {missing} {of} are missing"
    if column.allowed and (odd := _count_others(values, column.allowed)):
        yield f".{column.name}: {odd} {of} are none of {', '.join(column.allowed)}"
    if column.name in _SHAPES:
        pattern, words = _SHAPES[column.name]
        if odd := _count_unlike(values, pattern):
            yield f".{column.name}: {odd} {of} are not {words}"
    if odd := _count_out_of_range(values, column.kind):
        yield f".{column.name}: {odd} {of} are out of range"


def _cursor_faults(page: Page) -> Iterator[str]:
    try:
        json.dumps(page.cursor)
    except (TypeError, ValueError):
        yield ": the page's cursor cannot be kept as JSON"


def _count_empty(values: "pa.ChunkedArray[Any]", column: Column) -> int:
    return _count_others(values, None) if column.kind is Kind.TEXT else 0


def _count_others(values: "pa.ChunkedArray[Any]", allowed: tuple[str, ...] | None) -> int:
    """Values that are not null and none of the allowed; without a list, the empty ones."""
    import pyarrow as pa

    pc = _compute()
    if allowed is None:
        return _true(pc.equal(pc.binary_length(values), 0))
    known = pc.is_in(values, value_set=pa.array(allowed, pa.string()))
    return _true(pc.and_(pc.is_valid(values), pc.invert(known)))


def _count_unlike(values: "pa.ChunkedArray[Any]", pattern: str) -> int:
    pc = _compute()

    return _true(pc.invert(pc.match_substring_regex(values, pattern)))


def _count_out_of_range(values: "pa.ChunkedArray[Any]", kind: Kind) -> int:
    pc = _compute()

    match kind:
        case Kind.MONEY:
            too_much = pc.greater(values, MAX_MINOR)
            return _true(pc.or_(too_much, pc.less(values, -MAX_MINOR)))
        case Kind.QUANTITY:
            too_much = pc.greater(values, MAX_QUANTITY)
            return _true(pc.or_(too_much, pc.less_equal(values, 0)))
        case _:
            return 0


def _true(marks: object) -> int:
    pc = _compute()

    return int(pc.sum(marks).as_py() or 0)


def _compute() -> Any:
    # The stubs know no comparison of an array with a plain number.
    import pyarrow.compute as pc

    return pc
