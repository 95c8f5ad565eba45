"""Judge a finished run of mutmut and write docs/explanation/mutants.md.

A mutant is the program with one small mistake put in; the tests kill it when one of them
fails. Exits with 1 when fewer than LEAST_PERCENT are killed, when a survivor has no reason in
`reasons.toml`, or when a reason there speaks of a mutant that no longer survives.
"""

import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from mutmut.__main__ import collect_source_file_mutation_data
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

LEAST_PERCENT: Final = 85
ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "explanation" / "mutants.md"
REASONS: Final = Path(__file__).with_name("reasons.toml")

# In the order of the page; the first pattern that fits a module's path names its part.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "consent gate": ("*/consent.py",),
    "guards": ("*/plan/guards.py", "*/pull/guards.py"),
    "plan": ("*/plan/*.py",),
    "normalisers and match keys": ("*/identity/*.py", "*/match_keys.py"),
    "journal and delivery": ("*/state/*.py", "*/deliver/*.py"),
}
SQL_CASE: Final = "SQL keywords and names are read without regard to case."


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant: where it is, how it ended, and the lines that it changed."""

    part: str
    function: str
    status: str
    before: str
    after: str

    @property
    def change(self) -> str:
        """What identifies it in `reasons.toml`, whatever its number is."""
        return f"{self.function}: {self.after or f'without {self.before}'}"

    @property
    def is_sql_in_other_case(self) -> bool:
        """Whether it only changed letters of a statement to upper or lower case."""
        words = self.before.upper()
        sql = any(
            word in words for word in ("SELECT", " AND ", " BY ", "CASE", "COUNT(", " = ")
        )
        quoted = '"' in self.before
        return sql and quoted and self.before.casefold() == self.after.casefold()


def mutants() -> Iterator[Mutant]:
    """Every mutant of the last run."""
    found, _ = collect_source_file_mutation_data(mutant_names=())
    for data, name, exit_code in found:
        status = status_by_exit_code[exit_code]
        before, after = _change(name, data.path) if status != "killed" else ("", "")
        yield Mutant(_part(str(data.path)), _function(name), status, before, after)


def _part(path: str) -> str:
    return next(
        part for part, patterns in PARTS.items() if any(fnmatch(path, p) for p in patterns)
    )


def _function(name: str) -> str:
    """`audsync.plan.guards.judge` of `audsync.plan.guards.x_judge__mutmut_7`."""
    path, _, last = name.rpartition("__mutmut_")[0].rpartition(".")
    return f"{path}.{last.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"


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


def page(every: Iterable[Mutant], reasons: Mapping[str, str]) -> str:
    """The page, and with it what the run came to."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    survivors: defaultdict[str, list[str]] = defaultdict(list)
    for mutant in every:
        counts[mutant.part][mutant.status] += 1
        if mutant.status != "killed":
            survivors[_reason(mutant, reasons)].append(mutant.change)
    rows = [(part, counts[part]) for part in PARTS]
    rows.append(("all", sum((count for _, count in rows), Counter())))
    table = "\n".join(
        f"| {part} | {count.total():,} | {count['killed']:,} | {_percent(count):.1f} % |"
        for part, count in rows
    )
    lists = "\n\n".join(
        f"**{reason}** ({len(changes)})\n\n"
        + "\n".join(f"- `{_code(change)}`" for change in sorted(changes))
        for reason, changes in sorted(
            survivors.items(), key=lambda item: (-len(item[1]), item[0])
        )
    )
    return _PAGE.format(least=LEAST_PERCENT, table=table, survivors=lists)


def _reason(mutant: Mutant, reasons: Mapping[str, str]) -> str:
    if mutant.is_sql_in_other_case:
        return SQL_CASE
    return reasons.get(mutant.change, "no reason yet")


def _percent(count: Counter[str]) -> float:
    return 100 * count["killed"] / count.total() if count.total() else 0.0


def _code(change: str) -> str:
    return change.replace("`", "'")


_PAGE: Final = """# Mutants

A mutant is audsync with one small mistake put in: a limit moved by one, a condition turned
round, an argument left out. The tests of the parts that must not be wrong are asked to notice
each of them; at least {least} % must be noticed. `make mutants` makes them all, runs the tests
against each and writes this page.

| Part | mutants | killed | share |
|---|--:|--:|--:|
{table}

## Survivors

Each of those that no test noticed, by the reason why that is right. The line is what the
mutant changed.

{survivors}
"""


def main() -> None:
    """Judge, write, and fail where there is reason to."""
    every = list(mutants())
    reasons = read_reasons()
    PAGE.write_text(page(every, reasons), encoding="utf-8")
    alive = [mutant for mutant in every if mutant.status != "killed"]
    odd = {m.change for m in alive if not m.is_sql_in_other_case}
    share = 100 * (len(every) - len(alive)) / len(every)
    said = [f"{len(every)} mutants, {share:.1f} % killed; see {PAGE.relative_to(ROOT)}"]
    faults = [f"no reason: {change}" for change in sorted(odd - reasons.keys())]
    faults += [f"killed by now: {change}" for change in sorted(reasons.keys() - odd)]
    sys.stdout.write("".join(f"{line}\n" for line in said + faults))
    sys.exit(share < LEAST_PERCENT or bool(faults))


if __name__ == "__main__":
    main()
