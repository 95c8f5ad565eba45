"""Lists of people, suppressions and the hold-out share, by the installed command."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from audsync.segments.buckets import bucket
from command import audsync
from guarded_shop import GuardedShop
from hidden_shop import HiddenShop
from small_shop import AS_OF

STAFF = """
[shops.kolo.lists.staff]
file = "lists/staff.csv"
column = "Mail"
"""
SUPPRESSED = STAFF + '[shops.kolo.eligibility]\nsuppressed = ["staff"]\n'


def staff(folder: Path, *people: str) -> None:
    (folder / "lists").mkdir(exist_ok=True)
    rows = "".join(f"{key};{key.upper()}@example.com\n" for key in people)
    (folder / "lists" / "staff.csv").write_text(f"Who;Mail\n{rows}", encoding="utf-8-sig")


def configure(shop: GuardedShop, more: str) -> None:
    file = shop.folder / "config.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.partition("\n[shops.kolo.lists")[0] + more, encoding="utf-8")


def summary(shop: GuardedShop, *flags: str, command: str = "run") -> dict[str, Any]:
    lines = shop.run("--json", *flags, command=command).stdout.splitlines()
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def test_a_changed_list_is_seen_by_the_next_run(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 6, guard=STAFF)
    shop.segment.write_text(
        'sinks = ["files"]\n[all]\ncity = "Brno"\n[none]\nin_list = "staff"\n'
    )
    staff(tmp_path, "c001", "c009")
    told = summary(shop)
    assert shop.size == 5
    assert told["model"]["lists"]["staff"] == {
        "rows": 2,
        "unreadable": 0,
        "unmatched": 1,
        "clients": 1,
    }
    staff(tmp_path, "c001", "c002")
    text = shop.run().stdout
    assert shop.size == 4
    assert "list staff: 2 values, 2 clients" in text
    assert "example.com" not in text
    again = summary(shop)
    assert again["audiences"][0]["operations"] == {}


def test_a_list_that_is_missing_is_a_mistake_at_its_place(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 3, guard=STAFF)
    shop.segment.write_text('sinks = ["files"]\n[all]\nin_list = "staff"\n')
    line = (tmp_path / "config.toml").read_text().splitlines().index('file = "lists/staff.csv"')
    place = f"config.toml:{line + 1}:8: error[C128]: list staff: the file cannot be read"
    checked = audsync("check", cwd=tmp_path)
    assert checked.returncode == 4
    assert place in checked.stdout
    done = shop.run()
    assert done.returncode == 4
    assert place in done.stderr
    shop.segment.write_text('sinks = ["files"]\n[all]\nin_list = "stuff"\n')
    done = shop.run()
    assert done.returncode == 4
    assert 'locals.toml:3:11: error[S136]: the shop has no list "stuff"' in done.stderr
    assert 'did you mean "staff"?' in done.stderr


def test_suppressed_people_leave_whatever_a_guard_says(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 100, guard=SUPPRESSED)
    staff(tmp_path)
    shop.done()
    assert shop.size == 100
    people = [f"c{number:03d}" for number in range(1, 91)]
    staff(tmp_path, *people)
    told = summary(shop)
    assert told["exit_code"] == 0
    assert told["audiences"][0]["operations"] == {"remove": {"suppressed": 90}}
    assert told["audiences"][0]["refused"] == {"suppressed": 90}
    assert told["consent"]["advertising"]["refused"]["suppressed"] == 90
    assert shop.size == 10
    staff(tmp_path, "c001")
    summary(shop, "--max-added", "200")
    assert shop.size == 99


def test_where_nobody_knows_who_is_suppressed_nobody_enters(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 10, guard=SUPPRESSED)
    staff(tmp_path, "c001")
    shop.done()
    assert shop.size == 9
    (tmp_path / "lists" / "staff.csv").unlink()
    shop.change(["c002"], ads="no")
    shop.change(["c011"], city="Brno")
    done = shop.run()
    assert done.returncode == 4
    assert "list staff: the file cannot be read" in done.stderr
    assert shop.size == 8  # c002 has left, c011 has not come, c001 has not come back


@pytest.mark.slow
def test_the_held_out_share_is_in_no_audience_and_waits_for_a_guard(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 300)
    shop.done()
    people = [f"c{number:03d}" for number in range(1, 301)]
    few = sum(bucket(one) <= 5 for one in people)
    configure(shop, "\n[shops.kolo.eligibility]\nholdout_percent = 5\n")
    told = summary(shop)
    assert told["audiences"][0]["operations"] == {"remove": {"held_out": few}}
    assert told["consent"]["advertising"]["refused"]["held_out"] == few
    assert shop.size == 300 - few
    explained = audsync("segments", "explain", "locals", *AS_OF, cwd=tmp_path).stdout
    assert f"held_out: {few}" in explained
    many = sum(bucket(one) <= 60 for one in people)
    config = (tmp_path / "config.toml").read_text()
    (tmp_path / "config.toml").write_text(config.replace("percent = 5\n", "percent = 60\n"))
    told = summary(shop)
    assert told["exit_code"] == 7
    assert told["audiences"][0]["held"] == {"remove": {"held_out": many - few}}
    assert shop.size == 300 - few


def test_lists_find_people_whose_identities_are_hidden(tmp_path: Path) -> None:
    shop = HiddenShop(tmp_path, "hashed")
    people = [
        {"id": f"c{n}", "email": f"p{n}@canary.example", "phone": "", "ads": "yes"}
        for n in range(1, 5)
    ]
    shop.feed(people, [])
    config = (tmp_path / "config.toml").read_text()
    more = (
        '\n[shops.kolo.lists.mails]\nfile = "mails.txt"\n'
        '[shops.kolo.eligibility]\nsuppressed = ["mails"]\n'
    )
    (tmp_path / "config.toml").write_text(config + more)
    shop.write_segment("all", 'email_domain = "canary.example"', ["files"])
    shop.write_segment("listed", 'in_list = "mails"', ["files"])
    digest = hashlib.sha256(b"p2@canary.example").hexdigest()
    (tmp_path / "mails.txt").write_text(f"P1@canary.example\n{digest}\n")
    done = shop.run("--json")
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["model"]["lists"]["mails"]["clients"] == 2
    refused = {one["segment"]: one["refused"] for one in told["audiences"]}
    assert refused["all"] == {"suppressed": 2}
    assert refused["listed"] == {"suppressed": 2}
    assert len(shop.audiences()["all.csv"].splitlines()) == 3  # the header and two people


@pytest.mark.slow
def test_of_a_group_each_person_is_in_one_audience(tmp_path: Path) -> None:
    shop = GuardedShop(tmp_path, 10)
    for name, line, priority in (("vip", 'email.contains = "c00"', 2), ("rest", "", 1)):
        rule = line or 'city = "Brno"'
        (tmp_path / "segments" / f"{name}.toml").write_text(
            f'sinks = ["files"]\ngroup = "life"\npriority = {priority}\n[all]\n{rule}\n'
        )
    shop.done()
    sizes = {name: len(_lines(tmp_path, name)) for name in ("vip", "rest", "locals")}
    assert sizes == {"vip": 9, "rest": 1, "locals": 10}
    shop.done("--segment", "rest")
    assert len(_lines(tmp_path, "rest")) == 1
    explained = audsync("segments", "explain", "rest", *AS_OF, cwd=tmp_path).stdout
    assert "in_one_of_higher_priority: 9" in explained
    vip = tmp_path / "segments" / "vip.toml"
    good = vip.read_text()
    for bad in (good.replace("email.", "emial."), good + "="):
        vip.write_text(bad)
        done = shop.run()
        assert done.returncode == 3
        assert "segment rest is in the group life, and the file of vip" in done.stderr
        assert len(_lines(tmp_path, "rest")) == 1
    vip.write_text(good.replace("email.contains", "visit_count_30d").replace('"c00"', "1"))
    done = shop.run()
    assert done.returncode == 3
    assert "segment rest comes after vip in the group life" in done.stderr
    assert len(_lines(tmp_path, "rest")) == 1


def _lines(folder: Path, name: str) -> list[str]:
    return (folder / "out" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]
