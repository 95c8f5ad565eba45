"""Names as they are shown. The match forms are in the golden vectors."""

import pytest

from audsync.identity.names import clean_name, match_name


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Anna   Marie ", "Anna Marie"),
        ("Be\u0301la", "Béla"),
        ("Anna\tEva\n", "Anna Eva"),
        ("An\u200bna\ufeff", "Anna"),
        ("Ann\x00a", "Ann a"),
        ("O'Neil", "O'Neil"),
        ("Ing. Jan", "Ing. Jan"),
        ("ANNA", "ANNA"),
        ("Na", "Na"),
        ("❤\ufe0f Eva", "❤ Eva"),
    ],
)
def test_a_name_is_trimmed_and_composed_and_keeps_its_spelling(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@pytest.mark.parametrize("raw", [None, "", " ", "-", ".", "N/A", "null", "123", "♥", "Dr. -"])
def test_what_holds_no_name_is_dropped(raw: str | None) -> None:
    assert clean_name(raw) is None


def test_the_last_word_is_never_taken_for_a_title() -> None:
    assert match_name("Dr. Ing.") == "ing"
    assert match_name("Jr") == "jr"
    assert match_name("Dr. Jr.") == "jr"


@pytest.mark.parametrize(
    ("clean", "match"),
    [
        ("Ing. Anna Marie", "annamarie"),
        ("prof. MUDr. Anna Marie", "annamarie"),
        ("Anna Marie Jr.", "annamarie"),
        ("Anna Marie, Ph.D., MBA", "annamarie"),
        ("Dr. Anna Marie MBA", "annamarie"),
        ("Anna Dr. Marie", "annadrmarie"),
        ("Anna MBA Marie", "annambamarie"),
        ("O\u02bcNeil", "oneil"),
        ("Anna\u200d\u0301", "anná"),
        ("Anna 2", "anna2"),
        ("Dr., Anna MBA,", "anna"),
    ],
)
def test_titles_before_and_suffixes_behind_a_name_are_dropped(clean: str, match: str) -> None:
    assert match_name(clean) == match


def test_no_name_has_no_match_form() -> None:
    assert match_name(None) is None
    assert match_name("-") is None
