"""`audsync check`: the mistakes of all files in one go, as far as each was understood."""

from pathlib import Path

import pytest

from audsync.config import read_config
from audsync.run.checks import check_files
from audsync.segments import load_segments
from small_shop import CONFIG, make_shop

FLAWED = """\
sinks = ["files", "files", "gogle"]
shops = ["kolo", "colo"]

[all]
order_count.at_leest = 2
favorite_brand = "Acme"
total_revenue.at_least = 10.999
in_segment = "byers"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make_shop(tmp_path / "shop"))
    return Path.cwd()


def told(shop: Path) -> list[str]:
    """Place and code of every problem."""
    reading = read_config(shop / "config.toml")
    loaded = load_segments(shop / "segments", shown_from=shop)
    found = check_files(reading, loaded, list(reading.sinks))
    return sorted(f"{one.path}:{one.line}:{one.column} {one.code}" for one in found)


OF_SEGMENT = [
    "segments/flawed.toml:1:28 S132",
    "segments/flawed.toml:2:18 S133",
    "segments/flawed.toml:5:13 S102",
    "segments/flawed.toml:6:1 S130",
    "segments/flawed.toml:7:26 S119",
    "segments/flawed.toml:8:14 S108",
]


def test_a_shop_without_mistakes_has_none(shop: Path) -> None:
    assert told(shop) == []


def test_a_file_with_a_wrong_line_shows_what_the_shop_cannot_answer_too(shop: Path) -> None:
    (shop / "segments" / "flawed.toml").write_text(FLAWED, encoding="utf-8")
    assert told(shop) == OF_SEGMENT


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("[shops.kolo.consent]", "[shops.kolo.guard]\ngrowth = 1\n[shops.kolo.consent]", "9:1"),
        ('granted = ["yes"]', "granted = true", "10:11"),
        ('folder = "out"', 'foldr = "out"', "13:1"),
        ("[shops.kolo.consent]", "[shops.kolo]\nnames = 1\n[shops.kolo.consent]", "9:1"),
    ],
)
def test_a_mistake_in_the_configuration_hides_none_in_a_segment(
    shop: Path, right: str, wrong: str, place: str
) -> None:
    (shop / "config.toml").write_text(CONFIG.replace(right, wrong), encoding="utf-8")
    (shop / "segments" / "flawed.toml").write_text(FLAWED, encoding="utf-8")
    config, *segment = told(shop)
    assert config.startswith(f"config.toml:{place} C")
    assert segment == OF_SEGMENT


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('quantity = "quantity"', 'quantiti = "quantity"'),
        ('timezone = "Europe/Prague"', 'timezone = "Europe/Pragu"'),
        ("[defaults]", '[paths]\nstate = "../.."\n[defaults]'),
    ],
)
def test_of_a_shop_whose_data_is_not_known_sinks_and_shops_are_checked(
    shop: Path, right: str, wrong: str
) -> None:
    (shop / "config.toml").write_text(CONFIG.replace(right, wrong), encoding="utf-8")
    (shop / "segments" / "flawed.toml").write_text(FLAWED, encoding="utf-8")
    config, *segment = told(shop)
    assert config.startswith("config.toml:")
    by_shop = {"S130", "S119"}
    assert segment == [one for one in OF_SEGMENT if one.split()[1] not in by_shop]


def test_a_shop_whose_file_cannot_be_read_is_there_all_the_same(shop: Path) -> None:
    (shop / "shops").mkdir()
    (shop / "shops" / "colo.toml").write_text("name = \n", encoding="utf-8")
    (shop / "segments" / "flawed.toml").write_text(FLAWED, encoding="utf-8")
    *segment, syntax = told(shop)
    assert syntax == "shops/colo.toml:1:8 T101"
    assert segment == [one for one in OF_SEGMENT if "S133" not in one]


def test_a_place_is_told_once_and_a_file_twenty_times(shop: Path) -> None:
    names = "".join(f'"Wrong {number}", "nope-{number}", ' for number in range(15))
    text = f"sinks = [{names}]\n[all]\norder_count = 1\n"
    (shop / "segments" / "flawed.toml").write_text(text, encoding="utf-8")
    found = told(shop)
    assert len(found) == len({one.split()[0] for one in found}) == 20
    assert sum(one.endswith("S110") for one in found) == 15


def test_shops_that_are_no_list_are_no_reason_to_ask_every_shop(shop: Path) -> None:
    text = 'shops = "colo"\nsinks = ["google"]\n[all]\norder_count = 1\n'
    (shop / "segments" / "flawed.toml").write_text(text, encoding="utf-8")
    assert told(shop) == ["segments/flawed.toml:1:9 S103"]


def test_what_one_of_several_shops_cannot_answer_is_told_with_its_name(shop: Path) -> None:
    _, start, rest = CONFIG.partition("[shops.kolo.consent]")
    other = (start + rest).replace("shops.kolo", "shops.colo")
    other = other.replace('price"', 'price"\nname = "name"').replace('"out"', '"out/colo"')
    (shop / "config.toml").write_text(f"{CONFIG}{other}", encoding="utf-8")
    text = """[all.bought]
brand = "Acme"
title = "Tent"
"""
    (shop / "segments" / "asks.toml").write_text(text, encoding="utf-8")
    reading = read_config(shop / "config.toml")
    loaded = load_segments(shop / "segments", shown_from=shop)
    found = check_files(reading, loaded, list(reading.sinks))
    assert [(one.line, one.message.partition(" needs ")[0]) for one in found] == [
        (2, "brand"),
        (3, "kolo: title"),
    ]


def hints(shop: Path, text: str) -> list[str | None]:
    (shop / "segments" / "asks.toml").write_text(text, encoding="utf-8")
    reading = read_config(shop / "config.toml")
    loaded = load_segments(shop / "segments", shown_from=shop)
    found = check_files(reading, loaded, list(reading.sinks))
    return [one.hint for one in found if one.code == "S130"]


def test_what_is_not_provided_is_told_with_what_the_source_of_the_shop_takes(
    shop: Path,
) -> None:
    assert hints(shop, "[all.visited]\n[all]\nvisit_count_30d = 1\nage = 3\n") == [
        "name its files and map their columns below [shops.<id>.source.visits]",
        "map born_on below [shops.<id>.source.customers.columns]",
    ]


def test_shops_with_other_sources_have_advice_of_their_own(shop: Path) -> None:
    idosell = """
[shops.colo.source]
type = "idosell"
url = "https://colo.example.com"
[shops.colo.consent]
field = "ad_consent"
granted = ["granted"]
[shops.colo.sinks.files]
folder = "out/colo"
"""
    (shop / "config.toml").write_text(CONFIG + idosell, encoding="utf-8")
    (advice,) = hints(shop, "[all.visited]\n")
    assert advice == (
        'name a source of visits below [shops.<id>.sources.<name>], such as type = "csv" with '
        "its files; or take the line out; "
        "name its files and map their columns below [shops.<id>.source.visits]"
    )


def test_a_column_is_asked_of_the_source_that_fills_its_table(shop: Path) -> None:
    web = """
[shops.kolo.sources.web]
type = "csv"
[shops.kolo.sources.web.visits]
files = "visits.csv"
[shops.kolo.sources.web.visits.columns]
visited_at = "at"
customer_id = "customer"
"""
    (shop / "config.toml").write_text(CONFIG + web, encoding="utf-8")
    assert hints(shop, '[all.visited]\nproduct_id = "p1"\n') == [
        "map product_id below [shops.<id>.sources.web.visits.columns]"
    ]
