"""When a pull is refused: too many bad rows, or a source that has shrunk."""

from collections.abc import Mapping
from typing import Final

from audsync.errors import GuardError
from audsync.quarantine import QuarantineLimits

# Of the few rows that changed since yesterday one bad row may be a large share; a feed that is
# sent whole has no such excuse.
FEW: Final = 10


def check_losses(
    losses: Mapping[str, tuple[int, int]],
    limits: QuarantineLimits,
    *,
    whole: frozenset[str],
    quarantine: str,
) -> bool:
    """Whether rows were lost beyond the warning limit of any table.

    `losses` has (lost, read) by table; `whole` names the tables that were sent whole. Raises
    GuardError beyond the stopping limit; of a table sent in part more than FEW rows must be
    lost for that.
    """
    over = [
        f"{table}: {lost:,} of {read:,} rows were refused ({100 * lost / read:.1f} %), "
        f"over the limit of {limits.stop_percent:g} %"
        for table, (lost, read) in losses.items()
        if _beyond(lost, read, limits.stop_percent) and (table in whole or lost > FEW)
    ]
    if over:
        raise GuardError(
            "; ".join(over) + f". What is held stays as it is. See {quarantine} for the rows "
            "and reasons; mend the source, or raise quarantine.stop_percent"
        )
    return any(_beyond(lost, read, limits.warn_percent) for lost, read in losses.values())


def check_shrinkage(sizes: Mapping[str, tuple[int, int]], *, percent: int) -> None:
    """Raise GuardError where a table has fewer than `percent` of the rows it had.

    `sizes` has (rows before, rows now) of the tables that were sent whole.
    """
    shrunken = [
        f"{table}: {now:,} rows, {before:,} before ({100 * now // before} %, "
        f"the limit is {percent} %)"
        for table, (before, now) in sizes.items()
        if now * 100 < before * percent
    ]
    if shrunken:
        raise GuardError(
            "the source has shrunk: "
            + "; ".join(shrunken)
            + ". What is held stays as it is and nobody leaves. Look at the source; "
            "if it is right, run again with --accept-smaller-source"
        )


def _beyond(lost: int, read: int, percent: float) -> bool:
    return lost > 0 and lost * 100 > read * percent
