"""Every fault in every scene at every tenth point, and every kind of damage."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults.damage import DAMAGES, Damage
from faults.kinds import Fault, faults_of, stride
from faults.matrix import Matrix
from faults.page import POWER_CUTS, scratch_place
from faults.shops import SCENES, Scene

pytestmark = pytest.mark.slow

EVERY = 10


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with TemporaryDirectory(dir=scratch_place()) as scratch, Matrix(Path(scratch)) as made:
        yield made


@pytest.mark.parametrize(
    ("scene", "fault"),
    [
        pytest.param(scene, fault, id=f"{scene.name}: {fault.name}")
        for scene in SCENES
        for fault in faults_of(scene)
    ],
)
def test_the_next_run_ends_like_an_undisturbed_one(
    matrix: Matrix, scene: Scene, fault: Fault
) -> None:
    found = matrix.tally(matrix.stage(scene), fault, every=stride(fault, EVERY))
    assert found.wrong == []
    assert found.tries > 1


@pytest.mark.parametrize("name", POWER_CUTS)
def test_what_was_not_synced_may_be_lost(matrix: Matrix, name: str) -> None:
    (scene,) = (one for one in SCENES if one.name == name)
    found = matrix.cuts(matrix.stage(scene), every=EVERY)
    assert found.wrong == []
    assert found.tries > 1


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_noticed_or_harmless(matrix: Matrix, damage: Damage) -> None:
    stage = matrix.stage(SCENES[1])
    found = matrix.damages(stage, damage)
    assert found.wrong == []
    assert found.tries > 1
