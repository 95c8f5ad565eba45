"""Every fault in every scene at every sixth point, and every kind of damage."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults.damage import DAMAGES, Damage
from faults.matrix import FAULTS, Fault, Matrix, Stage, stride
from faults.page import scratch_place
from faults.shops import SCENES, Scene

pytestmark = pytest.mark.slow

EVERY = 6


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with TemporaryDirectory(dir=scratch_place()) as scratch, Matrix(Path(scratch)) as made:
        yield made


@pytest.fixture(scope="module", params=SCENES, ids=lambda scene: scene.name)
def stage(matrix: Matrix, request: pytest.FixtureRequest) -> Stage:
    scene: Scene = request.param
    return matrix.stage(scene)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind.name)
def test_the_next_run_ends_like_an_undisturbed_one(
    matrix: Matrix, stage: Stage, fault: Fault
) -> None:
    found = matrix.tally(stage, fault, every=stride(fault, EVERY))
    assert found.wrong == []
    assert found.tries > 1


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_noticed_or_harmless(matrix: Matrix, damage: Damage) -> None:
    stage = matrix.stage(SCENES[1])
    found = matrix.damages(stage, damage, every=3)
    assert found.wrong == []
    assert found.tries > 1
