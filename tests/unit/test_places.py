"""Where a shop's postcodes lie: its own file, and open data that are installed."""

from pathlib import Path

import pytest

from audsync.config import Config, Shop, load_config, read_config
from audsync.identity.postcodes import Place
from audsync.run.checks import check_files
from audsync.run.places import places_mark, places_of, wrong_places
from audsync.segments import load_segments
from small_shop import CONFIG, make_shop

DISTRIBUTION = "countrystatecity_postal_codes-2.0.1.dist-info"
# As the package of that name has it: a function, and rows that are objects.
PACKAGE = """\
from types import SimpleNamespace

ROWS = {
    "CZ": [("60200", "642"), ("10000", "10"), ("99999", "999"), ("88888", None)],
    "PL": [("00-001", "14")],
    "RO": [("010011", "B")],
}


def get_postcodes_of_country(country_code):
    rows = ROWS.get(country_code, [])
    return [SimpleNamespace(code=code, stateCode=part) for code, part in rows]
"""
BRNO = Place("Brno-město", "CZ-642", "Jihomoravský kraj", "CZ-64")
PRAGUE = "Praha"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def shop_of(folder: Path, *settings: str) -> tuple[Config, Shop]:
    table = "\n[shops.kolo.model.places]\n" + "\n".join(settings)
    (folder / "config.toml").write_text(CONFIG + table, encoding="utf-8")
    config = load_config(folder / "config.toml")
    return config, config.shops["kolo"]


@pytest.fixture
def open_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / DISTRIBUTION).mkdir(parents=True)
    about = "Metadata-Version: 2.1\nName: countrystatecity-postal-codes\nVersion: 2.0.1\n"
    (site / DISTRIBUTION / "METADATA").write_text(about, encoding="utf-8")
    (site / "countrystatecity_postal_codes.py").write_text(PACKAGE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))


@pytest.mark.usefixtures("open_data")
def test_open_data_know_czech_districts_and_regions_elsewhere(folder: Path) -> None:
    places = places_of(*shop_of(folder, "open_data = true"))
    assert places.find("CZ", "602 00") == BRNO
    assert places.find("CZ", "100 00") == Place(PRAGUE, "CZ-10", PRAGUE, "CZ-10")
    assert places.find("PL", "00-001") == Place(region="Mazowieckie", region_code="PL-14")
    assert places.find("RO", "010011") == Place(region="București", region_code="RO-B")
    assert places.find("CZ", "99999") is places.find("CZ", "88888") is None


@pytest.mark.usefixtures("open_data")
def test_the_shops_own_file_goes_before_them_thing_by_thing(folder: Path) -> None:
    (folder / "p.csv").write_text("zip_prefix,district\n6,Ours\n", encoding="utf-8")
    places = places_of(*shop_of(folder, "open_data = true", 'file = "p.csv"'))
    assert places.find("CZ", "60200") == Place("Ours", "CZ-642", "Jihomoravský kraj", "CZ-64")
    assert places.find("CZ", "69999") == Place("Ours")


@pytest.mark.parametrize(
    ("setting", "data", "told"),
    [
        ('file = "p.csv"', None, "cannot be read: No such file or directory"),
        ('file = "p.csv"', b"\xff\xfe", "is not UTF-8"),
        ('file = "../../p.csv"', None, "leads out of"),
        ("open_data = true", None, "are not installed"),
    ],
)
def test_what_is_wrong_is_told_at_the_setting(
    folder: Path, setting: str, data: bytes | None, told: str
) -> None:
    if data is not None:
        (folder / "p.csv").write_bytes(data)
    config, shop = shop_of(folder, setting)
    error = wrong_places(config, shop)
    assert error is not None
    (problem,) = error.problems
    assert told in problem.message
    assert problem.source_line == setting
    assert places_mark(config, shop)


def test_a_file_that_says_something_else_is_told_apart(folder: Path) -> None:
    config, shop = shop_of(folder, 'file = "p.csv"')
    marks = []
    for text in ("zip_prefix,district\n6,Brno\n", "zip_prefix,district\n6,Praha\n"):
        (folder / "p.csv").write_text(text, encoding="utf-8")
        marks.append(places_mark(config, shop))
    marks.append(places_mark(*shop_of(folder)))
    assert len({*marks}) == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('district = "Brno-mesto"', []),
        ('district = "CZ0642"', []),
        ('district.contains = "brno"', []),
        ('region = "cz-64"', []),
        ("district.missing = true", []),
        ('district = "Brn-město"', ['2:12 did you mean "Brno-město"?']),
        (
            'district.one_of = ["Brno-město", "Zlín"]',
            ["2:19 see the names where postcodes are listed"],
        ),
        ('district.starts_with = "město"', ['2:24 did you mean "Brno-město"?']),
        ('region = "Jihomoravsky"', ['2:10 did you mean "Jihomoravský kraj"?']),
    ],
)
def test_a_place_where_no_known_postcode_lies_is_told_with_the_nearest(
    folder: Path, line: str, told: list[str]
) -> None:
    rows = (
        "zip_prefix,district,district_code,region,region_code\n"
        "602,Brno-město,CZ-642,Jihomoravský kraj,CZ-64\n"
    )
    (folder / "p.csv").write_text(rows, encoding="utf-8")
    shop_of(folder, 'file = "p.csv"')
    (folder / "segments" / "asks.toml").write_text(f"[all]\n{line}\n", encoding="utf-8")
    reading = read_config(folder / "config.toml")
    found = check_files(
        reading, load_segments(folder / "segments", shown_from=folder), ["kolo"]
    )
    unknown = [one for one in found if one.code == "S137"]
    assert [f"{one.line}:{one.column} {one.hint}" for one in unknown] == told
    assert all(one.severity == "warning" for one in unknown)
