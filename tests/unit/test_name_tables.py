"""Name days and the calendars they come from."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from audsync.identity.name_tables import (
    NAME_COUNTRIES,
    all_days,
    days_to,
    given_names,
    name_days,
)

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "names-and-places.md"
TABLES = ROOT / "src" / "audsync" / "identity" / "name_tables"


@pytest.mark.parametrize(
    ("name", "country", "days"),
    [
        ("Jan", "CZ", "06-24"),
        ("jan, ing.", "CZ", "06-24"),
        ("JIRI", "CZ", "04-24"),
        ("Jiří", "CZ", "04-24"),
        ("Anna Marie", "CZ", "07-26"),
        ("Marie-Anna", "CZ", "09-12"),
        ("Petr", "CZ", "02-22 06-29"),
        ("Daniela", "CZ", "09-09"),
        ("Daniela", "SK", "01-03"),
        ("Nikola", "CZ", "11-20"),
        ("Nikola", "SK", "08-29"),
        ("Łukasz", "PL", "10-18"),
        ("Lukasz", "PL", "10-18"),
        ("Jan", "PL", "06-24"),
        ("Gyöngyvér", "HU", "01-08"),
        ("Ștefan", "RO", "12-27"),
        ("Stefan", "RO", "12-27"),
        ("Honza", "CZ", "06-24"),
        ("Kasia", "PL", "11-25"),
        ("Zsuzsi", "HU", "02-19 08-11"),
        ("Jožo", "SK", "03-19"),
        ("Jenny", "CZ", None),
        ("Honza", "SK", None),
        ("Jan", "DE", None),
    ],
)
def test_a_name_is_celebrated_on_the_days_of_its_country(
    name: str, country: str, days: str | None
) -> None:
    assert name_days(name, country) == days


@pytest.mark.parametrize(
    ("text", "country", "days"),
    [
        ("Jan Novák", "CZ", "06-24"),
        ("Novák Jan", "CZ", None),
        ("Novák", "CZ", None),
        ("Jan", "CZ", None),
        ("Kovács Anna", "HU", "07-26"),
        ("Anna Kovács", "HU", None),
    ],
)
def test_of_a_whole_name_the_given_name_is_the_first_word_and_in_hungary_the_last(
    text: str, country: str, days: str | None
) -> None:
    assert name_days(text, country, is_whole=True) == days


@pytest.mark.parametrize(
    ("days", "country", "as_of", "distance"),
    [
        ("06-24", "CZ", date(2026, 6, 24), 0),
        ("06-24", "CZ", date(2026, 6, 23), 1),
        ("06-24", "CZ", date(2026, 6, 25), 364),
        ("02-22 06-29", "CZ", date(2026, 3, 1), 120),
        ("02-22 06-29", "CZ", date(2026, 7, 1), 236),
        ("02-29", "CZ", date(2026, 2, 28), 731),
        ("02-29", "SK", date(2028, 2, 29), 0),
        ("02-29", "CZ", date(2028, 3, 1), 1460),
        ("02-29", "CZ", date(2096, 3, 1), 2920),
        ("02-24", "HU", date(2027, 2, 24), 0),
        ("02-24", "HU", date(2028, 2, 24), 1),
        ("02-28", "HU", date(2028, 2, 29), 0),
        ("02-23", "HU", date(2028, 2, 23), 0),
        ("02-24", "CZ", date(2028, 2, 24), 0),
    ],
)
def test_days_are_counted_to_the_next_celebration(
    days: str, country: str, as_of: date, distance: int
) -> None:
    assert days_to(days, country, as_of) == distance


def test_every_day_of_every_table_comes_round() -> None:
    start = date(2027, 1, 1)
    for country in NAME_COUNTRIES:
        for days in all_days(country):
            distance = days_to(days, country, start)
            coming = start + timedelta(days=distance)
            assert coming.strftime("%m-%d") in days.split(), (country, days)


@pytest.mark.parametrize("country", NAME_COUNTRIES)
def test_the_tables_hold_what_the_page_says(country: str) -> None:
    text = (TABLES / f"{country.lower()}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    days = {row["name"]: row["days"] for row in rows}
    with_days = sum(bool(days[row["of"] or row["name"]]) for row in rows)
    assert len(days) == len(rows)
    assert f"| {country} | {len(rows)} | {with_days} |" in PAGE.read_text(encoding="utf-8")
    assert all(len(name.days) <= 2 for name in given_names(country).values())
