"""Keys written into a TOML text, or taken out of it, with every other line as it was."""

from collections.abc import Collection, Mapping
from typing import Final

import tomli

from audsync.toml_file.document import TomlFile
from audsync.toml_file.positions import KeyPath

_BARE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def line_comment(file: TomlFile, path: KeyPath) -> str | None:
    """The comment behind a value that is the last of its line; None where there is none."""
    end = file.value_end(path)
    if end is None:
        return None
    rest = file.text[end : _line_end(file.text, end)].strip()
    return rest.removeprefix("#").strip() if rest.startswith("#") else None


def edited(
    file: TomlFile, table: KeyPath, *, take_out: Collection[str], add: Mapping[str, str]
) -> str | None:
    """The text with keys of a table taken out and lines put in, each a key and its whole line.

    A table that is not there is written at the end. None where the file is written in a way
    that lines cannot be put into, such as a table in braces.
    """
    if not (take_out or add):
        return file.text
    text = file.text if file.text.endswith("\n") or not file.text else f"{file.text}\n"
    spans: list[tuple[int, int]] = []
    for key in take_out:
        if file.has((*table, key)):
            span = _lines_of(file, text, (*table, key))
            if span is None:
                return None
            spans.append(span)
    lines = "".join(f"{line}\n" for line in add.values())
    at: int | None = len(text)
    if file.has(table):
        at = _header_end(file, text, table)
    else:
        lines = f"\n[{'.'.join(_key(str(part)) for part in table)}]\n{lines}"
    if at is None:
        return None
    changes = [*((start, end, "") for start, end in spans), (at, at, lines)]
    # From the end on, so that earlier places stay where they are.
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text if _is_that(text, file, table, take_out, add) else None


def _lines_of(file: TomlFile, text: str, path: KeyPath) -> tuple[int, int] | None:
    """Where the lines of a key and its value begin and end; None where more stands on them."""
    start, end = file.key_start(path), file.value_end(path)
    if start is None or end is None:
        return None
    begin, stop = text.rfind("\n", 0, start) + 1, _line_end(text, end)
    rest = text[end:stop].strip()
    if text[begin:start].strip() or (rest and not rest.startswith("#")):
        return None
    return begin, stop + 1


def _header_end(file: TomlFile, text: str, table: KeyPath) -> int | None:
    """Where the line after a table's header begins; None where it has no header."""
    start = file.key_start(table)
    if start is None:
        return None
    begin = text.rfind("\n", 0, start) + 1
    is_header = text[begin:start].lstrip().startswith("[")
    return _line_end(text, start) + 1 if is_header else None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _key(text: str) -> str:
    return text if text and set(text) <= _BARE else f'"{text}"'


def _is_that(
    text: str,
    file: TomlFile,
    table: KeyPath,
    take_out: Collection[str],
    add: Mapping[str, str],
) -> bool:
    """Whether the text says what the file said, but for these keys."""
    try:
        now, before = tomli.loads(text), tomli.loads(file.text)
        new = tomli.loads("\n".join(add.values()))
    except tomli.TOMLDecodeError:
        return False
    inner = before
    for step in table:
        inner = inner.setdefault(str(step), {})
    for key in take_out:
        inner.pop(key, None)
    inner.update(new)
    return now == before
