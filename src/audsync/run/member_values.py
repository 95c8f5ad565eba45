"""What each member is worth, as a column beside the keys."""

from typing import TYPE_CHECKING, Any

from audsync.columns import filled
from audsync.contracts import VALUE
from audsync.money import to_decimal
from audsync.plan.rows import looked_up
from audsync.segments.fields import Field
from audsync.sql_text import identifier

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine


def with_values(
    keys: "pa.Table", field: Field, engine: "Engine", *, currency: str
) -> "pa.Table":
    """The rows with VALUE: an amount of `clients` as a decimal number, 0 for none or less."""
    import pyarrow as pa

    (column,) = field.sources
    amounts = engine.fetch(f"SELECT client_id, {identifier(column)} AS minor FROM clients")
    coded: Any = amounts["minor"].combine_chunks().dictionary_encode()
    texts = pa.array([_text(minor, currency) for minor in coded.dictionary.to_pylist()])
    known = pa.chunked_array([texts.take(coded.indices)], pa.string())
    worth = looked_up(keys["client_id"], amounts["client_id"], known)
    return keys.append_column(VALUE, filled(worth, "0"))


def _text(minor: int, currency: str) -> str:
    return f"{to_decimal(max(minor, 0), currency):f}"
