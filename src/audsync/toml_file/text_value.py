"""The place of a character of a text value in the file that the text is written in."""

import re
from typing import Final

from audsync.errors import Problem
from audsync.toml_file.document import TomlFile
from audsync.toml_file.excerpt import problem_at
from audsync.toml_file.positions import KeyPath

# A character as double quotes hold it; one at the end of a line joins lines and is none.
_CHARACTER: Final = re.compile(
    r"(?P<joint>\\[ \t]*\n[ \t\n]*)"
    r"|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.",
    re.DOTALL,
)
_TRIPLE: Final = ('"""', "'''")


def inside(
    file: TomlFile,
    code: str,
    message: str,
    path: KeyPath,
    *,
    at: int | None = None,
    hint: str | None = None,
) -> Problem:
    """A problem at the character `at` of the text value at a path; None: at its key."""
    written = file.value_text(path)
    start = file.value_start(path)
    if at is None or written is None or start is None:
        return file.problem(code, message, path, hint=hint)
    offset = start + written_offset(written, at)
    rest = re.match(r"[\w.]+", file.text[offset:])
    return problem_at(
        file.text,
        offset,
        shown=file.shown,
        code=code,
        message=message,
        length=1 if rest is None else rest.end(),
        hint=hint,
    )


def written_offset(written: str, index: int) -> int:
    """Where the character `index` of a TOML string stands in the string as it is written."""
    quotes = 3 if written.startswith(_TRIPLE) else 1
    first, last = quotes, len(written) - quotes
    if quotes > 1 and written[first] == "\n":
        first += 1
    if written[0] == "'":
        return min(first + index, last)
    places = [
        one.start()
        for one in _CHARACTER.finditer(written, first, last)
        if not one.group("joint")
    ]
    return places[index] if index < len(places) else last
