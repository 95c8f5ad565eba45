"""The installed command: exit codes, streams, JSON, and what it takes to start."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, CONFIG, audience, customers, ids, make_shop, orders

HEAVY = frozenset(
    {"pandas", "pyarrow", "duckdb", "numpy", "scipy", "google", "rich"}
    | {"requests", "tenacity", "pycountry", "phonenumbers", "sqlite3"}
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


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


def test_a_new_folder_is_set_up_from_feeds_and_runs(tmp_path: Path) -> None:
    feeds = make_shop(tmp_path / "feeds")
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("orders.csv", "customers.csv"):
        text = (feeds / name).read_text(encoding="utf-8")
        (empty / name).write_text(text.replace(",ads\n", ",ad_consent\n"), encoding="utf-8")
    done = audsync("init", ".", "--from", "orders.csv", "--from", "customers.csv", cwd=empty)
    assert done.returncode == 0, done.stderr
    checked = audsync("check", cwd=empty)
    assert checked.returncode == 0, checked.stdout
    ran = audsync("run", *AS_OF, cwd=empty)
    assert ran.returncode == 0, ran.stderr
    assert audsync("init", ".", "--from", "orders.csv", cwd=empty).returncode == 4


def test_a_shop_of_a_segment_that_is_not_there_is_a_mistake(shop: Path) -> None:
    segment = shop / "segments" / "buyers.toml"
    segment.write_text('shops = ["kolo", "koloo"]\n' + segment.read_text(encoding="utf-8"))
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert 'segments/buyers.toml:1:18: error[S133]: there is no shop "koloo"' in done.stdout
    assert 'did you mean "kolo"?' in done.stdout


@pytest.mark.parametrize("own_file", [False, True])
def test_a_consent_field_that_no_column_fills_is_told_by_check(
    shop: Path, *, own_file: bool
) -> None:
    config = shop / "config.toml"
    text = config.read_text(encoding="utf-8").replace('ad_consent = "ads"\n', "")
    place = "config.toml:9:9"
    if own_file:
        head, _, tables = text.partition("[shops.kolo.consent]")
        (shop / "shops").mkdir()
        (shop / "shops" / "kolo.toml").write_text(
            ("[consent]" + tables).replace("[shops.kolo.", "["), encoding="utf-8"
        )
        text, place = head, "shops/kolo.toml:2:9"
    config.write_text(text, encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 0, done.stdout
    assert f"{place}: warning[C125]: the source does not provide" in done.stdout
    assert audsync("check", "--strict", cwd=shop).returncode == 4


def test_a_currency_without_a_rate_is_told_at_the_shop_with_the_key_to_write(
    shop: Path,
) -> None:
    (shop / "orders.csv").write_text(orders(ids(3), currency="EUR"), encoding="utf-8")
    inline = audsync("run", *AS_OF, cwd=shop)
    assert inline.returncode == 4
    assert (
        "config.toml:8:8: error[C127]: shop kolo: no rate to CZK for EUR (3 orders)"
        in inline.stderr
    )
    advice = 'below [{}] write the price of one in CZK, such as EUR = "4.31"'
    assert advice.format("shops.kolo.rates") in inline.stderr
    head, _, own = CONFIG.partition("[shops.kolo.consent]")
    own = ("[consent]" + own).replace("[shops.kolo.", "[")
    (shop / "config.toml").write_text(head, encoding="utf-8")
    (shop / "shops").mkdir()
    text = f'name = "Kolo"\n[rates]\nUSD = "23.5"\n{own}'
    (shop / "shops" / "kolo.toml").write_text(text, encoding="utf-8")
    apart = audsync("segments", "explain", "buyers", *AS_OF, cwd=shop)
    assert apart.returncode == 4
    assert "shops/kolo.toml:2:2: error[C127]: shop kolo: no rate" in apart.stderr
    assert advice.format("rates") in apart.stderr


def test_a_new_folder_for_customers_alone_has_a_segment_that_they_answer(
    tmp_path: Path,
) -> None:
    (tmp_path / "people.csv").write_text("customer_id,email,ad_consent\n1,a@example.com,ano\n")
    done = audsync("init", "new", "--from", "people.csv", cwd=tmp_path)
    assert "Next: cd new, read config.toml" in done.stderr
    ran = audsync("run", *AS_OF, cwd=tmp_path / "new")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "new" / "out" / "everyone.csv").read_bytes().count(b"\n") == 2


def test_a_new_folder_takes_currency_and_vat_from_its_feeds(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "order_id,email,date,product_id,quantity,unit_net,currency\n"
        "1,a@example.com,2026-05-01,tea,1,5,EUR\n"
    )
    assert audsync("init", "new", "--from", "rows.csv", cwd=tmp_path).returncode == 0
    checked = audsync("check", cwd=tmp_path / "new")
    assert checked.returncode == 0, checked.stdout
    planned = audsync("plan", *AS_OF, cwd=tmp_path / "new")
    assert planned.returncode == 8, planned.stderr  # no consent, and nothing else
    assert "clients: 1, with orders 1" in planned.stdout


def test_a_new_segment_is_right_as_it_is(shop: Path) -> None:
    assert audsync("segments", "new", "sleepers", cwd=shop).returncode == 0
    assert audsync("check", "--strict", cwd=shop).returncode == 0
    assert audsync("segments", "new", "sleepers", cwd=shop).returncode == 4


def test_feeds_beside_the_new_folder_can_be_read(tmp_path: Path) -> None:
    feeds = make_shop(tmp_path / "feeds")
    text = (feeds / "customers.csv").read_text(encoding="utf-8")
    (feeds / "customers.csv").write_text(
        text.replace(",ads\n", ",ad_consent\n"), encoding="utf-8"
    )
    done = audsync(
        *("init", "new", "--from", "feeds/orders.csv", "--from", "feeds/customers.csv"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    planned = audsync("plan", *AS_OF, cwd=tmp_path / "new")
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize("name", ["Bad_Name", "../config", "-x-", ""])
def test_a_new_segment_needs_an_id(shop: Path, name: str) -> None:
    before = sorted(shop.rglob("*.toml"))
    done = audsync("segments", "new", "--", name, cwd=shop)
    assert done.returncode == 2
    assert "an id has lower-case letters" in done.stderr
    assert sorted(shop.rglob("*.toml")) == before


@pytest.mark.parametrize("command", [("segments", "new", "sleepers"), ("schema", "write")])
def test_files_that_were_written_are_told_as_json(shop: Path, command: tuple[str, ...]) -> None:
    done = audsync(*command, "--json", cwd=shop)
    files = json.loads(done.stdout)["files"]
    assert files
    assert all(Path(file).is_file() for file in files)


def test_another_folder_of_a_sink_is_filled_by_the_next_run(shop: Path) -> None:
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    config = (shop / "config.toml").read_text(encoding="utf-8")
    config = config.replace('folder = "out"', 'folder = "elsewhere"')
    (shop / "config.toml").write_text(config, encoding="utf-8")
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    moved = next((shop / "elsewhere").rglob("buyers.csv")).read_bytes()
    assert moved == audience(shop)


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


def test_a_config_of_todays_version_needs_no_migration_and_another_is_refused(
    shop: Path,
) -> None:
    file = shop / "config.toml"
    text = file.read_text("utf-8") + "unheard_of = true\n"
    file.write_text(text, "utf-8")
    done = audsync("config", "migrate", "--write", cwd=shop)
    assert (done.returncode, done.stdout) == (
        0,
        f"{file}: version 1 is today's; nothing is to be changed\n",
    )
    assert file.read_text("utf-8") == text
    assert not list(shop.glob("*.bak"))
    file.write_text(text.replace("version = 1", "version = 2"), "utf-8")
    newer = audsync("config", "migrate", cwd=shop)
    assert (newer.returncode, "made for a newer audsync" in newer.stderr) == (4, True)
    file.write_text(text.replace("version = 1\n", ""), "utf-8")
    assert audsync("config", "migrate", cwd=shop).returncode == 4
