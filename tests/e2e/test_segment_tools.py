"""What marketers ask about their segments, by the installed command."""

import json
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, customers, ids, make_shop

EARLY = """\
name = "Early"
shops = ["kolo"]

[all]
first_order.before = 2026-10-05
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Ten clients who bought in October, a day apart; the third did not consent."""
    folder = make_shop(tmp_path / "shop")
    answers = dict.fromkeys(ids(10), "yes") | {"c003": "no"}
    feed = customers(answers).replace("c002@example.com", "")
    (folder / "customers.csv").write_text(feed, encoding="utf-8")
    (folder / "segments" / "early.toml").write_text(EARLY, encoding="utf-8")
    return folder


def test_segments_are_listed_with_what_the_last_run_found(shop: Path) -> None:
    before = audsync("segments", "list", cwd=shop)
    elsewhere = EARLY.replace("kolo", "colo")
    (shop / "segments" / "elsewhere.toml").write_text(elsewhere, encoding="utf-8")
    assert audsync("segments", "list", cwd=shop).stdout == before.stdout
    (shop / "segments" / "elsewhere.toml").unlink()
    assert before.stdout.splitlines()[2] == "early\tEarly\tyes\t-\t-\t-\t-\t-\t"
    ran = audsync("run", *AS_OF, "--run-id", "night", cwd=shop)
    assert ran.returncode == 0, ran.stderr
    # A second run has nothing to do; the sizes are those of before.
    assert audsync("run", *AS_OF, "--run-id", "again", cwd=shop).returncode == 0
    listed = audsync("segments", "list", cwd=shop).stdout.splitlines()
    assert listed[0].split("\t")[3:] == [
        *("refreshed", "clients", "subscribed", "consented", "reachable", "audiences")
    ]
    assert listed[1] == "buyers\tBuyers\tyes\tjust now\t10\t0\t9\t8\tfiles 8"
    assert listed[2] == "early\tEarly\tyes\tjust now\t4\t0\t3\t2\t"
    told = json.loads(audsync("segments", "list", "--json", cwd=shop).stdout)
    buyers, early = told["segments"]
    assert (told["shop"], buyers["run"], early["run"]) == ("kolo", "again", "again")
    assert buyers["audiences"] == [{"sink": "files", "members": 8, "uncertain": 0}]


