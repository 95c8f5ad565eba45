"""The files of a shop's lists of people, as they are now."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from audsync.config import Code, Config, ListConfig, Shop, resolve_path
from audsync.errors import ConfigError, Problem
from audsync.identity.hiding import Hiding
from audsync.lists import ListValues, list_values

_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists that can be read, by name, and what is wrong with the others.

    `mark` is another text whenever the content of a file is another one.
    """

    found: Mapping[str, ListValues] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)
    mark: str = ""

    def check_suppressed(self, shop: Shop) -> None:
        """Raise ConfigError where a list cannot be read whose people are in no audience."""
        wrong = [self.problems[n] for n in shop.eligibility.suppressed if n in self.problems]
        if wrong:
            raise ConfigError(wrong)


def read_lists(config: Config, shop: Shop, hiding: Hiding | None) -> Lists:
    """Every list of the shop. A broken file stops only what needs the list."""
    found: dict[str, ListValues] = {}
    problems: dict[str, Problem] = {}
    content = hashlib.sha256()
    for name, one in sorted(shop.lists.items()):
        try:
            data = _read(config, name, one)
            texts = list(_texts(name, one, data))
        except ConfigError as error:
            problems[name] = error.problems[0]
            content.update(f"{name} is broken".encode())
            continue
        content.update(f"{name} {hashlib.sha256(data).hexdigest()}".encode())
        found[name] = list_values(
            one.settings.holds, texts, country=shop.country, hiding=hiding
        )
    return Lists(found, problems, content.hexdigest())


def list_problems(config: Config, shop: Shop) -> Iterator[Problem]:
    """What is wrong with the files of the shop's lists."""
    for name, one in sorted(shop.lists.items()):
        try:
            list(_texts(name, one, _read(config, name, one)))
        except ConfigError as error:
            yield from error.problems


def _read(config: Config, name: str, one: ListConfig) -> bytes:
    text = one.settings.file
    try:
        path = resolve_path(config, text, setting=f"list {name}")
    except ConfigError:
        raise _wrong(
            one,
            Code.PATH_OUTSIDE,
            f"list {name}: its file leads out of the config folder",
            "add the folder that holds it to data under [paths]",
        ) from None
    try:
        return path.read_bytes()
    except OSError as error:
        raise _wrong(
            one,
            Code.NO_LIST,
            f"list {name}: the file cannot be read: {error.strerror or 'unknown reason'}",
            "put the file there, or correct its name",
        ) from None


def _texts(name: str, one: ListConfig, data: bytes) -> Iterator[str]:
    """The cells of the list, as they stand in the file."""
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong(
            one,
            Code.NO_LIST,
            f"list {name}: line {line} of the file is not UTF-8",
            "save it as UTF-8",
        ) from None
    lines = text.splitlines()
    column = one.settings.column
    if column is None:
        yield from lines
        return
    first = lines[0] if lines else ""
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        raise _wrong(
            one,
            Code.NO_LIST,
            f"list {name}: the file cannot be read as delimited text",
            "look for a quotation mark that is not closed",
        ) from None
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    wanted = column.strip().casefold()
    if wanted not in header:
        raise _wrong(
            one,
            Code.NO_LIST,
            f'list {name}: the file has no column "{column}"',
            "write its header as it stands in the first line, or leave column out where each "
            "line is one value",
            key="column",
        )
    place = header.index(wanted)
    yield from (row[place] for row in rows[1:] if place < len(row))


def _wrong(
    one: ListConfig, code: str, message: str, hint: str, *, key: str = "file"
) -> ConfigError:
    return ConfigError([one.problem(key, code, message, hint)])
