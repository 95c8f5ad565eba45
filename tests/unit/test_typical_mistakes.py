"""The nineteen mistakes that people make most often in a segment file: place and advice.

None may be read as something else in silence: each file is refused, at the line and column that
have to be changed, with what to write there.
"""

from pathlib import Path

import pytest

from audsync.segments import load_segments

MISTAKES: dict[str, tuple[str, str, tuple[int, int], str]] = {
    # What was meant: the file, its code, line and column, and a part of the hint.
    "a field with a letter missing": (
        "[all]\ntotal_spen.at_least = 5000",
        *("S101", (2, 1), 'did you mean "total_spent"?'),
    ),
    "an operator written together": (
        '[all]\ncity.startswith = "Br"',
        *("S102", (2, 6), 'did you mean "starts_with"?'),
    ),
    "a number in quotes": (
        '[all]\norder_count.at_least = "5"',
        *("S103", (2, 24), "write 5 without quotes"),
    ),
    "a decimal comma": (
        "[all]\ntotal_revenue.at_least = 5000,50",
        *("T", (2, 26), "5000.50"),
    ),
    "a date in quotes": (
        '[all]\nlast_order.after = "2026-01-01"',
        *("S103", (2, 20), "write 2026-01-01 without quotes"),
    ),
    "a text without quotes": (
        "[all]\ncity = Brno",
        *("T", (2, 8), '"Brno"'),
    ),
    "curly quotes of a word processor": (
        "[all]\ncity = \u201cBrno\u201d",
        *("T", (2, 8), 'write city = "Brno"'),
    ),
    "two equals signs": (
        "[all]\norder_count == 5",
        *("T", (2, 14), "write order_count = 5"),
    ),
    "a list where one value is expected": (
        '[all]\ncity = ["Brno", "Praha"]',
        *("S104", (2, 8), 'write city.one_of = ["Brno", "Praha"]'),
    ),
    "a key of the whole segment below a block": (
        '[all]\norder_count = 1\nsinks = ["google"]',
        *("S105", (3, 1), "move it above the first [block]"),
    ),
    "a length of time cut short": (
        '[all]\nlast_order.within = "6m"',
        *("S106", (2, 21), 'write "6 months"'),
    ),
    "a word with a letter wrong": (
        '[all]\nrfm_segment = "at_risc"',
        *("S107", (2, 15), 'did you mean "at_risk"?'),
    ),
    "a segment with a letter missing": (
        '[none]\nin_segment = "champion"',
        *("S108", (2, 14), 'did you mean "champions"?'),
    ),
    "bounds the wrong way round": (
        "[all]\nage.between = [30, 18]",
        *("S114", (2, 15), "write the lowest first: [18, 30]"),
    ),
    "a block written twice": (
        '[any]\ncity = "Brno"\n[any]\ncountry = "SK"',
        *("T", (3, 1), "[[any]]"),
    ),
    "two bounds in any": (
        "[any]\nage.at_least = 18\nage.at_most = 30",
        *("S115", (3, 5), "write age.between = [lowest, highest]"),
    ),
    "a product among clients": (
        '[all]\nbrand = "Acme"',
        *("S101", (2, 1), "below [all.bought]"),
    ),
    "nothing bought": (
        '[all.bought]\nbrand = "Acme"\norders = 0',
        *("S118", (3, 1), "[none.bought]"),
    ),
    "an empty segment for everyone": (
        'name = "Everyone"\n[all]\n',
        *("S116", (2, 2), "write a line below it"),
    ),
}


def test_there_are_nineteen() -> None:
    assert len(MISTAKES) == 19


@pytest.mark.parametrize("name", MISTAKES)
def test_a_typical_mistake_is_told_at_its_place_with_advice(tmp_path: Path, name: str) -> None:
    text, code, place, hint = MISTAKES[name]
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "wrong.toml").write_text(text, encoding="utf-8")
    champions = 'name = "Champions"\n[all]\nrfm_segment = "champions"\n'
    (tmp_path / "segments" / "champions.toml").write_text(champions, encoding="utf-8")
    loaded = load_segments(tmp_path / "segments", shown_from=tmp_path)
    assert set(loaded.segments) == {"champions"} or code == "S108"
    (problem,) = loaded.problems
    assert problem.path == "segments/wrong.toml"
    assert (problem.line, problem.column) == place
    assert problem.code.startswith(code)
    assert hint in str(problem.hint)
