"""Countries as shops write them."""

import pycountry
import pytest

from audsync.identity.countries import country_code


def test_every_code_and_english_name_of_the_standard_is_known() -> None:
    countries = list(pycountry.countries)
    assert len(countries) == 249
    for country in countries:
        for written in (
            country.alpha_2,
            country.alpha_3,
            country.name,
            country.alpha_2.lower(),
        ):
            assert country_code(written) == country.alpha_2


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("EL", "GR"),
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("Channel Islands", "JE"),
        (" Česká republika ", "CZ"),
        ("CESKO", "CZ"),
        ("Czech Republic", "CZ"),
        ("Polska", "PL"),
        ("Slovensko", "SK"),
        ("Magyarország", "HU"),
        ("România", "RO"),
        ("Deutschland", "DE"),
        ("Österreich", "AT"),
        ("Hrvatska", "HR"),
        ("Wielka Brytania", "GB"),
        ("Německo", "DE"),
        ("Szwajcaria", "CH"),
        ("Côte d'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
    ],
)
def test_names_in_several_languages_and_unofficial_codes_are_known(
    written: str, code: str
) -> None:
    assert country_code(written) == code


@pytest.mark.parametrize("written", [None, "", " ", "Wonderland", "European Community", "X1"])
def test_what_is_no_country_has_no_code(written: str | None) -> None:
    assert country_code(written) is None
