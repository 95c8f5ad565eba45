"""Ids of shops, segments and sinks."""

import re
from typing import Final

LONGEST: Final = 40
PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
HINT: Final = "lower-case letters and digits, parts joined by single hyphens, at most 40"


def is_id(text: str) -> bool:
    """Whether the text may be an id, and so part of a path or an audience's name."""
    return len(text) <= LONGEST and re.fullmatch(PATTERN.strip("^$"), text) is not None
