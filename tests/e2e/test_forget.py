"""`audsync forget`: out of every audience and every byte, for good, as a user does it."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from audsync.identity.digests import digest
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta, faults
from byte_scan import found
from command import audsync
from faults.runner import Kind, Runner
from hidden_shop import KEY, VARIABLE, HiddenShop, Order, Person
from small_shop import AS_OF, audience, make_shop

SUPPRESSION = "AUDSYNC_SECRET__KOLO__SUPPRESSION_KEY"
SECRETS = {VARIABLE: KEY, SUPPRESSION: "5e1f" * 16}
EMAIL = "anna.k+shop@gmail.com"
PHONE = "601987303"
ID, GUEST_ORDER, ACCOUNT_ORDER = "acct-0003", "order-guest-0003", "order-0003"
# The person in every form that audsync, Google or Meta make of her.
TRACES = (
    *(EMAIL, PHONE, ID, GUEST_ORDER, ACCOUNT_ORDER),
    *map(digest, (EMAIL, "annak@gmail.com", "+420601987303", "420601987303")),
    "Kanárková-Nováková",
)
OTHERS: Sequence[Person] = [
    {"id": f"c{number}", "email": f"c{number}@example.com", "ads": "yes"}
    for number in range(1, 8)
]
PERSON: Person = {
    "id": ID,
    "email": " Anna.K+shop@GMAIL.com",
    "phone": "601 987 303",
    "first": "Anna",
    "last": "Kanárková-Nováková",
    "ads": "yes",
}
SPOUSE: Person = {
    "id": "spouse",
    "email": "spouse@example.com",
    "phone": "+420 601 987 303",
    "ads": "yes",
}


def order_of(customer: str, *, order: str = "", email: str = "", phone: str = "") -> Order:
    return {
        "order": order or f"o-{customer}",
        "customer": customer,
        "email": email,
        "phone": phone,
        "date": "2026-10-01",
        "total": "100.00",
    }


ORDERS: Sequence[Order] = [
    *(order_of(one["id"]) for one in (*OTHERS, SPOUSE)),
    order_of(ID, order=ACCOUNT_ORDER),
    order_of("", order=GUEST_ORDER, email=EMAIL),
]


def shop_of(folder: Path, mode: str) -> HiddenShop:
    """A shop of nine people that has delivered them all."""
    shop = HiddenShop(folder, mode)
    shop.write_segment("mail", "order_count.at_least = 1", ["files"])
    shop.feed([*OTHERS, PERSON, SPOUSE], ORDERS)
    done = command(shop, "run", *AS_OF)
    assert done.returncode == 0, done.stderr
    assert members(shop) == {digest(EMAIL), *others()}
    return shop


def command(
    shop: HiddenShop, *arguments: str, stdin: str = "", **environment: str
) -> CompletedProcess[str]:
    return audsync(*arguments, cwd=shop.folder, stdin=stdin, **{**SECRETS, **environment})


def forget(shop: HiddenShop, *arguments: str, email: str = EMAIL) -> CompletedProcess[str]:
    return command(shop, "forget", "--email-stdin", *arguments, stdin=f"{email}\n")


def others() -> set[str]:
    return {digest(one["email"]) for one in (*OTHERS, SPOUSE)}


def members(shop: HiddenShop) -> set[str]:
    """E-mail digests in the file of buyers."""
    _, *lines = shop.audiences()["buyers.csv"].decode().splitlines()
    return {line.split(",")[0] for line in lines}


def traces(shop: HiddenShop) -> list[str]:
    """The files of audsync in which anything of the person stands."""
    places = ("state", "out", "snapshots")
    return [one for place in places for one in found(shop.folder / place, TRACES)]


@pytest.mark.parametrize("mode", ["stored", pytest.param("hashed", marks=pytest.mark.slow)])
def test_a_forgotten_person_is_nowhere_and_never_comes_back(mode: str, tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "shop", mode)
    if mode == "stored":
        assert command(shop, "snapshot", "create", "buyers", *AS_OF).returncode == 0
        assert any("members.csv" in name for name in traces(shop))
    dry = forget(shop, "--dry-run", "--json")
    snapshots = {"snapshots": 1} if mode == "stored" else {}
    assert json.loads(dry.stdout)["held"] == {
        "rows": {"customers": 1, "orders": 2, **snapshots},
        "audiences": ["out/buyers.csv", "out/mail.csv"],
    }
    assert members(shop) == {digest(EMAIL), *others()}

    # Out at once; the number that her spouse was sent by as well needs a run of all.
    done = forget(shop)
    assert done.returncode == 3, done.stderr
    assert "pending\tfiles: out/buyers.csv; out/mail.csv\n" in done.stdout
    assert digest(EMAIL) not in members(shop)
    assert command(shop, "forget", "status").returncode == 3
    run = command(shop, "run", *AS_OF)
    assert run.returncode == 0, run.stderr
    assert command(shop, "forget", "status").returncode == 0
    assert traces(shop) == []
    assert members(shop) == others()

    # The next import, with every spelling: as herself, as another account, as a guest.
    again = [
        {**PERSON, "email": "annak@gmail.com"},
        {"id": "new", "email": "MAILTO:Anna.K+shop@gmail.com", "ads": "yes"},
        {"id": "caller", "phone": "00420 601-987-303", "ads": "yes"},
        {**SPOUSE, "phone": "601/987303"},
    ]
    more = [
        order_of("new"),
        order_of("caller"),
        order_of("", order="guest-phone", phone="+420601987303"),
        order_of("", order="guest-mail", email="a.n.n.a.k@googlemail.com"),
    ]
    shop.feed([*OTHERS, *again], [*ORDERS, *more])
    run = command(shop, "run", *AS_OF, "--json", "--quiet")
    assert run.returncode == 0, run.stderr
    tables = json.loads(run.stdout)["pull"]["tables"]
    assert (tables["customers"]["kept_out"], tables["orders"]["kept_out"]) == (3, 6)
    assert traces(shop) == []
    assert members(shop) == others()
    assert forget(shop).returncode == 0


@pytest.mark.slow
def test_without_the_key_nothing_is_sent_and_another_key_is_told_apart(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "shop", "stored")
    refused = command(shop, "forget", "--customer-id", "c1", **{SUPPRESSION: ""})
    assert refused.returncode == 8
    assert "audsync secrets set suppression_key --generate --shop kolo" in refused.stderr
    assert command(shop, "forget", "--customer-id", "c1").returncode == 0
    shop.feed([*OTHERS, {**SPOUSE, "id": "late", "email": "late@example.com"}], ORDERS)
    before = shop.audiences()
    for arguments in (("run", *AS_OF), ("pull",), ("export", "buyers", "-o", "x.csv", *AS_OF)):
        lost = command(shop, *arguments, **{SUPPRESSION: ""})
        assert lost.returncode == 8, arguments
        assert "bring it back from its copy" in lost.stderr
        assert "--generate" not in lost.stderr
    other = command(shop, "run", *AS_OF, **{SUPPRESSION: "0" * 64})
    assert other.returncode == 8
    assert "is another one than that with which people were forgotten" in other.stderr
    assert shop.audiences() == before


@pytest.mark.slow
def test_whoever_is_not_known_is_kept_away_and_an_unknown_account_is_an_error(
    tmp_path: Path,
) -> None:
    shop = shop_of(tmp_path / "shop", "stored")
    done = command(shop, "forget", "--customer-id", "nobody")
    assert (done.returncode, "no client has that customer id" in done.stderr) == (9, True)
    assert forget(shop, email="no address").returncode == 2
    assert command(shop, "forget").returncode == 2
    assert forget(shop, email="late@example.com").returncode == 0
    late = {"id": "late", "email": "late@example.com", "ads": "yes"}
    shop.feed([*OTHERS, PERSON, SPOUSE, late], [*ORDERS, order_of("late")])
    assert command(shop, "run", *AS_OF).returncode == 0
    assert digest("late@example.com") not in members(shop)
    assert found(shop.state, ["late@example.com"]) == []


@pytest.mark.slow
def test_meta_takes_the_person_out_of_all_audiences_of_the_account(tmp_path: Path) -> None:
    with FakeMeta() as fake:
        shop = HiddenShop(tmp_path / "shop", "stored")
        sink = f'[shops.kolo.sinks.meta]\naccount = "act_{ACCOUNT}"\nurl = "{fake.url}"\n'
        shop.configure("stored", f"\n{sink}")
        shop.write_segment("buyers", "order_count.at_least = 1", ["meta"])
        shop.feed([*OTHERS, PERSON], ORDERS)
        token = {"AUDSYNC_SECRET__KOLO__META_TOKEN": TOKEN}
        assert command(shop, "run", *AS_OF, **token).returncode == 0
        (audience,) = fake.audiences()
        assert len(fake.members(audience)) == len(OTHERS) + 1
        fake.faults.plan(faults.error(4711, 5), endpoint="DELETE users")
        waits = command(shop, "forget", "--customer-id", ID, **token)
        assert waits.returncode == 3, waits.stderr
        assert "pending" in waits.stdout
        done = command(shop, "forget", "--customer-id", ID, **token)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(fake.members(audience)) == len(OTHERS)
        assert fake.mistakes == {}
        assert found(shop.state, TRACES) == []


@pytest.mark.slow
def test_where_tells_each_stay_with_its_runs_and_consent(tmp_path: Path) -> None:
    shop = HiddenShop(tmp_path / "shop", "stored")
    for name in ("mail", "abroad"):
        (shop.folder / "segments" / f"{name}.toml").unlink()
    days = ((PERSON, "one"), ({**PERSON, "ads": "no"}, "two"), (PERSON, "three"))
    for person, name in days:
        shop.feed([*OTHERS, person], ORDERS)
        done = command(shop, "run", *AS_OF, "--run-id", name, "--max-consent-share", "100")
        assert done.returncode == 0, done.stderr
    done = command(shop, "where", "--email-stdin", "--json", stdin=f"{EMAIL}\n")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)["audiences"]
    assert (first["from_run"], first["until_run"]) == ("one", "two")
    assert first["from"] < first["until"] < second["from"]
    assert (second["from_run"], second["until"]) == ("three", None)
    assert second["consent"] == {"field": "ad_consent", "values": ["yes"]}
    shown = command(shop, "where", "--customer-id", ID)
    assert "\tone\t" in shown.stdout
    assert "ad_consent = yes" in shown.stdout
    assert command(shop, "where", "--customer-id", "nobody").returncode == 9
    assert command(shop, "forget", "--customer-id", ID).returncode == 0
    assert command(shop, "where", "--customer-id", ID).returncode == 9
    assert traces(shop) == []


FORGET = ("forget", "--customer-id", "c003", "--no-progress")
RUN = ("run", *AS_OF, "--no-progress")


@pytest.mark.slow
def test_killed_at_any_step_it_is_ended_by_the_same_command_or_by_the_next_run(
    tmp_path: Path,
) -> None:
    base = make_shop(tmp_path / "base")
    config = (base / "config.toml").read_text("utf-8")
    told = json.dumps(["echo", SECRETS[SUPPRESSION]])
    (base / "config.toml").write_text(f"{config}\n[secrets]\ncommand = {told}\n", "utf-8")
    with Runner(tmp_path / "server") as runner:
        assert runner.command(base, RUN).code == 0
        calm = tmp_path / "calm"
        shutil.copytree(base, calm)
        steps = runner.command(calm, FORGET).steps
        assert runner.command(calm, RUN).code == 0
        marks = _marks(calm)
        assert len(steps) > 100
        resumed = 0
        for step in steps[:: len(steps) // 10]:
            folder = tmp_path / f"killed {step.number}"
            shutil.copytree(base, folder)
            runner.command(folder, FORGET, kind=Kind.KILL, number=step.number)
            is_asked = bool(_marks(folder))
            resumed += is_asked
            # Before it is taken in, the person has to be named again; then any run goes on.
            last = runner.command(folder, RUN if is_asked else FORGET)
            assert last.code == 0, (step, last.stderr)
            assert runner.command(folder, ("forget", "status")).code == 0, step
            assert _marks(folder) == marks, step
            assert found(folder / "state", ["c003@example.com", GONE, "o2,c003"]) == [], step
            assert audience(folder) == audience(calm), step
            shutil.rmtree(folder)
        assert resumed > 2


GONE = digest("c003@example.com")


def _marks(folder: Path) -> list[str]:
    file = folder / "state" / "kolo" / "state.sqlite"
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT DISTINCT mark FROM suppressions ORDER BY 1")
        return [mark for (mark,) in rows]
