"""The installed command: exit codes, streams, JSON, and what it loads."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids

HEAVY = frozenset(
    {"pandas", "pyarrow", "duckdb", "numpy", "scipy", "google", "rich"}
    | {"requests", "tenacity", "pycountry", "phonenumbers", "sqlite3"}
)


def loaded(*arguments: str, cwd: Path | None = None) -> set[str]:
    """The modules that the command has imported when it ends well."""
    code = (
        f"import sys\nfrom audsync.cli import main\nsys.argv = ['audsync', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True
    )
    assert "audsync" in done.stdout or "0 errors" in done.stdout
    return set(done.stderr.splitlines()[-1].split())


def test_help_loads_no_heavy_package() -> None:
    assert not loaded("--help") & {*HEAVY, "pydantic"}


def test_a_check_loads_neither_a_heavy_package_nor_what_a_run_is_made_of(shop: Path) -> None:
    modules = loaded("check", cwd=shop)
    assert "audsync.segments.check" in modules
    assert not modules & HEAVY
    parts = ("plan", "deliver", "pull", "state", "warehouse")
    assert not modules & {f"audsync.{part}" for part in parts}


def test_a_first_run_fills_the_audience_and_says_where(shop: Path) -> None:
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "buyers.csv" in done.stdout
    assert audience(shop).count(b"\n") == 11


def test_state_is_for_the_user_alone(shop: Path) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    for path in [*(shop / "state").rglob("*"), *(shop / "out").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path.relative_to(shop)


def test_a_plan_changes_nothing_and_tells_its_checksum(shop: Path) -> None:
    done = audsync("plan", *AS_OF, "--exit-code", "-o", "plan.json", cwd=shop)
    assert done.returncode == 20, done.stderr
    assert not (shop / "out").exists()
    plan = json.loads((shop / "plan.json").read_text(encoding="utf-8"))
    assert plan["checksum"] in done.stdout
    assert plan["audiences"][0]["operations"] == {"add": {"entered": 10}}


def test_a_reviewed_plan_is_sent_and_another_is_not(shop: Path) -> None:
    plan = json.loads(audsync("plan", *AS_OF, "--json", cwd=shop).stdout)
    assert plan["schema"] == "audsync.plan/1"
    wrong = audsync("run", *AS_OF, "--expect-plan", "0" * 64, cwd=shop)
    assert wrong.returncode == 7
    assert plan["checksum"] in wrong.stderr
    assert not (shop / "out").exists()
    right = audsync("run", *AS_OF, "--expect-plan", plan["checksum"], cwd=shop)
    assert right.returncode == 0, right.stderr
    assert audience(shop).count(b"\n") == 11


def test_json_is_one_object_a_line_and_ends_with_the_summary(shop: Path) -> None:
    done = audsync("run", *AS_OF, "--json", cwd=shop)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["start", "summary"]
    assert all(event["schema"] == "audsync.event/1" for event in events)
    assert events[-1]["audiences"][0]["result"]["added"] == 10


def test_errors_are_json_too(shop: Path) -> None:
    done = audsync("run", "--shop", "nobody", "--json", cwd=shop)
    assert done.returncode == 9
    event = json.loads(done.stdout.splitlines()[-1])
    assert (event["event"], event["exit_code"]) == ("error", 9)


def test_progress_and_notes_keep_off_stdout(shop: Path) -> None:
    done = audsync("run", *AS_OF, cwd=shop)
    assert "pull orders" in done.stderr
    assert "…" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("runn",), 2),
        (("run", "--as-of", "yesterday"), 2),
        (("daemon", "--listen", "nonsense"), 2),
        (("ledger", "verify", "--expect", "7c1"), 2),
        (("schedule", "cron", "--user", "bad user; true"), 2),
        (("fake-server", "idosell", "--orders", "-1"), 2),
        (("fake-server", "meta", "--for-shop", "Of Anna"), 2),
        (("run", "--shop", "nobody"), 9),
        (("run", "--segment", "nobody"), 9),
        (("segments", "show", "nobody"), 9),
        (("runs", "list"), 9),
        (("connectors", "show", "nobody"), 9),
        (("run", "--config", "nowhere.toml"), 4),
        (("plan", "-o", "nowhere/plan.json"), 4),
        (("check",), 0),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, shop: Path) -> None:
    done = audsync(*arguments, cwd=shop)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_runs_are_listed_and_shown(shop: Path) -> None:
    assert audsync("run", *AS_OF, "--run-id", "night-1", cwd=shop).returncode == 0
    listed = audsync("runs", "list", cwd=shop)
    row = listed.stdout.splitlines()[1].split("\t")
    assert row[:3] == ["night-1", "run", "2026-11-20"]
    assert all(re.fullmatch(r"[\d-]{10}T[\d:]{8}\+00:00", moment) for moment in row[3:5])
    shown = audsync("runs", "show", "night-1", "--json", cwd=shop)
    assert json.loads(shown.stdout)["audiences"][0]["desired"] == 10
    assert audsync("runs", "show", "night-2", cwd=shop).returncode == 9


def test_a_reader_that_leaves_early_causes_no_traceback(shop: Path) -> None:
    command = f"{Path(sys.executable).with_name('audsync')} segments list | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=shop,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_output_survives_an_old_terminal(shop: Path) -> None:
    segment = shop / "segments" / "buyers.toml"
    segment.write_text(
        segment.read_text(encoding="utf-8").replace("Buyers", "Kupující"), encoding="utf-8"
    )
    done = audsync("segments", "list", cwd=shop, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "Kupuj" in done.stdout


def test_an_explanation_counts_line_by_line_and_for_one_customer(shop: Path) -> None:
    assert audsync("pull", cwd=shop).returncode == 0
    done = audsync("segments", "explain", "buyers", "--customer-id", "c001", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "members before consent: 10" in done.stdout
    assert "this client is in it" in done.stdout
    assert "order_count.at_least = 1 no longer holds: 0 (-1), now 1" in done.stdout
    assert "example.com" not in done.stdout


def test_an_export_holds_those_who_consented_and_no_formula(shop: Path) -> None:
    answers = dict.fromkeys(ids(10), "yes") | {"c002": "no"}
    text = customers(answers).replace("Žofie c003", "=cmd")
    (shop / "customers.csv").write_text(text, encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    done = audsync("export", "buyers", "-o", "buyers.csv", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    lines = (shop / "buyers.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 10
    assert any("'=cmd" in line for line in lines)
    assert not any("c002@" in line for line in lines)
    again = audsync("export", "buyers", "-o", "buyers.csv", *AS_OF, cwd=shop)
    assert again.returncode == 4
    upload = audsync("export", "buyers", "-o", "up.csv", "--for", "upload", *AS_OF, cwd=shop)
    assert upload.returncode == 0, upload.stderr
    assert "@" not in (shop / "up.csv").read_text(encoding="utf-8")


def test_an_export_for_upload_holds_those_who_can_be_found(shop: Path) -> None:
    text = customers(dict.fromkeys(ids(10), "yes")).replace("c003@example.com", "")
    (shop / "customers.csv").write_text(text, encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    upload = audsync("export", "buyers", "-o", "up.csv", "--for", "upload", *AS_OF, cwd=shop)
    assert upload.stdout == "up.csv: 9 clients\n"
    assert len((shop / "up.csv").read_text(encoding="utf-8").splitlines()) == 10
    people = audsync("export", "buyers", "-o", "people.csv", *AS_OF, cwd=shop)
    assert people.stdout == "people.csv: 10 clients\n"
    header, first, *_ = (shop / "people.csv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(header.split(","), first.split(","), strict=True))
    assert (row["product_count"], row["total_revenue"]) == ("1", "99.90")


def test_the_next_step_of_a_plan_can_be_typed_as_it_is(shop: Path) -> None:
    planned = audsync("plan", *AS_OF, cwd=shop)
    step = planned.stderr.rpartition("Next: audsync ")[2].split()
    done = audsync(*step, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert f"--as-of {AS_OF[-1]}" in " ".join(step)


def test_connectors_and_shops_are_listed(shop: Path) -> None:
    names = audsync("connectors", "list", "--json", cwd=shop)
    found = {one["name"] for one in json.loads(names.stdout)["connectors"]}
    assert {"csv", "files"} <= found
    shown = audsync("connectors", "show", "files", cwd=shop)
    assert "layout" in shown.stdout
    shops = json.loads(audsync("shops", "list", "--json", cwd=shop).stdout)
    assert [one["shop"] for one in shops["shops"]] == ["kolo"]
