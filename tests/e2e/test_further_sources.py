"""The installed command with a shop whose visits and messages stand in files beside it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audsync.config import load_config, read_config
from audsync.errors import ConfigError
from audsync.run.checks import check_files
from audsync.run.connectors import source_of
from audsync.segments import load_segments
from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel
from audsync.testing.idosell.records import Channel
from halny_shop import agreed, audience, command, make_shop

FILES = """
[shops.halny.sources.web]
type = "csv"

[shops.halny.sources.web.visits]
files = "visits.csv"
columns = { visited_at = "time", customer_id = "user", product_id = "product" }

[shops.halny.sources.csv.messages]
files = "mailing.csv"

[shops.halny.sources.csv.messages.columns]
happened_at = "when"
email = "to"
channel = { value = "email" }
event = "what"
"""
SEGMENTS = {
    "lookers": '[all.visited]\nwithin = "1 month"\n',
    "openers": "[all]\ndays_since_email_opened.at_most = 30\n",
}
AS_OF = ("--as-of", "2026-06-01")


@pytest.fixture
def fake() -> Iterator[FakeIdoSell]:
    panel = Panel()
    LivingShop(panel, seed=11).fill(orders=30, clients=30, products=10, days=200)
    with FakeIdoSell(panel) as found:
        yield found


@pytest.fixture
def shop(fake: FakeIdoSell, tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop", fake, FILES, segments=SEGMENTS)
    some = accounts(fake)[:6]
    visits(folder, *(number for number, _ in some[:4]))
    lines = [f"2026-05-20 08:00,{email},opened" for _, email in some[2:]]
    (folder / "mailing.csv").write_text("\n".join(["when,to,what", *lines, ""]))
    return folder


def accounts(fake: FakeIdoSell) -> list[tuple[int, str]]:
    """Number and address of those who agreed to the newsletter of the shop."""
    return [(number, email) for email, number in agreed(fake).items()]


def visits(shop: Path, *numbers: int) -> None:
    lines = [f"2026-05-2{at} 10:00,{number},7" for at, number in enumerate(numbers)]
    (shop / "visits.csv").write_text("\n".join(["time,user,product", *lines, ""]))


def test_visits_and_messages_come_from_files_beside_the_panel(
    fake: FakeIdoSell, shop: Path
) -> None:
    some = accounts(fake)[:6]
    emails = [email for _, email in some]
    done = command(shop, "run", *AS_OF)
    assert (done.returncode, done.stderr.count("error")) == (0, 0)
    assert audience(shop, "lookers") == {*emails[:4]}
    assert audience(shop, "openers") == {*emails[2:]}


@pytest.mark.slow
def test_each_source_goes_on_and_one_that_fails_stops_no_withdrawal(
    fake: FakeIdoSell, shop: Path
) -> None:
    assert command(shop, "run", *AS_OF).returncode == 0
    some = accounts(fake)[:6]
    emails = [one for _, one in some]
    asked = fake.calls.total()
    (number, email), (other, _) = some[3], some[4]
    fake.panel.clock.advance(hours=3)
    fake.panel.customers.decide(number, Channel.EMAIL, 2, given=False)
    fake.panel.clock.advance(hours=3)
    visits(shop, *(one for one, _ in some[:3]), number, other)
    done = command(shop, "run", *AS_OF, "--json")
    [summary] = [
        one for line in done.stdout.splitlines() if (one := json.loads(line)).get("pull")
    ]
    assert done.returncode == 0
    read = {name: counts["read"] for name, counts in summary["pull"]["tables"].items()}
    assert (read["visits"], "messages" in read) == (5, False)
    assert audience(shop, "lookers") == {*emails[:5]} - {email}
    assert audience(shop, "openers") == {*emails[2:]} - {email}
    # The panel was asked for what was new and for nothing else.
    assert fake.calls.total() - asked < asked
    before = audience(shop, "lookers")
    number, email = some[0]
    fake.panel.customers.decide(number, Channel.EMAIL, 2, given=False)
    fake.panel.clock.advance(hours=3)
    (shop / "visits.csv").rename(shop / "away.csv")
    done = command(shop, "run", *AS_OF)
    assert done.returncode == 4
    assert "visits.csv: cannot be read" in done.stderr
    assert audience(shop, "lookers") == before - {email}
    doctor = command(shop, "doctor", "--online")
    assert doctor.returncode == 12
    assert "error: visits: visits.csv: cannot be read" in doctor.stdout
    assert "ok: messages: mailing.csv: 3 columns" in doctor.stdout
    assert "ok: idosell: permission OMS: orders can be read" in doctor.stdout
    assert command(shop, "plan", *AS_OF, "--no-pull").returncode == 0
    (shop / "away.csv").rename(shop / "visits.csv")
    assert command(shop, "run", *AS_OF).returncode == 0
    assert command(shop, "state", "verify").returncode == 0


@pytest.mark.slow
def test_a_source_that_is_taken_away_is_an_error_of_the_segments_that_need_it(
    fake: FakeIdoSell, shop: Path
) -> None:
    assert command(shop, "run", *AS_OF).returncode == 0
    asked = fake.calls.total()
    before = audience(shop, "lookers")
    file = shop / "config.toml"
    text = file.read_text()
    start, end = text.index("[shops.halny.sources.web]"), text.index("[shops.halny.sources.csv")
    file.write_text(text[:start] + text[end:])
    place = "segments/lookers.toml:3:"
    for arguments in (("check",), ("run", *AS_OF)):
        done = command(shop, *arguments)
        assert place in done.stdout + done.stderr
        assert "[S130]" in done.stdout + done.stderr
        assert "which the source does not provide" in done.stdout + done.stderr
    assert audience(shop, "lookers") == before
    file.write_text(text)
    assert command(shop, "run", *AS_OF).returncode == 0
    assert fake.calls.total() - asked < 2 * asked


def test_the_example_of_the_page_is_a_config_that_is_right(shop: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "use-several-sources.md"
    block = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
    [example] = block.findall(page.read_text("utf-8"))
    (shop / "config.toml").write_text(example, encoding="utf-8")
    config = load_config(shop / "config.toml")
    found = source_of(config, config.shops["halny"]).provides
    assert {"orders.order_id", "visits.visited_at", "messages.event"} <= found


def test_mistakes_about_further_sources_are_told(shop: Path) -> None:
    file = shop / "config.toml"
    text = file.read_text()
    wrong = text.replace('type = "csv"', 'type = "cvs"').replace(
        "sources.csv.messages", "source.messages"
    )
    file.write_text(wrong + '\n[shops.halny.sources.Web]\ntype = "csv"\n')
    done = command(shop, "check")
    assert done.returncode == 4
    for words in (
        'there is no source of type "cvs"',
        'did you mean "csv"?',
        'a source of type "idosell" has no "messages"',
        "[shops.halny.sources.csv.messages]",
        '"Web" cannot be the id of a source',
    ):
        assert words in done.stdout


def test_two_sources_of_one_table_are_a_mistake_at_the_second(shop: Path) -> None:
    file = shop / "config.toml"
    text = file.read_text()
    more = '\n[shops.halny.sources.web.rates]\nfiles = "rates.csv"\n'
    file.write_text(text + more + 'columns = { currency = "c", price = "p" }\n')
    line = text[: text.index("[shops.halny.sources.web]")].count("\n") + 1
    told = (
        f"config.toml:{line}:22: error[C131]: shop halny: rates would be filled by sources.web "
        "and by source"
    )
    reading = read_config(file)
    found = check_files(reading, load_segments(shop / "segments", shown_from=shop), ["halny"])
    assert [str(one).partition("\n")[0].endswith(told) for one in found] == [True]
    config = load_config(file)
    with pytest.raises(ConfigError, match="rates would be filled by sources"):
        source_of(config, config.shops["halny"])
