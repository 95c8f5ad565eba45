"""Measures audsync against its peers and writes docs/explanation/performance.md.

`python -m benchmarks.run` (`make bench`) takes sizes in millions of order lines. Before
anything is timed, all ways must give equal answers.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import child, google, idosell, many, meta, page, value
from benchmarks.data import shop
from benchmarks.figures import Figures, Part

_PAGE: Final = Path(__file__).parent.parent / "docs" / "explanation" / "performance.md"
_WAYS: Final = ("scan", "audsync", "whole", "roomy", "polars", "pandas")
_PEERS: Final = ("polars", "pandas")
_MILLION: Final = 1_000_000
_COMPARED: Final = (100_000, _MILLION)
# A shop beyond this does not fit into the memory of a usual machine in pandas or polars.
_MOST_FOR_PEERS: Final = 20 * _MILLION

# What is measured besides the model: the markers of the page, and who makes the text.
_PARTS: Final[Mapping[str, Callable[[int], str]]] = {
    "IdoSell": lambda _runs: idosell.text(idosell.measured()),
    "Meta": lambda runs: meta.text(meta.measured(runs=runs)),
    "Google": lambda runs: google.text(google.measured(runs=runs)),
    "value": lambda runs: value.text(value.measured(runs=runs)),
    "segments": lambda runs: many.text(many.measured(runs=runs)),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    options = _parser().parse_args(arguments)
    sizes = [int(size * _MILLION) for size in options.sizes]
    if options.stages:
        for size in sizes:
            _print_stages(size)
        return
    alone = [name for name in _PARTS if getattr(options, name.lower())]
    for name, measured in _PARTS.items():
        if name in alone or not (alone or getattr(options, f"no_{name.lower()}")):
            _write_part(name, measured(options.runs), options)
    if alone:
        return
    for lines in _COMPARED:
        compare(lines, ("roomy", *_PEERS))
    runs, failed = _measured(sizes, options.runs, options.pandas_runs)
    figures = Figures(runs, _parts(), failed)
    text = page.text(figures, command=options.command)
    print(text)
    if not options.print_only:
        page.write(_PAGE, text)


def _write_part(name: str, text: str, options: argparse.Namespace) -> None:
    """Print a part, and write it between its markers of the page."""
    print(text, flush=True)
    if not options.print_only:
        page.write(_PAGE, text, name)


def compare(lines: int, ways: Iterable[str]) -> None:
    """Raise RuntimeError unless these ways give the answers of audsync, to the last value."""
    from benchmarks.answers import differences

    folder = shop(lines)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        child.run("benchmarks.way", ["audsync", folder, out / "audsync"])
        for way in ways:
            child.run("benchmarks.way", [way, folder, out / way])
            found = differences(out / "audsync", out / way)
            if found:
                told = ", ".join(f"{name}: {count}" for name, count in found.items())
                raise RuntimeError(f"{way} differs from audsync at {lines} lines: {told}")
            print(f"{lines:,} lines: {way} gives the same answers", flush=True)


def _measured(
    sizes: Sequence[int], runs: int, pandas_runs: int
) -> tuple[dict[tuple[int, str], list[child.Measured]], set[tuple[int, str]]]:
    """Runs of every way at every size, one after the other and then all over again.

    Second are the peers that did not come to an end, by size.
    """
    found: dict[tuple[int, str], list[child.Measured]] = {}
    failed: set[tuple[int, str]] = set()
    for turn in range(runs):
        for size in sizes:
            folder = shop(size)
            for way in _WAYS:
                if size > _MOST_FOR_PEERS and way in _PEERS:
                    continue
                if way == "pandas" and size > _MILLION and turn >= pandas_runs:
                    continue
                try:
                    took = child.run("benchmarks.way", [way, folder])
                except RuntimeError as error:
                    if way not in _PEERS:
                        raise
                    # A peer that runs out of memory must not cost the other figures.
                    print(f"{size:,} lines: {error}", flush=True)
                    failed.add((size, way))
                    continue
                found.setdefault((size, way), []).append(took)
                print(
                    f"{size:,} lines, {way}: {took.wall:.1f} s, {took.cpu:.1f} s CPU, "
                    f"{took.peak_bytes / 1e6:,.0f} MB",
                    flush=True,
                )
    return found, failed


def _parts() -> dict[str, Part]:
    """Keys of people and the difference of lists, a million each."""
    repetitions = {"hashing": 3, "difference": 1}  # the latter repeats itself
    return {
        name: _part(
            [child.run("benchmarks.parts", [name, str(_MILLION)]) for _ in range(times)]
        )
        for name, times in repetitions.items()
    }


def _part(runs: Sequence[child.Measured]) -> Part:
    took = [one for run in runs for one in run.printed["took"]]
    return Part(
        median(one["wall"] for one in took),
        median(one["cpu"] for one in took),
        max(run.peak_bytes for run in runs),
    )


def _print_stages(lines: int) -> None:
    for line in child.run("benchmarks.stages", [shop(lines)]).printed["lines"]:
        print(line)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--runs", type=int, default=3, help="of each way at each size")
    parser.add_argument("--pandas-runs", type=int, default=1, help="beyond a million lines")
    parser.add_argument("--stages", action="store_true", help="print the stages of one run")
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    for name in _PARTS:
        flag = name.lower()
        parser.add_argument(f"--{flag}", action="store_true", help=f"measure {name} alone")
        parser.add_argument(f"--no-{flag}", action="store_true", help=f"leave {name} out")
    parser.add_argument("--command", default="make bench", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
