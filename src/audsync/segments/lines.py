"""Reading the lines about one field: `field = value`, `field.operator = value`, or a list."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from audsync.segments.codes import Mistake
from audsync.segments.fields import Field
from audsync.segments.mistakes import Mistakes
from audsync.segments.operators import Operator, plain_operator
from audsync.segments.registry import nearest
from audsync.segments.rule import Block, Comparison
from audsync.segments.values import Wrong, read_value
from audsync.toml_file import KeyPath

_SALT = "salt"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is about: a field, the parameter of a family, where it stands."""

    field: Field
    path: KeyPath
    block: Block
    param: str | None = None
    exact_category: bool = False


def is_table_list(raw: Any) -> bool:
    """Whether a value is a list of tables, as double brackets make it."""
    return isinstance(raw, list) and bool(raw) and all(isinstance(item, dict) for item in raw)


def by_parameter(
    subject: Subject, raw: Any, mistakes: Mistakes
) -> Iterator[tuple[Subject, Any]]:
    """The subject with its value; for a family one pair per parameter."""
    field = subject.field
    if not field.family:
        yield subject, raw
        return
    if not isinstance(raw, dict) or not raw:
        mistakes.add(
            Mistake.SHAPE,
            f"{field.name} needs the name of a parameter",
            subject.path,
            hint=f"write {field.example}",
        )
        return
    for name, value in raw.items():
        yield replace(subject, path=(*subject.path, name), param=name), value


def read_lines(subject: Subject, raw: Any, mistakes: Mistakes) -> list[Comparison]:
    """The comparisons about one field; each of a list of tables is a line of its own."""
    if is_table_list(raw):
        found: list[Comparison] = []
        for number, table in enumerate(raw):
            found += _read_table(subject, table, (*subject.path, number), mistakes)
        return found
    if isinstance(raw, dict):
        return _read_table(subject, raw, subject.path, mistakes)
    operator = plain_operator(subject.field.code)
    if operator not in subject.field.operators:
        _refuse_operator(subject, operator, subject.path, mistakes)
        return []
    return _read_one(subject, operator, raw, subject.path, None, mistakes)


def _read_table(
    subject: Subject, table: dict[str, Any], path: KeyPath, mistakes: Mistakes
) -> list[Comparison]:
    salt = _read_salt(subject, table, path, mistakes)
    keys = [key for key in table if not (key == _SALT and subject.field.name == "ab_bucket")]
    if not keys:
        mistakes.add(
            Mistake.NO_LINES,
            f"nothing is asked of {subject.field.name}",
            path,
            hint=f"write {subject.field.example}",
        )
    if len(keys) > 1 and subject.block is not Block.ALL:
        refuse_second(subject.field.name, (*path, keys[1]), mistakes)
    found: list[Comparison] = []
    for key in keys:
        here = (*path, key)
        if key in set(subject.field.operators):
            found += _read_one(subject, Operator(key), table[key], here, salt, mistakes)
        else:
            _refuse_operator(subject, key, here, mistakes)
    return found


def _read_one(
    subject: Subject,
    operator: Operator,
    raw: Any,
    path: KeyPath,
    salt: str | None,
    mistakes: Mistakes,
) -> list[Comparison]:
    try:
        value = read_value(subject.field, operator, raw)
    except Wrong as wrong:
        mistakes.add_wrong(wrong, path)
        return []
    return [
        Comparison(
            subject.field,
            operator,
            value,
            param=subject.param,
            salt=salt,
            exact_category=subject.exact_category,
            path=path,
        )
    ]


def _read_salt(
    subject: Subject, table: dict[str, Any], path: KeyPath, mistakes: Mistakes
) -> str | None:
    salt = table.get(_SALT)
    if salt is None or subject.field.name != "ab_bucket":
        return None
    if isinstance(salt, str) and salt.strip() and "\x00" not in salt:
        return salt
    mistakes.add(
        Mistake.VALUE_TYPE,
        "the salt is not a text",
        (*path, _SALT),
        value=True,
        hint='name the experiment, such as salt = "spring-test"',
    )
    return None


def _refuse_operator(subject: Subject, key: str, path: KeyPath, mistakes: Mistakes) -> None:
    field = subject.field
    allowed = f"it takes {', '.join(field.operators)}"
    close = nearest(key, field.operators)
    mistakes.add(
        Mistake.OPERATOR,
        f'{field.name} does not take "{key}"',
        path,
        hint=f"{close} {allowed}" if close else allowed,
    )


def refuse_second(name: str, path: KeyPath, mistakes: Mistakes) -> None:
    """Note that two comparisons of one field in `any` or `none` can be read two ways."""
    mistakes.add(
        Mistake.AMBIGUOUS,
        f"two comparisons of {name} in one [any] or [none] can be read two ways",
        path,
        hint=f"for a range write {name}.between = [lowest, highest]; "
        "else give each its own block",
    )