@pytest.mark.slow
def test_what_segments_share_is_a_matrix(shop: Path) -> None:
    late = 'name = "Late"\n[none]\nin_segment = "early"\n'
    (shop / "segments" / "late.toml").write_text(late, encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    done = audsync("segments", "overlap", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        ["segment", "buyers", "early", "late"],
        ["buyers", "10", "4", "6"],
        ["early", "4", "4", "0"],
        ["late", "6", "0", "6"],
    ]
    done = audsync("segments", "overlap", "late", "buyers", *AS_OF, "--json", cwd=shop)
    assert json.loads(done.stdout)["overlaps"] == [
        {"a": "buyers", "b": "late", "clients": 6, "share_of_a": 0.6, "share_of_b": 1.0}
    ]
    assert audsync("segments", "overlap", "latex", *AS_OF, cwd=shop).returncode == 9


@pytest.mark.slow
def test_a_segment_that_cannot_be_answered_is_told_and_the_others_compared(shop: Path) -> None:
    asks = 'name = "Asks"\n[all]\nfavorite_brand = "Acme"\n'
    (shop / "segments" / "asks.toml").write_text(asks, encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    done = audsync("segments", "overlap", *AS_OF, "--json", cwd=shop)
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert [one["segment"] for one in found["segments"]] == ["buyers", "early"]
    assert "asks.toml:3:1: error[S130]" in found["errors"]["asks"]


@pytest.mark.slow
def test_an_earlier_day_is_told_with_what_came_after(shop: Path) -> None:
    feed = (shop / "orders.csv").read_text(encoding="utf-8")
    # Of the early ones the first buys twice more, of the others the tenth; one after `until`.
    feed += "".join(
        f"more{number},{customer},{day} 10:00:00,CZK,p1,2,50.00\n"
        for number, (customer, day) in enumerate(
            (
                *(("c001", "2026-10-20"), ("c001", "2026-11-01"), ("c010", "2026-11-20")),
                *(("c002", "2026-11-21"), ("new", "2026-11-02")),
            )
        )
    )
    (shop / "orders.csv").write_text(feed, encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    early = ("segments", "explain", "early", "--as-of", "2026-10-10", "--until", "2026-11-20")
    done = audsync(*early, cwd=shop)
    assert done.returncode == 0, done.stderr
    table = [line.split() for line in done.stdout.splitlines()]
    assert ["members", "4", "1", "25.0%", "2", "200.00", "50.00"] in table
    assert ["others", "6", "1", "16.7%", "1", "100.00", "16.67"] in table
    assert "from 2026-10-11 to 2026-11-20, in CZK" in done.stdout
    assert "1 client first seen later left out" in done.stdout
    assert "not what a campaign changed" in done.stdout
    same = audsync("segments", "explain", "early", *AS_OF, "--until", AS_OF[1], cwd=shop)
    assert "members before consent: 4" in same.stdout
    assert "campaign" not in same.stdout
    for until, says in (("2026-10-09", "not before that of --as-of"), ("9.10.2026", "--until")):
        wrong = audsync(*early[:-1], until, cwd=shop)
        assert (wrong.returncode, wrong.stdout, says in wrong.stderr) == (2, "", True)


@pytest.mark.slow
def test_a_snapshot_is_given_out_as_it_was_and_compared(shop: Path) -> None:
    assert audsync("pull", cwd=shop).returncode == 0
    made = audsync("snapshot", "create", "early", *AS_OF, "--json", cwd=shop)
    assert made.returncode == 0, made.stderr
    first = json.loads(made.stdout)
    assert (first["members"], first["refused"]) == (3, {"consent_denied": 1})
    # The rule and a consent change; what was kept does not.
    early = shop / "segments" / "early.toml"
    early.write_text(EARLY.replace("10-05", "10-04"), encoding="utf-8")
    answers = dict.fromkeys(ids(10), "yes") | {"c001": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    assert audsync("pull", cwd=shop).returncode == 0
    made = audsync("snapshot", "create", "early", *AS_OF, "--json", cwd=shop)
    assert made.returncode == 0, made.stderr
    second = json.loads(made.stdout)["id"]
    done = audsync("snapshot", "export", first["id"], "-o", "first.csv", cwd=shop)
    assert done.stdout == "first.csv: 3 clients\n"
    kept = shop / "snapshots" / "kolo" / first["id"] / "members.csv"
    assert (shop / "first.csv").read_bytes() == kept.read_bytes()
    header, *rows = (shop / "first.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("Name,First Name,Last Name,Email Address,Date Registered,")
    assert rows[0] == "Žofie c001,Žofie c001,,c001@example.com,,,,99.90"
    told = json.loads(
        audsync("snapshot", "diff", first["id"], second, "--json", cwd=shop).stdout
    )
    assert told["rule_changed"]
    assert (told["stayed"], told["entered"], told["left"]) == (
        *(1, {"consented": 1}),
        {"consent_denied": 1, "matches_no_more": 1},
    )
    assert audsync("snapshot", "delete", second, cwd=shop).returncode == 2
    assert audsync("snapshot", "delete", second, "--yes", cwd=shop).returncode == 0
    assert audsync("snapshot", "show", second, cwd=shop).returncode == 9
    assert audsync("state", "verify", cwd=shop).returncode == 0
    listed = audsync("snapshot", "list", cwd=shop).stdout.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["snapshot", first["id"]]


@pytest.mark.slow
def test_a_run_deletes_the_people_of_snapshots_whose_time_is_over(shop: Path) -> None:
    assert audsync("pull", cwd=shop).returncode == 0
    made = audsync("snapshot", "create", "early", *AS_OF, "--json", cwd=shop)
    manifest = next((shop / "snapshots" / "kolo").glob("*/manifest.json"))
    day = json.loads(made.stdout)["expires_on"]
    text = manifest.read_text(encoding="utf-8").replace(day, "2026-01-01")
    manifest.write_text(text, encoding="utf-8")
    assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    assert [path.name for path in manifest.parent.iterdir()] == ["manifest.json"]
    shown = audsync("snapshot", "show", "latest", cwd=shop)
    assert "deleted at" in shown.stdout
    assert audsync("snapshot", "export", "latest", "-o", "x.csv", cwd=shop).returncode == 9
