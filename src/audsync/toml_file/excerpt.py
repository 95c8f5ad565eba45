"""The piece of a file that a problem shows: line, column, and the line without its secrets."""

import re
from typing import Final

from audsync.errors import Problem, Severity

_TELLTALE: Final = r"(?:token|secret|password|api[_-]?key)"
_SECRET_KEY: Final = re.compile(_TELLTALE, re.IGNORECASE)
# Everything after the sign is hidden: a file with a mistake may close its quotes anywhere.
_SECRET_LINE: Final = re.compile(
    rf"([\w.\"'-]*{_TELLTALE}[\w.\"'-]*[ \t]*[=:][ \t]*)(?!\{{)\S.*", re.IGNORECASE
)
# What an address may hold besides host and path: user and password, and a query with a key.
_ADDRESS_SECRET: Final = re.compile(r"(?<=://)[^/\s\"']+@|(?<=\?)[^\s\"'?]*=[^\s\"']+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDTH: Final = 200  # a longer line is cut, so that a message stays readable


def looks_secret(key: str) -> bool:
    """Whether a key's name says that its value is a secret: `meta_token`, `API_KEY`."""
    return _SECRET_KEY.search(key) is not None


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1, in characters."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


def source_line(text: str, line: int) -> str:
    """The line as it may be shown: what a key or an address keeps secret becomes `***`."""
    whole = text.split("\n")[line - 1].rstrip("\r")
    known = _SECRET_LINE.sub(r"\1***", _ADDRESS_SECRET.sub(_hidden, whole))
    shown = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", known)
    return shown if len(shown) <= _WIDTH else f"{shown[:_WIDTH]}…"


def _hidden(secret: re.Match[str]) -> str:
    return "***@" if secret[0].endswith("@") else "***"


def problem_at(
    text: str,
    offset: int,
    *,
    shown: str,
    code: str,
    message: str,
    length: int = 1,
    hint: str | None = None,
    severity: Severity = Severity.ERROR,
) -> Problem:
    """A problem at a character of the text, with as much of its line underlined as it has."""
    line, column = place(text, offset)
    excerpt = source_line(text, line)
    return Problem(
        path=shown,
        line=line,
        column=column,
        code=code,
        message=message,
        hint=hint,
        source_line=excerpt if column <= _WIDTH else None,
        length=max(1, min(length, len(excerpt) - column + 1)),
        severity=severity,
    )
