"""Collecting every mistake of one segment file."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from audsync.errors import Problem, Severity
from audsync.segments.codes import Mistake
from audsync.segments.values import Wrong
from audsync.toml_file import KeyPath, TomlFile

MOST: Final = 20


def untold(found: Iterable[Problem], told: Iterable[Problem]) -> list[Problem]:
    """The problems at places of which nothing was told before; at most 20 of a file with those.

    What was understood only half may be wrong in more than one way: the first one counts.
    """
    places = {_place(problem) for problem in told}
    numbers = Counter(path for path, _, _ in places)
    left: list[Problem] = []
    for problem in dict.fromkeys(found):
        if _place(problem) not in places and numbers[problem.path] < MOST:
            numbers[problem.path] += 1
            left.append(problem)
    return left


def _place(problem: Problem) -> tuple[str, int, int]:
    return problem.path, problem.line, problem.column


class Mistakes:
    """The mistakes found so far in one file."""

    def __init__(self, file: TomlFile) -> None:
        self._file = file
        self._found: list[Problem] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._found)

    def add(
        self,
        code: Mistake,
        message: str,
        path: KeyPath = (),
        *,
        hint: str | None = None,
        value: bool = False,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note one, at a key or at its value."""
        self._found.append(
            self._file.problem(code, message, path, value=value, hint=hint, severity=severity)
        )

    def add_wrong(self, wrong: Wrong, path: KeyPath) -> None:
        """Note a wrong value, at its place inside a list where it has one."""
        place = path if wrong.place is None else (*path, wrong.place)
        self.add(wrong.code, str(wrong), place, hint=wrong.hint, value=True)

    def shown(self) -> tuple[Problem, ...]:
        """The first ones in the order of the file, at most 20."""
        ordered = sorted(self._found, key=lambda problem: (problem.line, problem.column))
        return tuple(ordered[:MOST])
