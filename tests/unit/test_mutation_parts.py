"""The tests that have to notice mutants are there, and are those that are run against them."""

import tomllib
from pathlib import Path

from mutation.parts import PARTS

ROOT = Path(__file__).parents[2]


def test_every_proof_has_files_that_are_run_against_the_mutants() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    selected: set[Path] = set()
    for name in settings["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]:
        path = ROOT / name
        assert path.exists(), name
        selected |= {path} if path.is_file() else set(path.glob("test_*.py"))
    for pattern in {proof for part in PARTS for proof in part.proofs}:
        assert selected.intersection(ROOT.glob(pattern)), pattern
