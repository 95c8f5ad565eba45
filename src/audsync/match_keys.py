"""Match keys: people in normal form to the columns that one destination takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audsync.contracts import Form, KeyRule
from audsync.errors import TableError
from audsync.identity.digests import AUDSYNC_RULES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AUDSYNC_RULES", "IDENTITY", "Keys", "match_keys", "rules_version"]

# What a key rule may take: columns of `clients`, in normal form, as text.
IDENTITY: Final = (
    "client_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "full_name",
    "zip",
    "city",
    "country",
    "born_on",
    "registered",
    "total_revenue_minor",
    "currency",
)
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of those who can be reached.

    `rows` has `client_id` and a text column per rule, sorted by `client_id`; `unreachable`
    people have no key that identifies them; `missing` counts, per key, people without it.
    """

    rows: "pa.Table"
    unreachable: int
    missing: Mapping[str, int]


def rules_version(rules: Mapping[str, KeyRule]) -> str:
    """Names, inputs and versions of the rules as one text; a change re-keys an audience."""
    return ";".join(
        f"{name}={'+'.join(rule.inputs)}/{rule.form}/{rule.version}"
        for name, rule in rules.items()
    )


def match_keys(rules: Mapping[str, KeyRule], people: "pa.Table") -> Keys:
    """Apply a destination's rules to people, rows with `client_id` and columns of IDENTITY.

    Raises TableError when a rule returns what its form does not allow: a bug in the connector,
    told by column and count.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    people = people.sort_by("client_id")
    inputs: dict[str, list[str | None]] = {
        name: people[name].cast(pa.string()).to_pylist()
        for name in sorted({name for rule in rules.values() for name in rule.inputs})
    }
    columns = {
        name: _checked(name, rule, list(rule.apply(*(inputs[item] for item in rule.inputs))))
        for name, rule in rules.items()
    }
    table = pa.table(
        {
            "client_id": people["client_id"].combine_chunks(),
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
        }
    )
    reachable = pa.array([False] * table.num_rows)
    for name, rule in rules.items():
        if rule.identifies:
            reachable = pc.or_(reachable, pc.is_valid(table[name].combine_chunks()))
    rows = table.filter(reachable)
    missing = {name: rows[name].null_count for name in rules}
    return Keys(rows, unreachable=table.num_rows - rows.num_rows, missing=missing)


def _checked(name: str, rule: KeyRule, values: list[str | None]) -> list[str | None]:
    if rule.form is Form.DIGEST:
        wrong = sum(value is not None and not _DIGEST.fullmatch(value) for value in values)
        if wrong:
            raise TableError(f"key {name}: {wrong} of {len(values)} are not SHA-256 digests")
    return values
