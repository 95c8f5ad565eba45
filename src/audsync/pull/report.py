"""What a pull did: counts and names, no value of a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from audsync.quarantine import RejectionCount


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Rows of one table in one pull.

    `read` counts what the source read, lost rows included; `dropped` those lost to a fault or
    to a later row of the same key; `kept_out` those of people who were forgotten; `held` the
    rows of the table afterwards.
    """

    read: int = 0
    dropped: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0
    kept_out: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Warned:
    """Something odd that cost no row: `in_the_future` for times after the moment of the run."""

    table: str
    column: str
    reason: str
    count: int

    def __str__(self) -> str:
        """The warning as a sentence."""
        times = "times lie" if self.count > 1 else "time lies"
        return f"{self.table}.{self.column}: {self.count:,} {times} in the future"


@dataclass(frozen=True, slots=True)
class PullReport:
    """The result of one pull.

    `changed` says whether any row is another than before; `losses` tells of tables and columns
    that lost so much that the run ends as incomplete (exit 3). `normal_dropped` counts, by
    reason, the values among the rows of this pull that have no normal form; `resolution` is
    about all accounts and orders held. `read_anew` says why the source was asked for
    everything, if it was for another reason than that nothing was held; `notes` is what the
    source found odd. `seconds` tells the time of each step and is not repeatable.
    """

    tables: Mapping[str, TableCounts]
    rejections: tuple[RejectionCount, ...]
    warnings: tuple[Warned, ...]
    normal_dropped: Mapping[str, int]
    resolution: Mapping[str, int]
    changed: bool
    losses: tuple[str, ...]
    generation: int
    read_anew: str | None = None
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def incomplete(self) -> bool:
        """Whether too much was lost for the run to be complete."""
        return bool(self.losses)

    @property
    def messages(self) -> list[str]:
        """What a person should know: why all was read, what was lost too often, what is odd."""
        anew = f"everything was read anew from the source: {self.read_anew}"
        odd = [*self.losses, *map(str, self.warnings), *self.notes]
        return [*([anew] if self.read_anew else ()), *odd]

    def to_json(self) -> dict[str, object]:
        """The report as JSON-serialisable values."""
        return {name: value for name, value in asdict(self).items() if name != "losses"} | {
            "incomplete": self.incomplete,
            "notes": list(self.notes),
            "tables": {name: asdict(counts) for name, counts in self.tables.items()},
            "rejections": [
                asdict(count) | {"loss": str(count.loss)} for count in self.rejections
            ],
            "warnings": [asdict(warned) for warned in self.warnings],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }
