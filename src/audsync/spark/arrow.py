"""Arrow types on the way to Spark, and back in those that the embedded engine gives."""

from typing import Any

import pyarrow as pa


def as_embedded(rows: pa.Table) -> pa.Table:
    """Rows of Spark in the types of the embedded engine; every column may be null.

    Times have microseconds and no zone, text is `string`, the null type is `int32`. Integers,
    decimals, dates, booleans and lists are the same on both.
    """
    return rows.cast(
        pa.schema([(column.name, _embedded(column.type)) for column in rows.schema])
    )


def as_sent(rows: pa.Table) -> pa.Table:
    """Rows in types that Spark takes: a dictionary becomes text, a time loses its zone."""
    return rows.cast(pa.schema([(column.name, _sent(column.type)) for column in rows.schema]))


def _embedded(kind: "pa.DataType") -> "pa.DataType":
    if pa.types.is_null(kind):
        return pa.int32()
    return _sent(kind)


def _sent(kind: "pa.DataType") -> "pa.DataType":
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")  # of one with a zone, its UTC time
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return _sent(_part(kind.value_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_sent(_part(kind.value_type)))
    return kind


def _part(kind: Any) -> "pa.DataType":
    found: pa.DataType = kind
    return found
