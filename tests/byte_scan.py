"""Looking for values of people in every byte of a folder, however they are written."""

import base64
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def forms(value: str) -> set[bytes]:
    """The bytes that a value may be in: cases, encodings, in a web address, in base64."""
    texts = {value, value.strip(), value.lower(), value.upper(), value.replace(" ", "")}
    texts |= {quote(text, safe="") for text in tuple(texts)}
    found = {
        text.encode(encoding)
        for text in texts
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "cp1250")
        if _fits(text, encoding)
    }
    return found | {part for text in texts for part in _base64(text.encode())}


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _base64(data: bytes) -> Iterable[bytes]:
    """What stands in base64 for the data wherever it begins in a longer text."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        yield encoded[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]


def found(folder: Path, values: Iterable[str]) -> list[str]:
    """The files in which any form of any value stands, as seen from the folder."""
    needles = {form for value in values for form in forms(value)}
    assert min(map(len, needles)) >= 5, "short needles are found by chance"
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and _holds(path, needles)
    )


def _holds(path: Path, needles: set[bytes]) -> bool:
    try:
        data = path.read_bytes()
    except FileNotFoundError:  # it has gone meanwhile
        return False
    return any(needle in data for needle in needles)
