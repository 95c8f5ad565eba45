"""Killed at any step, on a failing disk, with a damaged file: the next run makes all well.

The quick tests try a few points, the slow ones every sixth; `make reliability` tries more and
writes the table of docs/explanation/reliability.md.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults.damage import DAMAGES, Damage
from faults.matrix import FAULTS, Fault, Matrix, Stage, stride
from faults.page import scratch_place
from faults.runner import Kind, Runner
from faults.shops import RUN, SCENES, Scene

EVERY = 6
FIRST, LATER = SCENES[:2]


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with TemporaryDirectory(dir=scratch_place()) as scratch, Matrix(Path(scratch)) as made:
        yield made


@pytest.fixture(scope="module")
def later(matrix: Matrix) -> Stage:
    return matrix.stage(LATER)


def contents(folder: Path) -> dict[str, str]:
    """Every file and folder of the shop's state and audiences, with a hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes() if path.is_file() else b""
        ).hexdigest()
        for top in ("state", "out")
        for path in sorted((folder / top).rglob("*"))
    }


def test_nothing_that_a_run_writes_escapes_the_count(later: Stage, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    with Runner(tmp_path / "server") as runner:
        FIRST.prepare(shop, runner)
        first = runner.command(shop, RUN)
        before = contents(shop)
        assert FIRST.change is None
        assert LATER.change is not None
        LATER.change(shop)
        second = runner.command(shop, RUN)
    after = contents(shop)
    for done, old, new in ((first, {}, before), (second, before, after)):
        assert done.code == 0, done.stderr
        counted = {step.place for step in done.steps}
        changed = {name for name in {**old, **new} if old.get(name) != new.get(name)}
        assert changed - counted == set()
    written = {(Path(step.place).suffix, step.call) for step in (*first.steps, *second.steps)}
    # Python, SQLite, DuckDB, and Arrow through Python.
    assert {
        ("", "pwrite"),
        (".sqlite-wal", "pwrite"),
        (".sqlite-wal", "fdatasync"),
        (".duckdb", "pwrite"),
        (".wal", "write"),
        (".tmp", "write"),
        (".tmp", "fsync"),
        (".parquet", "rename"),
        (".parquet", "unlink"),
    } <= written
    assert len(later.steps) > 200


@pytest.mark.parametrize("kind", [Kind.KILL, Kind.TEAR, Kind.NO_SPACE], ids=str)
def test_a_few_points_of_a_later_run(matrix: Matrix, later: Stage, kind: Kind) -> None:
    (fault,) = (one for one in FAULTS if one.kind is kind)
    found = matrix.tally(later, fault, every=len(fault.points(later.steps)) // 3)
    assert found.wrong == []
    assert found.tries >= 3


def test_a_damaged_member_file_is_said_and_nothing_is_sent(
    matrix: Matrix, later: Stage
) -> None:
    (damage,) = (one for one in DAMAGES if "member file" in one.name)
    found = matrix.damages(later, damage)
    assert found.wrong == []
    assert set(found.codes) == {13}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind.name)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_points_of_every_scene_and_fault(matrix: Matrix, scene: Scene, fault: Fault) -> None:
    stage = matrix.stage(scene)
    found = matrix.tally(stage, fault, every=stride(fault, EVERY))
    assert found.wrong == []
    assert found.tries > 1


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_noticed_or_harmless(matrix: Matrix, later: Stage, damage: Damage) -> None:
    found = matrix.damages(later, damage, every=3)
    assert found.wrong == []
    assert found.tries > 1
