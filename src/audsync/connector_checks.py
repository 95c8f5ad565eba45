"""What can be seen of a connector without its platform: its options and what it says it is.

Findings for `audsync connectors show`; the contract kits hold a connector to them as well. An
instance is only asked what it says of itself, never to talk to anybody.
"""

import dataclasses
import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from audsync.contracts import (
    Capabilities,
    Finding,
    Form,
    KeyRule,
    Level,
    Operation,
    Purpose,
    Replacing,
    SendsTogether,
    Sink,
    Source,
)
from audsync.errors import TableError
from audsync.match_keys import IDENTITY, PLACES, SEVERAL, match_keys, taken_by
from audsync.tables import PARAM_PREFIX, TABLES, Kind

if TYPE_CHECKING:
    import pyarrow as pa

_NAME: Final = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_LONGEST_NAME: Final = 40
_SECRET_NAME: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_SECRET: Final = ("token", "secret", "password", "api_key")


def _wrong(message: str, remedy: str | None = None) -> Finding:
    return Finding(Level.ERROR, message, remedy)


def check_name(name: str) -> Iterator[Finding]:
    """Whether the name of an entry point can be written as a `type` in a config."""
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        yield _wrong(
            f'the name "{name}" of the entry point is not well formed',
            f"a-z, 0-9, hyphens and underscores, at most {_LONGEST_NAME} characters",
        )


def option_rows(options: type) -> list[dict[str, Any]]:
    """The keys of a connector's options: name, type, whether required, default, meaning."""
    hints = get_type_hints(options, include_extras=True)
    rows = []
    for item in dataclasses.fields(options):
        kind, *notes = get_args(hints[item.name]) or (hints[item.name],)
        is_annotated = hasattr(hints[item.name], "__metadata__")
        required = item.default is item.default_factory is dataclasses.MISSING
        rows.append(
            {
                "key": item.name,
                "type": _type_text(kind if is_annotated else hints[item.name]),
                "required": required,
                "default": "" if item.default is dataclasses.MISSING else item.default,
                "meaning": next(
                    (note for note in notes if is_annotated and isinstance(note, str)), ""
                ),
            }
        )
    return rows


