"""How entries of the ledger follow from one another, and what they say of marks.

An entry's hash is the SHA-256 of the previous entry's hash, a line feed and the entry's body
as JSON with sorted keys and no spaces; the first follows 64 zeros.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Final

START: Final = "0" * 64
LAST: Final = "SELECT hash FROM ledger ORDER BY entry DESC LIMIT 1"
ADD: Final = "INSERT INTO ledger (body, previous, hash) VALUES (:body, :previous, :hash)"


def link(previous: str, body: str) -> str:
    """The hash of an entry with that body after the entry of that hash."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def next_entry(previous: str, body: Mapping[str, object]) -> dict[str, str]:
    """The columns of the entry that says `body` after the entry of that hash."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"body": text, "previous": previous, "hash": link(previous, text)}


def marks_told(marks: Collection[tuple[str, str]]) -> dict[str, object]:
    """What an entry says of all marks, each with its request: their number and a digest."""
    lines = "\n".join(sorted(f"{request} {mark}" for mark, request in marks))
    return {"marks": len(marks), "marks_hash": hashlib.sha256(lines.encode()).hexdigest()}
