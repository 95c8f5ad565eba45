"""Write the tables of docs/explanation/reliability.md: `python -m faults.page [EVERY]`.

Of kills every EVERY-th point is tried, of other faults fewer: see `kinds.stride`.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from faults.damage import DAMAGES
from faults.kinds import faults_of, stride
from faults.matrix import Matrix, Tally
from faults.shops import SCENES

PAGE: Final = Path(__file__).parents[2] / "docs" / "explanation" / "reliability.md"
_BEGIN: Final = "<!-- made by `make reliability`: begin -->\n"
_END: Final = "<!-- made by `make reliability`: end -->\n"
_EVERY: Final = 6
POWER_CUTS: Final = ("first run", "later run", "pull of 130,000 order lines")


def tallies(matrix: Matrix, every: int) -> Iterator[Tally]:
    """Every fault in every scene, power cuts, and every damage to the shop of a later run."""
    stages = {scene.name: matrix.stage(scene) for scene in SCENES}
    for stage in stages.values():
        for fault in faults_of(stage.scene):
            yield matrix.tally(stage, fault, every=stride(fault, every))
    for name in POWER_CUTS:
        yield matrix.cuts(stages[name], every=every)
    for damage in DAMAGES:
        yield matrix.damages(stages["later run"], damage)


def table(found: Iterable[Tally]) -> str:
    """The tables as Markdown: faults of running commands, then damage to files."""
    lines = [
        "| command | fault | points | tried | ended with | kept the promise |",
        "|---|---|--:|--:|---|--:|",
    ]
    lines += [
        f"| {one.scene} | {one.fault} | {one.points} | {one.tries} | {_codes(one)} |"
        f" {one.kept} of {one.tries} |"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def _codes(tally: Tally) -> str:
    return ", ".join(
        f"{'cut off' if code < 0 else f'exit {code}'}: {count}"
        for code, count in sorted(tally.codes.items())
    )


def main() -> None:
    every = int(sys.argv[1]) if len(sys.argv) > 1 else _EVERY
    found: list[Tally] = []
    with TemporaryDirectory(dir=scratch_place()) as scratch, Matrix(Path(scratch)) as matrix:
        for one in tallies(matrix, every):
            found.append(one)
            print(table([one]).splitlines()[-1], *one.wrong, sep="\n", flush=True)  # noqa: T201 -- seen while it works
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(_BEGIN)
    tail = rest.split(_END)[1]
    PAGE.write_text(
        f"{head}{_BEGIN}\n{_summary(found, every)}{table(found)}\n{_END}{tail}",
        encoding="utf-8",
    )
    if any(one.wrong for one in found):
        raise SystemExit(1)


def _summary(found: Sequence[Tally], every: int) -> str:
    points = sum(one.points for one in found)
    tried = sum(one.tries for one in found)
    wrong = tried - sum(one.kept for one in found)
    return (
        f"{points:,} points were found, {tried:,} were tried (`EVERY={every}`), and {wrong:,}"
        " ended otherwise than promised.\n\n"
    )


def scratch_place() -> str | None:
    """A folder in memory where there is one: only the order of the writes matters."""
    memory = Path("/dev/shm")  # noqa: S108 -- a scratch folder is made in it
    return str(memory) if memory.is_dir() else None


if __name__ == "__main__":
    main()