def _type_text(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else re.sub(r"\b[a-z_]+\.", "", str(kind))


def check_options(options: type) -> Iterator[Finding]:
    """Whether every option has a type and a meaning, and none can show a secret."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        rows = option_rows(options)
        TypeAdapter(options).json_schema()
    except (NameError, TypeError, PydanticUserError) as error:
        yield _wrong(f"the options cannot be read ({type(error).__name__})")
        return
    shown = {item.name for item in dataclasses.fields(options) if item.repr}
    for row in rows:
        key = row["key"]
        if not row["meaning"]:
            yield _wrong(
                f'option "{key}" has no meaning', 'write Annotated[<type>, "What it is."]'
            )
        if any(word in key for word in _SECRET) and key in shown:
            yield _wrong(f'option "{key}" would show a secret', "write field(repr=False)")
    if not getattr(options, "__dataclass_params__").frozen:  # noqa: B009 -- of every dataclass
        yield _wrong("the options can be changed", "write @dataclass(frozen=True)")


def check_secrets(options: object) -> Iterator[Finding]:
    """Whether what options name in `secrets` are names of secrets."""
    names = getattr(options, "secrets", ())
    if isinstance(names, str) or not isinstance(names, Collection):
        yield _wrong("the options' secrets are no names", "return a tuple of texts")
        return
    for name in names:
        if not (isinstance(name, str) and _SECRET_NAME.fullmatch(name)):
            yield _wrong(
                f"the options' secrets name {name!r}",
                "a name is lower-case letters and digits, with _ between",
            )


def check_class(connector: type, protocol: type[Source | Sink]) -> Iterator[Finding]:
    """Whether a class is made of what it is given, and has its protocol's methods."""
    try:
        inspect.signature(connector).bind("options", "context")
    except TypeError:
        yield _wrong(f"{connector.__name__} is not made of options and a context")
    for name, member in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("_"):
            continue
        own = getattr(connector, name, None)
        if not callable(own):
            yield _wrong(f"{connector.__name__} has no method {name}")
            continue
        arguments = list(inspect.signature(member).parameters)
        try:
            inspect.signature(own).bind(*arguments)
        except TypeError:
            taken = ", ".join(arguments[1:]) or "nothing"
            yield _wrong(f"{connector.__name__}.{name} does not take {taken}")


def check_shape(made: object) -> Iterator[Finding]:
    """Whether what a source or a sink says of itself has the types of its protocol."""
    if hasattr(made, "pull"):
        provides = getattr(made, "provides", None)
        is_set = isinstance(provides, AbstractSet)
        if not is_set or not all(isinstance(one, str) for one in provides or ()):
            yield _wrong("provides is no set of texts", "name columns as table.column")
        if not isinstance(getattr(made, "params", None), Mapping):
            yield _wrong("params is no mapping", "name columns with their Kind")
        return
    if not isinstance(getattr(made, "capabilities", None), Capabilities):
        yield _wrong("capabilities is no Capabilities of audsync.contracts")
    rules: Any = getattr(made, "key_rules", None)
    is_mapping = isinstance(rules, Mapping)
    if not is_mapping or not all(isinstance(one, KeyRule) for one in rules.values()):
        yield _wrong("key_rules is no mapping of names to KeyRule of audsync.contracts")


def check_source(source: Source) -> Iterator[Finding]:
    """Whether a source provides tables and columns that there are."""
    if faults := list(check_shape(source)):
        yield from faults
        return
    known = {f"{table.name}.{item.name}" for table in TABLES.values() for item in table.columns}
    params = dict(source.params)
    for name in sorted(source.provides - known - set(params)):
        table, _, column = name.partition(".")
        if not (table in TABLES and column.startswith(PARAM_PREFIX)):
            yield _wrong(f'provides "{name}", which is no column of a table')
    for name, kind in sorted(params.items()):
        table, _, column = name.partition(".")
        if table not in TABLES or not column.removeprefix(PARAM_PREFIX):
            yield _wrong(f'params has "{name}"', "name it <table>.param.<name>")
        if not isinstance(kind, Kind):
            yield _wrong(f'the type of "{name}" is no Kind')


def check_sink(sink: Sink) -> Iterator[Finding]:
    """Whether a sink's capabilities make sense and its key rules keep the contract."""
    if faults := list(check_shape(sink)):
        yield from faults
        return
    yield from _capabilities(sink.capabilities)
    if sink.capabilities.audiences_per_send > 1 and not isinstance(sink, SendsTogether):
        yield _wrong("capabilities: audiences_per_send without a method send_together")
    yield from check_key_rules(sink.key_rules, stays_local=sink.capabilities.stays_local)


def _capabilities(found: Capabilities) -> Iterator[Finding]:
    rules = {
        "operations lacks add or remove": {Operation.ADD, Operation.REMOVE} <= found.operations,
        "gapless_replace without the operation replace": (
            not found.gapless_replace or Operation.REPLACE in found.operations
        ),
        "replaces without the operation replace": (
            found.replaces is Replacing.NEVER or Operation.REPLACE in found.operations
        ),
        "max_batch is less than 1": found.max_batch >= 1,
        "audiences_per_send is less than 1": found.audiences_per_send >= 1,
        "settles_after is no time to come": (
            found.settles_after is None or found.settles_after > timedelta()
        ),
        "membership_days is less than 1": (
            found.membership_days is None or found.membership_days >= 1
        ),
        "min_size_to_remove is negative": found.min_size_to_remove >= 0,
        "purposes is empty": bool(found.purposes & set(Purpose)),
    }
    for sentence, is_right in rules.items():
        if not is_right:
            yield _wrong(f"capabilities: {sentence}")


def check_key_rules(rules: Mapping[str, KeyRule], *, stays_local: bool) -> Iterator[Finding]:
    """Whether key rules have known inputs, are pure and total, and return what they say."""
    if not any(rule.identifies for rule in rules.values()):
        yield _wrong("no key rule identifies a person")
    for name, rule in rules.items():
        if set(rule.made_of) - set(rules):
            yield _wrong(f"key {name}: made of a key that there is not")
        if rule.place != 1 and not _is_further(rule, rules):
            yield _wrong(
                f"key {name}: place {rule.place} of nothing that a person has several of",
                f"places go up to {PLACES}, of rules that identify and take one of {SEVERAL},"
                " where the place before is there with the same inputs and apply",
            )
        faults = list(_key_rule(name, rule, stays_local=stays_local))
        yield from faults
        if not faults:
            yield from _spot_checks(name, rule)


def _is_further(rule: KeyRule, rules: Mapping[str, KeyRule]) -> bool:
    before = dataclasses.replace(rule, place=rule.place - 1)
    return (
        1 < rule.place <= PLACES
        and rule.identifies
        and rule.inputs in {(name,) for name in SEVERAL}
        and before in rules.values()
    )


def _key_rule(name: str, rule: KeyRule, *, stays_local: bool) -> Iterator[Finding]:
    unknown = sorted(set(rule.inputs) - set(IDENTITY))
    if unknown or not (rule.inputs or rule.made_of):
        words = ", ".join(unknown) or "nothing"
        yield _wrong(f"key {name}: takes {words}", f"inputs are some of {', '.join(IDENTITY)}")
    if rule.version < 1:
        yield _wrong(f"key {name}: its version is less than 1")
    if rule.form is Form.PERSONAL and not stays_local:
        yield _wrong(f"key {name}: text of a person may not leave this machine")
    if rule.form is Form.PLAIN and rule.identifies:
        yield _wrong(f"key {name}: a plain field identifies nobody")


# Normal forms of invented people, and text that is none but may come all the same.
_TEXTS: Final = (None, "", "a", "\x00", "🙂 Žofie", "x" * 300, "=cmd", "a@b@c", "  ")
_SAMPLES: Final[Mapping[str, tuple[str | None, ...]]] = {
    "email": ("ana@example.com", "a.b+c@example.org", *_TEXTS),
    "phone": ("+420601000001", "+447700900123", *_TEXTS),
    "born_on": ("1980-05-17", "2000-02-29", None),
    "registered": ("2024-05-01", None),
    "total_revenue_minor": ("19990", "0", "5", None),
    "currency": ("CZK", "GBP", "JPY", None),
    "country": ("CZ", "GB", None),
    "delivery_country": ("CZ", "GB", None),
}


def _sample(inputs: tuple[str, ...]) -> list[list[str | None]]:
    """A column per input, all of one length in which every value occurs."""
    columns = [_SAMPLES.get(name, ("ana", "Dvořák", "110 00", *_TEXTS)) for name in inputs]
    length = max(len(column) for column in columns) + len(columns)
    return [[column[row % len(column)] for row in range(length)] for column in columns]


def _spot_checks(name: str, rule: KeyRule) -> Iterator[Finding]:
    """Faults of one rule on sample people: it raises, or depends on more than its inputs."""
    columns = _sample(rule.inputs or rule.made_of)
    given = [list(column) for column in columns]
    try:
        answers = list(rule.apply(*given))
        again = list(rule.apply(*(list(column) for column in columns)))
        backwards = list(rule.apply(*(column[::-1] for column in columns)))[::-1]
        single = [
            next(iter(rule.apply(*([value] for value in row))))
            for row in zip(*columns, strict=True)
        ]
        nobody = list(rule.apply(*([] for _ in columns)))
    except Exception as error:  # noqa: BLE001 -- any code may stand there
        yield _wrong(f"key {name}: raises {type(error).__name__} for odd data")
        return
    if given != columns:
        yield _wrong(f"key {name}: changes the lists it is given")
        return
    if nobody or not answers == again == backwards == single:
        yield _wrong(f"key {name}: not the same for the same input", "make apply pure")
        return
    if rule.made_of:
        return
    try:
        match_keys({name: rule}, _people(columns, taken_by(rule)))
    except TableError as error:
        yield _wrong(str(error))


def _people(columns: list[list[str | None]], inputs: tuple[str, ...]) -> "pa.Table":
    import pyarrow as pa

    ids = [f"{number:03}" for number in range(len(columns[0]))]
    named = {
        name: pa.array(column, pa.string())
        for name, column in zip(inputs, columns, strict=True)
    }
    return pa.table({**named, "client_id": ids})
