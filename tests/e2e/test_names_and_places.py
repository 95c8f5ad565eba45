"""Segments by gender, name day and district, from feeds to audience files."""

import csv
from pathlib import Path

import pytest

from command import audsync
from small_shop import CONFIG, make_shop, orders

MORE = """\
last_name = "family"
gender = "sex"
zip = "zip"
"""
PLACES = """
[shops.kolo.model.places]
file = "districts.csv"
"""
PEOPLE = """\
id,email,name,family,sex,zip,ads
a,a@example.com,Žofie,Nováková,,602 00,yes
b,b@example.com,Jan,Novák,,11000,yes
c,c@example.com,Jan,Nováková,f,60300,yes
d,d@example.com,Ruzena,,,,yes
"""
SEGMENTS = {
    "buyers": "order_count.at_least = 1",
    "women": 'gender = "female"',
    "named": "name_day_today = true",
    "brno": 'district.one_of = ["brno", "CZ0642"]',
}
ST_SOPHIE = ("--as-of", "2026-05-15")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop")
    (folder / "config.toml").write_text(CONFIG + MORE + PLACES, encoding="utf-8")
    (folder / "customers.csv").write_text(PEOPLE, encoding="utf-8")
    rows = orders(list("abcd")).replace("2026-10-", "2026-04-")
    (folder / "orders.csv").write_text(rows, encoding="utf-8")
    (folder / "districts.csv").write_text("zip_prefix,district\n602,Brno\n", encoding="utf-8")
    for name, line in SEGMENTS.items():
        text = f'sinks = ["files"]\n\n[all]\n{line}\n'
        (folder / "segments" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def members(shop: Path) -> dict[str, int]:
    """How many rows each audience file has."""
    found = {}
    for path in (shop / "out").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = len(list(csv.DictReader(file)))
    return found


def test_people_are_chosen_by_what_names_and_postcodes_tell(shop: Path) -> None:
    done = audsync("run", *ST_SOPHIE, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert members(shop) == {"buyers": 4, "women": 3, "named": 1, "brno": 1}

    # The file alone has changed, and so who is in the audience.
    file = shop / "districts.csv"
    text = "zip_prefix,district,district_code\n60,Around,CZ-642\n"
    file.write_text(text, encoding="utf-8")
    done = audsync("run", *ST_SOPHIE, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert members(shop)["brno"] == 2

    # A file that is wrong stops the segment that needs it, and no withdrawal of another.
    file.write_text("zip_prefix,district\n,Brno\n", encoding="utf-8")
    told = PEOPLE.replace("602 00,yes", "602 00,no")
    (shop / "customers.csv").write_text(told, encoding="utf-8")
    done = audsync("run", *ST_SOPHIE, cwd=shop)
    assert done.returncode in {3, 4}
    assert "districts.csv:2:1: error[C130]: there is no postcode" in done.stderr
    assert members(shop) == {"buyers": 3, "women": 2, "named": 0, "brno": 1}


def test_check_says_what_cannot_be_told_of_postcodes_and_names(shop: Path) -> None:
    config = (shop / "config.toml").read_text(encoding="utf-8")
    config = config.replace(PLACES, "").replace('country = "CZ"', 'country = "DE"')
    (shop / "config.toml").write_text(config, encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert "brno.toml:4:10: error[S130]: district needs to know where postcodes" in done.stdout
    assert "named.toml:4:1: warning[S140]: name_day_today: there are no rules" in done.stdout
    assert "buyers.toml" not in done.stdout

    opened = "\n[shops.kolo.model.places]\nopen_data = true\n"
    (shop / "config.toml").write_text(config + opened, encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert "error[C130]: the open data about postcodes are not installed" in done.stdout
    assert 'pip install "audsync[geo]"' in done.stdout
