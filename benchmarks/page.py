"""The measured part of docs/explanation/performance.md, between its markers."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.figures import Figures

_FROM: Final = "<!-- measured by make bench{}: from here -->"
_TO: Final = "<!-- measured by make bench{}: to here -->"
_NAMES: Final = {
    "scan": "one scan of the same columns in the engine",
    "audsync": "audsync",
    "whole": "audsync, and every column of `clients` written out",
    "roomy": "audsync, half of the memory for the engine",
    "polars": "polars, tuned",
    "pandas": "pandas",
}


def write(file: Path, text: str, part: str = "") -> None:
    """Put the text between the markers of the page, which must be there; `part` names them."""
    page = file.read_text(encoding="utf-8")
    named = f", {part}" if part else ""
    start, end = _FROM.format(named), _TO.format(named)
    before, found, rest = page.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{file.name} has no markers for what is measured")
    file.write_text(f"{before}{start}\n\n{text}\n{end}{after}", encoding="utf-8")


def text(figures: Figures, *, command: str) -> str:
    """The tables in Markdown."""
    sections = [
        "\n".join(_machine(command)),
        *("\n".join(_size(figures, size)) for size in figures.sizes),
        "\n".join(_parts(figures)),
        "\n".join(_aims(figures)),
    ]
    return "\n\n".join(sections) + "\n"


def _machine(command: str) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("duckdb", "polars", "pandas", "pyarrow", "numpy")
    yield f"Made by `{command}` on {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB."
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    yield f"Python {platform.python_version()}, {versions}."


def _processor() -> str:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    lines = (line for line in info.splitlines() if line.startswith("model name"))
    names = [line.partition(":")[2].strip() for line in lines]
    return names[0] if names else platform.machine()


def _size(figures: Figures, size: int) -> Iterator[str]:
    yield f"### {size:,} order lines, {size // 5:,} people"
    yield ""
    yield "| Way | runs | wall s | CPU s | peak MB | model s | segments s | of our wall |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    mine = figures.wall(size, "audsync")
    for way, name in _NAMES.items():
        if (size, way) in figures.failed:
            yield f"| {name} | did not come to an end | | | | | | |"
        if (size, way) not in figures.runs:
            continue
        wall = figures.wall(size, way)
        parts = (figures.part(size, way, part) for part in ("model", "segments"))
        shown = " | ".join("-" if part is None else f"{part:.1f}" for part in parts)
        yield (
            f"| {name} | {len(figures.runs[size, way])} | {wall:.1f} | "
            f"{figures.cpu(size, way):.1f} | {figures.peak(size, way) / 1e6:,.0f} | {shown} | "
            f"{wall / mine:.2f} |"
        )


def _parts(figures: Figures) -> Iterator[str]:
    told = {
        "hashing": "1,000,000 people from what they typed to normal forms and four digests",
        "difference": "difference of two lists of 1,000,000 with reasons, 5 % changed",
    }
    yield "### People and lists"
    yield ""
    yield "| What | wall s | CPU s | peak MB |"
    yield "|---|--:|--:|--:|"
    for name, what in told.items():
        part = figures.parts[name]
        yield f"| {what} | {part.wall:.2f} | {part.cpu:.2f} | {part.peak_bytes / 1e6:,.0f} |"


def _aims(figures: Figures) -> Iterator[str]:
    yield "### Held against the aims"
    yield ""
    yield "| Aim | wanted | found | |"
    yield "|---|--:|--:|---|"
    for aim in figures.aims():
        verdict = "met" if aim.is_met else "**falls short**"
        yield f"| {aim.what} | {aim.wanted} | {aim.found} | {verdict} |"
