"""`audsync run` with Spark in this process: the same files, killed or not."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from fakes.spark_cluster import OPTIONS
from small_shop import AS_OF, make_shop

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLER = Path(__file__).with_name("killed_on_spark.py")


def use_spark(folder: Path, java: str = "") -> None:
    """Spark for every shop of the folder, which has one cluster of its own: this process."""
    (folder / "shared").mkdir()
    driver = "spark.driver.extraJavaOptions"
    given = {**OPTIONS, driver: f"{OPTIONS[driver]} {java}"}
    options = "".join(f"{json.dumps(key)} = {json.dumps(one)}\n" for key, one in given.items())
    config = folder / "config.toml"
    config.write_text(
        f'{config.read_text(encoding="utf-8")}\n[engine]\ntype = "spark"\n'
        f'master = "local[2]"\nlocation = "shared"\n[engine.options]\n{options}',
        encoding="utf-8",
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted((folder / "out").rglob("*"))
        if path.is_file()
    }


def test_the_demo_shop_has_the_same_files_to_the_last_byte(tmp_path: Path) -> None:
    demo, as_of = ROOT / "examples" / "demo", ("--as-of", "2011-12-10")
    for name in ("embedded", "spark"):
        shutil.copytree(demo, tmp_path / name, ignore=shutil.ignore_patterns("state", "out"))
    # Java has something to say on standard output, as it has where it lacks memory for itself.
    use_spark(tmp_path / "spark", java="-Xlog:gc")
    runs = {
        name: audsync("run", *as_of, "--json", "--quiet", cwd=tmp_path / name)
        for name in ("embedded", "spark")
    }
    assert [done.returncode for done in runs.values()] == [0, 0], runs["spark"].stderr
    assert runs["spark"].stderr == ""
    assert files(tmp_path / "spark") == files(tmp_path / "embedded") != {}
    told = {name: json.loads(done.stdout) for name, done in runs.items()}
    for key in ("model", "consent", "checksum", "audiences"):
        assert told["spark"][key] == told["embedded"][key]
    again = audsync("run", *as_of, "--json", "--quiet", cwd=tmp_path / "spark")
    assert [one["operations"] for one in json.loads(again.stdout)["audiences"]] == [{}] * 6


def test_a_run_killed_while_spark_works_is_brought_to_its_end_by_the_next(
    tmp_path: Path,
) -> None:
    calm, disturbed = make_shop(tmp_path / "calm"), make_shop(tmp_path / "disturbed")
    assert audsync("run", *AS_OF, cwd=calm).returncode == 0
    use_spark(disturbed)
    killed = subprocess.run(
        [sys.executable, str(KILLER), "3", "run", *AS_OF],
        cwd=disturbed,
        env={"PATH": os.environ["PATH"], "HOME": str(disturbed)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    spill = disturbed / "state" / "kolo" / "spark.spill"
    assert spill.exists()
    done = audsync("run", *AS_OF, cwd=disturbed)
    assert done.returncode == 0, done.stderr
    assert files(disturbed) == files(calm) != {}
    assert not spill.exists()
