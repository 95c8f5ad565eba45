"""When a pull is refused: too many bad rows, or a source that has shrunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audsync.errors import GuardError
from audsync.quarantine import Quarantine, QuarantineLimits

# Of the few rows that changed since yesterday one bad row may be a large share; a feed that is
# sent whole has no such excuse. A few bad values are nothing either way.
FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Lost:
    """Rows of a table, or values of a column, that were refused, and for what.

    A share of them matters only where more than `few` were lost: for stopping, for warning.
    """

    what: str
    lost: int
    read: int
    why: str
    noun: str = "rows"
    few_to_stop: int = 0
    few_to_warn: int = 0

    def __str__(self) -> str:
        """The share in words."""
        share = f"{100 * self.lost / self.read:.1f} %"
        return f"{self.what}: {self.lost:,} of {self.read:,} {self.noun} were refused ({share})"

    def stops(self, percent: float) -> bool:
        """Whether the pull must not be kept."""
        return self.lost > self.few_to_stop and self.lost * 100 > self.read * percent

    def warns(self, percent: float) -> bool:
        """Whether a person should know."""
        return self.lost > self.few_to_warn and self.lost * 100 > self.read * percent


def lost_rows(table: str, *, read: int, whole: bool, quarantine: Quarantine) -> Lost | None:
    """What a table lost of its rows; None for nothing. `whole` where it was sent whole."""
    lost = quarantine.dropped(table)
    if not lost:
        return None
    why = quarantine.most_frequent(table)
    return Lost(table, lost, read, why, few_to_stop=0 if whole else FEW)


def lost_values(read: Mapping[str, int], quarantine: Quarantine) -> list[Lost]:
    """What each column lost of its values; `read` has the rows of each table."""
    return [
        Lost(
            f"{table}.{column}",
            lost,
            max(read.get(table, 0), lost),
            quarantine.most_frequent(table, column=column),
            "values",
            few_to_stop=FEW,
            few_to_warn=FEW,
        )
        for (table, column), lost in sorted(quarantine.values_lost().items())
    ]


def check_losses(
    losses: Sequence[Lost], limits: QuarantineLimits, *, quarantine: str
) -> list[str]:
    """What a person should know of losses beyond the warning limit.

    Raises GuardError where one is beyond the stopping limit.
    """
    over = [
        f"{one}, over the limit of {limits.stop_percent:g} %: {one.why}"
        for one in losses
        if one.stops(limits.stop_percent)
    ]
    if over:
        raise GuardError(
            "; ".join(over) + f". What is held stays as it is. See {quarantine} for the places "
            "and reasons; mend the source or its mapping, or raise quarantine.stop_percent"
        )
    return [
        f"{one}, more than {limits.warn_percent:g} %: {one.why}; see {quarantine}"
        for one in losses
        if one.warns(limits.warn_percent)
    ]


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
