"""A shop that keeps no e-mail, phone or name, by the installed command."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from byte_scan import found
from hidden_shop import KEY, RETAIL, VARIABLE, HiddenShop, Order, Person
from small_shop import AS_OF

NAMING = ("email", "phone", "first_name", "last_name", "full_name")
GUEST_ID = "guest.canary@canary.example"
PEOPLE: Sequence[Person] = [
    {
        "id": f"c{number}",
        "email": f" Canary.{number}@Canary.Example",
        "phone": f"601 987 3{number:02d}" if number % 2 else f"+44 7400 1234{number:02d}",
        "first": "Kanárek",
        "last": f"Canaryová{number}",
        "tags": f"vip|friend of canary.{number}@canary.example",
        "ads": "no" if number % 7 == 0 else "yes",
    }
    for number in range(1, 25)
] + [
    {"id": "twin", "email": "canary.3@canary.example", "last": "Canaryová-Twin", "ads": "yes"},
    {"id": "bad", "email": "canary(at)canary", "phone": "601 canary", "ads": "yes"},
]
ORDERS: Sequence[Order] = [
    {
        "order": f"o{number}",
        "customer": f"c{number}" if number % 3 else "",
        "email": f"CANARY.{number}@canary.example" if number % 3 == 0 else "",
        "phone": f"60198730{number % 10}" if number % 5 == 0 else "",
        "date": f"2026-10-{1 + number % 28:02d}",
        "total": f"{number * 100}.00",
    }
    for number in range(1, 31)
]
VALUES = (
    "canary.1@canary.example",
    "canary.24@canary.example",
    "601987301",
    "601 987 303",
    "+447400123402",
    "Kanárek",
    "Canaryová",
    "canary(at)canary",
    GUEST_ID,
)


def shop(folder: Path, identities: str | None, *, changed: bool = False) -> HiddenShop:
    made = HiddenShop(folder, identities)
    feed(made, changed=changed)
    return made


def feed(made: HiddenShop, *, changed: bool) -> None:
    """The feeds; when changed some withdraw, move, leave and come."""
    people, orders = PEOPLE, ORDERS
    if changed:
        people = [
            {**one, "ads": "no"}
            if one["id"] == "c2"
            else {**one, "email": "canary.moved@canary.example"}
            if one["id"] == "c4"
            else one
            for one in PEOPLE
            if one["id"] != "c5"
        ]
        orders = [*ORDERS, {**ORDERS[0], "order": "o99", "customer": "bad"}]
    made.feed(people, orders)


def summary(made: HiddenShop) -> dict[str, object]:
    done = made.run("--json", "--quiet")
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_both_modes_deliver_the_same_and_the_hidden_one_writes_no_value(tmp_path: Path) -> None:
    stored, hidden = shop(tmp_path / "a", None), shop(tmp_path / "b", "hashed")
    for changed in (False, True):
        for one in (stored, hidden):
            feed(one, changed=changed)
        first, second = summary(stored), summary(hidden)
        for part in ("model", "consent", "audiences", "checksum"):
            assert first[part] == second[part], part
        assert stored.audiences() == hidden.audiences()
        assert len(stored.audiences()["mail.csv"].splitlines()) > 10
        assert len(stored.audiences()["abroad.csv"].splitlines()) > 5
        assert found(hidden.folder / "state", VALUES) == []
    assert found(stored.folder / "state", VALUES) == ["kolo/warehouse.duckdb"]
    exported = stored.export()
    assert all(any(row[name] for row in exported) for name in NAMING)
    for plain, bare in zip(exported, hidden.export(), strict=True):
        assert {bare[name] for name in NAMING} == {""}
        # A text with an address in it is hidden as well; here it is a tag.
        differing = {name for name in plain if plain[name] != bare[name]}
        assert differing - {*NAMING, "tags"} == set()
        assert ("vip" in bare["tags"]) == ("vip" in plain["tags"])


KILLED = """
import os, signal, sys
from audsync.cli import main
from audsync_source_csv import CsvSource
pull, last = CsvSource.pull, int(sys.argv.pop(1))
def killed(*given):
    for number, page in enumerate(pull(*given)):
        yield page
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
CsvSource.pull = killed
main()
"""


def killed_run(made: HiddenShop, page: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(page), "run", *AS_OF],
        cwd=made.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(made.folder), VARIABLE: KEY},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", [1, 0])
def test_a_run_that_is_killed_while_it_pulls_leaves_no_value(page: int, tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "hashed")
    killed_run(made, page)
    assert found(made.folder / "state", VALUES) == []
    assert made.run().returncode == 0
    feed(made, changed=True)
    killed_run(made, page)
    assert found(made.folder / "state", VALUES) == []
    calm = shop(tmp_path / "calm", "hashed", changed=True)
    assert calm.run().returncode == made.run().returncode == 0
    assert calm.audiences() == made.audiences()


@pytest.mark.slow
def test_no_value_is_in_a_file_at_any_moment_of_a_run(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "hashed")
    ended, seen = threading.Event(), set()
    looks = 0

    def look() -> None:
        nonlocal looks
        while not ended.is_set():
            seen.update(found(made.folder / "state", VALUES))
            looks += 1

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        assert made.run().returncode == 0
    finally:
        ended.set()
        watcher.join()
    assert looks > 10
    assert seen == set()


# From one mode to the other


@pytest.mark.slow
def test_a_switch_purges_the_state_and_sends_nothing_anew(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", None)
    made.configure("stored", RETAIL)
    made.write_segment("buyers", "order_count.at_least = 1", ["files", "shelf"])
    account = {"id": GUEST_ID, "email": GUEST_ID, "ads": "yes", "first": "Guest"}
    order = {**ORDERS[0], "order": f"web {GUEST_ID}", "customer": GUEST_ID}
    made.feed([*PEOPLE, account], [*ORDERS, order])
    assert made.run().returncode == 0
    kinds = {name.split("/")[1] for name in found(made.folder / "state", VALUES)}
    assert kinds == {"warehouse.duckdb", "members", "history"}
    before = made.audiences()
    made.configure("hashed", RETAIL)
    refused = made.run()
    assert refused.returncode == 4
    assert "config.toml:15:19: error[C126]: sink shelf needs what is behind name," in (
        refused.stderr
    )
    made.configure("hashed")
    made.write_segment("buyers", "order_count.at_least = 1", ["files"])
    early = made.command("plan", "--no-pull", *AS_OF)
    assert early.returncode == 4
    assert (
        "error: kolo: everything must be read anew first, since [privacy] identities is "
        '"hashed" from now on; run: audsync pull --shop kolo'
    ) in early.stderr
    done = made.run("-v")
    assert done.returncode == 0, done.stderr
    assert "shelf/buyers.csv: its members were kept by name and address" in done.stderr
    assert (
        'warning: everything was read anew from the source: [privacy] identities is "hashed" '
        "from now on"
    ) in done.stderr
    assert found(made.folder / "state", VALUES) == []
    proof = made.command("state", "verify")
    assert proof.returncode == 0, proof.stdout
    assert made.audiences() == before
    again = summary(made)
    audiences = again["audiences"]
    assert isinstance(audiences, list)
    assert all(not one["operations"] for one in audiences)
    explained = made.command("segments", "explain", "buyers", "--customer-id", GUEST_ID, *AS_OF)
    assert explained.returncode == 0
    assert "this client is in it" in explained.stdout


def test_the_mode_of_a_shop_is_its_own(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "stored")
    made.configure("stored", '\n[shops.kolo.privacy]\nidentities = "hashed"\n')
    assert made.run().returncode == 0
    assert found(made.folder / "state", VALUES) == []


# What cannot be had


def test_a_line_that_asks_for_a_value_is_an_error_with_its_place(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "hashed")
    made.write_segment("mail", 'email.contains = "canary"', ["files"])
    made.write_segment("abroad", 'last_name = "x"', ["files"])
    done = made.command("check")
    assert done.returncode == 4
    assert (
        "segments/mail.toml:4:7: error[S134]: email.contains needs the address, which "
        'identities = "hashed" does not keep\n'
        '    4 | email.contains = "canary"\n'
        "      |       ^^^^^^^^\n"
        "      = use email_domain\n"
    ) in done.stdout
    assert "segments/abroad.toml:4:1: error[S134]: last_name needs the name" in done.stdout
    run = made.run()
    assert run.returncode == 3
    assert sorted(made.audiences()) == ["buyers.csv"]
    made.configure("stored")
    assert made.command("check").returncode == 0


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (None, 'error: secret "identity_key" for shop "kolo" is not set. Looked in:\n'),
        ("too-short-key", "is shorter than 32 characters, so that it could be guessed"),
    ],
)
def test_without_a_good_key_nothing_is_pulled(
    key: str | None, told: str, tmp_path: Path
) -> None:
    made = shop(tmp_path / "shop", "hashed")
    for command in (("pull",), ("run", *AS_OF)):
        done = made.command(*command, key=key)
        assert done.returncode == 5
        assert told in done.stderr
        assert "too-short-key" not in done.stderr
    assert found(made.folder / "state", VALUES) == []


@pytest.mark.slow
def test_known_withdrawals_wait_for_no_key(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "hashed")
    assert made.run().returncode == 0
    before = made.audiences()["buyers.csv"]
    feed(made, changed=True)
    assert made.command("pull").returncode == 0
    done = made.run(key=None)
    assert done.returncode == 5
    assert len(made.audiences()["buyers.csv"]) < len(before)


@pytest.mark.slow
def test_the_key_is_said_and_kept_nowhere(tmp_path: Path) -> None:
    made = shop(tmp_path / "shop", "hashed")
    commands = (
        ("check",),
        ("run", *AS_OF, "-v"),
        ("run", *AS_OF, "--json"),
        ("segments", "explain", "buyers", *AS_OF),
    )
    said = [made.command(*command) for command in commands]
    assert KEY not in "".join(done.stdout + done.stderr for done in said)
    assert found(made.folder, [KEY]) == []
