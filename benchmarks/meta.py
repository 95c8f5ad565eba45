"""Filling a Custom Audience of a fake Graph API: members a second, memory, bytes.

The fake lives in a process of its own, one for each way. Ours has the journal on: it makes
digests, plans, journals, sends, reads the receipts and writes the list of members.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import child, meta_people
from benchmarks.fake_process import serving

MEMBERS: Final = 200_000
LEAST_TIMES: Final = 3.0
NAMES: Final = {
    "audsync": "audsync, journal on",
    "sdk": "the SDK's `add_users`",
    "requests": "`requests` and `hashlib` by hand",
}
_MEMBERSHIP: Final = ("POST users", "DELETE users", "POST usersreplace")


@dataclass(frozen=True, slots=True)
class Filling:
    """One way: seconds of each of its runs, the most memory, and what the fake saw."""

    way: str
    members: int
    took: tuple[child.Measured, ...]
    seen: dict[str, Any]
    calls_unchanged: int

    @property
    def seconds(self) -> float:
        """The median of the runs."""
        return self.median_of("filled", "wall")

    def median_of(self, what: str, kind: str) -> float:
        """Seconds of the clock (`wall`) or of computing (`cpu`)."""
        return median(float(one.printed["seconds"][what][kind]) for one in self.took)

    @property
    def peak_bytes(self) -> int:
        """The most that any run held."""
        return max(one.peak_bytes for one in self.took)

    @property
    def computing(self) -> float:
        """Seconds of computing, those of the fake included."""
        return self.median_of("filled", "cpu") + float(self.seen["cpu_seconds"])

    @property
    def rate(self) -> float:
        """Members a second."""
        return self.members / self.seconds


def measured(*, members: int = MEMBERS, runs: int = 3) -> list[Filling]:
    """Every way, in turn and so many times."""
    with tempfile.TemporaryDirectory() as scratch:
        people = Path(scratch) / "people.parquet"
        meta_people.write(people, members)
        took: dict[str, list[child.Measured]] = {way: [] for way in NAMES}
        seen: dict[str, dict[str, Any]] = {}
        for number in range(runs):
            for way in NAMES:
                with serving("meta") as fake:
                    given = [way, fake.about["url"], people, Path(scratch) / f"{way}-{number}"]
                    took[way].append(child.run("benchmarks.meta_upload", given))
                    seen[way] = fake.tell()
        return [_filling(way, members, took[way], seen[way]) for way in NAMES]


def _filling(
    way: str, members: int, took: list[child.Measured], seen: dict[str, Any]
) -> Filling:
    (audience,) = seen["audiences"].values()
    if audience["members"] != members:
        raise RuntimeError(f"{way}: {audience['members']} members of {members}")
    calls = sum(seen["calls"].get(name, 0) for name in _MEMBERSHIP)
    expected = -(-members // 10_000)
    return Filling(way, members, tuple(took), seen, calls - expected)


def text(fillings: list[Filling]) -> str:
    """The table in Markdown, and whether the aims are met."""
    ours, theirs = fillings[0], fillings[1]
    unchanged = ours.median_of("unchanged", "wall")
    times = ours.rate / theirs.rate
    what = (
        f"{ours.members:,} clients in normal form, with seven keys, into an empty audience; the"
        " median of the runs, and the most memory of any. The fake computes as well, and shares"
        " the machine."
    )
    lines = [
        what,
        "",
        "| Way | members/s | wall s | CPU s | CPU s of the fake | peak MB | MB sent |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {NAMES[one.way]} | {one.rate:,.0f} | {one.seconds:.1f} |"
        f" {one.median_of('filled', 'cpu'):.1f} | {one.seen['cpu_seconds']:.1f} |"
        f" {one.peak_bytes / 1e6:,.0f} | {one.seen['bytes'] / 1e6:,.0f} |"
        for one in fillings
    ]
    verdict = "met" if times >= LEAST_TIMES else "**falls short**"
    quiet = "met" if not ours.calls_unchanged else "**falls short**"
    computing = theirs.computing / ours.computing
    aims = (
        f"Aims: {LEAST_TIMES:g} times as fast as `add_users`, found {times:.1f} by the clock"
        f" and {computing:.1f} in computing: {verdict}; no membership call of a run without a"
        f" change ({unchanged:.1f} s), found {ours.calls_unchanged}: {quiet}."
    )
    return "\n".join([*lines, "", aims, ""])
