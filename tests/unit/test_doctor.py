"""What `audsync doctor` says of a shop's files."""

from itertools import islice
from pathlib import Path

import pytest

from audsync.config import load_config
from audsync.contracts import Finding, Level
from audsync.run.doctor import examine
from audsync.segments import load_segments
from small_shop import make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


def of_files(shop: Path) -> list[Finding]:
    config = load_config(shop / "config.toml")
    segments = load_segments(config.segments_folder, shown_from=shop)
    return list(islice(examine(config, segments, config.shops["kolo"], is_online=False), 2))


def test_files_without_mistakes_are_right(shop: Path) -> None:
    assert [str(one.level) for one in of_files(shop)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[all]\norder_cuont = 1\nage.at_last = 3\n",
            'unknown field "order_cuont", and 1 more',
        ),
        ("[all.visited]\n", "visited needs the table visits"),
    ],
)
def test_a_mistake_in_a_segment_is_told_whatever_its_kind(
    shop: Path, text: str, told: str
) -> None:
    (shop / "segments" / "wrong.toml").write_text(text, encoding="utf-8")
    right, wrong = of_files(shop)
    assert right.level is Level.OK, "the configuration"
    assert wrong.level is Level.WARNING
    assert told in wrong.message
    assert "segments/wrong.toml:" in wrong.message
    assert wrong.remedy == "audsync check --shop kolo"
