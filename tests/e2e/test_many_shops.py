"""`audsync run --all-shops`: a process for each, and each shop for itself."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from daemon_process import wait_until
from many_shops import make_shops
from small_shop import AS_OF

HANG = """\
import os, sys, time
if "--run-id" in sys.orig_argv:
    open(f"child.{os.getpid()}", "w").close()
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shops(tmp_path / "shops", "halny", "kolo", "tri")


def test_the_failure_of_one_shop_leaves_the_others_alone(folder: Path) -> None:
    broken = folder / "shops" / "halny.toml"
    broken.write_text(broken.read_text("utf-8").replace("max_batch", "max_bach"), "utf-8")
    done = audsync("run", "--all-shops", "--jobs", "2", *AS_OF, "--run-id", "r1", cwd=folder)
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == [
        "shop\texit_code\tmessage",
        'halny\t4\tshops/halny.toml:7:1: error[C104]: unknown key "max_bach"',
        "kolo\t0\t-",
        "tri\t0\t-",
    ]
    assert sorted(path.parent.name for path in folder.glob("out/*/buyers.csv")) == [
        "kolo",
        "tri",
    ]
    assert not list(folder.glob("state/*/health.json")), "nobody wants to hear of it"
    assert audsync("run", "--shop", "halny", *AS_OF, cwd=folder).returncode == 4
    listed = audsync("shops", "list", "--json", cwd=folder)
    names = {one["shop"]: one["name"] for one in json.loads(listed.stdout)["shops"]}
    assert names == {"halny": None, "kolo": "kolo", "tri": "tri"}
    assert 'unknown key "max_bach"' in listed.stderr
    shown = audsync("runs", "show", "r1", "--shop", "tri", cwd=folder)
    assert "tri: run r1" in shown.stdout
    (folder / "config.toml").write_text("version = 1\nversoin = 2\n", "utf-8")
    assert audsync("run", "--all-shops", cwd=folder).returncode == 4


@pytest.mark.slow
def test_json_has_the_code_and_summary_of_each_shop(folder: Path) -> None:
    done = audsync("run", "--all-shops", "--json", *AS_OF, cwd=folder)
    assert done.returncode == 0, done.stderr
    start, *shops, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert start["shops"] == ["halny", "kolo", "tri"]
    assert [one["audiences"][0]["result"]["added"] for one in shops] == [10, 10, 10]
    assert [one["event"] for one in shops] == ["shop"] * 3
    assert {one["run"] for one in shops} == {start["run"]}
    assert last["event"] == "summary"
    assert [(one["shop"], one["exit_code"]) for one in last["shops"]] == [
        *(("halny", 0), ("kolo", 0), ("tri", 0))
    ]


@pytest.mark.slow
def test_a_segment_of_some_shops_is_asked_of_these_alone(folder: Path) -> None:
    file = folder / "segments" / "buyers.toml"
    file.write_text(f'shops = ["kolo", "tri"]\n{file.read_text("utf-8")}', "utf-8")
    asked = ("run", "--all-shops", *AS_OF, "--segment", "buyers")
    done = audsync(*asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert [row.split("\t")[:2] for row in done.stdout.splitlines()[1:]] == [
        ["kolo", "0"],
        ["tri", "0"],
    ]
    none = audsync(*asked, "--segment", "byers", cwd=folder)
    assert (none.returncode, none.stdout) == (9, "")
    assert 'did you mean "buyers"?' in none.stderr


@pytest.mark.slow
def test_a_child_sees_the_secrets_of_its_own_shop_alone(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "shop = sys.orig_argv[sys.orig_argv.index('--shop') + 1] if '--shop' in sys.orig_argv"
        " else 'parent'\n"
        "mine = sorted(one for one in os.environ if one.startswith('AUDSYNC_SECRET'))\n"
        "open(f'seen.{shop}', 'w').write(' '.join(mine))\n"
    )
    secrets = {f"AUDSYNC_SECRET__{shop}__TOKEN": "x" for shop in ("KOLO", "HALNY", "KOLO_PL")}
    audsync(
        *("run", "--all-shops", "--dry-run", *AS_OF),
        cwd=folder,
        PYTHONPATH=str(folder / "lib"),
        **secrets,
    )
    assert (folder / "seen.kolo").read_text() == "AUDSYNC_SECRET__KOLO__TOKEN"
    assert (folder / "seen.tri").read_text() == ""


@pytest.mark.parametrize(
    "flag", [("--shop", "kolo"), ("--max-removed", "3"), ("--expect-plan", "0")]
)
def test_what_is_for_one_shop_is_refused(folder: Path, flag: tuple[str, str]) -> None:
    assert audsync("run", "--all-shops", *flag, cwd=folder).returncode == 2


@pytest.mark.slow
def test_a_stop_reaches_the_children_and_is_told(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "sitecustomize.py").write_text(HANG)
    with subprocess.Popen(
        [sys.executable, "-m", "audsync", "run", "--all-shops", *AS_OF, "--json"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(folder / "lib"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the start
        wait_until(lambda: list(folder.glob("child.*")))
        process.send_signal(signal.SIGTERM)
        last = json.loads(process.stdout.read().splitlines()[-1])
    assert process.returncode == 143
    assert last["exit_code"] == 143
    assert None in {one["exit_code"] for one in last["shops"]}, "shops that never began"
