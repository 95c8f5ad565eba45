"""The mistakes found so far, each with its place."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final

from audsync.config.codes import Code
from audsync.errors import Problem, Severity
from audsync.toml_file import KeyPath, TomlFile

PER_FILE: Final = 20


@dataclass(slots=True)
class Problems:
    """What is wrong with the files, one problem per place and severity: the first one told."""

    found: list[Problem] = field(default_factory=list)
    _places: set[tuple[str, KeyPath, Severity]] = field(default_factory=set)

    def add(self, problem: Problem, path: KeyPath) -> None:
        """Note a problem unless something was said of that key already."""
        place = (problem.path, path, problem.severity)
        if place not in self._places:
            self._places.add(place)
            self.found.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems of a file that could not be read at all."""
        self.found.extend(problems)

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong, beyond warnings."""
        return any(problem.severity is Severity.ERROR for problem in self.found)

    def listed(self) -> Iterator[Problem]:
        """In the order of files and lines, at most 20 of each file and then how many more."""
        for path, group in groupby(sorted(self.found, key=_place), key=lambda one: one.path):
            problems = list(group)
            yield from problems[:PER_FILE]
            rest = problems[PER_FILE:]
            if rest:
                message = f"and {len(rest)} more in this file"
                yield Problem(path, rest[0].line, rest[0].column, Code.MORE, message)


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.path, problem.line, problem.column, problem.code


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a file, and where to tell what is wrong with it.

    `around` has the keys of the tables it stands in, by their headers, the nearest first: a key
    below the wrong header is known by them.
    """

    file: TomlFile
    path: KeyPath
    data: dict[str, Any] = field(repr=False)
    problems: Problems = field(repr=False)
    around: Mapping[str, Collection[str]] = field(default_factory=dict)

    def having(self, keys: Collection[str]) -> "Section":
        """The section, whose tables know that these are the keys of the table around them."""
        header = ".".join(map(str, self.path))
        return replace(self, around={header: keys, **self.around})

    def table(self, key: str) -> "Section | None":
        """The table under a key; None if there is none, or something else."""
        inner = self.data.get(key)
        if not isinstance(inner, dict):
            return None
        return replace(self, path=(*self.path, key), data=inner)

    def complain(
        self,
        code: Code,
        message: str,
        *keys: str | int,
        value: bool = False,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note a problem of the table, or of the key inside it that `keys` lead to."""
        path = (*self.path, *keys)
        problem = self.file.problem(
            code, message, path, value=value, hint=hint, severity=severity
        )
        self.problems.add(problem, path)
