"""Folding: what compares as the same."""

import pytest

from audsync.identity.text import fold, trim


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (" Růžová ", "ruzova"),
        ("  Nike   Air\tMax ", "nike air max"),
        ("ŁÓDŹ", "lodz"),
        ("Đorđe", "dorde"),
        ("Smørrebrød", "smorrebrod"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Œuvre Æther", "oeuvre aether"),
        ("Þór Sigurð", "thor sigurd"),
        ("k\u0131rm\u0131z\u0131", "kirmizi"),
        ("İstanbul", "istanbul"),
        ("e\u0301te\u0301", "ete"),
        ("\u00a0Škoda\u2003Fabia\u3000", "skoda fabia"),
        ("ﬁn ①", "fin 1"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_case_accents_and_stray_spaces_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_trimming_keeps_case_and_accents() -> None:
    assert trim("  Be\u0301la   Bartók ") == "Béla Bartók"
