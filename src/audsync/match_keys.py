"""Match keys: people in normal form to the columns that one destination takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audsync.contracts import Form, KeyRule
from audsync.errors import TableError
from audsync.identity.digests import AUDSYNC_RULES, digest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AUDSYNC_RULES",
    "IDENTITY",
    "Keys",
    "checked_keys",
    "is_looked_up",
    "match_keys",
    "names_person",
    "rules_version",
]

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
    "delivery_zip",
    "delivery_city",
    "delivery_country",
    "born_on",
    "registered",
    "total_revenue_minor",
    "currency",
)
# These leave as digests, whatever a rule says.
_NAMING: Final = frozenset({"email", "phone", "first_name", "last_name", "full_name"})
_MAX_PLAIN: Final = 64
_NOTHING: Final = digest("")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of those who can be reached.

    `rows` has `client_id` and a text column per rule, sorted by `client_id`; `unreachable`
    people have no key that identifies them; `missing` counts, per key, reachable people
    without it.
    """

    rows: "pa.Table"
    unreachable: int
    missing: Mapping[str, int]


def rules_version(rules: Mapping[str, KeyRule]) -> str:
    """Names, inputs, forms and versions as one text; a change of it re-keys an audience."""
    return ";".join(
        f"{name}={'+'.join(rule.inputs)}/{rule.form}/{rule.version}"
        for name, rule in rules.items()
    )


def names_person(rule: KeyRule) -> bool:
    """Whether a rule takes something that tells who a person is."""
    return bool(_NAMING & set(rule.inputs))


def is_looked_up(rule: KeyRule) -> bool:
    """Whether a rule's key can be made once of a value, and looked up when that is gone.

    That is so for a rule that takes an e-mail, a phone or one name and nothing else, since
    facts are kept value by value.
    """
    return len(rule.inputs) == 1 and rule.inputs[0] in _NAMING - {"full_name"}


def match_keys(
    rules: Mapping[str, KeyRule], people: "pa.Table", made: "pa.Table | None" = None
) -> Keys:
    """Apply a destination's rules to people: rows with `client_id` and columns of IDENTITY.

    `made` has, by `client_id`, the keys that were made before: their rules are not applied.
    Raises TableError when a rule asks for another column, or returns what its form does not
    allow: a bug in the connector, told by column and count.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    people = people.sort_by("client_id")
    known = people.select([]) if made is None else _of_people(made, people)
    applied = {name: rule for name, rule in rules.items() if name not in known.column_names}
    inputs = {
        name: people[name].cast(pa.string()).to_pylist() for name in _inputs(applied, people)
    }
    reachable = pa.array([False] * people.num_rows, pa.bool_())
    rows = people.select(["client_id"])
    for name, rule in rules.items():
        values = (
            rule.apply(*(inputs[item] for item in rule.inputs))
            if name in applied
            else known[name].to_pylist()
        )
        column = checked_keys(name, rule, values, people.num_rows)
        rows = rows.append_column(name, column)
        if rule.identifies:
            reachable = pc.or_(reachable, pc.is_valid(column))
    kept = rows.filter(reachable)
    missing = {name: kept[name].null_count for name in rules}
    return Keys(kept, unreachable=people.num_rows - kept.num_rows, missing=missing)


def _of_people(made: "pa.Table", people: "pa.Table") -> "pa.Table":
    import pyarrow.compute as pc

    at = pc.index_in(people["client_id"], value_set=made["client_id"])
    return made.take(at).drop_columns(["client_id"])


def _inputs(rules: Mapping[str, KeyRule], people: "pa.Table") -> list[str]:
    names = sorted({item for rule in rules.values() for item in rule.inputs})
    for name in names:
        if name not in IDENTITY or name not in people.column_names:
            raise TableError(f"a key rule asks for {name}, which is no column of people")
    return names


def checked_keys(
    name: str, rule: KeyRule, made: Sequence[str | None], people: int
) -> "pa.StringArray":
    """What a rule made of so many people, in the form that it promises; else TableError."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pa.array(made, pa.string())
    if len(values) != people:
        raise TableError(f"key {name}: {len(values)} values for {people} people")
    match rule.form:
        case Form.DIGEST:
            # Trimming leaves nothing of hex digits alone, in a tenth of a pattern's time.
            is_hex = pc.equal(pc.ascii_trim(values, "0123456789abcdef"), pa.scalar(""))
            is_whole = pc.equal(pc.utf8_length(values), pa.scalar(64, pa.int32()))
            right = pc.and_(is_hex, is_whole)
            right = pc.and_(right, pc.not_equal(values, pa.scalar(_NOTHING)))
            kind = "SHA-256 digests of a value"
        case Form.PLAIN:
            right = pc.match_substring_regex(values, rf"\A[^@\pC]{{1,{_MAX_PLAIN}}}\z")
            right = pc.and_(right, pa.scalar(not _NAMING & set(rule.inputs)))
            kind = "short plain fields that name nobody"
        case Form.PERSONAL:
            right, kind = pc.not_equal(values, pa.scalar("")), "filled"
    wrong = len(right.filter(pc.invert(right)))  # a null is neither right nor wrong
    if wrong:
        raise TableError(f"key {name}: {wrong} of {people} are no {kind}")
    return values
