"""The installed command with consents in a log of their own: a mailing or consent tool's."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from command import audsync
from hidden_shop import KEY, VARIABLE
from small_shop import ACCOUNTS, AS_OF, BUYERS, HEAD, ORDERS, feed_texts, write_shop

TOOL = """
[shops.kolo.sources.tool]
type = "csv"

[shops.kolo.sources.tool.consents]
files = "consents-*.csv"

[shops.kolo.sources.tool.consents.columns]
customer_id = "customer"
email = "email"
phone = "phone"
purpose = { column = "about", map = { ads = "advertising", mail = "newsletter" } }
answer = { column = "said", map = { left = "denied" } }
decided_at = "at"
"""
ALONE = HEAD.replace('"ad_consent"', '"consents"').replace('"yes"', '"granted"')
RETAIL = 'layout = "retail"\n'
PEOPLE = {"1": "anna", "2": "bob", "3": "cecil"}
FIRST = (
    "1,,,ads,granted,2026-05-01",
    ",BOB@example.com,,ads,granted,2026-05-01",
    ",,602 123 456,ads,granted,2026-05-01",  # a guest
    ",stranger@example.com,,ads,granted,2026-05-01",
    "3,,,mail,granted,2026-05-01",
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make(tmp_path / "shop", ALONE + RETAIL)


def make(folder: Path, head: str) -> Path:
    accounts = ["id,email", *(f"{key},{name}@example.com" for key, name in PEOPLE.items())]
    orders = ["order,customer,email,phone,date,total"]
    orders += [f"o{key},{key},,,2026-10-01 10:00,99.90" for key in PEOPLE]
    orders.append("o4,,guest@example.com,+420 602 123 456,2026-10-02 10:00,99.90")
    feeds = {"customers": accounts, "orders": orders}
    config, texts = head + ORDERS + ACCOUNTS + TOOL, feed_texts(feeds)
    made = write_shop(folder, config, segments={"buyers": BUYERS}, feeds=texts)
    decide(made, "1", *FIRST)
    return made


def decide(folder: Path, name: str, *rows: str) -> None:
    text = "\n".join(["customer,email,phone,about,said,at", *rows, ""])
    (folder / f"consents-{name}.csv").write_text(text, encoding="utf-8")


def run(folder: Path, *more: str, **environment: str) -> dict[str, Any]:
    done = audsync("run", *AS_OF, "--json", *more, cwd=folder, **environment)
    assert done.returncode == 0, done.stderr + done.stdout
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def members(folder: Path) -> set[str]:
    with (folder / "out" / "buyers.csv").open(newline="", encoding="utf-8") as file:
        return {row["Email Address"].partition("@")[0] for row in csv.DictReader(file)}


def test_a_withdrawal_in_the_log_is_a_removal_in_the_next_run(shop: Path) -> None:
    summary = run(shop)
    assert members(shop) == {"anna", "bob", "guest"}
    assert summary["consent"]["advertising"]["refused"]["consent_unknown"] == 1
    decide(shop, "2", ",anna@example.com,,ads,left,2026-05-02", ",,602123456,all,no,")
    run(shop)
    assert members(shop) == {"bob"}


@pytest.mark.slow
def test_a_yes_comes_back_by_a_later_date_and_never_over_a_no_without_one(shop: Path) -> None:
    decide(shop, "2", ",anna@example.com,,ads,left,2026-05-02", ",,602123456,all,no,")
    run(shop)
    assert members(shop) == {"bob"}
    decide(shop, "3", "1,,,ads,yes,2026-05-03", ",guest@example.com,,ads,yes,2026-05-03")
    run(shop, "--max-consent-share", "50")
    assert members(shop) == {"anna", "bob"}


@pytest.mark.slow
def test_words_that_nobody_explained_are_no_consent_and_are_told(shop: Path) -> None:
    decide(shop, "1", *FIRST, "2,,,ads,complained,2026-05-02", "1,,,everything,left,2026-05-02")
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert members(shop) == {"guest"}
    assert "quarantine: 0 rows, 2 values" in done.stdout


@pytest.mark.slow
def test_the_log_counts_beside_the_answers_of_accounts(tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", HEAD + RETAIL)
    config = (folder / "config.toml").read_text(encoding="utf-8")
    mapped = (
        'email = "email"\nad_consent = "ads"\nad_consent_at = "since"\n\n[shops.kolo.sources'
    )
    text = config.replace('email = "email"\n\n[shops.kolo.sources', mapped)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    said = ("1,anna@example.com,yes,2026-06-01", "2,bob@example.com,no,2026-06-01")
    rows = ("id,email,ads,since", *said, "3,cecil@example.com,yes,2026-06-01", "")
    (folder / "customers.csv").write_text("\n".join(rows), encoding="utf-8")
    decide(folder, "1", *FIRST, "3,,,ads,left,2026-07-01")
    run(folder)
    assert members(folder) == {"anna", "guest"}


@pytest.mark.slow
def test_who_hides_identities_keeps_the_log_without_them(shop: Path) -> None:
    config = (shop / "config.toml").read_text(encoding="utf-8").replace(RETAIL, "")
    hidden = f'{config}\n[privacy]\nidentities = "hashed"\n'
    (shop / "config.toml").write_text(hidden, encoding="utf-8")
    environment = {VARIABLE: KEY}
    run(shop, **environment)
    assert _rows(shop) == 3
    decide(shop, "2", ",anna@example.com,,ads,left,2026-05-02", ",,602123456,all,no,")
    run(shop, **environment)
    assert _rows(shop) == 1
    data = (shop / "state" / "kolo" / "warehouse.duckdb").read_bytes().lower()
    assert b"@example.com" not in data
    assert b"602123456" not in data


def _rows(folder: Path) -> int:
    return len((folder / "out" / "buyers.csv").read_text(encoding="utf-8").splitlines()) - 1


def test_check_says_what_is_missing_or_wrong_about_the_log(shop: Path) -> None:
    config = (shop / "config.toml").read_text(encoding="utf-8")

    def check(before: str, after: str) -> str:
        text = config.replace(before, after)
        assert text != config
        (shop / "config.toml").write_text(text, encoding="utf-8")
        return audsync("check", cwd=shop).stdout

    assert "the source does not provide the table consents" in check(TOOL, "")
    assert 'are read by field = "consents" and granted' in check(
        '"consents"\n', '"ad_consent"\n'
    )
    assert 'did you mean "consents"?' in check('field = "consents"', 'field = "consent"')
    assert '"yes" of consents is no yes: it is "granted"' in check('["granted"]', '["yes"]')
    assert 'no column "purpos" (did you mean "purpose"?)' in check("purpose =", "purpos =")
    assert "denied" in check('left = "denied"', 'left = "refused"')


@pytest.mark.slow
def test_a_new_shop_with_a_log_of_consents_reads_them(shop: Path) -> None:
    files = ("customers.csv", "orders.csv", "consents-1.csv")
    text = (shop / "consents-1.csv").read_text(encoding="utf-8")
    header = text.replace("about,said,at", "purpose,decision,decided_at")
    (shop / "consents-1.csv").write_text(header, encoding="utf-8")
    feeds = [part for name in files for part in ("--from", f"../{name}")]
    (shop / "new").mkdir()
    assert audsync("init", *feeds, cwd=shop / "new").returncode == 0
    assert "# Look: how times" in (shop / "new" / "config.toml").read_text(encoding="utf-8")
    assert audsync("check", "--strict", cwd=shop / "new").returncode == 0
    done = audsync("run", *AS_OF, cwd=shop / "new")
    assert done.returncode == 0, done.stderr
    assert "consent to advertising: 3 of 4 (consent_unknown 1)" in done.stdout
