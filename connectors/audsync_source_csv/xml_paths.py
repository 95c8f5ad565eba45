"""Which elements of an XML file are rows, and where in a row its values stand.

Names are compared as headers are: without case. A prefix of a name belongs to it, as in `g:id`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audsync_source_csv.cells import fold

_NAME: Final = r"[^\s/@\[\]='\"<>.][^\s/@\[\]='\"<>]*"
_STEP: Final = re.compile(
    rf"(?P<name>{_NAME})(?:\[(?P<child>@?{_NAME})=(?P<mark>['\"])(?P<text>.*?)(?P=mark)\])?(?:/|\Z)"
)
_ROW: Final = re.compile(rf"/?{_NAME}(?:/{_NAME})+\Z")
_ATTRIBUTE: Final = re.compile(rf"@(?P<name>{_NAME})\Z")
_ROOT: Final = 1  # depth of the element that all others stand in

RowPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One element further in; with `child`, only those whose child of that name has a text."""

    name: str
    child: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ValuePath:
    """From a row some elements out, then in by steps, to an element's text or an attribute."""

    up: int
    steps: tuple[Step, ...]
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The largest element that is held at once, and the paths of the rows inside it."""

    path: RowPath
    rows: tuple[RowPath, ...]


def row_path(text: str) -> RowPath:
    """The path of rows, from the element that holds all; raises ValueError."""
    if not _ROW.match(text):
        raise ValueError(
            f'`row`: "{text}" is no path of the elements that are rows; write it from the '
            "outermost element on, such as ORDERS/ORDER"
        )
    return tuple(fold(name) for name in text.lstrip("/").split("/"))


def value_path(text: str) -> ValuePath:
    """The path of a value, from its row; raises ValueError."""
    rest, up = text.strip(), 0
    while rest.startswith("../"):
        rest, up = rest[len("../") :], up + 1
    steps: list[Step] = []
    while rest and rest != ".":
        if found := _ATTRIBUTE.match(rest):
            return ValuePath(up, tuple(steps), fold(found["name"]))
        step = _STEP.match(rest)
        if step is None or (rest.endswith("/") and step.end() == len(rest)):
            break
        steps.append(
            Step(fold(step["name"]), fold(step["child"] or ""), fold(step["text"] or ""))
        )
        rest = rest[step.end() :]
    if rest not in ("", ".") or not (steps or rest):
        raise ValueError(
            f'"{text}" is no path inside a row; such are NAME, PRICE/@currency, '
            "PARAMETER[NAME='size']/VALUE and ../ORDER_ID"
        )
    return ValuePath(up, tuple(steps))


def records(rows: Sequence[RowPath], values: Iterable[ValuePath]) -> Iterator[Record]:
    """What is held at once: rows, or the elements around them from which they take values.

    Never the outermost one, which is the whole file.
    """
    up = max((value.up for value in values), default=0)
    depth = max(_ROOT + 1, min(len(row) - up for row in rows))
    for path in dict.fromkeys(row[:depth] for row in rows):
        inside = tuple(row[depth:] for row in rows if row[:depth] == path)
        yield Record(path, inside)


def check_paths(rows: Sequence[str], values: Iterable[str]) -> None:
    """Refuse what is no path, and values that stand outside of what is held at once."""
    deepest = max(len(row_path(row)) for row in rows)
    for text in values:
        if deepest - value_path(text).up <= _ROOT:
            raise ValueError(
                f'"{text}" leads out to the element that holds the whole file; give such a '
                "value as { value = … }"
            )
