"""Which members the rows of a removal find."""

from collections.abc import Collection

from audsync.testing.meta.audiences import Members, Row
from audsync.testing.meta.quirks import Matching
from audsync.testing.meta.uploads import NAMING


def found(
    members: Members, schema: Row, rows: Collection[Row], keys: Row, matching: Matching
) -> set[Row]:
    """Members, whose rows are of `schema`, that rows of `keys` find."""
    match matching:
        case Matching.WHOLE_ROW:
            return _whole(members, schema, rows, keys)
        case Matching.ANY_KEY:
            return _any(members, schema, rows, keys) | _whole(members, schema, rows, keys)


def _whole(members: Members, schema: Row, rows: Collection[Row], keys: Row) -> set[Row]:
    if schema == keys:
        return {row for row in rows if row in members}
    wanted = {_stated(keys, row) for row in rows}
    return {row for row in members if _stated(schema, row) in wanted}


def _stated(keys: Row, row: Row) -> frozenset[tuple[str, str]]:
    return frozenset((key, value) for key, value in zip(keys, row, strict=True) if value)


def _any(members: Members, schema: Row, rows: Collection[Row], keys: Row) -> set[Row]:
    gone: set[Row] = set()
    for place, key in enumerate(schema):
        if key in NAMING and key in keys:
            there = keys.index(key)
            wanted = {row[there] for row in rows} - {""}
            gone.update(row for row in members if row[place] in wanted)
    return gone
