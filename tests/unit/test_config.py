"""config.toml and shops/*.toml: what is read, and how each mistake is told."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from audsync.config import (
    Code,
    Config,
    config_schema,
    context,
    find_config,
    load_config,
    read_version,
    resolve_path,
    shop_schema,
)
from audsync.consent import BroadConsentRule, ConsentRule
from audsync.contracts import Purpose
from audsync.errors import ConfigError, ExitCode
from audsync.guard_settings import GuardSettings
from audsync.model.settings import MoneyBasis
from fakes.stub_connectors import SINKS, SOURCES, SinkOptions, SourceOptions, plugin

ROOT = Path(__file__).parents[2]

SHOP = """
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"
[source]
type = "stub"
url = "https://kolo.example"
[consent]
field = "ad_consent"
granted = ["yes"]
"""
INLINE = """version = 1
[defaults]
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"
[shops.kolo.source]
type = "stub"
url = "https://kolo.example"
[shops.kolo.consent]
field = "ad_consent"
granted = ["yes"]
"""


def load(folder: Path, text: str | bytes, **shops: str) -> Config:
    """The config of that text in config.toml and of those of the shops."""
    data = text.encode() if isinstance(text, str) else text
    (folder / "config.toml").write_bytes(data)
    for name, shop in shops.items():
        (folder / "shops").mkdir(exist_ok=True)
        (folder / "shops" / f"{name}.toml").write_text(shop, encoding="utf-8")
    return load_config(folder / "config.toml", sources=SOURCES, sinks=SINKS, shown_from=folder)


def refusal(folder: Path, text: str | bytes, **shops: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **shops)
    assert caught.value.exit_code == ExitCode.CONFIG
    return str(caught.value)


def places(text: str) -> list[str]:
    """The first lines of the problems, without the marked source lines and hints."""
    return [line for line in text.split("\n") if not line.startswith("  ")]


# What is read


def test_a_shop_inside_config_toml(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        INLINE
        + """
