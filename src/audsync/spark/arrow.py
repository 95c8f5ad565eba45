"""Arrow types on the way to Spark, and back in those that the embedded engine gives."""

from typing import Any

import pyarrow as pa


def as_embedded(rows: pa.Table) -> pa.Table:
    """Rows of Spark in the types of the embedded engine; every column may be null.

    Times have microseconds and no zone, text is `string`. Integers, decimals, dates, booleans
    and lists are the same on both.
    """
    return rows.cast(pa.schema([(column.name, _plain(column.type)) for column in rows.schema]))


def sent(session: Any, rows: pa.Table) -> Any:
    """Rows as a frame of the session: a dictionary becomes text, a time loses its zone."""
    plain = rows.cast(pa.schema([(column.name, _plain(column.type)) for column in rows.schema]))
    if plain.num_rows:
        # In one piece: what follows an empty piece Spark leaves out, and says nothing.
        return session.createDataFrame(plain.combine_chunks())
    # Over Spark Connect the types of no rows have to be said.
    from pyspark.sql.pandas.types import from_arrow_schema

    return session.createDataFrame(
        [], from_arrow_schema(plain.schema, prefer_timestamp_ntz=True)
    )


def _plain(kind: "pa.DataType") -> "pa.DataType":
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")  # of one with a zone, its UTC time
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return _plain(_part(kind.value_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain(_part(kind.value_type)))
    return kind


def _part(kind: Any) -> "pa.DataType":
    found: pa.DataType = kind
    return found
