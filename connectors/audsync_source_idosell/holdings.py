"""What is asked of the rows that are held, piece by piece."""

from collections.abc import Iterator, Mapping
from typing import Final

from audsync.contracts import Held

_AT_ONCE: Final = 10_000


def held_texts(
    held: Held,
    table: str,
    column: str,
    *,
    but_not_in: str | None = None,
    having: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Every distinct text of a column, as it was when its piece was asked for."""
    after = ""
    while found := held.texts(
        table, column, but_not_in=but_not_in, having=having, after=after, limit=_AT_ONCE
    ):
        yield from found
        after = found[-1]
