"""The segments that a command names, before anything is done for them."""

from pathlib import Path

import pytest

from audsync.errors import NotFoundError
from audsync.run.asked import check_asked, meant_for
from audsync.segments import Segments, load_segments


@pytest.fixture
def known(tmp_path: Path) -> Segments:
    rule = "[all]\norder_count = 1\n"
    for name, text in {
        "buyers": rule,
        "only-boty": f'shops = ["boty"]\n{rule}',
        "asleep": f"active = false\n{rule}",
        "flawed": "[all]\norder_cuont = 1\n",
        "unread": "[all\n",
    }.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_segments(tmp_path, shown_from=tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("buyrs", 'there is no segment buyrs; did you mean "buyers"?'),
        (
            "xyz",
            "there is no segment xyz; there are: asleep, buyers, flawed, only-boty, unread",
        ),
        (
            "only-boty",
            "segment only-boty is not meant for shop kolo: its file says shops = [boty]",
        ),
        ("asleep", "segment asleep is not active: its file says active = false"),
    ],
)
def test_a_segment_that_a_shop_cannot_be_asked_for_is_told(
    known: Segments, name: str, told: str
) -> None:
    with pytest.raises(NotFoundError) as error:
        check_asked(known, "kolo", ["buyers", name])
    assert str(error.value) == told


def test_a_file_with_mistakes_is_there(known: Segments) -> None:
    check_asked(known, "kolo", ["buyers", "flawed", "unread"])
    check_asked(known, "boty", ["only-boty"])


def test_each_of_several_shops_is_asked_for_its_own(known: Segments) -> None:
    names = ["only-boty", "buyers", "asleep", "flawed", "unread", "nobody"]
    assert meant_for(known, "kolo", names) == ["buyers", "flawed", "unread"]
    assert meant_for(known, "boty", names) == ["only-boty", "buyers", "flawed", "unread"]
