"""Kill -9 in the middle of a run: the next one ends with the files of an undisturbed one."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop

KILLER = Path(__file__).with_name("killed.py")
QUICK = [("page", 3), ("sent", 2)]
ALL = [
    (point, number)
    for point, passes in (("page", 4), ("sending", 5), ("sent", 5), ("settled", 5))
    for number in range(1, passes + 1)
]


def killed_run(folder: Path, point: str, number: int) -> None:
    done = subprocess.run(
        [sys.executable, str(KILLER), point, str(number), "run", *AS_OF],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def change(folder: Path) -> None:
    """Two withdraw, one is forgotten by the feed, one changes the address, three are new."""
    answers = dict.fromkeys(ids(13), "yes") | {"c002": "no", "c003": ""}
    del answers["c004"]
    text = customers(answers).replace("c005@example.com", "c005.new@example.com")
    (folder / "customers.csv").write_text(text, encoding="utf-8")
    orders = (folder / "orders.csv").read_text(encoding="utf-8")
    orders += "".join(
        f"n{name},{name},2026-11-01 10:00:00,CZK,p1,1,50.00\n"
        for name in ("c011", "c012", "c013")
    )
    (folder / "orders.csv").write_text(orders, encoding="utf-8")


def sent_twice(folder: Path) -> int:
    """Confirmed batches whose content was sent a second time to the same audience."""
    with sqlite3.connect(folder / "state" / "kolo" / "state.sqlite") as state:
        rows = state.execute(
            "SELECT count(*) FROM (SELECT batch FROM batches WHERE state = 'confirmed'"
            " GROUP BY batch HAVING count(*) > 1)"
        )
        return int(next(rows)[0])


def check(tmp_path: Path, point: str, number: int) -> None:
    calm, disturbed = make_shop(tmp_path / "calm"), make_shop(tmp_path / "disturbed")
    for folder in (calm, disturbed):
        assert audsync("run", *AS_OF, cwd=folder).returncode == 0
        change(folder)
    assert audsync("run", *AS_OF, cwd=calm).returncode == 0
    killed_run(disturbed, point, number)
    done = audsync("run", *AS_OF, cwd=disturbed)
    assert done.returncode == 0, done.stderr
    assert audience(disturbed) == audience(calm)
    assert sent_twice(disturbed) == 0
    before = audience(disturbed)
    again = audsync("run", *AS_OF, "--json", "--quiet", cwd=disturbed)
    assert '"operations": {}' in again.stdout
    assert audience(disturbed) == before


@pytest.mark.parametrize(("point", "number"), QUICK)
def test_a_killed_run_is_brought_to_its_end_by_the_next(
    point: str, number: int, tmp_path: Path
) -> None:
    check(tmp_path, point, number)


@pytest.mark.slow
@pytest.mark.parametrize(("point", "number"), ALL)
def test_a_run_may_be_killed_at_every_page_and_batch(
    point: str, number: int, tmp_path: Path
) -> None:
    check(tmp_path, point, number)
