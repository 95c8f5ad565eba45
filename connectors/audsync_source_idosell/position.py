"""Where a pull continues: what the cursor holds, and steps that move it."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audsync.contracts import Page


@dataclass(frozen=True, slots=True)
class Step:
    """Pages, and where the pull continues once they are kept: parts of the cursor.

    A part that takes time to tell is a function, called while the pull stands here. `is_due`
    says that what follows asks for what is held, so that they must be kept now.
    """

    pages: Sequence[Page] = ()
    after: Mapping[str, Any] = field(default_factory=dict)
    is_due: bool = False


def told(after: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of the cursor as they are now."""
    return {name: part() if callable(part) else part for name, part in after.items()}


def pack(numbers: Iterable[int]) -> str:
    """Many numbers as a short text."""
    ordered = sorted(numbers)
    gaps = [b - a for a, b in zip([0, *ordered], ordered, strict=False)]
    return base64.b64encode(zlib.compress(json.dumps(gaps).encode())).decode()


def unpack(text: str | None) -> set[int]:
    """The numbers of such a text."""
    if text is None:
        return set()
    total, numbers = 0, set()
    for gap in json.loads(zlib.decompress(base64.b64decode(text))):
        total += gap
        numbers.add(total)
    return numbers
