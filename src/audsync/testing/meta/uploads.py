"""What a membership call brings: keys, rows, and which rows cannot be right."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from audsync.testing.meta.audiences import Row
from audsync.testing.meta.errors import wrong
from audsync.testing.meta.graph import Graph
from audsync.testing.meta.params import structured
from audsync.testing.meta.quirks import LARGEST_BATCH, Samples

HASHED: Final = frozenset(
    [
        "EMAIL",
        "PHONE",
        "FN",
        "LN",
        "FI",
        "GEN",
        "DOBY",
        "DOBM",
        "DOBD",
        "CT",
        "ST",
        "ZIP",
        "COUNTRY",
    ]
)
VALUE: Final = "LOOKALIKE_VALUE"
# These say something about a row and are no part of who it is.
_ABOUT: Final = frozenset(
    {
        VALUE,
        "DATA_PROCESSING_OPTIONS",
        "DATA_PROCESSING_OPTIONS_COUNTRY",
        "DATA_PROCESSING_OPTIONS_STATE",
    }
)
NAMING: Final = frozenset({"EMAIL", "PHONE", "MADID", "EXTERN_ID", "UID", "APPUID", "PAGEUID"})
_KNOWN: Final = HASHED | _ABOUT | NAMING
_SINGLE: Final = {
    "EMAIL_SHA256": "EMAIL",
    "PHONE_SHA256": "PHONE",
    "MOBILE_ADVERTISER_ID": "MADID",
    "EXTERN_ID": "EXTERN_ID",
    "UID": "UID",
}
_OF_A_DIGEST: Final = {0, 64}
_DIGEST: Final = re.compile("[0-9a-f]{64}").fullmatch
_NO_HEX: Final = str.maketrans("", "", "0123456789abcdef")
DIGEST_OF_NOTHING: Final = sha256(b"").hexdigest()
_MISFIT: Final = "Data is missing or does not match schema."


@dataclass(slots=True)
class Upload:
    """Rows of one call, without those that cannot be right; `values` beside the rows."""

    schema: Row
    is_single: bool
    has_values: bool
    rows: list[Row]
    values: Sequence[float | None]
    received: int
    invalid: list[tuple[Row, str]] = field(default_factory=list)  # a row and what is wrong

    def samples(self, form: Samples) -> object:
        """Up to a hundred invalid rows in one of the forms they are shown in."""
        shown = self.invalid[:100]
        match form:
            case Samples.NONE:
                return []
            case Samples.MAP:
                return {json.dumps(row): "invalid" for row, _ in shown}
            case Samples.VALUES:
                return [value for _, value in shown]
            case Samples.ROWS:
                return [json.dumps(row) for row, _ in shown]


def upload_of(graph: Graph, params: Mapping[str, Any]) -> Upload:
    """The upload that the parameter `payload` holds; Refused where its form is wrong."""
    payload = structured(params, "payload")
    if not isinstance(payload, dict):
        raise wrong("The parameter payload is required.")
    schema, data = payload.get("schema"), payload.get("data")
    keys = _keys(schema)
    is_single = isinstance(schema, str)
    if not isinstance(data, list) or not (data or graph.quirks.takes_empty):
        raise wrong(_MISFIT)
    if len(data) > LARGEST_BATCH:
        raise wrong(f"At most {LARGEST_BATCH} rows may be sent at once.")
    rows = [[value] for value in data] if is_single else data
    if any(type(row) is not list or len(row) != len(keys) for row in rows):
        raise wrong(_MISFIT)
    columns = dict(
        zip(keys, zip(*rows, strict=True) if rows else [()] * len(keys), strict=True)
    )
    return _checked(graph, columns, is_single=is_single, received=len(rows))


def _keys(schema: object) -> Row:
    if isinstance(schema, str) and schema in _SINGLE:
        return (_SINGLE[schema],)
    if not isinstance(schema, list) or not schema or not set(schema) <= _KNOWN:
        raise wrong("The schema is invalid.")
    if len(set(schema)) < len(schema) or set(schema) <= _ABOUT:
        raise wrong("The schema is invalid.")
    return tuple(schema)


def _checked(
    graph: Graph, columns: Mapping[str, Sequence[Any]], *, is_single: bool, received: int
) -> Upload:
    named = {key: _texts(column) for key, column in columns.items() if key not in _ABOUT}
    faults: dict[int, str] = {}  # index of a row → the value that is wrong in it
    for key, column in named.items():
        if key in HASHED:
            faults.update(_no_digests(column))
        if graph.bad_values and not graph.bad_values.isdisjoint(column):
            found = enumerate(column)
            faults.update((at, value) for at, value in found if value in graph.bad_values)
    if all("" in column for column in named.values()):
        empty = enumerate(zip(*named.values(), strict=True))
        faults.update((at, "") for at, row in empty if not any(row))
    values = columns.get(VALUE, [None] * received)
    if VALUE in columns:
        found = enumerate(values)
        faults.update((at, str(value)) for at, value in found if not _is_value(value))
    rows = list(zip(*named.values(), strict=True))
    upload = Upload(tuple(named), is_single, VALUE in columns, rows, values, received=received)
    if faults:
        upload.invalid = [(rows[at], faults[at]) for at in sorted(faults)]
        upload.rows = [row for at, row in enumerate(rows) if at not in faults]
        upload.values = [value for at, value in enumerate(values) if at not in faults]
    return upload


def _texts(column: Sequence[Any]) -> Sequence[str]:
    if set(map(type, column)) <= {str}:
        return column
    return [value if isinstance(value, str) else json.dumps(value) for value in column]


def _no_digests(column: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Where a column holds neither a digest nor nothing; fast where all is well."""
    if set(map(len, column)) <= _OF_A_DIGEST and not "".join(column).translate(_NO_HEX):
        return []
    return [(at, one) for at, one in enumerate(column) if one and not _DIGEST(one)]


def _is_value(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
