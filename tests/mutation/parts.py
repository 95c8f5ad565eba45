"""The parts of audsync that are mutated, and the tests that must notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """Modules of one concern; `proofs` are the test files that run against their mutants."""

    name: str
    modules: tuple[str, ...]
    proofs: tuple[str, ...]

    def has(self, module: str) -> bool:
        """Whether a module such as `audsync.plan.rows` is of this part."""
        return any(fnmatch(module, pattern) for pattern in self.modules)


# In the order of the page; the first part that has a module is its part. Proofs are few and
# quick, because a mutant that nobody notices runs all of them.
PARTS: Final = (
    Part(
        "consent gate", ("audsync.answers", "audsync.consent"), ("tests/unit/test_consent*.py",)
    ),
    Part(
        "guards of a plan",
        ("audsync.plan.guards",),
        ("tests/unit/test_plan.py", "tests/unit/test_plan_guards.py"),
    ),
    Part("guards of a pull", ("audsync.pull.guards",), ("tests/unit/test_pull_guards.py",)),
    Part("plan", ("audsync.plan.*",), ("tests/unit/test_plan*.py",)),
    Part(
        "normalisers",
        ("audsync.identity.*",),
        (
            "tests/unit/test_identity_*.py",
            "tests/unit/test_*_vectors.py",
            "tests/unit/test_match_keys*.py",
        ),
    ),
    Part("match keys", ("audsync.match_keys",), ("tests/unit/test_match_keys*.py",)),
    Part(
        "journal",
        ("audsync.state.*",),
        (
            "tests/unit/test_journal.py",
            "tests/unit/test_membership*.py",
            "tests/unit/deliver/test_several.py",
            "tests/unit/test_state.py",
            "tests/unit/test_state_told.py",
        ),
    ),
    Part("settling", ("audsync.deliver.*",), ("tests/unit/deliver/*.py",)),
)


def part_of(module: str) -> Part:
    """The part of a module."""
    return next(part for part in PARTS if part.has(module))


def proofs(function: str, tests: set[str]) -> set[str]:
    """Of the tests that run a function those that have to notice its mutants."""
    part = part_of(function.rpartition(".")[0])
    return {
        test
        for test in tests
        if any(fnmatch(test.partition("::")[0], pattern) for pattern in part.proofs)
    }


def chosen(tests_by_function: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The tests of each function, proofs only."""
    return {name: proofs(name, tests) for name, tests in tests_by_function.items()}
