"""Match keys: people in normal form to the columns that one destination takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import are_digests, filled, is_sorted, whole
from audsync.contracts import Form, KeyRule
from audsync.errors import TableError
from audsync.identity.digests import AUDSYNC_RULES, digest

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Text

__all__ = [
    "AUDSYNC_RULES",
    "FURTHER",
    "IDENTITY",
    "PLACES",
    "SEVERAL",
    "Keys",
    "Kinds",
    "first_place",
    "is_looked_up",
    "key_column",
    "kinds_of",
    "match_keys",
    "names_person",
    "rules_version",
    "taken_by",
]

# Columns of keys that find a person alone; those whose values are compared are together.
Kinds = Sequence[tuple[str, ...]]
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
    "gender",
    "stated_gender",
    "registered",
    "total_revenue_minor",
    "currency",
)
# Of these a person may have several: column `email_2` has the one at place 2,
# and so on.
SEVERAL: Final = ("email", "phone")
PLACES: Final = 4
FURTHER: Final = tuple(f"{name}_{place}" for name in SEVERAL for place in range(2, PLACES + 1))
# These leave as digests, whatever a rule says.
_NAMING: Final = frozenset({"email", "phone", "first_name", "last_name", "full_name"})
_MAX_PLAIN: Final = 64
_PART: Final = 4096
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
        f"{name}={'+'.join(rule.inputs or rule.made_of)}/{rule.form}/{rule.version}"
        + (f"/{rule.group}" if rule.group else "")
        + (f"#{rule.place}" if rule.place > 1 else "")
        for name, rule in rules.items()
    )


def taken_by(rule: KeyRule) -> tuple[str, ...]:
    """The columns of people that a rule takes: those of its inputs at its place."""
    if rule.place == 1:
        return rule.inputs
    return tuple(f"{name}_{rule.place}" for name in rule.inputs)


def first_place(rules: Mapping[str, KeyRule], name: str) -> str:
    """The name of the rule that does at place 1 what the rule of that name does at its own."""
    if rules[name].place == 1:
        return name
    first = replace(rules[name], place=1)
    return next(one for one, rule in rules.items() if rule == first)


def kinds_of(rules: Mapping[str, KeyRule]) -> tuple[tuple[str, ...], ...]:
    """The keys that find a person alone, those of further places beside that of the first.

    Values of one kind are compared whichever of its columns they stand in.
    """
    further = {replace(rule, place=1) for rule in rules.values() if rule.place > 1}
    found: dict[KeyRule | str, list[str]] = {}
    for name, rule in rules.items():
        first = replace(rule, place=1)
        if rule.identifies:
            found.setdefault(first if first in further else name, []).append(name)
    return tuple(map(tuple, found.values()))


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
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    before = () if made is None else made.column_names
    _check_inputs({name: rule for name, rule in rules.items() if name not in before}, people)
    clients = people["client_id"]
    order = None if is_sorted(clients.cast(pa.string())) else pc.sort_indices(clients)
    rows = people.select(["client_id"])
    rows = rows if order is None else rows.take(order)
    for name, rule in rules.items():
        if rule.made_of:
            continue
        if made is not None and name in before:
            known = _beside(rows["client_id"], made["client_id"], made[name])
            column = _checked(name, known, *_right(rule, known))
        else:
            inputs = [people[item].cast(pa.string()) for item in taken_by(rule)]
            column = _key(name, rule, inputs, order)
        rows = rows.append_column(name, column)
    for kind in kinds_of(rules):
        rows = _each_once(kind, rows) if len(kind) > 1 else rows
    rows = _whole_groups(rules, rows)
    for name, rule in rules.items():
        if rule.made_of:
            parts = [rows[item] for item in rule.made_of]
            rows = rows.append_column(name, _key(name, rule, parts, None))
    rows = rows.select(["client_id", *rules])
    reachable = np.zeros(rows.num_rows, np.bool_)
    for name, rule in rules.items():
        if rule.identifies:
            reachable |= np.asarray(rows[name].is_valid(), np.bool_)
    kept = rows if reachable.all() else rows.filter(pa.array(reachable))
    missing = {name: kept[name].null_count for name in rules}
    return Keys(kept, unreachable=people.num_rows - kept.num_rows, missing=missing)


def _each_once(kind: Sequence[str], rows: "pa.Table") -> "pa.Table":
    """The rows with no key of a kind twice; the first stays, and the others are sorted.

    So whoever has the same latest address and the same others has the same row, and is not sent
    again because two of them have changed places. Where there is no first one, the next is.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    further = [np.asarray(rows[name].is_valid(), np.bool_) for name in kind[1:]]
    several = np.flatnonzero(np.logical_or.reduce(further))
    if not len(several):
        return rows
    given = rows.select(list(kind)).take(several)
    encoded: Any = pa.concat_arrays([whole(given[name]) for name in kind]).dictionary_encode()
    order = np.asarray(pc.sort_indices(encoded.dictionary))
    texts, none = encoded.dictionary.take(pa.array(order)), len(order)
    places = np.append(np.argsort(order), none)
    codes = places[np.asarray(filled(encoded.indices, none))].reshape(len(kind), -1).T
    first, others = codes[:, :1], codes[:, 1:]
    others[others == first] = none
    others.sort(axis=1)
    others[:, 1:][others[:, 1:] == others[:, :-1]] = none
    others.sort(axis=1)
    lacks_first = first[:, 0] == none
    codes[lacks_first] = np.roll(codes[lacks_first], -1, axis=1)
    at = np.arange(rows.num_rows)
    at[several] = rows.num_rows + np.arange(len(several))
    for name, code in zip(kind, codes.T, strict=True):
        values = texts.take(pa.array(code, pa.int64(), mask=code == none))
        column = pa.concat_arrays([whole(rows[name]), values]).take(pa.array(at))
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def _whole_groups(rules: Mapping[str, KeyRule], rows: "pa.Table") -> "pa.Table":
    """The rows without keys of a group of which another is missing."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for group in {rule.group for rule in rules.values() if rule.group}:
        names = [name for name, rule in rules.items() if rule.group == group]
        whole = np.logical_and.reduce([np.asarray(rows[name].is_valid()) for name in names])
        for name in names:
            column = pc.if_else(pa.array(whole), rows[name], pa.scalar(None, pa.string()))
            rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def key_column(name: str, rule: KeyRule, values: Sequence[str]) -> "Text":
    """The keys that a rule of one input makes of values; TableError as `match_keys`."""
    import pyarrow as pa

    return _key(name, rule, [pa.chunked_array([values], pa.string())], None)


def _beside(clients: "Text", known: "Text", keys: "Text") -> "Text":
    """The key of each client; null for one that is not known."""
    import pyarrow.compute as pc

    return keys.take(pc.index_in(clients, value_set=known))


def _check_inputs(rules: Mapping[str, KeyRule], people: "pa.Table") -> None:
    names = {
        column: item
        for rule in rules.values()
        for item, column in zip(rule.inputs, taken_by(rule), strict=True)
    }
    for name in sorted(names):
        if names[name] not in IDENTITY or name not in people.column_names:
            raise TableError(f"a key rule asks for {name}, which is no column of people")


def _key(
    name: str, rule: KeyRule, inputs: Sequence["Text"], order: "pa.UInt64Array | None"
) -> "Text":
    """The column of a key, checked, with the rows in another order than the inputs.

    Keys that find a person are nearly all different. Others, such as names and countries,
    repeat, and are made once of each different value, or of values that go together.
    """
    repeats: Any = None
    if not rule.identifies:
        inputs, repeats = _distinct(inputs)
        repeats = repeats if order is None else repeats.take(order)
    elif order is not None:
        inputs = [texts.take(order) for texts in inputs]
    values = _applied(name, rule, inputs)
    right, kind = _right(rule, values)
    if repeats is not None:
        values, right = values.take(repeats), right.take(repeats)
    return _checked(name, values, right, kind)


def _distinct(inputs: Sequence["Text"]) -> "tuple[list[Text], Any]":
    """The different rows of some columns, and which of them stands at each place."""
    import numpy as np
    import pyarrow as pa

    encoded: list[Any] = [
        whole(texts).dictionary_encode(null_encoding="encode") for texts in inputs
    ]
    if len(encoded) == 1:
        return [pa.chunked_array([encoded[0].dictionary])], encoded[0].indices
    codes = np.zeros(len(encoded[0]), dtype=np.int64)
    for one in encoded:
        codes = codes * max(len(one.dictionary), 1) + np.asarray(one.indices)
        # Numbers of pairs, so that the next column cannot make them too large.
        _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    rows = pa.array(first, pa.int64())
    return [texts.take(rows) for texts in inputs], pa.array(codes, pa.int64())


def _checked(name: str, values: "Text", right: Any, kind: str) -> "Text":
    import pyarrow.compute as pc

    wrong = len(right.filter(pc.invert(right)))  # a null is neither right nor wrong
    if wrong:
        raise TableError(f"key {name}: {wrong} of {len(values)} are no {kind}")
    return values


def _applied(name: str, rule: KeyRule, inputs: Sequence["Text"]) -> "Text":
    """What a rule makes of inputs, in one piece.

    It is made a part at a time, which stays in the processor's cache.
    """
    import pyarrow as pa

    parts: list[pa.StringArray] = []
    for start in range(0, len(inputs[0]), _PART):
        values = [texts.slice(start, _PART).to_pylist() for texts in inputs]
        made = pa.array(rule.apply(*values), pa.string())
        if len(made) != len(values[0]):
            raise TableError(f"key {name}: {len(made)} values for {len(values[0])} inputs")
        parts.append(made)
    return pa.chunked_array([whole(pa.chunked_array(parts, pa.string()))])


def _right(rule: KeyRule, values: "Text") -> tuple[Any, str]:
    """Which values a rule's form allows, and what these are called."""
    import pyarrow as pa
    import pyarrow.compute as pc

    match rule.form:
        case Form.DIGEST:
            right = pc.and_(are_digests(values), pc.not_equal(values, pa.scalar(_NOTHING)))
            return right, "SHA-256 digests of a value"
        case Form.PLAIN:
            right = pc.match_substring_regex(values, rf"\A[^@\pC]{{1,{_MAX_PLAIN}}}\z")
            right = pc.and_(right, pa.scalar(not _NAMING & set(rule.inputs)))
            return right, "short plain fields that name nobody"
        case Form.PERSONAL:
            return pc.not_equal(values, pa.scalar("")), "filled fields"