[shops.kolo]
name = "Kolo"
schedule = "30 3 * * 1-5"
[shops.kolo.source.customers]
files = ["a.csv", "b.csv"]
columns = { email = "E-mail", phone = { column = "Tel" } }
[shops.kolo.sinks.files]
folder = "lists"
[shops.kolo.sinks.texts]
type = "stub_ads"
purpose = "sms"
[shops.kolo.consent.sms]
field = "sms_frequency"
granted = ["every_day"]
[shops.kolo.model]
money = "net"
[shops.kolo.model.rfm]
window_days = 365
[shops.kolo.rates]
EUR = "24.315"
""",
    )
    shop = config.shops["kolo"]
    assert (shop.id, shop.name, shop.schedule) == ("kolo", "Kolo", "30 3 * * 1-5")
    assert (shop.timezone, shop.country, shop.currency) == ("Europe/Prague", "CZ", "CZK")
    assert isinstance(shop.source.options, SourceOptions)
    assert shop.source.options.customers is not None
    assert shop.source.options.customers.files == ("a.csv", "b.csv")
    assert shop.sinks["files"].options == SinkOptions("lists")
    assert shop.sinks["files"].purpose is Purpose.ADVERTISING
    assert (shop.sinks["texts"].type, shop.sinks["texts"].purpose) == ("stub_ads", Purpose.SMS)
    assert shop.consent == {
        Purpose.ADVERTISING: ConsentRule("ad_consent", ("yes",)),
        Purpose.SMS: ConsentRule("sms_frequency", ("every_day",)),
    }
    assert shop.model.money is MoneyBasis.NET
    assert shop.model.rfm.window_days == 365
    assert shop.rates == {"EUR": Decimal("24.315")}
    assert config.warnings == ()


def test_a_shop_in_a_file_of_its_own_says_the_same_without_the_header(tmp_path: Path) -> None:
    inline = load(tmp_path, INLINE).shops["kolo"]
    own = load(tmp_path, "version = 1\n", kolo=SHOP).shops["kolo"]
    assert own == inline


def test_a_shop_s_own_settings_go_before_the_defaults(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        'version = 1\n[defaults]\ntimezone = "Europe/Warsaw"\ncountry = "PL"\n'
        "[guard]\nshrink_percent = 30\nshrink_members = 5\n",
        kolo=SHOP + "[guard]\nshrink_percent = 10\n",
    )
    shop = config.shops["kolo"]
    assert (shop.timezone, shop.country) == ("Europe/Prague", "CZ")
    assert shop.guard == GuardSettings(shrink_percent=10, shrink_members=5)


def test_types_that_toml_has_not_are_made_of_those_it_has(tmp_path: Path) -> None:
    more = 'since = 2026-01-31\npace = "fast"\nshare = 1\ntags = ["a", "b"]\n'
    config = load(tmp_path, "version = 1\n", kolo=SHOP.replace("[consent]", more + "[consent]"))
    options = config.shops["kolo"].source.options
    assert isinstance(options, SourceOptions)
    assert (options.since, options.pace, options.tags) == (
        date(2026, 1, 31),
        "fast",
        ("a", "b"),
    )
    assert options.share == 1.0
    assert isinstance(options.share, float)


def test_shops_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    config = load(tmp_path, INLINE, zebra=SHOP, alfa=SHOP)
    assert list(config.shops) == ["alfa", "kolo", "zebra"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + INLINE.replace("\n", "\r\n").encode()
    assert list(load(tmp_path, data).shops) == ["kolo"]


def test_files_that_editors_leave_beside_the_shops_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops" / ".#kolo.toml").write_text("?", encoding="utf-8")
    (tmp_path / "shops" / "kolo.toml~").write_text("?", encoding="utf-8")
    assert list(load(tmp_path, INLINE).shops) == ["kolo"]


def test_paths_are_taken_from_the_folder_of_the_config_file(tmp_path: Path) -> None:
    data = tmp_path / "elsewhere"
    folder = tmp_path / "config"
    folder.mkdir()
    config = load(
        folder,
        f'{INLINE}[paths]\nstate = "../elsewhere/state"\ndata = ["{data}"]\n',
    )
    assert config.folder == folder
    assert config.state_folder == data / "state"
    assert config.segments_folder == folder / "segments"
    assert config.data_folders == (data,)


# Warnings


def test_a_shop_without_a_consent_rule_is_a_warning_and_no_mistake(tmp_path: Path) -> None:
    text = INLINE.partition("[shops.kolo.consent]")[0] + "[shops.kolo.sinks.files]\n"
    config = load(tmp_path, text)
    assert config.shops["kolo"].consent == {}
    assert [str(problem) for problem in config.warnings] == [
        (
            "config.toml:6:8: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent\n"
            "    6 | [shops.kolo.source]\n"
            "      |        ^^^^\n"
            "      = add [shops.kolo.consent] with field and granted"
        )
    ]


def test_each_purpose_of_a_sink_wants_its_own_rule(tmp_path: Path) -> None:
    config = load(
        tmp_path, "version = 1\n", kolo=SHOP + '[sinks.files]\npurpose = "newsletter"\n'
    )
    [warning] = config.warnings
    assert warning.message.startswith("no rule says who consented to newsletter")
    assert warning.hint == "add [consent.newsletter] with field and granted"


def test_a_config_without_shops_is_a_warning(tmp_path: Path) -> None:
    [warning] = load(tmp_path, "version = 1\n").warnings
    assert str(warning) == (
        "config.toml: warning[C112]: no shop is configured\n"
        "      = add [shops.<id>] here, or a file shops/<id>.toml"
    )


# Mistakes: what is added to config.toml, where it is told, what is said, what to do

HEAD = INLINE.count("\n")
MISTAKES = [
    (
        '[shops.kolo]\nschedul_ = "30 3 * * *"',
        '2:1: error[C104]: unknown key "schedul_"',
        'did you mean "schedule"?',
    ),
    (
        "[shops.kolo.model]\nzzz = 1",
        '2:1: error[C104]: unknown key "zzz"',
        (
            "known keys: affluence, bands, clv, counted_status, leap_day, money, order_date, "
            "places, rfm"
        ),
    ),
    (
        '[shops.kolo.model]\nschedule = "30 3 * * *"',
        '2:1: error[C104]: unknown key "schedule"',
        "it belongs to [shops.kolo]: move it there",
    ),
    (
        "[paths]\nversion = 1",
        '2:1: error[C104]: unknown key "version"',
        "it belongs above the first [header]",
    ),
    (
        '[shops.kolo.source.customers]\nfile = "x"\nfiles = "x"',
        '2:1: error[C104]: unknown key "file"',
        'did you mean "files"?',
    ),
    ("[shop]\na = 1", '1:2: error[C104]: unknown key "shop"', 'did you mean "shops"?'),
    (
        "[guard]\nshrink_percent = '20'",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        "without quotes: 20",
    ),
    (
        "[guard]\nshrink_percent = 20.0",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        "without decimals: 20",
    ),
    (
        "[guard]\nshrink_percent = true",
        "2:18: error[C105]: shrink_percent must be a whole number, such as 20",
        None,
    ),
    (
        "[shops.kolo]\nname = 5",
        "2:8: error[C105]: name must be text in quotes",
        'in quotes: "5"',
    ),
    (
        '[shops.kolo.model]\ncounted_status = "finished"',
        '2:18: error[C105]: counted_status must be a list, such as ["finished"]',
        'in brackets: ["finished"]',
    ),
    (
        "[shops.kolo.model]\ncounted_status = ['finished', 5]",
        "2:31: error[C105]: element 2 of counted_status must be text in quotes",
        'in quotes: "5"',
    ),
    ("[shops.kolo]\nmodel = 5", "2:9: error[C105]: model must be a table", None),
    ("[shops.kolo]\nsinks.files = 5", "2:15: error[C105]: files must be a table", None),
    ("[shops]\nb = 5", "2:5: error[C105]: b must be a table", None),
    (
        "[shops.kolo.quarantine]\nwarn_percent = '0,5'",
        "2:16: error[C105]: warn_percent must be a number, such as 1.0",
        "without quotes: 0.5",
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 5",
        "2:9: error[C105]: files must be text in quotes or a list",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.email = 5",
        "3:17: error[C105]: email must be text in quotes or a table",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.email = { decimal = ',' }",
        '3:9: error[C103]: missing key "column"',
        "column: Header of the column.",
    ),
    (
        "[shops.kolo.source.customers]\nfiles = 'x'\ncolumns.nonsense = 'x'",
        '3:9: error[C108]: no column "nonsense"',
        None,
    ),
    (
        '[shops.kolo.model]\nmoney = "grosz"',
        '2:9: error[C106]: "grosz" is no value of money: it is "net" or "gross"',
        'did you mean "gross"?',
    ),
    (
        "[shops.kolo.model]\nmoney = 5",
        '2:9: error[C105]: money must be "net" or "gross"',
        None,
    ),
    (
        '[shops.kolo.model]\ncounted_status = ["finishe_"]',
        (
            '2:19: error[C106]: "finishe_" is no status of an order: '
            'it is "open", "finished", "cancelled", "returned" or "excluded"'
        ),
        'did you mean "finished"?',
    ),
    (
        "[shops.kolo.model]\ncounted_status = []",
        "2:18: error[C107]: counted_status names no status, so no order would count",
        None,
    ),
    (
        "[guard]\nshrink_percent = 101",
        "2:18: error[C107]: shrink_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.guard]\nshrink_members = -1",
        "2:18: error[C107]: shrink_members must be 0 or more",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nleast_clients = 0",
        "2:17: error[C107]: least_clients must be 1 or more",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nactive_percent = 10",
        "2:18: error[C107]: churned_percent (20) is above active_percent (10)",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nactive_days = 300",
        "2:15: error[C107]: active_days (300) is above churned_days (240)",
        None,
    ),
    (
        "[shops.kolo.model.clv]\nmargin_percent = 101",
        "2:18: error[C107]: margin_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nmonetary_bands = [20, 50.5, 10, 99]",
        "2:18: error[C107]: monetary_bands must be four ascending numbers, none below 0",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nfrequency_bands = [2, 3, 5]",
        "2:19: error[C107]: frequency_bands must be four ascending numbers, none below 0",
        None,
    ),
    (
        '[shops.kolo.model.rfm.boxes]\nlost = ["1-5 / 1-5 / 1-4", "1-4/1-5/5"]',
        "1:23: error[C107]: no box has the scores 515, 525, 535, 545, 555",
        "each score needs one box",
    ),
    (
        '[shops.kolo.model.rfm.boxes]\nchampion = ["1-5 / 1-5 / 1-5"]',
        '2:1: error[C107]: there is no RFM segment "champion"',
        'did you mean "champions"?',
    ),
    (
        "[shops.kolo.model.affluence]\nmost_units = 0",
        "2:14: error[C107]: most_units must be from 1 to 100",
        None,
    ),
    (
        "[shops.kolo.model.bands]\nlow_index = 120",
        "2:13: error[C107]: low_index (120) is not below high_index (120)",
        None,
    ),
    (
        "[shops.kolo.model.bands]\nvalue_cuts = [8, 3]",
        "2:14: error[C107]: value_cuts must be the last low and the first high bucket",
        "of 10 buckets, such as [3, 8]",
    ),
    (
        "[shops.kolo.model.bands]\nactive_days = 366",
        "2:15: error[C107]: active_days (366) is above lost_days (365)",
        None,
    ),
    (
        "[shops.kolo.model.rfm]\nwindow_days = 0",
        "2:15: error[C107]: window_days must be 1 or more",
        None,
    ),
    (
        "[shops.kolo.quarantine]\nstop_percent = nan",
        "2:16: error[C107]: stop_percent must be from 0 to 100",
        None,
    ),
    (
        "[shops.kolo.quarantine]\nstop_percent = 0.5",
        "2:16: error[C107]: warn_percent (1) is above stop_percent (0.5)",
        None,
    ),
    (
        "[shops.kolo.sinks.Files]",
        '1:19: error[C110]: "Files" cannot be the id of a sink',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        f"[shops.{'a' * 41}]",
        f'1:8: error[C110]: "{"a" * 41}" cannot be the id of a shop',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        '[shops.kolo]\ntimezone = "Europe/Prag"',
        '2:12: error[C113]: there is no time zone "Europe/Prag"',
        'did you mean "Europe/Prague"?',
    ),
    (
        '[shops.kolo]\ntimezone = "../../etc/passwd"',
        '2:12: error[C113]: there is no time zone "../../etc/passwd"',
        "write it like Europe/Prague",
    ),
    (
        '[shops.kolo]\ncountry = "UK"',
        '2:11: error[C114]: there is no country "UK"',
        'write "GB"',
    ),
    (
        '[shops.kolo]\ncountry = "Czechia"',
        '2:11: error[C114]: there is no country "Czechia"',
        "two letters, such as CZ",
    ),
    (
        '[shops.kolo]\ncurrency = "eur"',
        '2:12: error[C115]: "eur" is no currency code',
        'write "EUR"',
    ),
    (
        '[shops.kolo.lists.Staff]\nfile = "staff.csv"',
        '1:19: error[C110]: "Staff" cannot be the id of a list',
        "lower-case letters, digits and single hyphens, at most 40 characters",
    ),
    (
        '[shops.kolo.lists.staff]\nfile = "staff.csv"\nholds = "mail"',
        (
            '3:9: error[C106]: "mail" is no value of holds: it is "customer_id", "email" or '
            '"phone"'
        ),
        'did you mean "email"?',
    ),
    (
        "[shops.kolo.lists.staff]\nholds = 'email'",
        '1:19: error[C103]: missing key "file"',
        "file: Path of the file; a relative one starts at the config's folder.",
    ),
    (
        '[shops.kolo.lists.staff]\nfile = "x"\n[shops.kolo.eligibility]\nsuppressed = ["staf"]',
        '4:15: error[C128]: the shop has no list "staf"',
        'did you mean "staff"?',
    ),
    (
        "[shops.kolo.eligibility]\nholdout_percent = 95",
        "2:19: error[C107]: holdout_percent must be from 0 to 90",
        "",
    ),
    (
        '[shops.kolo.eligibility]\nholdout_salt = " "',
        "2:16: error[C107]: holdout_salt is empty",
        "",
    ),
    (
        '[shops.kolo.rates]\nEUR = "24,3"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'write "24.3"',
    ),
    (
        '[shops.kolo.rates]\nEUR = "0.00"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'such as "4.31"',
    ),
    (
        '[shops.kolo.rates]\nEUR = "Infinity"',
        "2:7: error[C116]: the rate of EUR must be a decimal number above zero",
        'such as "4.31"',
    ),
    (
        "[shops.kolo.rates]\nEUR = 24.3",
        "2:7: error[C105]: EUR must be text in quotes",
        'in quotes: "24.3"',
    ),
    (
        '[shops.kolo.rates]\nCZK = "1"',
        "2:1: error[C116]: CZK is the shop's own currency",
        None,
    ),
    (
        '[shops.kolo.rates]\neuro = "24.3"',
        '2:1: error[C115]: "euro" is no currency code',
        "three letters, such as EUR",
    ),
    (
        '[shops.kolo.sinks.ads]\ntype = "stub_adds"',
        '2:8: error[C117]: there is no sink of type "stub_adds"',
        'did you mean "stub_ads"? installed sinks: files, stub_ads',
    ),
    (
        "[shops.kolo.sinks.meta]",
        '1:19: error[C103]: missing key "type"',
        "installed sinks: files, stub_ads",
    ),
    (
        "[shops.kolo.sinks.meta]\ntype = 5",
        "2:8: error[C105]: type must be text in quotes",
        "installed sinks: files, stub_ads",
    ),
    (
        '[shops.kolo.sinks.files]\npurpose = "advertizing"',
        '2:11: error[C106]: purpose is "advertising", "newsletter" or "sms"',
        'did you mean "advertising"?',
    ),
    (
        '[shops.kolo.sinks.files]\npurpos = "sms"',
        '2:1: error[C104]: unknown key "purpos"',
        'did you mean "purpose"?',
    ),
    (
        '[paths]\nstate = "../state"',
        "2:9: error[C119]: state leads out of the config folder",
        "add the folder that holds it to data under [paths]",
    ),
    (
        '[paths]\nsegments = "a\\u0000b"',
        "2:12: error[C119]: segments leads out of the config folder",
        "add the folder that holds it to data under [paths]",
    ),
    ('[paths]\ndata = ["a\\u0000b"]', "2:9: error[C105]: this is no path", None),
    (
        '[shops.kolo]\nschedule = "daily"',
        "2:12: error[C123]: a schedule has 5 fields: minute, hour, day, month, weekday",
        'every day at half past three: "30 3 * * *"',
    ),
    (
        (
            "[shops.kolo.consent.newsletter]\nfield = 'newsletter_frequency'\n"
            "granted = ['every_day', 'never']"
        ),
        (
            '3:25: error[C106]: "never" of newsletter_frequency is no yes: '
            'it is "every_day" or "special_occasions"'
        ),
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequency'\ngranted = []",
        "3:11: error[C107]: granted names no value, so nobody could ever be sent",
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 5\ngranted = ['yes']",
        "2:9: error[C105]: field must be text in quotes",
        'in quotes: "5"',
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'param.sms'\ngranted = ['yes', '']",
        "3:19: error[C107]: a missing answer means no and cannot be granted",
        None,
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequenc'\ngranted = ['every_day']",
        '2:9: error[C120]: "sms_frequenc" is no column of customers that holds an answer',
        'did you mean "sms_frequency"?',
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'email'\ngranted = ['a']",
        '2:9: error[C120]: "email" is no column of customers that holds an answer',
        "use ad_consent, or param.<name>",
    ),
    (
        "[shops.kolo.consent.sms]\nfield = 'sms_frequency'",
        '1:21: error[C103]: missing key "granted"',
        "granted: Values that mean yes; everything else means no.",
    ),
]


@pytest.mark.parametrize(("added", "first", "hint"), MISTAKES)
def test_a_mistake_is_told_at_its_place(
    tmp_path: Path, added: str, first: str, hint: str | None
) -> None:
    lines = refusal(tmp_path, INLINE + added).split("\n")
    line, rest = first.split(":", 1)
    assert lines[0] == f"config.toml:{HEAD + int(line)}:{rest}"
    assert lines[3:] == ([f"      = {hint}"] if hint else [])


def test_a_mistake_shows_its_line_and_underlines_it(tmp_path: Path) -> None:
    assert refusal(tmp_path, INLINE + "[guard]\nshrink_percnt = 20 # of all\n") == (
        'config.toml:13:1: error[C104]: unknown key "shrink_percnt"\n'
        "    13 | shrink_percnt = 20 # of all\n"
        "       | ^^^^^^^^^^^^^\n"
        '      = did you mean "shrink_percent"?'
    )


OPTIONS = [
    ("page_size = 0", "page_size must be at least 1", None),
    ("page_size = 501", "page_size must be at most 500", None),
    ('prefix = "a"', "prefix must not be shorter than 2", None),
    ('verify = "True"', "verify must be true or false", "without quotes: true"),
    ("since = 5", "since must be a date, such as 2026-01-31", None),
    ('since = "soon"', "since must be a date, such as 2026-01-31", None),
    ('price = "x"', 'price must be a decimal number in quotes, such as "4.31"', None),
    ('tags = "a"', "tags must be a list", 'in brackets: ["a"]'),
    ("lookup = 5", "lookup must be a table", None),
    (
        'mode = "appendix"',
        '"appendix" is no value of mode: it is "full" or "append"',
        'did you mean "append"?',
    ),
]


@pytest.mark.parametrize(("option", "message", "hint"), OPTIONS)
def test_an_option_of_a_connector_is_told_in_the_same_words(
    tmp_path: Path, option: str, message: str, hint: str | None
) -> None:
    text = INLINE.replace('type = "stub"\n', f'type = "stub"\n{option}\n')
    lines = refusal(tmp_path, text).split("\n")
    code, column = lines[0].split("]: ")[0].partition("error[")[2], option.index("=") + 3
    assert lines[0] == f"config.toml:8:{column}: error[{code}]: {message}"
    assert code in {"C105", "C106", "C107"}
    assert lines[3:] == ([f"      = {hint}"] if hint else [])
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    checked = jsonschema.Draft7Validator(schema)
    judged_only_here = ("since", "price", "prefix")
    assert option.startswith(judged_only_here) or not checked.is_valid(tomli.loads(text))


def test_a_shop_without_a_source_is_told_at_its_header(tmp_path: Path) -> None:
    text = 'version = 1\n[shops.kolo]\ntimezone = "Europe/Prague"\ncountry = "CZ"\n'
    assert places(refusal(tmp_path, text)) == [
        'config.toml:2:8: error[C103]: missing key "source"',
        'config.toml:2:8: error[C103]: missing key "currency"',
        (
            "config.toml:2:8: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent"
        ),
    ]


def test_a_missing_option_is_told_with_its_meaning(tmp_path: Path) -> None:
    text = INLINE.replace('url = "https://kolo.example"\n', "")
    assert refusal(tmp_path, text) == (
        'config.toml:6:13: error[C103]: missing key "url"\n'
        "    6 | [shops.kolo.source]\n"
        "      |             ^^^^^^\n"
        "      = url: Address of the shop, such as https://shop.example.com."
    )


def test_advertising_consent_is_a_field_and_its_granted_values(tmp_path: Path) -> None:
    text = INLINE.replace('granted = ["yes"]\n', "")
    assert places(refusal(tmp_path, text)) == [
        'config.toml:9:13: error[C103]: missing key "granted"'
    ]


@pytest.mark.parametrize("field", ["newsletter_frequency", "sms_frequency"])
def test_consent_to_messages_is_no_consent_to_advertising(tmp_path: Path, field: str) -> None:
    text = INLINE.replace("ad_consent", field).replace('"yes"', '"every_day"')
    assert refusal(tmp_path, text) == (
        f"config.toml:10:9: error[C121]: "
        f"{field} is consent to messages, not to advertising elsewhere\n"
        f'    10 | field = "{field}"\n'
        f"       |         {'^' * (len(field) + 2)}\n"
        "      = use the column of the advertising consent; or, if the customers were told so, "
        "add newsletter_counts_as_advertising = true"
    )
    config = load(tmp_path, text + "newsletter_counts_as_advertising = true\n")
    rule = config.shops["kolo"].consent[Purpose.ADVERTISING]
    assert rule == BroadConsentRule(field, ("every_day",))


def test_consent_to_messages_alone_is_no_rule_for_advertising(tmp_path: Path) -> None:
    text = INLINE.replace("shops.kolo.consent", "shops.kolo.consent.newsletter")
    config = load(tmp_path, text)
    assert set(config.shops["kolo"].consent) == {Purpose.NEWSLETTER}
    assert [warning.code for warning in config.warnings] == ["C122"]


# Versions


def test_a_config_says_its_version(tmp_path: Path) -> None:
    assert refusal(tmp_path, INLINE.removeprefix("version = 1\n")) == (
        "config.toml: error[C101]: the file does not say its version\n"
        "      = add version = 1 above the first [header]"
    )


def test_a_newer_config_is_told_as_such_and_nothing_else_is_said_of_it(tmp_path: Path) -> None:
    assert refusal(tmp_path, "version = 2\nunheard_of = true\n") == (
        "config.toml:1:11: error[C102]: "
        "made for a newer audsync: version 2, this one reads 1\n"
        "    1 | version = 2\n"
        "      |           ^\n"
        "      = update audsync"
    )


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0", "error[C102]: there is no version 0; write version = 1"),
        ('"1"', "error[C105]: version must be a whole number"),
        ("true", "error[C105]: version must be a whole number"),
    ],
)
def test_a_wrong_version_is_told(tmp_path: Path, version: str, message: str) -> None:
    text = INLINE.replace("version = 1", f"version = {version}")
    assert places(refusal(tmp_path, text)) == [f"config.toml:1:11: {message}"]
    with pytest.raises(ConfigError) as alone:
        read_version(tmp_path / "config.toml", shown_from=tmp_path)
    assert places(str(alone.value)) == [f"config.toml:1:11: {message}"]


# Secrets


SECRETS = [
    ('[shops.kolo.source.auth]\napi_key = "canary"', "2:11", "stub_api_key --shop kolo"),
    ('[shops.kolo.source.auth]\nstub_token = "canary"', "2:14", "stub_token --shop kolo"),
    ('[shops.kolo.sinks.my-ads]\nx.token = "canary"', "2:11", "my_ads_token --shop kolo"),
    ('[[shops.kolo.sinks.x.keys]]\ntoken = "canary"', "2:9", "x_token --shop kolo"),
    ('[shops.kolo]\ndb_password = "canary"', "2:15", "db_password --shop kolo"),
    ('[paths]\nclient_secret = ["canary"]', "2:17", "client_secret --shop SHOP"),
]


@pytest.mark.parametrize(("added", "place", "command"), SECRETS)
def test_a_secret_in_config_toml_is_refused_and_not_shown(
    tmp_path: Path, added: str, place: str, command: str
) -> None:
    message = refusal(tmp_path, INLINE + added)
    line, column = place.split(":")
    assert (
        f"config.toml:{HEAD + int(line)}:{column}: error[C210]: "
        f"secrets do not belong in files; run: audsync secrets set {command}\n"
    ) in message
    assert "canary" not in message


def test_a_secret_in_a_shop_s_own_file_is_refused_once(tmp_path: Path) -> None:
    shop = SHOP.replace("[consent]", 'api_key = "canary"\n[consent]')
    assert refusal(tmp_path, "version = 1\n", kolo=shop) == (
        "shops/kolo.toml:8:11: error[C210]: secrets do not belong in files; "
        "run: audsync secrets set stub_api_key --shop kolo\n"
        "    8 | api_key = ***\n"
        "      |           ^^^"
    )


def test_a_secret_of_the_wrong_type_is_not_shown_either(tmp_path: Path) -> None:
    assert "77001" not in refusal(
        tmp_path, INLINE + "[shops.kolo.sinks.files]\ntoken = 77001\n"
    )


# Several files, many mistakes


def test_the_mistakes_of_all_files_are_told_at_once_in_order(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        INLINE + "[guard]\nshrink = 1\n[shops.kolo.model]\nmoney = 1\n",
        alfa=SHOP.replace('CZ"', 'Cz"') + "x = ?\n",
        beta="url = 1\n",
        Gama=SHOP,
        kolo=SHOP,
    )
    assert places(message) == [
        "config.toml:6:8: error[C111]: shop kolo is here and in shops/kolo.toml",
        'config.toml:13:1: error[C104]: unknown key "shrink"',
        'config.toml:15:9: error[C105]: money must be "net" or "gross"',
        'shops/Gama.toml: error[C110]: "Gama" cannot be the id of a shop',
        "shops/alfa.toml:11:5: error[T101]: this is no value",
        'shops/beta.toml: error[C103]: missing key "source"',
        (
            "shops/beta.toml: warning[C122]: "
            "no rule says who consented to advertising, so nobody will be sent"
        ),
        'shops/beta.toml:1:1: error[C104]: unknown key "url"',
    ]


def test_a_config_that_is_no_toml_hides_no_shop_that_is_none(tmp_path: Path) -> None:
    message = refusal(tmp_path, "version = 1\n[shops\n", kolo="a = “x”\n", alfa=SHOP)
    assert places(message) == [
        "config.toml:2:7: error[T101]: the header does not end in ]",
        "shops/kolo.toml:1:5: error[T101]: this is not a straight quotation mark",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1250"])
def test_a_file_in_another_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    text = INLINE.replace("[shops.kolo.source]", '[shops.kolo]\nname = "Kolečko"\n[x]')
    message = refusal(tmp_path, text.encode(encoding))
    assert "error[T102]: not saved as UTF-8" in message
    place = {"utf-16": "1:1", "cp1250": "7:13"}[encoding]
    assert message.startswith(f"config.toml:{place}: ")


def test_at_most_twenty_mistakes_of_a_file_are_listed(tmp_path: Path) -> None:
    more = "".join(f"unknown_{number} = 1\n" for number in range(25))
    lines = places(refusal(tmp_path, INLINE + "[guard]\n" + more, kola="x = 1\n" + SHOP))
    assert len(lines) == 20 + 1 + 1
    assert lines[19] == 'config.toml:32:1: error[C104]: unknown key "unknown_19"'
    assert lines[20] == "config.toml:33:1: error[C199]: and 5 more in this file"
    assert lines[21] == 'shops/kola.toml:1:1: error[C104]: unknown key "x"'


def test_wrong_defaults_do_not_make_every_shop_complain(tmp_path: Path) -> None:
    text = INLINE.replace('country = "CZ"', 'country = "Cz"\ncounty = "CZ"')
    assert places(refusal(tmp_path, text)) == [
        'config.toml:4:11: error[C114]: there is no country "Cz"',
        'config.toml:5:1: error[C104]: unknown key "county"',
    ]


def test_codes_keep_their_meaning() -> None:
    assert " ".join(code.value for code in Code) == (
        "C101 C102 C103 C104 C105 C106 C107 C108 C110 C111 C112 C113 C114 C115 C116 C117 C118 "
        "C119 C120 C121 C122 C123 C124 C125 C126 C127 C128 C130 C131 C199 C210"
    )
    assert Code.UNKNOWN_KEY.value == "C104"
    assert Code.UNKNOWN_KEY.meaning == "a key that nothing reads, mostly misspelt"
    assert len({code.meaning for code in Code}) == len(Code)


# Connectors that cannot be used


def test_a_broken_connector_is_told_where_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(
            tmp_path / "config.toml",
            sources={"stub": plugin("stub", "Missing")},
            sinks=SINKS,
            shown_from=tmp_path,
        )
    [problem] = caught.value.problems
    assert (problem.code, problem.line, problem.column) == ("C118", 7, 8)
    assert problem.message.startswith(
        'connector "stub" of package audsync-stub 1.0 cannot be loaded: '
    )


def test_options_that_cannot_be_read_are_the_fault_of_their_package(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        INLINE + "[shops.kolo.sinks.files]\n", encoding="utf-8"
    )
    with pytest.raises(
        ConfigError, match="of package audsync-stub: its options cannot be read"
    ):
        load_config(
            tmp_path / "config.toml",
            sources=SOURCES,
            sinks={"files": plugin("files", "UnreadableSink")},
            shown_from=tmp_path,
        )


def test_without_connectors_the_message_says_that_none_is_installed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    with pytest.raises(ConfigError, match="= installed sources: none"):
        load_config(tmp_path / "config.toml", sources={}, sinks={})


# Paths


def test_a_path_may_not_lead_out_of_the_config_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    config = load(tmp_path / "in", INLINE)
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    resolve = context(config, config.shops["kolo"]).resolve
    assert resolve("feeds/../feeds/a.csv") == tmp_path / "in" / "feeds" / "a.csv"
    assert resolve(str(tmp_path / "in" / "a.csv")) == tmp_path / "in" / "a.csv"
    for text in ("../a.csv", "/etc/passwd", "link/a.csv", "feeds/../../a", "a\0b", "~nobody/x"):
        with pytest.raises(ConfigError, match=r"a path of shop kolo: .* leads out of "):
            resolve(text)


def test_a_path_may_lead_into_a_data_folder_also_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "in" / "feeds").symlink_to(tmp_path / "data")
    config = load(tmp_path / "in", INLINE + '[paths]\ndata = ["../data"]\n')
    assert resolve_path(config, "feeds/a.csv") == tmp_path / "data" / "a.csv"
    with pytest.raises(ConfigError, match=r'source\.files: "\.\./database" leads out of '):
        resolve_path(config, "../database", setting="source.files")


def test_a_connector_is_told_of_its_shop(tmp_path: Path) -> None:
    config = load(tmp_path, INLINE)
    told = context(config, config.shops["kolo"])
    assert (told.shop, told.timezone, told.country) == ("kolo", "Europe/Prague", "CZ")
    assert (told.currency, told.folder) == ("CZK", tmp_path)


# Which file


def test_config_files_are_looked_for_in_order(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    user = tmp_path / "home" / ".config" / "audsync"
    for folder in (here, there, user):
        folder.mkdir(parents=True)
    environ = {"HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigError) as caught:
        find_config(None, environ=environ, cwd=here)
    assert str(caught.value) == (
        "no config file: neither --config nor AUDSYNC_CONFIG is given. Looked for:\n"
        f"  - {here}/config.toml\n"
        f"  - {user}/config.toml\n"
        "Make one:  audsync init"
    )
    (user / "config.toml").touch()
    assert find_config(None, environ=environ, cwd=here) == user / "config.toml"
    (here / "config.toml").touch()
    assert find_config(None, environ=environ, cwd=here) == here / "config.toml"
    (there / "other.toml").touch()
    named = {**environ, "AUDSYNC_CONFIG": str(there / "other.toml")}
    assert find_config(None, environ=named, cwd=here) == there / "other.toml"
    assert find_config(Path("config.toml"), environ=named, cwd=here) == here / "config.toml"


def test_a_file_that_is_named_and_is_not_there_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    with pytest.raises(ConfigError, match="no such file, named by AUDSYNC_CONFIG"):
        find_config(None, environ={"AUDSYNC_CONFIG": "x.toml"}, cwd=tmp_path)
    with pytest.raises(ConfigError, match=r"x\.toml: no such file, named by --config"):
        find_config(Path("x.toml"), environ={}, cwd=tmp_path)


def test_the_user_s_config_folder_may_be_moved(tmp_path: Path) -> None:
    file = tmp_path / "xdg" / "audsync" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": "/nowhere"}
    assert find_config(None, environ=environ, cwd=tmp_path) == file
    relative = {"XDG_CONFIG_HOME": "xdg", "HOME": "/nowhere"}
    with pytest.raises(ConfigError, match=r"/nowhere/\.config/audsync/config\.toml"):
        find_config(None, environ=relative, cwd=tmp_path)


# The schema for editors


def test_the_schema_is_draft_07_and_accepts_what_is_read(tmp_path: Path) -> None:
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    jsonschema.Draft7Validator.check_schema(schema)
    text = INLINE + "[shops.kolo.sinks.files]\n[shops.kolo.sinks.ads]\ntype = 'stub_ads'\n"
    load(tmp_path, text)
    jsonschema.validate(tomli.loads(text), schema)
    jsonschema.validate(tomli.loads(SHOP), shop_schema(sources=SOURCES, sinks=SINKS))


SHAPES = [row for row in MISTAKES if any(code in row[1] for code in ("C104", "C105", "C117"))]


@pytest.mark.parametrize(("added", "first", "_hint"), SHAPES)
def test_the_schema_refuses_what_has_the_wrong_shape(
    added: str, first: str, _hint: str | None
) -> None:
    only_here = ("no path", "without decimals")  # 20.0 is a whole number to JSON Schema
    if any(word in f"{first} {_hint}" for word in only_here):
        return
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    assert not jsonschema.Draft7Validator(schema).is_valid(tomli.loads(INLINE + added))


def test_the_schema_says_what_each_key_means() -> None:
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    shop = schema["properties"]["shops"]["additionalProperties"]
    assert shop["properties"]["source"]["properties"]["page_size"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 500,
        "description": "Rows asked for at once.",
        "default": 100,
    }
    assert "null" not in json.dumps(schema)

    def tables(node: Any) -> list[dict[str, Any]]:
        inner = node.values() if isinstance(node, dict) else node
        found = [item for one in inner if isinstance(one, dict | list) for item in tables(one)]
        return found + ([node] if isinstance(node, dict) and "properties" in node else [])

    for table in tables(schema):
        assert "additionalProperties" in table
        for key, value in table["properties"].items():
            assert "description" in value or key in {*SINKS, *SOURCES}, key


def test_a_connector_that_is_broken_leaves_its_options_open() -> None:
    schema = shop_schema(sources={"stub": plugin("stub", "Missing")}, sinks={})
    assert jsonschema.Draft7Validator(schema).is_valid({"source": {"type": "stub", "any": 1}})


# The example


def test_the_example_config_is_right_and_says_everything() -> None:
    file = ROOT / "config.example.toml"
    config = load_config(file)
    assert config.warnings == ()
    assert type(config.shops["demo"].source.options).__name__ == "CsvOptions"
    schema = config_schema()
    text = file.read_text(encoding="utf-8")
    jsonschema.validate(tomli.loads(text), schema)
    shop = schema["properties"]["shops"]["additionalProperties"]["properties"]
    for part in (schema["properties"]["defaults"], schema["properties"]["guard"]):
        assert [key for key in part["properties"] if f"\n{key} = " not in text] == []
    assert [key for key in shop if key not in text] == []


def test_loading_imports_no_heavy_package(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(INLINE, encoding="utf-8")
    program = (
        "import sys; from pathlib import Path\n"
        "import audsync.config\n"
        "assert 'pydantic' not in sys.modules\n"
        "from fakes.stub_connectors import SINKS, SOURCES\n"
        "audsync.config.load_config(Path('config.toml'), sources=SOURCES, sinks=SINKS)\n"
        "heavy = {'pandas', 'pyarrow', 'duckdb', 'numpy', 'scipy', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
