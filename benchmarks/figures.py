"""What was measured, and how it stands to what is aimed at."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.child import Measured

_MILLION: Final = 1_000_000
_GROWN: Final = 10 * _MILLION
PANDAS_TIMES: Final = 12.0
GROWTH: Final = 10.5
PEAK_BYTES: Final = 2_500_000_000
PEOPLE_PER_SECOND: Final = 250_000
DIFFERENCE_SECONDS: Final = 0.7


@dataclass(frozen=True, slots=True)
class Part:
    """Median seconds of something done for a million, and the most memory it took."""

    wall: float
    cpu: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim: what, how much is wanted, what was found, and whether that is enough."""

    what: str
    wanted: str
    found: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Runs by number of lines and way, the parts, and what did not come to an end."""

    runs: Mapping[tuple[int, str], Sequence[Measured]]
    parts: Mapping[str, Part]
    failed: Collection[tuple[int, str]] = ()

    @property
    def sizes(self) -> list[int]:
        """Numbers of lines, smallest first."""
        return sorted({size for size, _ in self.runs})

    def wall(self, size: int, way: str) -> float:
        """Median seconds of the whole process."""
        return median(run.wall for run in self.runs[size, way])

    def cpu(self, size: int, way: str) -> float:
        """Median seconds of all CPUs together."""
        return median(run.cpu for run in self.runs[size, way])

    def peak(self, size: int, way: str) -> int:
        """The most memory of any run."""
        return max(run.peak_bytes for run in self.runs[size, way])

    def part(self, size: int, way: str, name: str) -> float | None:
        """Median seconds of a part of the way; None where it has no such part."""
        found = [run.printed["parts"].get(name) for run in self.runs[size, way]]
        return None if None in found else median(found)

    def aims(self) -> Iterator[Aim]:
        """Every aim that the sizes measured can be held against."""
        if (_GROWN, "audsync") in self.runs:
            yield from self._at_ten_million()
        people = _MILLION / self.parts["hashing"].cpu
        yield Aim(
            "people normalised and hashed per second and core",
            f"at least {PEOPLE_PER_SECOND:,}",
            f"{people:,.0f}",
            people >= PEOPLE_PER_SECOND,
        )
        seconds = self.parts["difference"].wall
        yield Aim(
            "difference of two lists of 1,000,000 with reasons",
            f"under {DIFFERENCE_SECONDS} s",
            f"{seconds:.2f} s",
            seconds < DIFFERENCE_SECONDS,
        )

    def _at_ten_million(self) -> Iterator[Aim]:
        # Peers make every column of `clients`, and so are held against audsync that does.
        whole = self.wall(_GROWN, "whole")
        if (_GROWN, "pandas") in self.runs:
            times = self.wall(_GROWN, "pandas") / whole
            yield Aim(
                "faster than pandas at 10 million lines",
                f"at least {PANDAS_TIMES:.0f} times",
                f"{times:.1f} times, {self._cpu_times('pandas'):.1f} by CPU",
                times >= PANDAS_TIMES,
            )
        if (_GROWN, "polars") in self.runs:
            times = self.wall(_GROWN, "polars") / whole
            yield Aim(
                "no slower than tuned polars at 10 million lines",
                "at least 1 time its speed",
                f"{times:.2f} times, {self._cpu_times('polars'):.2f} by CPU",
                times >= 1,
            )
        peak = self.peak(_GROWN, "audsync")
        yield Aim(
            "peak memory at 10 million lines, default settings",
            f"under {PEAK_BYTES / 1e9} GB",
            f"{peak / 1e9:.2f} GB",
            peak < PEAK_BYTES,
        )
        if (_MILLION, "audsync") in self.runs:
            growth = self.wall(_GROWN, "audsync") / self.wall(_MILLION, "audsync")
            yield Aim(
                "time at 10 million lines, of that at 1 million",
                f"at most {GROWTH} times",
                f"{growth:.1f} times",
                growth <= GROWTH,
            )

    def _cpu_times(self, way: str) -> float:
        return self.cpu(_GROWN, way) / self.cpu(_GROWN, "whole")
