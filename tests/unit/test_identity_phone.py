"""Phone numbers: faults, and countries. The forms are in the golden vectors."""

import pytest

from audsync.identity.phone import normal_phone, phone_fault


def test_no_number_has_no_form() -> None:
    assert normal_phone(None, "PL") is None


def test_a_number_without_calling_code_belongs_to_the_given_country() -> None:
    assert normal_phone("0664 1234650", "AT") == "+436641234650"
    assert normal_phone("0664 1234650", "HU") is None


def test_a_number_with_calling_code_is_the_same_in_every_country() -> None:
    assert {normal_phone("+48 600 100 200", country) for country in ("PL", "US", "XX")} == {
        "+48600100200"
    }


@pytest.mark.parametrize("country", ["", "XX", "pl"])
def test_an_unknown_country_gives_no_number_and_no_error(country: str) -> None:
    assert normal_phone("0048", country) is None


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("777123465 / 608123465", "several_phones"),
        ("777123465;608123465", "several_phones"),
        ("+420 777 123 465, +420 608 123 465", "several_phones"),
        ("000000000", "placeholder_phone"),
        ("0", "placeholder_phone"),
        ("00", "placeholder_phone"),
        ("123456789", "placeholder_phone"),
        ("+420 987 654 321", "placeholder_phone"),
        ("777777777", "placeholder_phone"),
        ("77712346", "invalid_phone"),
        ("777 123 465 x9", "invalid_phone"),
        ("777123465/608123465/602123465", "several_phones"),
        ("+420777123465/608123465", "several_phones"),
        ("x1234567", "invalid_phone"),
        ("anna@example.com", "invalid_phone"),
    ],
)
def test_a_refused_number_says_why(raw: str, fault: str) -> None:
    assert normal_phone(raw, "CZ") is None
    assert phone_fault(raw, "CZ") == fault


def test_a_slash_behind_an_area_code_does_not_cut_the_number() -> None:
    # 4512345 alone would be valid in Germany too, and another number.
    assert normal_phone("4512345", "DE") == "+494512345"
    assert normal_phone("030/4512345", "DE") == "+49304512345"
    assert normal_phone("+4930/4512345", "DE") == "+49304512345"


def test_the_zero_in_brackets_is_dropped_where_it_is_a_prefix_and_kept_where_it_is_not() -> (
    None
):
    assert normal_phone("+49 (0)30 4512345", "CZ") == "+49304512345"
    assert normal_phone("+39 (0)6 1234 5679", "CZ") == "+390612345679"


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("123/777123465", "CZ", "+420777123465"),
        ("030/+49304512345", "DE", "+49304512345"),
        ("030/0304512345", "DE", "+49304512345"),
        ("x/y, 777123465", "CZ", "+420777123465"),
        ("0048600100200", "US", "+48600100200"),
        ("777123465/12", "CZ", "+420777123465"),
        ("x/777123465/y", "CZ", "+420777123465"),
        ("777 123 465; x", "CZ", "+420777123465"),
        ("777123465 | 777123465", "CZ", "+420777123465"),
        ("777123465/+420777123465", "CZ", "+420777123465"),
        ("tel: 777 123 465 ", "CZ", "+420777123465"),
        ("\uff17\uff17\uff17 123 465", "CZ", "+420777123465"),
    ],
)
def test_the_only_valid_number_of_a_text_is_taken(raw: str, country: str, number: str) -> None:
    assert normal_phone(raw, country) == number


def test_a_number_that_is_whole_is_no_area_code_of_the_next() -> None:
    both = "06641234650/6641234651"
    assert normal_phone(both, "AT") is None
    assert phone_fault(both, "AT") == "several_phones"
