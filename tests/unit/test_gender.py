"""What names say of gender, and how often that is right."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from audsync.identity.gender import (
    SIGNS,
    first_name_signs,
    full_name_signs,
    gender_of,
    last_name_signs,
)
from audsync.identity.name_tables import NAME_COUNTRIES
from audsync.identity.text import fold

ROOT = Path(__file__).parents[2]
LABELLED = ROOT / "tests" / "fixtures" / "genders.csv"
PAGE = ROOT / "docs" / "explanation" / "names-and-places.md"


def sign(signs: str | None, country: str) -> str:
    return "-" if signs is None else signs[NAME_COUNTRIES.index(country)]


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("Jana", "CZ", "F"),
        ("JIRI", "CZ", "M"),
        ("Ing. Jiří", "CZ", "M"),
        ("Nikola", "CZ", "-"),
        ("Saša", "CZ", "-"),
        ("Honza", "CZ", "M"),
        ("Xenobia", "CZ", "f"),
        ("Mira", "CZ", "f"),
        ("Lada", "CZ", "F"),
        ("Ing. Xenobia", "SK", "f"),
        ("A.", "CZ", "-"),
        ("paní", "CZ", "F"),
        ("pan Jana", "CZ", "x"),
        ("Łukasz", "PL", "M"),
        ("Barnaba", "PL", "-"),
        ("Attila", "HU", "M"),
        ("Xenobia", "HU", "-"),
        ("Jánosné", "HU", "F"),
        ("René", "HU", "-"),
        ("Mircea", "RO", "M"),
        ("Ionică", "RO", "-"),
        ("Andreea", "RO", "F"),
        ("Jana", "DE", "-"),
    ],
)
def test_a_given_name_is_looked_up_before_its_ending(
    name: str, country: str, expected: str
) -> None:
    if country == "DE":
        assert country not in NAME_COUNTRIES
    else:
        assert sign(first_name_signs(name), country) == expected


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("Nováková", "CZ", "F"),
        ("NOVAKOVA", "SK", "F"),
        ("Veselá", "CZ", "F"),
        ("Vesela", "CZ", "-"),
        ("Nováková-Svoboda", "CZ", "F"),
        ("Novotný", "CZ", "m"),
        ("Dvorska", "CZ", "f"),
        ("Liška", "CZ", "-"),
        ("Svoboda", "CZ", "-"),
        ("Kowalska", "PL", "F"),
        ("Kowalski", "PL", "m"),
        ("Zaręba", "PL", "-"),
        ("Kovácsné", "HU", "F"),
        ("Kovacsne", "HU", "-"),
        ("Popescu", "RO", "-"),
    ],
)
def test_a_family_name_is_told_by_its_ending(name: str, country: str, expected: str) -> None:
    assert sign(last_name_signs(name), country) == expected


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("Jan Novák", "CZ", "M"),
        ("paní Jana Nováková", "CZ", "F"),
        ("Jan Nováková", "CZ", "x"),
        ("Nováková", "CZ", "-"),
        ("Kovács Anna", "HU", "F"),
        ("Anna Kovács", "HU", "-"),
    ],
)
def test_a_whole_name_in_one_field_is_read_as_both(
    name: str, country: str, expected: str
) -> None:
    assert sign(full_name_signs(name), country) == expected


def test_sure_signs_go_before_likely_ones_and_contradictions_say_nothing() -> None:
    female, male = set("Ff"), set("Mm")
    for one in SIGNS:
        for other in SIGNS:
            found = gender_of(one, other)
            assert found == gender_of(other, one)
            if found is None:
                assert {one, other} == {"-"} or "x" in {one, other} or one.lower() != other
            else:
                says = female if found == "female" else male
                sure = {one, other} & set("FM")
                assert says & (sure or {one, other})
                assert sure <= says
    assert gender_of("F", "M") is None
    assert gender_of("f", "m") is None
    assert gender_of("F", "m") == "female"


def measured(form: Callable[[str], str]) -> dict[str, tuple[int, int, int]]:
    """By country: names in that form, those that are told, those that are told rightly."""
    counts: dict[str, Counter[str]] = {country: Counter() for country in NAME_COUNTRIES}
    with LABELLED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            country = row["country"]
            signs = (
                sign(first_name_signs(form(row["first_name"])), country),
                sign(last_name_signs(form(row["last_name"])), country),
            )
            told = gender_of(*signs)
            counts[country].update(names=1, told=told is not None, right=told == row["gender"])
    return {name: (one["names"], one["told"], one["right"]) for name, one in counts.items()}


def test_the_accuracy_is_the_one_that_the_page_states() -> None:
    page = PAGE.read_text(encoding="utf-8")
    bare = measured(fold)
    for country, (names, told, right) in measured(str).items():
        _, bare_told, bare_right = bare[country]
        shares = (told / names, right / told, bare_told / names, bare_right / bare_told)
        cells = " | ".join(f"{share:.1%}".replace("%", " %") for share in shares)
        assert f"| {country} | {names} | {cells} |" in page
        assert min(right / told, bare_right / bare_told) > 0.95
