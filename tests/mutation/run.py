"""Mutate, and run against each mutant the tests that have to notice it.

Names of mutants or patterns as arguments, such as `audsync.plan.*`, run those only; what is
known of others stays. mutmut by itself would run every test that touches a function, deliveries
for a rule of the plan, which takes a day.
"""

import sys
from typing import Any

from mutmut import __main__ as mutmut
from mutmut.state import state

from mutation.parts import chosen

WORKERS = 2

_collect = mutmut.collect_or_load_stats


def _collect_proofs(*given: Any, **named: Any) -> None:
    _collect(*given, **named)
    found = state().tests_by_mangled_function_name
    selected = chosen(found)
    found.clear()
    found.update(selected)


def main() -> None:
    """Run the mutants named on the command line, or all that have no result yet."""
    mutmut.collect_or_load_stats = _collect_proofs
    mutmut._run(tuple(sys.argv[1:]), WORKERS)


if __name__ == "__main__":
    main()
