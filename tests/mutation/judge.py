"""Judge a finished run of `mutation.run` and write docs/explanation/mutants.md.

Exits with 1 when a mutant has no result, when a part has fewer than LEAST_PERCENT killed, when
a survivor has no reason in `reasons.toml`, or when a reason there speaks of a mutant that no
longer survives.
"""

import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutmut.__main__ import collect_source_file_mutation_data
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from mutation.parts import PARTS, part_of

LEAST_PERCENT: Final = 85
ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "explanation" / "mutants.md"
REASONS: Final = Path(__file__).with_name("reasons.toml")
# A mutant that never ends is noticed as well.
KILLED: Final = frozenset({"killed", "timeout"})
SQL_CASE: Final = "SQL keywords and names are read without regard to case."
UNCHECKED_ZIP: Final = (
    "`strict` proves that columns made of the same rows are equally long; they are."
)
_SQL_WORDS: Final = (
    "SELECT ",
    " AND ",
    " OR ",
    " AS ",
    " BY ",
    " FROM ",
    "COUNT(",
    "MAX(",
    "CAST(",
    " = ",
    " > ",
    "UPDATE ",
    "DELETE ",
    "INSERT ",
    " VALUES ",
)
_LITERAL: Final = re.compile("""("[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant: where it is, how it ended, and the lines that it changed."""

    part: str
    function: str
    status: str
    before: str
    after: str

    @property
    def is_alive(self) -> bool:
        """Whether no test noticed it."""
        return self.status not in KILLED

    @property
    def change(self) -> str:
        """What identifies it in `reasons.toml`, whatever its number is."""
        return f"{self.function}: {self.after or f'without {self.before}'}"

    @property
    def class_reason(self) -> str | None:
        """The reason that holds for all of its kind, if it is of one."""
        if self._is_sql_in_other_case():
            return SQL_CASE
        return UNCHECKED_ZIP if self._is_unchecked_zip() else None

    def _is_unchecked_zip(self) -> bool:
        """Whether it only took a `strict=True` away."""
        without = ("strict=None", "strict=False", "")
        return "strict=True" in self.before and self.after in {
            self.before.replace("strict=True", other) for other in without
        }

    def _is_sql_in_other_case(self) -> bool:
        """Whether it only changed letters of a statement to upper or lower case."""
        if self.before.casefold() != self.after.casefold():
            return False
        before, after = _LITERAL.split(self.before), _LITERAL.split(self.after)
        return all(
            place % 2 and (before[place - 1].endswith("row[") or _is_sql(before[place]))
            for place in range(len(before))
            if before[place] != after[place]
        )


def _is_sql(literal: str) -> bool:
    return any(word in literal.upper() for word in _SQL_WORDS)


def mutants() -> Iterator[Mutant]:
    """Every mutant of the last run."""
    found, _ = collect_source_file_mutation_data(mutant_names=())
    for data, name, exit_code in found:
        status = status_by_exit_code[exit_code]
        before, after = ("", "") if status in KILLED else _change(name, data.path)
        function = _function(name)
        yield Mutant(part_of(_module(name)).name, function, status, before, after)


def _module(name: str) -> str:
    """`audsync.plan.guards` of `audsync.plan.guards.x_judge__mutmut_7`."""
    return name.rpartition("__mutmut_")[0].rpartition(".")[0]


def _function(name: str) -> str:
    """`plan.guards.judge` of `audsync.plan.guards.x_judge__mutmut_7`."""
    last = name.rpartition("__mutmut_")[0].rpartition(".")[2]
    module = _module(name).removeprefix("audsync.")
    return f"{module}.{last.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"


def _change(name: str, path: Path | str) -> tuple[str, str]:
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    removed = (line[1:].strip() for line in lines if line.startswith("-"))
    added = (line[1:].strip() for line in lines if line.startswith("+"))
    return " ".join(removed), " ".join(added)


def read_reasons() -> dict[str, str]:
    """Reason by change."""
    with REASONS.open("rb") as file:
        groups = tomllib.load(file)["survivors"]
    return {change: group["reason"] for group in groups for change in group["changes"]}


def page(every: Sequence[Mutant], reasons: Mapping[str, str]) -> str:
    """The page, and with it what the run came to."""
    counts: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    survivors: defaultdict[str, list[str]] = defaultdict(list)
    made = Counter(mutant.part for mutant in every)
    made["all"] = len(every)
    for mutant in filter(_was_run, every):
        counts[mutant.part][mutant.is_alive] += 1
        if mutant.is_alive:
            survivors[_reason(mutant, reasons)].append(mutant.change)
    rows = [(part.name, counts[part.name]) for part in PARTS]
    rows.append(("all", sum((count for _, count in rows), Counter())))
    table = "\n".join(
        f"| {part} | {made[part]:,} | {count.total():,} | {count[False]:,} |"
        f" {_percent(count):.1f} % |"
        for part, count in rows
    )
    lists = "\n\n".join(
        _survivors(reason, changes)
        for reason, changes in sorted(
            survivors.items(), key=lambda item: (-len(item[1]), item[0])
        )
    )
    return _PAGE.format(least=LEAST_PERCENT, table=table, survivors=lists)


def _was_run(mutant: Mutant) -> bool:
    return mutant.status != "not checked"


def _survivors(reason: str, changes: Sequence[str]) -> str:
    lines = "\n".join(f"- `{_code(change)}`" for change in sorted(changes))
    return f"**{reason}** ({len(changes)})\n\n{lines}"


def _code(change: str) -> str:
    return change.replace("`", "'")


def _reason(mutant: Mutant, reasons: Mapping[str, str]) -> str:
    return mutant.class_reason or reasons.get(mutant.change, "no reason yet")


def _percent(count: Counter[bool]) -> float:
    return 100 * count[False] / count.total() if count.total() else 0.0


_PAGE: Final = """# Mutants

A mutant is audsync with one small mistake put in: a limit moved by one, a condition turned
round, an argument left out. The tests of the parts that must not be wrong are asked to notice
each of them, and of each part at least {least} % must be noticed. `make mutants` makes the
mutants, runs against each the tests of its part (`tests/mutation/parts.py`) that run the
changed function, and writes this page.

| Part | mutants | run | killed | killed of those run |
|---|--:|--:|--:|--:|
{table}

## Survivors

Those that no test noticed, by the reason why that is right. The line is what the mutant made
of the code. `tests/mutation/reasons.toml` holds the reasons; a survivor without one fails the
command, and so does a reason that no survivor needs any more.

{survivors}
"""


def faults(every: Sequence[Mutant], reasons: Mapping[str, str]) -> list[str]:
    """Why the run is not good enough, a line each; empty when it is."""
    found = []
    for part in PARTS:
        run = [m.is_alive for m in every if m.part == part.name and _was_run(m)]
        count = Counter(run)
        if _percent(count) < LEAST_PERCENT:
            found.append(f"{part.name}: {_percent(count):.1f} % killed")
    unrun = sum(not _was_run(mutant) for mutant in every)
    if unrun:
        found.append(f"{unrun} mutants have no result: run on")
    alive = {m.change for m in every if _was_run(m) and m.is_alive and not m.class_reason}
    found += [f"no reason: {change}" for change in sorted(alive - reasons.keys())]
    found += [f"killed by now: {change}" for change in sorted(reasons.keys() - alive)]
    return found


def main() -> None:
    """Judge, write, and fail where there is reason to."""
    every = list(mutants())
    reasons = read_reasons()
    PAGE.write_text(page(every, reasons), encoding="utf-8")
    found = faults(every, reasons)
    killed = sum(not mutant.is_alive for mutant in every)
    said = f"{len(every)} mutants, {killed} killed; see {PAGE.name}"
    sys.stdout.write("".join(f"{line}\n" for line in (said, *found)))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
