"""What a command writes to stderr where no person reads it."""

import json
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF

JSON = {"AUDSYNC_LOG_FORMAT": "auto"}  # stderr of a test is no terminal


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_a_record_of_one_run(shop: Path) -> None:
    done = audsync(
        "run", *AS_OF, "--run-id", "scheduled__2026-11-20T03:30+00:00", cwd=shop, **JSON
    )
    assert done.returncode == 0, done.stderr
    told = records(done.stderr)
    assert {(one["shop"], one["run_id"]) for one in told} == {
        ("kolo", "scheduled__2026-11-20T03:30+00:00")
    }
    assert [told[0]["event"], told[-1]["event"]] == ["run started", "run ended"]
    assert told[-1]["exit_code"] == 0
    assert "pull orders" in {one.get("stage") for one in told}
    assert "buyers.csv" in done.stdout


def test_what_stops_a_command_is_a_record_with_its_code(shop: Path) -> None:
    done = audsync("run", "--shop", "nobody", cwd=shop, **JSON)
    assert done.returncode == 9
    (told,) = records(done.stderr)
    assert (told["level"], told["event"], told["exit_code"]) == ("error", "error", 9)
    (shop / "config.toml").write_text("version = 1\nshop = 3\n", encoding="utf-8")
    done = audsync("run", cwd=shop, **JSON)
    (told,) = records(done.stderr)
    assert told["problems"][0]["line"] == 2  # type: ignore[index]  # of any JSON


def test_text_is_for_people_wherever_they_read_it(shop: Path) -> None:
    done = audsync("run", "--shop", "nobody", "--log-format", "text", cwd=shop, **JSON)
    assert done.stderr.startswith("error: there is no shop")


def test_a_bug_is_written_down_where_the_service_keeps_its_logs(shop: Path) -> None:
    (shop / "logs").mkdir()
    broken = shop / "lib" / "duckdb"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("\nraise ValueError('ana@example.com')\n")
    place = {"PYTHONPATH": str(shop / "lib"), "LOGS_DIRECTORY": str(shop / "logs")}
    done = audsync("run", *AS_OF, cwd=shop, **JSON, **place)
    assert done.returncode == 1, done.stderr
    written = (shop / "logs" / "audsync-error.log").read_text(encoding="utf-8")
    assert "ValueError\n  " in written
    assert "duckdb/__init__.py:2 <module>" in written
    assert "ana" not in written + done.stderr
    assert records(done.stderr)[-1]["where"] == written.splitlines()[1:]


@pytest.mark.parametrize("name", ["../../up", "x" * 101])
def test_a_run_id_is_a_name_and_no_path(shop: Path, name: str) -> None:
    done = audsync("pull", "--run-id", name, cwd=shop)
    assert done.returncode == 2, done.stderr
    assert not (shop / "state").exists()


@pytest.mark.slow
def test_a_retry_with_the_same_id_goes_on_with_the_run(shop: Path) -> None:
    orders = (shop / "orders.csv").read_bytes()
    (shop / "orders.csv").unlink()
    assert audsync("run", *AS_OF, "--run-id", "r1", cwd=shop).returncode == 4
    (shop / "orders.csv").write_bytes(orders)
    assert audsync("run", *AS_OF, "--run-id", "r1", cwd=shop).returncode == 0
    listed = json.loads(audsync("runs", "list", "--json", cwd=shop).stdout)["runs"]
    assert [(one["run"], one["exit_code"]) for one in listed] == [("r1", 0)]
