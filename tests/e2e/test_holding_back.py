"""What a run holds back and what nothing holds back, by the installed command."""

import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop


def test_a_misspelt_segment_is_told_before_anything_is_read(shop: Path) -> None:
    done = audsync("run", *AS_OF, "--segment", "byers", cwd=shop)
    assert (done.returncode, done.stdout) == (9, "")
    assert 'there is no segment byers; did you mean "buyers"?' in done.stderr
    assert "pull" not in done.stderr
    assert not list(shop.glob("state/kolo/*"))


def test_a_second_run_at_once_is_locked_out(shop: Path) -> None:
    holder = (
        "import datetime, sys\nfrom pathlib import Path\nfrom audsync.state import lock\n"
        "with lock(Path('state/kolo'), now=datetime.datetime.now(datetime.UTC)):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder],
        cwd=shop,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        done = audsync("run", *AS_OF, cwd=shop)
        other.communicate("")
    assert done.returncode == 11
    assert "another run" in done.stderr


def test_a_withdrawal_is_a_removal_whatever_the_guards_and_filters_say(shop: Path) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    answers = dict.fromkeys(ids(10), "no") | {"c001": "yes"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    (shop / "segments" / "other.toml").write_text(
        'name = "Other"\nsinks = ["files"]\n[all]\norder_count.at_least = 9\n', encoding="utf-8"
    )
    done = audsync("run", *AS_OF, "--segment", "other", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert audience(shop).count(b"\n") == 2


@pytest.mark.parametrize("asked", [(), ("--segment", "buyers")])
def test_a_broken_segment_file_does_not_hold_back_a_withdrawal(
    shop: Path, asked: tuple[str, ...]
) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    answers = dict.fromkeys(ids(10), "yes") | {"c001": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    (shop / "segments" / "buyers.toml").write_text("[all]\norder_cuont = 1\n", encoding="utf-8")
    done = audsync("run", *AS_OF, *asked, cwd=shop)
    assert done.returncode == 3
    assert "buyers.toml:2:1" in done.stderr
    assert audience(shop).count(b"\n") == 10


@pytest.mark.parametrize(
    ("name", "reference"),
    [("flawed", "order_cont = 1"), ("other", "age = 1"), ("circle", 'in_segment = "refers"')],
)
def test_a_reference_that_leads_nowhere_holds_back_no_withdrawal(
    shop: Path, name: str, reference: str
) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    rule = 'sinks = ["files"]\n[all]\norder_count = 1\n[none]\nin_segment = "{}"\n'
    referred = "nowhere" if name == "other" else name
    (shop / "segments" / "refers.toml").write_text(rule.format(referred), encoding="utf-8")
    (shop / "segments" / "third.toml").write_text(rule.format("refers"), encoding="utf-8")
    (shop / "segments" / f"{name}.toml").write_text(f"[all]\n{reference}\n", encoding="utf-8")
    answers = dict.fromkeys(ids(10), "yes") | {"c002": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode in {3, 4}
    assert f"segment refers refers to {referred}, which cannot be evaluated" in done.stderr
    assert "segment third refers to refers, which cannot be evaluated" in done.stderr
    assert audience(shop).count(b"\n") == 10, "nine members and the header"


def test_an_audience_without_a_segment_file_is_told_and_loses_whoever_withdraws(
    shop: Path,
) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    (shop / "segments" / "buyers.toml").unlink()
    answers = dict.fromkeys(ids(10), "yes") | {"c001": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "its segment file is gone; 10 members are kept" in done.stderr
    assert audience(shop).count(b"\n") == 10


def test_a_large_removal_waits_for_a_person_who_confirms_the_number(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop", count=100)
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    segment = shop / "segments" / "buyers.toml"
    text = segment.read_text(encoding="utf-8")
    segment.write_text(text + 'customer_id.one_of = ["c001", "c002"]\n', encoding="utf-8")
    held = audsync("run", *AS_OF, cwd=shop)
    assert held.returncode == 7
    assert "--max-removed 98" in held.stderr
    assert audience(shop).count(b"\n") == 101
    assert audsync("run", *AS_OF, "--max-removed", "97", cwd=shop).returncode == 7
    assert audsync("run", *AS_OF, "--max-removed", "98", cwd=shop).returncode == 0
    assert audience(shop).count(b"\n") == 3


def test_another_folder_of_a_sink_is_filled_by_the_next_run(shop: Path) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    config = (shop / "config.toml").read_text(encoding="utf-8")
    config = config.replace('folder = "out"', 'folder = "elsewhere"')
    (shop / "config.toml").write_text(config, encoding="utf-8")
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    moved = next((shop / "elsewhere").rglob("buyers.csv")).read_bytes()
    assert moved == audience(shop)
