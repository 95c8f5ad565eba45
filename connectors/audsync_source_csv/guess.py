"""A mapping guessed from the files themselves."""

from collections.abc import Sequence
from pathlib import Path


def guess(files: Sequence[Path], *, folder: Path) -> str:
    """TOML."""
    return f"{files}{folder}"
