"""The one place where a value or a name becomes SQL text, for both engines."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

Scalar = str | int | bool | Decimal | date | datetime | None

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")


def literal(value: Scalar) -> str:  # noqa: PLR0911 -- one return per type reads best
    """SQL text of one value. Text with a NUL or a backslash is built from its code points."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return _text(value)


def literals(values: Iterable[Scalar]) -> str:
    """SQL text of a parenthesised list; an empty list matches nothing on either engine."""
    return "(" + (", ".join(map(literal, values)) or "NULL") + ")"


def identifier(name: str) -> str:
    """A column or table name as quoted SQL text; `param.` names may hold any character."""
    if not _NAME.match(name) and not name.startswith("param."):
        raise ValueError("not a column name")
    return '"' + name.replace('"', '""') + '"'


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("a number must be finite")
    return format(value, "f")


def _text(value: str) -> str:
    # Spark reads a backslash as an escape and DuckDB does not: spell it as a code point.
    if "\x00" in value:
        raise ValueError("text must not hold a NUL character")
    quoted = "'" + value.replace("'", "''") + "'"
    if "\\" not in value:
        return quoted
    return "(" + quoted.replace("\\", "' || chr(92) || '") + ")"
