"""Rows of digests as the bytes of their messages, made of whole columns.

Both APIs nest alike: a member (or an operation) holds user data (or a person to create or
remove), which holds identifiers. A message per identifier, filled one by one in Python, takes
several times as long as to put the bytes together here and to let protobuf read them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audsync.identity.digests import digest
from audsync.identity.google_keys import ADDRESS, ADDRESS_PARTS, google_columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Mask = npt.NDArray[np.bool_]

_TEXT: Final = 2  # the wire type of texts and messages
_DIGEST: Final = 64  # bytes
_CODE: Final = 2
_LONGEST: Final = 128  # bytes of a plain field of at most 32 characters


@dataclass(frozen=True, slots=True)
class Fields:
    """Numbers of fields: from the request to the identifiers, then those of an identifier.

    `where` is that of a member's destinations, of the API that has them.
    """

    path: tuple[int, int, int]
    where: int
    email: int
    phone: int
    address: int
    parts: tuple[int, int, int, int]


def fields_of(request: Any, path: Iterable[str], leaves: Iterable[str]) -> Fields:
    """The numbers in a message's descriptor, by names.

    `path` is of three names; `leaves` are e-mail, phone, address and the four of an address.
    """
    at, numbers, where = request.DESCRIPTOR, [], 0
    for name in path:
        field = at.fields_by_name[name]
        numbers.append(field.number)
        at = field.message_type
        reference = at.fields_by_name.get("destination_references")
        where = reference.number if reference else where
    email, phone, address, *parts = leaves
    inner = at.fields_by_name[address].message_type.fields_by_name
    outer, middle, last = numbers
    first, family, country, code = (inner[name].number for name in parts)
    return Fields(
        path=(outer, middle, last),
        where=where,
        email=at.fields_by_name[email].number,
        phone=at.fields_by_name[phone].number,
        address=at.fields_by_name[address].number,
        parts=(first, family, country, code),
    )


def invented() -> "pa.Table":
    """A row of somebody whom there cannot be."""
    import pyarrow as pa

    return pa.table({"email": [digest("nobody@audsync.example.com")]})


def nameless(rows: "pa.Table") -> list[int]:
    """The rows with nothing that Google could find a person by."""
    import numpy as np

    nobody: list[int] = np.flatnonzero(identifiers(rows) == 0).tolist()
    return nobody


def identifiers(rows: "pa.Table") -> "npt.NDArray[np.int64]":
    """How many identifiers each row has."""
    import numpy as np

    found = np.asarray(_whole_address(rows)).astype(np.int64)
    for name in (*google_columns("email"), *google_columns("phone")):
        if name in rows.column_names:
            found += np.asarray(rows[name].is_valid())
    return found


def encoded(
    rows: "pa.Table",
    fields: Fields,
    where: "Sequence[tuple[str, Mask]]" = (),
    *,
    besides: bytes = b"",
) -> bytes:
    """The members as the bytes of a repeated field of a request.

    `where` has references to destinations, and which of the members go to each; without it all
    go wherever the request does. `besides` are fields that each member has as well. An address
    that Google would refuse the whole request for is left out: one that lacks a part, or has
    another country than two capital letters.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # A column of further addresses or numbers is empty in most lists: nothing is joined of it.
    kinds = {
        name: number
        for kind, number in (("email", fields.email), ("phone", fields.phone))
        for name in google_columns(kind)
        if name in rows.column_names and rows[name].null_count < rows.num_rows
    }
    texts: Any = pa.table(
        {
            name: rows[name].combine_chunks().cast(pa.binary())
            if name in rows.column_names
            else pa.nulls(rows.num_rows, pa.binary())
            for name in (*kinds, *ADDRESS_PARTS)
        }
    )
    outer, middle, last = fields.path
    pieces = [
        _joined(_led(last, _field(number, _DIGEST), _DIGEST), texts[name])
        for name, number in kinds.items()
    ]
    pieces.append(_addresses(texts, _whole_address(rows), fields))
    bodies = _wrapped(middle, _joined(*pieces))
    if where:
        bodies = _joined(bodies, *(_references(fields.where, *one) for one in where))
    if besides:
        bodies = _joined(bodies, besides)
    whole: Any = pa.ListArray.from_arrays(
        pa.array([0, rows.num_rows], pa.int32()), _wrapped(outer, bodies).combine_chunks()
    )
    join: Any = pc.binary_join
    together: bytes = join(whole, pa.scalar(b"", pa.binary()))[0].as_py()
    return together


def _wrapped(number: int, bodies: Any) -> Any:
    """Each body as the content of a field."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes: Any = pc.binary_length(bodies)
    kinds = sizes.unique()
    leads = [_field(number, size) for size in kinds.to_pylist()]
    lead = pa.array(leads, pa.binary()).take(pc.index_in(sizes, value_set=kinds))
    return _joined(lead, bodies)


def _references(number: int, name: str, goes: "Mask") -> Any:
    """The reference to a destination, for each member who goes there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reference = _field(number, len(name)) + name.encode()
    return pc.if_else(pa.array(goes), pa.scalar(reference), pa.scalar(b""))


def _addresses(texts: Any, whole: Any, fields: Fields) -> Any:
    """Each whole address as an identifier; nothing for the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, family, country, code = fields.parts
    names = _field(first, _DIGEST), _field(family, _DIGEST), _field(country, _CODE)
    fixed = sum(map(len, names)) + 2 * _DIGEST + _CODE
    heads, codes = [], []
    for size in range(_LONGEST + 1):
        codes.append(_field(code, size))
        inner = fixed + len(codes[-1]) + size
        begin = _field(fields.address, inner) + names[0]
        heads.append(_led(fields.path[2], begin, inner - len(names[0])))
    sizes: Any = pc.binary_length(texts["zip"])
    joined = _joined(
        pa.array(heads, pa.binary()).take(sizes),
        texts["first_name"],
        names[1],
        texts["last_name"],
        names[2],
        texts["country"],
        pa.array(codes, pa.binary()).take(sizes),
        texts["zip"],
    )
    return pc.if_else(whole, joined, pa.scalar(b"", pa.binary()))


def _whole_address(rows: "pa.Table") -> Any:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not {*ADDRESS_PARTS, ADDRESS} <= set(rows.column_names):
        return pa.array(np.zeros(rows.num_rows, np.bool_))
    # Of an address that is shared and so left out of a removal the parts are still there.
    right: Any = pc.and_(
        rows[ADDRESS].is_valid(), pc.match_substring_regex(rows["country"], r"\A[A-Z]{2}\z")
    )
    for name in ADDRESS_PARTS:
        right = pc.and_(right, pc.not_equal(rows[name], pa.scalar("")))
    known: Any = pc.fill_null(right, pa.scalar(False))
    return known.combine_chunks()


def _joined(*pieces: Any) -> Any:
    """Pieces one behind the other; nothing where one of them is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    scalars = [pa.scalar(one, pa.binary()) if isinstance(one, bytes) else one for one in pieces]
    join: Any = pc.binary_join_element_wise
    return pc.fill_null(
        join(*scalars, pa.scalar(b"", pa.binary())), pa.scalar(b"", pa.binary())
    )


def _led(number: int, begin: bytes, rest: int) -> bytes:
    """The beginning of a field whose content begins so, and goes on for `rest` bytes."""
    return _field(number, len(begin) + rest) + begin


def _field(number: int, size: int) -> bytes:
    """The tag and the length of a text or message."""
    return _varint(number << 3 | _TEXT) + _varint(size)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 -- seven bits to a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
