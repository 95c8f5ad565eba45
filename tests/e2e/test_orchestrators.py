"""Airflow and Dagster run the examples: each shop its task, each exit code its meaning."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from command import audsync
from fakes.web import FakeWeb, Fault
from many_shops import make_shops
from small_shop import customers, ids, orders

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "orchestrators"
TELL_OUTSIDE = """\
import os, socket
_connect = socket.socket.connect
def connect(self, address):
    host = address[0] if isinstance(address, tuple) else "127.0.0.1"
    if host != "::1" and not host.startswith("127."):
        with open(os.environ["OUTSIDE"], "a") as file:
            file.write(f"{host}\\n")
        raise OSError("loopback only")
    _connect(self, address)
socket.socket.connect = connect
"""
DAGSTER = """\
import json
from dagster_job import audsync
done = audsync.execute_in_process(raise_on_error=False)
steps = [one for one in done.all_events if one.is_step_event]
kinds = {"STEP_SUCCESS": "success", "STEP_FAILURE": "failed"}
ends = {one.step_key: kinds[one.event_type_value] for one in steps
        if one.event_type_value in kinds}
again = [one.step_key for one in steps if one.event_type_value == "STEP_RESTARTED"]
said = {one.step_key: one.event_specific_data.user_failure_data.description
        for one in steps if one.is_step_failure}
print(json.dumps([done.run_id, ends, again, said]))
"""


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb() as fake:
        yield fake


@pytest.fixture
def folder(tmp_path: Path, web: FakeWeb) -> Path:
    """Shops that are right at the second attempt, held by a guard, and mistaken."""
    folder = make_shops(tmp_path / "shops", "late-one", "held", "wrong")
    shops = folder / "shops"
    web.files["/orders.csv"] = (folder / "orders.csv").read_bytes()
    edit(shops / "late-one.toml", '"orders.csv"', f'"{web.url}/orders.csv"')
    web.fail_next(Fault(503, {"Retry-After": "600"}))
    edit(shops / "held.toml", "orders.csv", "less.csv")
    (folder / "less.csv").write_text(orders(ids(90)), encoding="utf-8")
    (folder / "customers.csv").write_text(customers(dict.fromkeys(ids(90), "yes")), "utf-8")
    done = audsync("run", "--shop", "held", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "less.csv").write_text(orders(ids(30)), encoding="utf-8")
    edit(shops / "wrong.toml", "max_batch", "max_bach")
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def orchestrated(
    kind: str, *command: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command of an orchestrator that may reach nobody outside, with what a worker has."""
    programs = ROOT / ".venv" / kind / "bin"
    assert programs.is_dir(), f"make .venv/{kind}/made"
    library, outside = folder / "library", folder / "outside"
    library.mkdir(exist_ok=True)
    (library / "sitecustomize.py").write_text(TELL_OUTSIDE, encoding="utf-8")
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        cwd=folder,
        env={
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join([str(library), str(EXAMPLES)]),
            "OUTSIDE": str(outside),
            "AUDSYNC_CONFIG": str(folder / "config.toml"),
            "RETRY_SECONDS": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert not outside.exists(), outside.read_text(encoding="utf-8")
    return done


def check_shops(folder: Path, run: str) -> None:
    """All that could be done is done, and in the name of the orchestrator's run."""
    for shop, code in {"late-one": 0, "held": 7}.items():
        shown = audsync("runs", "show", run, "--shop", shop, "--json", cwd=folder)
        assert (shop, json.loads(shown.stdout)["exit_code"]) == (shop, code), shown.stderr
    for shop, members in {"late-one": 10, "held": 90}.items():
        file = folder / "out" / shop / "buyers.csv"
        assert len(file.read_text(encoding="utf-8").splitlines()) == members + 1
    assert not (folder / "out" / "wrong").exists()


@pytest.mark.slow
def test_airflow_maps_over_the_shops_and_tries_again_only_what_passes_by_itself(
    folder: Path,
) -> None:
    settings = {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLES),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    made = orchestrated("airflow", "airflow", "db", "migrate", folder=folder, **settings)
    assert made.returncode == 0, made.stderr
    done = orchestrated(
        "airflow", "airflow", "dags", "test", "audsync", folder=folder, **settings
    )
    with closing(sqlite3.connect(folder / "airflow" / "airflow.db")) as database:
        rows = database.execute(
            "SELECT rendered_map_index, state, try_number FROM task_instance "
            "WHERE task_id = 'run' ORDER BY 1"
        ).fetchall()
        ((run,),) = database.execute("SELECT run_id FROM dag_run").fetchall()
    assert rows == [
        ("held", "failed", 1),
        ("late-one", "success", 2),
        ("wrong", "failed", 1),
    ], done.stdout
    assert "held is held by a guard: look at `audsync plan --shop held`" in done.stdout
    check_shops(folder, run)


@pytest.mark.slow
def test_dagster_maps_over_the_shops_and_tries_again_only_what_passes_by_itself(
    folder: Path,
) -> None:
    home = folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    done = orchestrated(
        "dagster", "python", "-c", DAGSTER, folder=folder, DAGSTER_HOME=str(home)
    )
    assert done.returncode == 0, done.stderr
    run, ends, again, said = json.loads(done.stdout.splitlines()[-1])
    assert ends == {
        "shops": "success",
        "run_shop[held]": "failed",
        "run_shop[late_one]": "success",
        "run_shop[wrong]": "failed",
    }, done.stderr
    assert again == ["run_shop[late_one]"]
    assert said["run_shop[held]"].startswith("held is held by a guard: look at")
    check_shops(folder, run)
