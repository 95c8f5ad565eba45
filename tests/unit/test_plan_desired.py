"""Who should be in an audience: only those whom the consent gate let through."""

import ast
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.contracts import Purpose
from audsync.plan import (
    Desired,
    desired,
    diff,
)
from fakes.people import (
    ANNA,
    BELA,
    BY_KEY,
    consents,
    ids,
    key_rows,
    population,
)

SOURCE = Path(__file__).parents[2] / "src"


def test_desired_counts_what_became_of_every_candidate() -> None:
    gate = consents({"a": True, "b": False, "c": True})
    found = desired(
        gate.consented,
        ids("ccbbaax"),
        key_rows({"a": ANNA, "b": BELA}, ("email",)),
        refused=gate.refused,
    )
    assert found.purpose is Purpose.ADVERTISING
    assert found.rows["client_id"].to_pylist() == ["a"]
    assert found.candidates == 4
    assert found.refused == {"consent_denied": 1, "consent_unknown": 1}
    assert found.unreachable == 1


def test_whoever_is_suppressed_after_the_gate_is_not_desired() -> None:
    gate = consents({"a": True, "b": True})
    suppressed = pa.table({"client_id": ["a"], "reason": ["suppressed"]})
    keys = key_rows({"a": ANNA, "b": BELA}, ("email",))
    found = desired(gate.consented, ids("ab"), keys, refused=suppressed)
    assert found.rows["client_id"].to_pylist() == ["b"]
    assert found.refused == {"suppressed": 1}


def test_the_plan_takes_only_consented_people() -> None:
    keys = key_rows({"a": ANNA}, ("email",))
    with pytest.raises(TypeError, match=r"^the plan takes only those whom the consent gate"):
        desired(ids("a"), ids("a"), keys, refused=ids(""))  # type: ignore[arg-type]  # must fail
    with pytest.raises(TypeError, match=r"^only desired\(\) says who should be in"):
        Desired(Purpose.ADVERTISING, keys, 1, {}, 0, object())
    with pytest.raises(TypeError, match=r"^the plan takes only what desired\(\) made$"):
        diff(
            desired=keys,  # type: ignore[arg-type]  # must fail
            delivered=None,
            population=population("a"),
            matching=BY_KEY,
        )


def test_no_other_module_makes_desired() -> None:
    wrong = [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Desired"
    ]
    assert wrong == ["audsync/plan/desired_members.py"]
