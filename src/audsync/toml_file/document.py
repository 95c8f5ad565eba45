"""A TOML file as read: its data, and problems that point into its text."""

import codecs
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import tomli

from audsync.errors import ConfigError, Problem, Severity
from audsync.toml_file.excerpt import problem_at
from audsync.toml_file.mistake import TomlCode
from audsync.toml_file.positions import KeyPath, Position, positions
from audsync.toml_file.syntax import syntax_problem

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_8_HINT: Final = 'in the editor choose "Save with encoding" and there UTF-8'


@dataclass(frozen=True, eq=False)
class TomlFile:
    """The data of a TOML file and the text it came from.

    `shown` is the path as messages show it. `text` has bare newlines and no byte order mark.
    """

    shown: str
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    @cached_property
    def _positions(self) -> dict[KeyPath, Position]:
        return positions(self.text)

    def has(self, path: KeyPath) -> bool:
        """Whether the file itself says something at that path."""
        return path in self._positions

    def value_text(self, path: KeyPath) -> str | None:
        """A value as it is written; None if it is absent, or a table with a header."""
        position = self._positions.get(path)
        if position is None or position.value is None:
            return None
        return self.text[position.value.start : position.value.end]

    def value_start(self, path: KeyPath) -> int | None:
        """The number of characters before a value; None where `value_text` has none."""
        position = self._positions.get(path)
        return None if position is None or position.value is None else position.value.start

    def value_end(self, path: KeyPath) -> int | None:
        """The number of characters up to the end of a value; None as `value_start`."""
        position = self._positions.get(path)
        return None if position is None or position.value is None else position.value.end

    def key_start(self, path: KeyPath) -> int | None:
        """The number of characters before a key, in header or line; None if it is absent."""
        position = self._positions.get(path)
        return None if position is None else position.key.start

    def problem(
        self,
        code: str,
        message: str,
        path: KeyPath = (),
        *,
        value: bool = False,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """A problem at a key, or at its value; at the nearest table around it if it is absent.

        The empty path, and a path none of whose tables is written, mean the file as a whole.
        """
        found = self._positions
        while path and path not in found:
            path, value = path[:-1], False
        if not path:
            return Problem(self.shown, 0, 0, code, message, hint, severity=severity)
        position = found[path]
        span = (position.value if value else None) or position.key
        return problem_at(
            self.text,
            span.start,
            shown=self.shown,
            code=code,
            message=message,
            length=span.end - span.start,
            hint=hint,
            severity=severity,
        )


def parse_toml(data: bytes, shown: str) -> TomlFile:
    """The file whose content is `data`; a byte order mark and Windows line ends are fine.

    Raises ConfigError with one problem: not UTF-8, or the first mistake in its syntax.
    """
    text = _decoded(data, shown).replace("\r\n", "\n")
    try:
        return TomlFile(shown, text, tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        raise ConfigError([syntax_problem(text, error, shown)]) from None
    except RecursionError:
        message = "lists or tables are nested too deeply"
        raise ConfigError([Problem(shown, 0, 0, TomlCode.SYNTAX, message)]) from None


def toml_files(folder: Path) -> list[tuple[str, Path]]:
    """The files of a folder of TOML files by name, sorted; none where it is not there.

    The name is without `.toml`. Hidden files are left out, which editors and systems leave
    lying about; `.TOML` stays a part of the name, since no id has one. Raises ConfigError with
    one problem where the folder cannot be read.
    """
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(str(folder), error) from None
    return [
        (path.name.removesuffix(".toml"), path)
        for path in found
        if path.suffix.lower() == ".toml" and not path.name.startswith(".")
    ]


def read_toml(path: Path, shown: str | None = None) -> TomlFile:
    """The file at `path`, shown in messages as `shown` or else as the path itself.

    Raises ConfigError with one problem: cannot be read, not UTF-8, or a mistake in its syntax.
    """
    shown = shown if shown is not None else str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(shown, error) from None
    return parse_toml(data, shown)


def _unreadable(shown: str, error: OSError) -> ConfigError:
    reason = error.strerror or "cannot be read"
    message = f"cannot be read: {reason[0].lower()}{reason[1:]}"
    return ConfigError([Problem(shown, 0, 0, TomlCode.UNREADABLE, message)])


def _decoded(data: bytes, shown: str) -> str:
    if data.startswith(_UTF_16) or b"\0" in data[:4]:
        message = "not saved as UTF-8: this looks like UTF-16"
        problem = Problem(shown, 1, 1, TomlCode.ENCODING, message, hint=_UTF_8_HINT)
        raise ConfigError([problem])
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8"))
    problem = problem_at(
        data.decode("utf-8", errors="replace"),
        offset,
        shown=shown,
        code=TomlCode.ENCODING,
        message="not saved as UTF-8: this letter is in another encoding",
        hint=_UTF_8_HINT,
    )
    raise ConfigError([problem])
