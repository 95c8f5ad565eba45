"""The bodies of membership calls, made of whole columns: no list per member, no encoder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_from_bytes

from audsync.contracts import VALUE, Batch, Operation

if TYPE_CHECKING:
    import pyarrow as pa

LOOKALIKE_VALUE: Final = "LOOKALIKE_VALUE"


@dataclass(frozen=True, slots=True)
class Part:
    """Where a body stands in its upload session; numbers from 1."""

    session_id: int
    number: int = 1
    is_last: bool = True
    total: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The `session` parameter."""
        found: dict[str, Any] = {
            "session_id": self.session_id,
            "batch_seq": self.number,
            "last_batch_flag": self.is_last,
        }
        return found if self.total is None else {**found, "estimated_num_total": self.total}


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, and what it is."""

    type: str
    content: bytes = field(repr=False)


def content_of(batch: Batch) -> bytes:
    """The content of a batch, which may have been made beforehand."""
    made = batch.prepared
    return made if isinstance(made, bytes) else content(batch.operation, batch.rows)


def content(operation: Operation, rows: "pa.Table") -> bytes:
    """Members as they stand in the body of a call, which is its larger part by far."""
    payload = payload_json(rows)
    return quote_from_bytes(payload).encode() if operation is Operation.REMOVE else payload


def body(operation: Operation, members: bytes, part: Part | None) -> Body:
    """The body of a call that adds, replaces or removes members, of their `content`.

    A removal is a POST with `method=DELETE`, since the parameters of a DELETE become its
    address. It has the documented form of a form: were the parameter overlooked in another one,
    the removal would be an addition.
    """
    session = b"" if part is None else _compact(part.to_json())
    if operation is Operation.REMOVE:
        told = b"&session=" + quote_from_bytes(session).encode() if session else b""
        form = b"".join((b"method=DELETE&payload=", members, told))
        return Body("application/x-www-form-urlencoded", form)
    pieces = [b'{"payload":', members, *([b',"session":', session] if session else []), b"}"]
    return Body("application/json", b"".join(pieces))


def payload_json(rows: "pa.Table") -> bytes:
    """Columns and members as Meta takes them, a list per member; a missing key is empty text.

    The texts are hex digests, which need no escaping, and the value of a member is a number.
    """
    names = [name for name in rows.column_names if name != VALUE]
    schema = names + ([LOOKALIKE_VALUE] if VALUE in rows.column_names else [])
    data = _members(rows, names)
    return b"".join((b'{"schema":', _compact(schema), b',"data":', data, b"}"))


def _compact(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _members(rows: "pa.Table", names: Sequence[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: list[Any] = [rows[name].combine_chunks() for name in names]
    join: Any = pc.binary_join_element_wise
    members = join(*columns, '","', null_handling="replace", null_replacement="")
    first, between, last = '[["', '"],["', '"]]'
    if VALUE in rows.column_names:
        members = join(members, rows[VALUE].combine_chunks(), '",')
        between, last = '],["', "]]"
    lists: Any = pa.ListArray.from_arrays([0, len(members)], members)
    whole: Any = pc.binary_join(lists, between)
    return b"".join((first.encode(), whole[0].as_buffer(), last.encode()))
