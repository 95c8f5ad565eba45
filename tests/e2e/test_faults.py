"""Killed at a step, on a full disk, with a damaged file: the next run makes all well.

A few points; test_all_faults.py tries more of them, and `make reliability` still more.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from audsync.contracts import Operation
from faults.damage import DAMAGES
from faults.kinds import FAULTS
from faults.matrix import Matrix, Stage
from faults.page import scratch_place
from faults.power import Disk, read_record
from faults.repeats import Sending, pasts, repeats, sent_twice
from faults.runner import Kind
from faults.shops import RUN, SCENES, change_back
from small_shop import make_shop

LATER = SCENES[1]


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


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a shop with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nothing_that_a_run_writes_escapes_the_count(
    matrix: Matrix, later: Stage, tmp_path: Path
) -> None:
    shop, record = tmp_path / "shop", tmp_path / "record"
    shutil.copytree(later.base, shop)
    disk = Disk(shop)
    before = contents(shop)
    with matrix.borrowed() as runner:
        done = runner.command(shop, RUN, record=record)
    assert done.code == 0, done.stderr
    for deed in read_record(record, shop):
        disk.do(deed)
    assert contents(shop) != before
    # The steps, done again on the files of before, give the files of after to the last byte.
    assert disk.files() == contents(shop)
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
    } <= {(Path(step.place).suffix, step.call) for step in later.steps}
    assert len(later.steps) > 200


def test_a_power_cut_before_a_sync(matrix: Matrix, later: Stage) -> None:
    found = matrix.cuts(later, every=40)
    assert found.wrong == []
    assert found.tries > 1


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


WRITES = {
    "init": ("init", ".", "--force", "--from", "customers.csv", "--from", "orders.csv"),
    "segments new": ("segments", "new", "sleepers", "--force"),
    "schema write": ("schema", "write"),
}


@pytest.mark.parametrize("kind", [Kind.NO_SPACE, Kind.READ_ONLY], ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", WRITES)
def test_a_disk_that_takes_no_file_is_told_and_no_file_is_half_written(
    matrix: Matrix, tmp_path: Path, name: str, kind: Kind
) -> None:
    shop, command, places = make_shop(tmp_path / "shop"), WRITES[name], (".",)
    calm = tmp_path / "calm"
    shutil.copytree(shop, calm)
    with matrix.borrowed() as runner:
        steps = runner.command(calm, command, places=places).steps
        for step in (steps[0], [step for step in steps if step.call == "write"][-1]):
            full = tmp_path / f"full at {step.number}"
            shutil.copytree(shop, full)
            done = runner.command(full, command, kind=kind, number=step.number, places=places)
            assert done.code == 13, done.stderr
            assert re.fullmatch(
                r"error: .* cannot be used \(.*\); check the disk, .*\n", done.stderr
            )
            old, new, found = contents(shop), contents(calm), contents(full)
            for file in new:
                assert found.get(file) in (old.get(file), new[file]), file
            assert runner.command(full, command).code == 0
            # What a read-only disk did not let go is a file that nobody reads.
            assert {file: contents(full).get(file) for file in new} == new


def test_who_was_leaving_when_the_run_ended_and_is_wanted_again_is_sent_again(
    matrix: Matrix, later: Stage, tmp_path: Path
) -> None:
    planned = next(step for step in later.steps if step.place.startswith("state/kolo/plans/"))
    syncs = [
        step
        for step in later.steps[planned.number :]
        if (step.call, step.place) == ("fdatasync", "state/kolo/state.sqlite-wal")
    ]
    with matrix.borrowed() as runner:
        for step in syncs:
            shop = tmp_path / str(step.number)
            shutil.copytree(later.base, shop)
            runner.command(shop, RUN, kind=Kind.KILL, number=step.number)
            if (past := pasts(shop))["direct"].leaving:
                break
        change_back(shop)
        assert runner.command(shop, RUN).code == 0
    ((_, operation, rows),) = past["direct"].leaving
    assert operation is Operation.REMOVE
    # The platform has never seen the removal, and nobody could know that.
    blind = past | {"direct": replace(past["direct"], leaving=())}
    assert sent_twice(shop, past) == 0
    assert sent_twice(shop, blind) == len(rows)


def sending(run: str, operation: Operation, *rows: str) -> Sending:
    return f"{run}.kolo.buyers.direct.{operation}", operation, [(row,) for row in rows]


def test_a_confirmed_row_that_is_sent_again_is_seen() -> None:
    first, again = sending("1", Operation.REMOVE, "a", "b"), sending("2", Operation.REMOVE, "b")
    back = sending("2", Operation.ADD, "a", "b")
    confirmed = {first[0], back[0]}
    assert repeats([first, again], confirmed) == 1
    assert repeats([first, back], confirmed) == 0
    assert repeats([first, back, sending("3", Operation.REMOVE, "a")], confirmed) == 0
    assert repeats([first, back, sending("3", Operation.ADD, "a")], confirmed) == 1


def test_what_nobody_answered_leaves_open_what_was_confirmed_before() -> None:
    # Somebody is added, his removal leaves as the run ends, and he is wanted again.
    added, leaving = sending("1", Operation.ADD, "a", "b"), sending("2", Operation.REMOVE, "a")
    back = sending("3", Operation.ADD, "a", "b")
    assert repeats([added, leaving, back], {added[0], back[0]}) == 1, "b was not leaving"
    assert repeats([added, leaving, back], {added[0], leaving[0], back[0]}) == 1
    assert repeats([added, back], {added[0], back[0]}) == 2
