"""The installed command with a Custom Audience: members, withdrawals, mishaps, kill -9."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from audsync.identity.digests import digest
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta, Matching, errors, faults, objects
from command import audsync
from small_shop import AS_OF, BUYERS, customers, ids, make_shop

Done = subprocess.CompletedProcess[str]
SECRET = {"AUDSYNC_SECRET__KOLO__META_TOKEN": TOKEN}
COUNT = 8


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as made:
        yield made
        assert made.mistakes == {}
        assert made.instruments == []


def meta_shop(folder: Path, fake: FakeMeta, *, count: int = COUNT, more: str = "") -> Path:
    """The small shop with a sink `meta` in place of files, a few members a batch."""
    make_shop(folder, count=count)
    config = (folder / "config.toml").read_text("utf-8")
    sink = f'[shops.kolo.sinks.meta]\naccount = "act_{ACCOUNT}"\nurl = "{fake.url}"\n'
    config = config.replace(
        '[shops.kolo.sinks.files]\nfolder = "out"\nmax_batch = 2\n',
        f"{sink}max_batch = 2\n{more}",
    )
    (folder / "config.toml").write_text(config, "utf-8")
    segment(folder, BUYERS.replace('"files"', '"meta"'))
    return folder


def segment(folder: Path, text: str) -> None:
    (folder / "segments" / "buyers.toml").write_text(text, "utf-8")


def answers(folder: Path, said: dict[str, str]) -> None:
    (folder / "customers.csv").write_text(customers(said), "utf-8")


def run(folder: Path, *arguments: str) -> Done:
    return audsync("run", *AS_OF, *arguments, cwd=folder, **SECRET)


def emails(fake: FakeMeta) -> set[str]:
    """The e-mail digests in the only audience."""
    (audience,) = fake.audiences()
    return {row[0] for row in fake.members(audience)}


def wanted(names: list[str]) -> set[str]:
    return {digest(f"{name}@example.com") for name in names}


def test_a_segment_becomes_an_audience_and_stays_equal_to_it(
    tmp_path: Path, fake: FakeMeta
) -> None:
    shop = meta_shop(tmp_path / "shop", fake)
    first = run(shop)
    assert first.returncode == 0, first.stderr
    assert emails(fake) == wanted(ids(COUNT))
    (audience,) = fake.audiences()
    assert fake.graph.audiences[audience].name == "Buyers"

    calls = fake.calls["POST users"], fake.calls["DELETE users"]
    again = run(shop)
    assert again.returncode == 0, again.stderr
    assert (fake.calls["POST users"], fake.calls["DELETE users"]) == calls
    assert "learning" not in first.stdout + again.stdout  # nobody used it yet; nothing changed

    answers(shop, dict.fromkeys(ids(COUNT), "yes") | {"c003": "no"})
    less = run(shop)
    assert less.returncode == 0, less.stderr
    assert (
        "buyers at meta: changed; ad sets that use the audience start learning" in less.stdout
    )
    assert emails(fake) == wanted(ids(COUNT)) - wanted(["c003"])
    held = fake.graph.audiences[audience]
    assert max(held.added.values()) == 1

    # Somebody deletes it in Audience Manager while a run works out who is to leave.
    deletion = faults.event(lambda: objects.delete(fake.graph, held))
    fake.faults.plan(deletion, endpoint="GET audience", after=1)
    answers(shop, dict.fromkeys(ids(COUNT), "yes") | {"c003": "no", "c004": "no"})
    anew = run(shop)
    assert anew.returncode == 3, anew.stdout
    assert "buyers at meta: the platform had lost the audience; it was made" in anew.stdout


def test_where_meta_alone_is_too_busy_the_run_says_that_it_may_be_tried_again(
    tmp_path: Path, fake: FakeMeta
) -> None:
    shop = meta_shop(
        tmp_path / "shop", fake, more='\n[shops.kolo.sinks.files]\nfolder = "out"\n'
    )
    segment(shop, BUYERS.replace('["files"]', '["files", "meta"]'))
    fake.faults.plan(faults.throttled(30))
    told = []
    for code in (3, 0):
        done = run(shop, "--json", "--quiet", "--run-id", "one")
        assert done.returncode == code, done.stderr
        told.append(json.loads(done.stdout.splitlines()[-1])["temporary"])
    assert told == [True, False]
    assert emails(fake) == wanted(ids(COUNT))


def test_whoever_withdrew_leaves_and_a_household_stays_whichever_way_members_are_found(
    tmp_path: Path, fake: FakeMeta
) -> None:
    fake.graph.quirks.matching = Matching.ANY_KEY
    shop = meta_shop(tmp_path / "shop", fake)
    config = (
        (shop / "config.toml")
        .read_text("utf-8")
        .replace('email = "email"\n', 'email = "email"\nphone = "phone"\n')
    )
    (shop / "config.toml").write_text(config, "utf-8")

    def tell(**said: str) -> None:
        lines = ["id,email,phone,name,ads"]
        lines += [
            f"{key},{key}@example.com,+420601000001,Jan,{said.get(key, 'yes')}"
            for key in ids(COUNT)
        ]
        (shop / "customers.csv").write_text("\n".join(lines) + "\n", "utf-8")

    tell()
    assert run(shop).returncode == 0
    assert emails(fake) == wanted(ids(COUNT))
    tell(c002="no")
    done = run(shop)
    assert done.returncode == 0, done.stderr
    assert emails(fake) == wanted(ids(COUNT)) - wanted(["c002"])


def test_whoever_withdrew_leaves_in_the_run_whose_replacement_meta_refuses(
    tmp_path: Path, fake: FakeMeta
) -> None:
    shop = meta_shop(tmp_path / "shop", fake, more='delivery = "replace"\n')
    assert run(shop).returncode == 0
    fake.faults.plan(faults.of(errors.HUGE), endpoint="POST usersreplace", times=None)
    answers(shop, dict.fromkeys(ids(COUNT), "yes") | {"c003": "no"})
    done = run(shop)
    assert done.returncode == 12, done.stderr
    assert "too large to be replaced (code 2650/1870144" in done.stderr
    assert 'set delivery = "delta" for this sink' in done.stderr
    assert "failed; removed all the same, as they may not be in it: 1" in done.stdout
    assert "what they learned" not in done.stdout
    assert emails(fake) == wanted(ids(COUNT)) - wanted(["c003"])


def test_whoever_withdrew_leaves_by_a_replacement_where_meta_refuses_the_removal(
    tmp_path: Path, fake: FakeMeta
) -> None:
    fake.graph.quirks.smallest_after_removal = COUNT
    shop = meta_shop(tmp_path / "shop", fake)
    assert run(shop).returncode == 0
    answers(shop, dict.fromkeys(ids(COUNT), "yes") | {"c003": "no"})
    refused = run(shop)
    assert refused.returncode == 12, refused.stderr
    assert "the audience would become too small (code 200/1870047)" in refused.stderr
    done = run(shop)
    assert done.returncode == 0, done.stderr
    assert "buyers at meta: replaced as a whole" in done.stdout
    assert emails(fake) == wanted(ids(COUNT)) - wanted(["c003"])


def test_status_shows_what_meta_says_of_the_audience(tmp_path: Path, fake: FakeMeta) -> None:
    fake.graph.quirks.smallest_bounds = 1
    shop = meta_shop(tmp_path / "shop", fake)
    run(shop)
    run(shop)
    shown = audsync("status", cwd=shop)
    assert "200 Normal" in shown.stdout
    (told,) = json.loads(audsync("status", "--json", cwd=shop).stdout)["audiences"]
    assert told["members"] == COUNT
    assert told["status"]["operation"] == "200 Normal"
    assert told["status"]["size_from"] <= COUNT <= told["status"]["size_to"]
    latest = json.loads(audsync("runs", "list", "--json", cwd=shop).stdout)["runs"][0]["run"]
    summary = json.loads(audsync("runs", "show", latest, "--json", cwd=shop).stdout)
    assert summary["statuses"][0]["delivery"].startswith("200")


def test_check_warns_of_a_name_that_meta_flags_and_doctor_asks_the_account(
    tmp_path: Path, fake: FakeMeta
) -> None:
    shop = meta_shop(tmp_path / "shop", fake)
    segment(shop, BUYERS.replace('"files"', '"meta"').replace("Buyers", "Diabetes care"))
    checked = audsync("check", cwd=shop)
    assert checked.returncode == 0
    assert "segments/buyers.toml:1:1: warning[S140]: sink meta: the name" in checked.stdout
    assert fake.calls.total() == 0
    fake.graph.accounts[ACCOUNT].tos_accepted = False
    fake.seconds_ahead = -7_200
    asked = audsync("doctor", "--online", cwd=shop, **SECRET)
    assert asked.returncode == 12
    words = r"warning: the clock is (\d+\.\d) minutes ahead of that of 127\.0\.0\.1"
    (minutes,) = re.findall(words, asked.stdout)
    assert 120 <= float(minutes) < 125, "and the time in which the answer came"
    assert "= set the clock, and let it be kept right" in asked.stdout
    assert "terms are not accepted" in asked.stdout
    assert f"tos/?act={ACCOUNT}" in asked.stdout
    fake.graph.accounts[ACCOUNT].refusal = errors.NO_PERMISSION
    refused = audsync("doctor", "--online", cwd=shop, **SECRET)
    assert refused.stdout.count("grant the token ads_management") == 1


@pytest.mark.parametrize(
    ("trouble", "code", "sentence", "times"),
    [
        (lambda fake: fake.faults.plan(faults.of(errors.dead_token(463)), times=None), 5,
         "token has expired", 1),
        (lambda fake: fake.graph.throttle(30), 6,
         "the next attempt may be made in 30 minutes", 1),
        (lambda fake: setattr(fake.graph.accounts[ACCOUNT], "tos_accepted", False), 12,
         "accepts them at https://business.facebook.com", 1),
        (lambda fake: fake.faults.plan(
            faults.error(4711, 5), endpoint="POST users", times=None), 12, "code 4711/5", 2),
    ],
    ids=["token", "throttled", "terms", "unknown"],
)  # fmt: skip
def test_what_went_wrong_is_said_with_its_code_and_mended_by_the_next_run(
    tmp_path: Path, fake: FakeMeta, trouble: object, code: int, sentence: str, times: int
) -> None:
    shop = meta_shop(tmp_path / "shop", fake)
    second = BUYERS.replace('"files"', '"meta"').replace('"Buyers"', '"Others"')
    (shop / "segments" / "others.toml").write_text(second, "utf-8")
    trouble(fake)  # type: ignore[operator]  # one of the functions above
    done = run(shop)
    # Once, though two audiences fail of it, unless Meta gave each a trace of its own.
    assert (done.returncode, done.stderr.count(sentence)) == (code, times), done.stderr
    assert TOKEN not in done.stderr + done.stdout
    fake.recover()
    fake.graph.clock.advance(hours=1)
    fake.graph.accounts[ACCOUNT].tos_accepted = True
    assert run(shop).returncode == 0
    held = [{row[0] for row in fake.members(one)} for one in fake.audiences()]
    assert held == [wanted(ids(COUNT))] * 2


def test_an_amount_of_the_segment_is_sent_as_what_a_member_is_worth(
    tmp_path: Path, fake: FakeMeta
) -> None:
    shop = meta_shop(tmp_path / "shop", fake)
    text = BUYERS.replace('"files"', '"meta"')
    segment(shop, f'value = "order_count"\n{text}')
    wrong = audsync("check", cwd=shop)
    assert wrong.returncode == 4
    assert 'there is no amount "order_count" of clients' in wrong.stdout
    segment(shop, f'value = "predicted_clv_365d"\n{text}')
    poor = run(shop)
    assert (poor.returncode, fake.audiences()) == (4, frozenset())
    assert "predicted_clv_365d cannot be predicted" in poor.stderr
    segment(shop, f'value = "total_revenue"\n{text}')
    assert run(shop).returncode == 0
    (audience,) = fake.audiences()
    held = fake.graph.audiences[audience]
    assert held.is_value_based
    assert set(held.members.values()) == {99.9}
    # Another purchase is another value of the same keys: it is sent, and nobody is removed.
    orders = (shop / "orders.csv").read_text("utf-8")
    (shop / "orders.csv").write_text(
        orders + "o99,c001,2026-11-01 10:00:00,CZK,p1,1,100.10\n", "utf-8"
    )
    calls = fake.calls["POST users"]
    assert run(shop).returncode == 0
    assert fake.calls["POST users"] == calls + 1
    assert fake.calls["DELETE users"] == 0
    assert sorted(map(str, held.members.values())) == ["200.0"] + ["99.9"] * (COUNT - 1)


def test_a_lookalike_stands_in_the_segment(tmp_path: Path, fake: FakeMeta) -> None:
    fake.graph.quirks.smallest_bounds = 1
    shop = meta_shop(tmp_path / "shop", fake)
    text = BUYERS.replace('"files"', '"meta"')
    segment(shop, f'{text}\n[meta.lookalike]\ncountry = "PL"\nratio = 0.5\n')
    wrong = audsync("check", cwd=shop)
    assert wrong.returncode == 4
    assert "`ratio` is 0.01 to 0.20" in wrong.stdout
    assert run(shop).returncode == 4
    segment(shop, f'{text}\n[meta.lookalike]\ncountry = "PL"\nratio = 0.05\n')
    assert run(shop).returncode == 0
    second = run(shop)
    assert second.returncode == 0
    said = "made once the audience has 100 people"
    assert f"buyers at meta: lookalike: {said}\n" in second.stdout
    (told,) = json.loads(audsync("status", "--json", cwd=shop).stdout)["audiences"]
    assert told["status"]["lookalike"] == said
    assert said in audsync("status", cwd=shop).stdout
    segment(shop, f'{text}\n[nowhere.lookalike]\ncountry = "PL"\n')
    assert "S112" in audsync("check", cwd=shop).stdout


def killed_run(shop: Path, fake: FakeMeta, *, after: int) -> int:
    """A run that is killed while the platform takes a batch, `after` so many others."""
    command = [str(Path(sys.executable).with_name("audsync")), "run", *AS_OF]
    environment = {"PATH": os.environ["PATH"], "HOME": str(shop), **SECRET}
    begun: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    kill = faults.event(lambda: begun.get().kill())
    fake.faults.plan(kill, endpoint="POST users", after=after)
    with subprocess.Popen(
        command, cwd=shop, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        begun.put(process)
    return process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("after", range(20))
def test_after_a_kill_at_any_of_twenty_batches_no_confirmed_one_is_sent_twice(
    tmp_path: Path, fake: FakeMeta, after: int
) -> None:
    shop = meta_shop(tmp_path / "shop", fake, count=40)
    code = killed_run(shop, fake, after=after)
    assert code == -signal.SIGKILL
    fake.recover()
    (audience,) = fake.audiences()
    confirmed = {row for row, _ in fake.graph.audiences[audience].added.items()}
    done = run(shop)
    assert done.returncode == 0, done.stderr
    held = fake.graph.audiences[audience]
    assert emails(fake) == wanted(ids(40))
    twice = {row for row, times in held.added.items() if times > 1}
    # Of the batch that nobody heard of, two members; of those that were confirmed, none.
    assert len(twice) <= 2
    assert len(confirmed) == 2 * (after + 1)
    calls = fake.calls["POST users"]
    assert run(shop).returncode == 0
    assert fake.calls["POST users"] == calls


def test_a_kill_in_the_middle_is_mended_by_the_next_run(tmp_path: Path, fake: FakeMeta) -> None:
    shop = meta_shop(tmp_path / "shop", fake)
    assert killed_run(shop, fake, after=1) == -signal.SIGKILL
    fake.recover()
    assert run(shop).returncode == 0
    (audience,) = fake.audiences()
    assert emails(fake) == wanted(ids(COUNT))
    added = fake.graph.audiences[audience].added
    assert sorted(added.values()) == [1] * (COUNT - 2) + [2, 2]
