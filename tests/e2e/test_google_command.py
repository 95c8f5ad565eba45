"""The installed command with a Customer Match list: members, withdrawals, mishaps."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from audsync.identity.digests import digest
from audsync.testing.google import CLIENT_ID, CUSTOMER, FakeGoogle, faults
from audsync.testing.google.certificates import ROOTS
from byte_scan import found
from command import audsync
from daemon_process import daemon, make_unfinished, not_soon, wait_until
from google_shop import SECRETS
from small_shop import AS_OF, BUYERS, customers, ids, make_shop

COUNT = 8
FEW = "days_since_last_order.at_most = 44\n"  # two of them
Done = subprocess.CompletedProcess[str]


def google_shop(
    folder: Path, google: FakeGoogle, *, api: str, delivery: str = "delta", schedule: str = ""
) -> Path:
    """The small shop with a sink `google` in place of files, a few people a job."""
    make_shop(folder, count=COUNT)
    config = (folder / "config.toml").read_text("utf-8")
    sink = (
        f'[shops.kolo.sinks.google]\naccount = "{CUSTOMER}"\nclient_id = "{CLIENT_ID}"\n'
        f'endpoint = "{google.grpc_endpoint}"\nlogin_url = "{google.token_uri}"\n'
        f'api = "{api}"\nmax_batch = 5\ndelivery = "{delivery}"\n'
    )
    if schedule:
        config += f'\n[shops.kolo]\nschedule = "{schedule}"\n'
    config = config.replace('[shops.kolo.sinks.files]\nfolder = "out"\nmax_batch = 2\n', sink)
    (folder / "config.toml").write_text(config, "utf-8")
    text = BUYERS.replace('"files"', '"google"')
    (folder / "segments" / "buyers.toml").write_text(text, "utf-8")
    return folder


def environment() -> dict[str, str]:
    """The secrets of the shop, and whom gRPC trusts."""
    secrets = {f"AUDSYNC_SECRET__KOLO__{name.upper()}": text for name, text in SECRETS.items()}
    secrets["AUDSYNC_SECRET__KOLO__SUPPRESSION_KEY"] = "5e1f" * 16
    return {**secrets, ROOTS: os.environ[ROOTS], "GRPC_VERBOSITY": "NONE"}


def command(folder: Path, *arguments: str, **more: str) -> Done:
    return audsync(*arguments, cwd=folder, **environment(), **more)


def emails(google: FakeGoogle) -> set[str]:
    """The e-mail digests in the only list."""
    (found,) = google.audiences()
    return {one[1] for one in google.members(found) if one[0] == "email"}


def wanted(names: list[str]) -> set[str]:
    return {digest(f"{name}@example.com") for name in names}


def test_a_segment_becomes_a_list_and_stays_equal_to_it(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    first = command(shop, "run", *AS_OF)
    assert first.returncode == 0, first.stderr
    assert emails(google) == set()
    at_work = "buyers at google: the platform is still at work; the next run asks again\n"
    assert first.stdout.count(at_work) == 1
    (told,) = json.loads(command(shop, "status", "--json").stdout)["audiences"]
    assert told["members"] == 0
    underway = [(one["operation"], one["members"]) for one in told["at_work"]]
    assert underway == [("add", 5), ("add", 3)]
    assert all(one["sent_at"] for one in told["at_work"])
    header, row = command(shop, "status").stdout.splitlines()
    shown = dict(zip(header.split("\t"), row.split("\t"), strict=False))
    assert (shown["members"], shown["at work"], shown["uncertain"]) == ("0", "add 8", "0")

    jobs = len(google.jobs.by_name)
    again = command(shop, "run", *AS_OF)
    assert again.returncode == 0, again.stderr
    assert len(google.jobs.by_name) == jobs == 2
    assert again.stdout.count(at_work) == 1

    busy = command(shop, "settle")
    assert busy.returncode == 0, busy.stderr
    assert busy.stdout.splitlines()[-1].split() == ["kolo.buyers.google", "0", "0", "0", "2"]

    google.platform.clock.advance(hours=7)
    settled = command(shop, "settle", "--json", "--run-id", "asked")
    (told,) = json.loads(settled.stdout.splitlines()[-1])["settled"]
    assert (settled.returncode, told["added"], told["at_work"]) == (0, COUNT, 0)
    (shown,) = json.loads(command(shop, "status", "--json").stdout)["audiences"]
    assert shown["members"] == COUNT
    rates = [(one["members"], one["match_rate"]) for one in shown["requests"]]
    assert rates == [(5, "61-70 %"), (3, "61-70 %")]
    assert command(shop, "settle").stdout.endswith("nothing was open\n")
    assert len(google.jobs.by_name) == jobs

    (shop / "customers.csv").write_text(
        customers(dict.fromkeys(ids(COUNT), "yes") | {"c003": "no"}), "utf-8"
    )
    less = command(shop, "run", *AS_OF)
    assert less.returncode == 0, less.stderr
    google.platform.clock.advance(hours=7)
    last = command(shop, "run", *AS_OF)
    assert last.returncode == 0, last.stderr
    assert at_work not in last.stdout
    assert emails(google) == wanted(ids(COUNT)) - wanted(["c003"])
    assert len(google.jobs.by_name) == 3
    assert google.jobs.unrun == []
    assert google.platform.mistakes == {}
    shown = json.loads(command(shop, "status", "--json").stdout)["audiences"]
    assert shown[0]["members"] == COUNT - 1


def test_a_plan_lets_google_check_the_lists_that_are_there(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="data_manager")
    first = command(shop, "plan", *AS_OF, "--online")
    assert first.returncode == 0, first.stderr
    assert "not made before the first run" in first.stderr
    assert google.audiences() == frozenset()
    command(shop, "run", *AS_OF)
    google.platform.clock.advance(hours=7)
    held = emails(google)
    asked = google.calls["IngestionService/IngestAudienceMembers"]
    good = command(shop, "plan", *AS_OF, "--online", "--no-pull")
    assert (good.returncode, emails(google)) == (0, held), good.stderr
    assert google.calls["IngestionService/IngestAudienceMembers"] == asked + 1
    google.platform.accounts[CUSTOMER].has_signed_terms = False
    bad = command(shop, "plan", *AS_OF, "--online", "--no-pull")
    assert bad.returncode == 3, bad.stderr
    assert "terms are not accepted" in bad.stderr


def test_a_shop_without_a_run_has_nothing_to_settle(tmp_path: Path, google: FakeGoogle) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    done = command(shop, "settle")
    assert (done.returncode, done.stdout) == (9, "")
    assert "audsync run" in done.stderr


@pytest.mark.slow
def test_asking_ends_with_the_code_of_what_came_of_it(
    tmp_path: Path, google: FakeGoogle
) -> None:
    """Nothing is lost by a question that was not answered: a later one hears it all."""
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    google.faults.plan(faults.settles_failed(), endpoint="OfflineUserDataJobService/Run*")
    assert command(shop, "run", *AS_OF).returncode == 0
    google.platform.clock.advance(hours=7)

    def settle(code: int, told: str, *, jobs: int) -> None:
        done = command(shop, "settle", "--json")
        assert done.returncode == code, done.stderr
        summary = json.loads(done.stdout.splitlines()[-1])
        assert told in " ".join(summary["errors"])
        assert [one["at_work"] for one in summary["settled"]] == [jobs]

    access, limits = google.platform.access, google.platform.quirks
    tokens, access.tokens = access.tokens, {}
    access.is_revoked = True
    settle(5, "audsync secrets login google", jobs=2)
    access.is_revoked, access.tokens = False, tokens
    limits.daily_operations = 0
    settle(6, "the quota of the Cloud project is used up", jobs=2)
    limits.daily_operations = None
    assert len(google.jobs.by_name) == 2
    # Of two jobs one was given up; the other is asked about by the next question.
    settle(12, "Google gave up a job of 5 members; nothing is to be done", jobs=1)
    settle(0, "", jobs=0)
    (shown,) = json.loads(command(shop, "status", "--json").stdout)["audiences"]
    assert (shown["members"], shown["uncertain"]) == (3, 5)
    assert command(shop, "run", *AS_OF).returncode == 0
    google.platform.clock.advance(hours=7)
    assert command(shop, "settle").returncode == 0
    assert emails(google) == wanted(ids(COUNT))
    assert google.platform.mistakes == {}


def test_what_is_wrong_with_the_account_is_said_with_what_to_do(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    google.seconds_ahead = 600
    asked = command(shop, "doctor", "--online")
    words = r"warning: the clock is (\d+\.\d) minutes behind that of 127\.0\.0\.1"
    (minutes,) = re.findall(words, asked.stdout)
    assert 5 < float(minutes) <= 10, "less the time in which the answer came"
    assert f"the login may use account {CUSTOMER}" in asked.stdout
    google.platform.accounts[CUSTOMER].is_allowlisted = False
    gated = command(shop, "run", *AS_OF)
    assert gated.returncode == 12, gated.stderr
    assert 'set api = "data_manager"' in gated.stderr
    google.platform.access.revoke()
    refused = command(shop, "run", *AS_OF)
    assert refused.returncode == 5, refused.stderr
    assert "audsync secrets login google" in refused.stderr
    listed = command(shop, "secrets", "list")
    assert "google_refresh_token" in listed.stdout


def test_a_shop_moves_from_one_api_to_the_other_and_sends_nobody_twice(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    command(shop, "run", *AS_OF)
    google.platform.clock.advance(hours=7)
    command(shop, "run", *AS_OF)
    config = (shop / "config.toml").read_text("utf-8")
    (shop / "config.toml").write_text(config.replace("google_ads", "data_manager"), "utf-8")
    moved = command(shop, "run", *AS_OF)
    assert moved.returncode == 0, moved.stderr
    assert google.calls["IngestionService/IngestAudienceMembers"] == 0
    assert len(google.audiences()) == 1
    assert emails(google) == wanted(ids(COUNT))


@pytest.mark.slow
def test_who_is_in_two_lists_is_sent_once(tmp_path: Path, google: FakeGoogle) -> None:
    shop = google_shop(tmp_path / "shop", google, api="data_manager")
    few = (shop / "segments" / "buyers.toml").read_text("utf-8")
    (shop / "segments" / "few.toml").write_text(few.replace("Buyers", "Few") + FEW, "utf-8")
    first = command(shop, "run", *AS_OF)
    assert first.returncode == 0, first.stderr
    assert google.calls["IngestionService/IngestAudienceMembers"] == 2
    google.platform.clock.advance(hours=7)
    sizes = sorted(
        len([one for one in google.members(number) if one[0] == "email"])
        for number in google.audiences()
    )
    assert sizes == [2, COUNT]
    assert google.platform.mistakes == {}


@pytest.mark.slow
def test_who_is_forgotten_is_pending_until_google_has_confirmed(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    for _ in range(2):
        assert command(shop, "run", *AS_OF).returncode == 0
        google.platform.clock.advance(hours=7)
    assert emails(google) == wanted(ids(COUNT))
    asked = command(shop, "forget", "--customer-id", "c003")
    assert asked.returncode == 3, asked.stderr
    assert "pending\tgoogle: " in asked.stdout
    assert command(shop, "run", *AS_OF).returncode == 0
    assert command(shop, "forget", "status").returncode == 3
    google.platform.clock.advance(hours=7)
    assert command(shop, "run", *AS_OF).returncode == 0
    status = command(shop, "forget", "status")
    assert status.returncode == 0, status.stdout
    assert emails(google) == wanted(ids(COUNT)) - wanted(["c003"])
    assert found(shop / "state", ["c003@example.com", *wanted(["c003"])]) == []


CLOCK = """\
import os
from audsync_sink_google import GoogleSink
GoogleSink.__init__.__kwdefaults__["clock"] = lambda: float(os.environ["NOW"])
"""


@pytest.mark.slow
def test_who_is_forgotten_leaves_a_list_that_is_replaced_at_once(
    tmp_path: Path, google: FakeGoogle
) -> None:
    """Also while Google is still at work on the first delivery."""
    shop = google_shop(tmp_path / "shop", google, api="data_manager", delivery="replace")
    (shop / "sitecustomize.py").write_text(CLOCK)
    clock = google.platform.clock

    def at(hours: int, *arguments: str) -> int:
        """So many hours later: the code of a command that goes by the clock of the fake."""
        clock.advance(hours=hours)
        return command(shop, *arguments, NOW=str(clock.now), PYTHONPATH=str(shop)).returncode

    assert at(0, "run", *AS_OF) == 0
    assert at(0, "forget", "--customer-id", "c003") == 3
    clock.advance(hours=1)
    assert emails(google) == wanted(ids(COUNT)) - wanted(["c003"])
    assert at(0, "forget", "status") == 3
    # Google may have done the addition last: a removal once more, beside the replacement.
    for _ in range(3):
        assert at(7, "run", *AS_OF) == 0
    assert at(0, "forget", "status") == 0
    assert google.calls["IngestionService/RemoveAllAudienceMembers"] == 1
    assert emails(google) == wanted(ids(COUNT)) - wanted(["c003"])
    assert found(shop / "state", ["c003@example.com", *wanted(["c003"])]) == []


@pytest.mark.slow
def test_a_job_that_was_cut_off_is_shown_until_it_is_run(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads")
    away = faults.http_error(429, retry_after=600)
    google.faults.plan(away, endpoint="OfflineUserDataJobService/Run*")
    assert command(shop, "run", *AS_OF).returncode == 6
    (left,) = json.loads(command(shop, "status", "--json").stdout)["audiences"][0]["unanswered"]
    assert (left["operation"], left["members"]) == ("add", 5)
    assert len(google.jobs.unrun) == 1
    assert command(shop, "run", *AS_OF).returncode == 0
    assert (
        json.loads(command(shop, "status", "--json").stdout)["audiences"][0]["unanswered"] == []
    )
    assert google.jobs.unrun == []


# What the daemon waits for between two questions is an hour.
SOON = """\
import sys
if sys.orig_argv[-1] == "daemon":
    import audsync.daemon.loop
    audsync.daemon.loop.SETTLE_SECONDS = 8.0
"""


@pytest.mark.slow
def test_the_daemon_asks_google_between_runs_until_it_has_said(
    tmp_path: Path, google: FakeGoogle
) -> None:
    shop = google_shop(tmp_path / "shop", google, api="google_ads", schedule=not_soon())
    (shop / "lib").mkdir()
    (shop / "lib" / "sitecustomize.py").write_text(SOON)
    make_unfinished(shop, "kolo")
    with daemon(shop, PYTHONPATH=str(shop / "lib"), **environment()) as it:
        wait_until(lambda: it.has("shop ended", command="run", exit_code=0))
        jobs = len(google.jobs.by_name)
        wait_until(lambda: it.has("shop ended", command="settle", exit_code=0))
        assert it.health("kolo")["members"] == {"kolo.buyers.google": 0}
        google.platform.clock.advance(hours=7)
        told = {"kolo.buyers.google": COUNT}
        wait_until(lambda: it.health("kolo")["members"] == told)
        assert it.health("kolo")["run"] == "cut-kolo"
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(60) == 143
    assert len(google.jobs.by_name) == jobs == 2
    (shown,) = json.loads(command(shop, "status", "--json").stdout)["audiences"]
    assert shown["members"] == COUNT
