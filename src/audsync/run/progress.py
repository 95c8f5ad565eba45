"""How far a pull has come, for whoever watches a run."""

from collections.abc import Callable

from audsync.contracts import Calls

Progress = Callable[[str, int, int | None], None]


def tell_calls(progress: Progress, number: int) -> None:
    """Tell how many calls a pull is expected to take."""
    progress(f"calls to the shop: about {number:,} expected", 0, None)


def tell_pull(
    progress: Progress, calls: Calls, table: str, rows: int, expected: int | None
) -> None:
    """Tell how far a pull has come: in calls, where the source says how many it takes.

    Else in rows of the table that is being read, of those `expected` of it.
    """
    if calls.expected is None:
        progress(f"pull {table}", rows, expected)
    else:
        total = None if calls.made > calls.expected else calls.expected
        progress("calls to the shop", calls.made, total)
