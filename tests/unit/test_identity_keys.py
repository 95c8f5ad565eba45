"""The forms of single keys that the vectors of the platforms do not tell apart."""

import pytest

from audsync.identity.digests import digest
from audsync.identity.google_keys import GOOGLE_RULES, gmail_mailbox, google_phone
from audsync.identity.meta_keys import (
    meta_birth,
    meta_city,
    meta_gender,
    meta_name,
    meta_phone,
    meta_rules,
    meta_zip,
)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("an.na+shop@gmail.com", "anna@gmail.com"),
        ("an.na@googlemail.com", "anna@gmail.com"),
        ("an.na+shop@example.com", None),
        ("+shop@gmail.com", None),
    ],
)
def test_one_address_stands_for_all_spellings_of_a_mailbox_at_gmail(
    address: str, mailbox: str | None
) -> None:
    assert gmail_mailbox(address) == mailbox


@pytest.mark.parametrize(
    ("word", "letter"),
    [
        ("f", "f"),
        (" Female ", "f"),
        ("M", "m"),
        ("male", "m"),
        ("other", None),
        ("", None),
        (None, None),
    ],
)
def test_a_gender_is_a_letter_or_nothing(word: str | None, letter: str | None) -> None:
    assert meta_gender(word) == letter


@pytest.mark.parametrize(
    ("day", "parts"),
    [
        ("1984-03-09", ["1984", "03", "09"]),
        ("1900-12-31", ["1900", "12", "31"]),
        ("1899-12-31", [None] * 3),
        ("9 March 1984", [None] * 3),
        (None, [None] * 3),
    ],
)
def test_a_date_of_birth_leaves_in_three_parts(
    day: str | None, parts: list[str | None]
) -> None:
    assert [meta_birth(day, part) for part in (1, 2, 3)] == parts
    rules = meta_rules(["DOBY", "DOBM", "DOBD"])
    made = [rule.apply([day]) for rule in rules.values()]
    assert made == [[part and digest(part)] for part in parts]


@pytest.mark.parametrize(
    ("code", "country", "form"),
    [
        ("602 00", "CZ", "60200"),
        ("SW1A  1AA", "GB", "sw1a1aa"),
        ("12345-6789", "US", "12345"),
        ("1234", "US", None),
        ("1234a", "US", None),
        (None, "CZ", None),
    ],
)
def test_a_postcode_is_bare_and_of_the_united_states_five_digits(
    code: str | None, country: str, form: str | None
) -> None:
    assert meta_zip(code, country) == form


def test_a_city_is_letters_alone_and_a_name_has_at_least_one() -> None:
    assert meta_city("Ústí_nad [Labem]") == "ustinadlabem"
    assert meta_city("[_]") is None
    assert meta_name("2 3") is None
    assert meta_name("Jan 2") == "jan 2"


@pytest.mark.parametrize("number", ["+a20123456", "420123456", "+", "", None])
def test_what_is_no_number_leaves_nowhere(number: str | None) -> None:
    assert meta_phone(number) is None
    assert google_phone(number) is None


def test_names_are_romanised_and_genders_are_stated_unless_it_is_said_otherwise() -> None:
    (plain,) = meta_rules(["FN"]).values()
    (own,) = meta_rules(["FN"], names="utf8").values()
    assert plain.apply(["Łukasz"]) == [digest("lukasz")]
    assert own.apply(["Łukasz"]) == [digest("łukasz")]
    for guesses, column in ((False, "stated_gender"), (True, "gender")):
        (gender,) = meta_rules(["GEN"], guesses_gender=guesses).values()
        assert gender.inputs == (column,)
        assert gender.apply(["female"]) == [digest("f")]
    assert meta_rules(["GEN"])["GEN"].inputs == ("stated_gender",)


def test_an_address_of_google_is_one_digest_of_its_parts() -> None:
    parts = [["jan"], ["novak"], ["CZ"], ["60200"]]
    rule = GOOGLE_RULES["address"]
    assert rule.apply(*parts) == [digest("jan\nnovak\nCZ\n60200")]
    assert rule.apply(*parts[:3], [None]) == [None]
