"""Filling Customer Match lists of a fake Google: members a second, messages, memory.

The fake lives in a process of its own, one for each way. Ours has the journal on.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from audsync.testing.google.certificates import ROOTS
from benchmarks import child, meta_people
from benchmarks.fake_process import serving
from benchmarks.google_upload import LISTS, OF_EACH

PEOPLE: Final = 100_000
LEAST_TIMES: Final = 10.0
APIS: Final = {"data_manager": "Data Manager", "google_ads": "Google Ads API"}
NAMES: Final = {
    "audsync": "audsync, journal on",
    "alone": "the same, a request for each list",
    "sample": "as Google's samples do it",
}
WAYS: Final = {"data_manager": tuple(NAMES), "google_ads": ("audsync", "sample")}
_MEMBERS: Final = (
    "IngestionService/IngestAudienceMembers",
    "IngestionService/RemoveAudienceMembers",
    "OfflineUserDataJobService/AddOfflineUserDataJobOperations",
)


@dataclass(frozen=True, slots=True)
class Filling:
    """One way by one API: what each run took, and what the fake saw of the last."""

    way: str
    api: str
    people: int
    took: tuple[child.Measured, ...]
    seen: dict[str, Any]

    def seconds(self, what: str) -> float:
        """The median of the runs."""
        return median(float(one.printed["seconds"][what]) for one in self.took)

    @property
    def members(self) -> int:
        """Members of all lists together."""
        return self.people * OF_EACH

    @property
    def built_micros(self) -> float:
        """Microseconds that the messages of one member take to build."""
        # Ours are built once for each person, the samples' for each member.
        count = self.members if self.way == "sample" else self.people
        return 1e6 * self.seconds("built") / count

    @property
    def peak_bytes(self) -> int:
        """The most that any run held."""
        return max(one.peak_bytes for one in self.took)

    @property
    def requests(self) -> int:
        """Requests with members in them."""
        return sum(self.seen["calls"].get(name, 0) for name in _MEMBERS)

    @property
    def identifiers(self) -> float:
        """Identifiers that were sent for each member of a list."""
        return float(self.seen["identifiers"]) / self.members


def measured(*, people: int = PEOPLE, runs: int = 3) -> list[Filling]:
    """Every way by every API, in turn and so many times."""
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        meta_people.write(folder / "people.parquet", people)
        for api in APIS:
            took: dict[str, list[child.Measured]] = {way: [] for way in WAYS[api]}
            seen: dict[str, dict[str, Any]] = {}
            for number in range(runs):
                for way in WAYS[api]:
                    one, seen[way] = _filled(way, api, folder, f"{way}-{api}-{number}")
                    took[way].append(one)
            found += [
                Filling(way, api, people, tuple(took[way]), seen[way]) for way in WAYS[api]
            ]
    for filling in found:
        _check(filling)
    return found


def _filled(
    way: str, api: str, folder: Path, name: str
) -> tuple[child.Measured, dict[str, Any]]:
    authority = folder / "authority.pem"
    with serving("google", "--authority", str(authority)) as fake:
        lines = [line.partition(" = ") for line in str(fake.about["config"]).splitlines()]
        told = {key: value.strip('"') for key, _, value in lines}
        files = [str(folder / "people.parquet"), str(folder / name)]
        given = [way, api, told["endpoint"], told["login_url"], *files]
        one = child.run("benchmarks.google_upload", given, **{ROOTS: str(authority)})
        fake.tell("advance 90000")
        return one, fake.tell()


def _check(filling: Filling) -> None:
    """Raise RuntimeError unless every list has its members."""
    held = [one["members"] for one in filling.seen["audiences"].values()]
    if len(held) != LISTS or sum(held) < 0.9 * filling.members:
        raise RuntimeError(f"{filling.way}, {filling.api}: lists of {held}")


def text(fillings: list[Filling]) -> str:
    """The table in Markdown, and whether the aims are met."""
    first = fillings[0]
    what = (
        f"{first.people:,} clients in normal form, each in {OF_EACH} of {LISTS} empty lists, "
        f"{first.members:,} members in all, with e-mail, phone and address; the median of the "
        "runs, and the most memory of any. The fake computes as well, and shares the machine."
    )
    lines = [
        what,
        "",
        (
            "| API | Way | members/s | wall s | messages, µs a member | requests |"
            " identifiers a member | peak MB |"
        ),
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {APIS[one.api]} | {NAMES[one.way]} | {one.members / one.seconds('filled'):,.0f} |"
        f" {one.seconds('filled'):.1f} | {one.built_micros:.1f} | {one.requests} |"
        f" {one.identifiers:.1f} |"
        f" {one.peak_bytes / 1e6:,.0f} |"
        for one in fillings
    ]
    aims = []
    for api, name in APIS.items():
        ours, *_, theirs = (one for one in fillings if one.api == api)
        times = theirs.built_micros / ours.built_micros
        verdict = "met" if times >= LEAST_TIMES else "**falls short**"
        quiet = "met" if ours.requests == _expected(ours) else "**falls short**"
        aims.append(
            f"{name}: messages built {LEAST_TIMES:g} times as fast as the samples do, found"
            f" {times:.1f}: {verdict}; no request of a run without a change"
            f" ({ours.seconds('unchanged'):.1f} s): {quiet}."
        )
    return "\n".join([*lines, "", " ".join(aims), ""])


def _expected(ours: Filling) -> int:
    """Requests of the first run alone: of people, or of the people of each list."""
    if ours.api == "data_manager":
        return -(-ours.people // 10_000)
    held = -(-ours.members // LISTS)
    return LISTS * -(-held // 3_333)
