"""The installed command with an IdoSell shop: from the panel to the files, and mishaps."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

import halny_shop
from audsync.testing.idosell import KEY, FakeIdoSell, LivingShop, Panel, faults
from audsync.testing.idosell.records import Channel
from halny_shop import CONSENT, agreed, command, make_shop, set_source
from idosell_shop import Pulls, differences

BUYERS = {"buyers": "[all]\norder_count.at_least = 1\n"}


@pytest.fixture
def fake() -> Iterator[FakeIdoSell]:
    panel = Panel()
    LivingShop(panel, seed=11).fill(orders=120, clients=40, products=20, days=200)
    with FakeIdoSell(panel) as found:
        yield found


@pytest.fixture
def shop(fake: FakeIdoSell, tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop", fake, segments=BUYERS)


def audience(shop: Path) -> set[str]:
    return halny_shop.audience(shop, "buyers")


def test_a_shop_is_pulled_and_its_consenting_buyers_are_sent(
    fake: FakeIdoSell, shop: Path
) -> None:
    done = command(shop, "run", "--as-of", "2026-06-01")
    assert (done.returncode, "error" in done.stderr) == (0, False)
    assert "calls to the shop: about" in done.stderr
    assert "calls to the shop: " in done.stdout
    run = done.stdout.split(",")[0].rpartition(" ")[2]
    shown = command(shop, "runs", "show", run, "--json")
    model = json.loads(shown.stdout)["model"]
    assert model["converted_orders"]["EUR"] > 0
    assert model["source_rates"]["EUR"] == "4.2573"
    numbers = agreed(fake)
    finished = {
        order.client_id
        for order in fake.panel.sales.orders.values()
        if order.shop_id == 2 and order.status in ("finished", "finished_ext")
    }
    members = audience(shop)
    assert members
    assert members <= numbers.keys()
    assert {numbers[email] for email in members} <= finished
    withdrawn = min(members)
    fake.panel.clock.advance(hours=3)
    fake.panel.customers.decide(numbers[withdrawn], Channel.EMAIL, 2, given=False)
    fake.panel.clock.advance(hours=3)
    assert command(shop, "run", "--as-of", "2026-06-01").returncode == 0
    assert audience(shop) == members - {withdrawn}
    assert fake.calls["clients/tags"] == 0
    assert fake.calls["orders/orders"] <= fake.calls["orders/orders/search"]


def test_without_a_consent_rule_nobody_is_sent_and_the_message_says_what_to_write(
    shop: Path,
) -> None:
    file = shop / "config.toml"
    file.write_text(file.read_text().replace(CONSENT, ""))
    done = command(shop, "run")
    assert done.returncode == 8
    assert "no answer about advertising" in done.stderr
    assert 'field = "newsletter_frequency"' in done.stderr
    assert "newsletter_counts_as_advertising = true" in done.stderr


def test_a_wrong_key_is_told(fake: FakeIdoSell, shop: Path) -> None:
    done = command(shop, "pull", key="d3Jvbmcta2V5")
    assert done.returncode == 5
    assert "set the secret idosell_api_key" in done.stderr
    assert "d3Jvbmcta2V5" not in done.stderr
    fake.seconds_ahead = 600
    done = command(shop, "doctor", "--online", key="d3Jvbmcta2V5")
    assert (done.returncode, done.stdout.count("the key is refused")) == (12, 1)
    words = r"warning: the clock is (\d+\.\d) minutes behind that of 127\.0\.0\.1"
    (minutes,) = re.findall(words, done.stdout)
    assert 5 < float(minutes) <= 10, "less the time in which the answer came"


@pytest.mark.slow  # the command waits before it tries again
def test_a_web_page_in_the_place_of_the_panel_is_told(fake: FakeIdoSell, shop: Path) -> None:
    fake.faults.plan(faults.html_page(), times=None)
    done = command(shop, "run")
    assert done.returncode == 6
    assert "the answer is a web page" in done.stderr
    assert "see that `url` is the address of the panel" in done.stderr


def test_a_missing_permission_is_named_in_the_panels_words(
    fake: FakeIdoSell, shop: Path
) -> None:
    fake.access.keys[KEY] = frozenset({"system", "oms", "pim"})
    done = command(shop, "pull")
    assert done.returncode == 5
    assert "lacks the permission CRM (read)" in done.stderr
    done = command(shop, "doctor", "--online")
    assert done.returncode == 12
    assert "ok: idosell: permission OMS: orders can be read" in done.stdout
    assert "error: idosell: the key lacks the permission CRM (read)" in done.stdout
    assert "Access keys to Admin API" in done.stdout
    assert done.stdout.count("without which it may not read newsletter") == 2


def test_a_blocked_shop_is_told(fake: FakeIdoSell, shop: Path) -> None:
    fake.panel.quirks.is_blocked = True
    done = command(shop, "pull")
    assert done.returncode == 12
    assert "the shop is blocked; pay the shop's invoices" in done.stderr


def test_a_shop_that_the_panel_has_not_is_told_with_those_it_has(shop: Path) -> None:
    file = shop / "config.toml"
    file.write_text(file.read_text().replace("shop_id = 2", "shop_id = 9"))
    done = command(shop, "pull")
    assert done.returncode == 4
    assert "no shop with shop_id = 9; it has: 1 (Hurt), 2 (Halny.example)" in done.stderr
    file.write_text(file.read_text().replace("shop_id = 9\n", ""))
    done = command(shop, "pull")
    assert done.returncode == 4
    assert "the panel holds several shops" in done.stderr


def test_a_panel_in_another_time_zone_is_told(fake: FakeIdoSell, shop: Path) -> None:
    fake.panel.clock.timezone = "Asia/Tokyo"
    fake.panel.sales.note(fake.panel.sales.last_serial)
    order = fake.panel.sales.orders[fake.panel.sales.last_serial]
    order.shop_id = 2
    done = command(shop, "pull")
    assert done.returncode == 4
    assert "not in the time zone Europe/Warsaw; set `timezone`" in done.stderr
    assert "set `timezone`" in command(shop, "doctor", "--online").stdout
    set_source(shop, timezone='"Asia/Tokyo"')
    assert command(shop, "pull").returncode == 0


def test_a_limit_of_calls_stops_cleanly_and_the_next_pull_goes_on(
    fake: FakeIdoSell, shop: Path
) -> None:
    set_source(shop, page_size=10)
    codes = []
    for _ in range(20):
        before = fake.calls.total()
        done = command(shop, "pull", "--max-calls", "12")
        codes.append(done.returncode)
        assert fake.calls.total() - before <= 12
        if done.returncode == 0:
            break
        assert "the limit of 12 calls to the shop is reached" in done.stderr
    assert len(codes) > 2
    assert set(codes) == {3, 0}
    assert codes[-1] == 0


def test_nobody_leaves_an_audience_because_a_run_has_no_calls_left(
    fake: FakeIdoSell, shop: Path
) -> None:
    set_source(shop, page_size=10)
    assert command(shop, "run", "--as-of", "2026-06-01").returncode == 0
    members = audience(shop)
    assert len(members) > 3
    living = LivingShop(fake.panel, seed=8)
    living.stock()
    living.happen(40)
    fake.panel.clock.advance(days=1)
    withdrawn = next(
        account
        for account in fake.panel.customers.accounts.values()
        if account.email in members
        and (consent := account.consents.get((Channel.EMAIL, 2)))
        and consent.given
    )
    fake.panel.customers.decide(withdrawn.client_id, Channel.EMAIL, 2, given=False)
    # Everything is read anew, some calls at a time.
    (shop / "state" / "halny" / "warehouse.duckdb").unlink()
    codes: list[int] = []
    while not codes or codes[-1] == 3:
        before = fake.calls.total()
        done = command(shop, "run", "--as-of", "2026-06-01", "--max-calls", "12")
        assert fake.calls.total() - before <= 12
        codes.append(done.returncode)
        assert len(codes) < 20
        if codes[-1] == 3:
            assert "the limit of 12 calls" in done.stderr
            assert members - {withdrawn.email} <= audience(shop) <= members
        if len(codes) == 1:
            for name in ("run", "plan"):
                done = command(shop, name, "--as-of", "2026-06-01", "--no-pull")
                assert (done.returncode, audience(shop)) == (4, members)
                assert "was not read to its end yet" in done.stderr
    assert (codes[-1], len(codes) > 3) == (0, True)
    assert withdrawn.email not in audience(shop)
    after = audience(shop)
    assert command(shop, "run", "--as-of", "2026-06-01").returncode == 0
    assert audience(shop) == after
    (shop / "state" / "halny").rename(shop / "away")
    (shop / "out" / "buyers.csv").unlink()
    assert command(shop, "run", "--as-of", "2026-06-01").returncode == 0
    assert audience(shop) == after


def test_what_is_wrong_with_a_file_is_told_offline(shop: Path) -> None:
    set_source(shop, page_size=500)
    done = command(shop, "check")
    assert done.returncode == 4
    assert "`page_size` is 1 to 100" in done.stdout
    file = shop / "config.toml"
    wrong = 'api_version = 2\ncolour = "red"\nidosell_api_key = "x"'
    file.write_text(file.read_text().replace("page_size = 500", wrong))
    done = command(shop, "check")
    assert done.returncode == 4
    assert "api_version" in done.stdout
    assert '"colour"' in done.stdout
    assert "audsync secrets set idosell_api_key --shop halny" in done.stdout


def test_connectors_show_tells_the_options(shop: Path) -> None:
    done = command(shop, "connectors", "show", "idosell")
    assert done.returncode == 0
    assert "order_types" in done.stdout
    assert faults.GATEWAY_PAGE.decode() not in done.stdout


def _killed_at(fake: FakeIdoSell, shop: Path, call: int) -> int:
    """The code of a pull whose process is killed while the panel answers its n-th call."""
    started: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()

    def end() -> None:
        started.get().kill()

    fake.faults.plan(faults.event(end), after=call - 1)
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("audsync")), "pull", "--no-progress"],
        cwd=shop,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(shop),
            "AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY": KEY,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        started.put(process)
        code = process.wait(timeout=120)
    fake.faults.clear()
    return code


def _equal_after_kills(fake: FakeIdoSell, shop: Path, calls: range) -> None:
    set_source(shop, page_size=25)
    living = LivingShop(fake.panel, seed=5)
    living.stock()
    codes = []
    for call in calls:
        codes.append(_killed_at(fake, shop, call))
        living.happen(2)
    assert -9 in codes
    fake.panel.clock.advance(days=31)
    assert command(shop, "pull").returncode == 0
    held = Pulls(fake, shop / "state" / "halny")
    assert differences(held) == []


def test_a_pull_that_is_killed_is_ended_by_the_next(fake: FakeIdoSell, shop: Path) -> None:
    _equal_after_kills(fake, shop, range(7, 8))


@pytest.mark.slow
def test_a_pull_may_be_killed_at_every_call(fake: FakeIdoSell, shop: Path) -> None:
    _equal_after_kills(fake, shop, range(1, 31))


def test_the_example_of_the_page_is_a_config_that_is_right(shop: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "connect-idosell.md"
    block = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
    first, consent, sink, segment, several = block.findall(page.read_text("utf-8"))
    (shop / "segments" / "buyers.toml").write_text(segment, encoding="utf-8")
    (shop / "config.toml").write_text(f"{first}{consent}\n{sink}", encoding="utf-8")
    assert command(shop, "check", "--strict").returncode == 0
    (shop / "segments" / "buyers.toml").unlink()
    head = first[: first.index("[shops.halny.source]")]
    (shop / "config.toml").write_text(head + several, encoding="utf-8")
    assert command(shop, "check").returncode == 0
