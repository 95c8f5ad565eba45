"""Mutate, and run against each mutant the tests that have to notice it.

Names of mutants or patterns as arguments, such as `audsync.plan.*`, run those only; what is
known of others stays. mutmut by itself would run every test that touches a function, deliveries
for a rule of the plan, which takes a day.
"""

import gc
import sys
from importlib import import_module
from typing import Any, Final

from mutmut import __main__ as mutmut
from mutmut.state import state

from mutation.parts import chosen

WORKERS: Final = 2
# Loaded once, not in the process of every mutant.
HEAVY: Final = ("duckdb", "idna", "phonenumbers", "pyarrow.compute", "pycountry", "tenacity")

_collect = mutmut.collect_or_load_stats


def _collect_proofs(*given: Any, **named: Any) -> None:
    _collect(*given, **named)
    found = state().tests_by_mangled_function_name
    selected = chosen(found)
    found.clear()
    found.update(selected)


def main() -> None:
    """Run the mutants named on the command line, or all that have no result yet."""
    for name in HEAVY:
        import_module(name)
    gc.disable()  # a process lives a second; looking for garbage is half of it
    mutmut.collect_or_load_stats = _collect_proofs
    mutmut._run(tuple(sys.argv[1:]), WORKERS)


if __name__ == "__main__":
    main()
