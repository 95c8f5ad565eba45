"""Killed at a step, on a full disk, with a damaged file: the next run makes all well.

A few points; test_all_faults.py tries more of them, and `make reliability` still more.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults.damage import DAMAGES
from faults.matrix import FAULTS, Matrix, Stage
from faults.page import scratch_place
from faults.runner import Kind
from faults.shops import RUN, SCENES, change

FIRST, LATER = SCENES[:2]


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with (
        TemporaryDirectory(dir=scratch_place()) as scratch,
        Matrix(Path(scratch), servers=1) as made,
    ):
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


def test_nothing_that_a_run_writes_escapes_the_count(
    matrix: Matrix, later: Stage, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    with matrix.borrowed() as runner:
        FIRST.prepare(shop, runner)
        first = runner.command(shop, RUN)
        before = contents(shop)
        change(shop)
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


@pytest.mark.parametrize(
    ("kind", "number"), [(Kind.KILL, 3), (Kind.TEAR, 1), (Kind.NO_SPACE, 1)]
)
def test_a_few_points_of_a_later_run(
    matrix: Matrix, later: Stage, kind: Kind, number: int
) -> None:
    (fault,) = (one for one in FAULTS if one.kind is kind)
    # From the middle of the run, where most is at stake, to its end.
    points = fault.points(later.steps)
    chosen = replace(fault, points=lambda _: points[len(points) // 2 :])
    found = matrix.tally(later, chosen, every=len(points) // (2 * number))
    assert found.wrong == []
    assert found.tries >= number


def test_a_damaged_member_file_is_said_and_nothing_is_sent(
    matrix: Matrix, later: Stage
) -> None:
    (damage,) = (one for one in DAMAGES if "member file" in one.name)
    first = replace(damage, harms=lambda folder: islice(damage.harms(folder), 1))
    found = matrix.damages(later, first)
    assert found.wrong == []
    assert set(found.codes) == {13}
