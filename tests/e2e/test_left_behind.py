"""What a user hears of audiences whose sink, segment or shop went from the configuration."""

from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, make_shop

OTHER = '\n[shops.kolo.sinks.other]\ntype = "files"\nfolder = "other"\n'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop", count=3)
    edit(folder / "config.toml", "[shops.kolo.source]", f"{OTHER}\n[shops.kolo.source]")
    edit(folder / "segments" / "buyers.toml", '["files"]', '["files", "other"]')
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    return folder


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def said(folder: Path, *arguments: str) -> str:
    done = audsync(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


@pytest.mark.slow
def test_members_of_a_sink_that_is_gone_are_told_in_each_run(shop: Path) -> None:
    edit(shop / "segments" / "buyers.toml", '["files", "other"]', '["files"]')
    assert (
        "other/buyers.csv: its segment does not name the sink other any more; 3 members are "
        "kept, but for those who withdraw; name it again, and let the segment match nobody"
    ) in said(shop, "plan", *AS_OF)
    edit(shop / "config.toml", OTHER, "")
    assert (
        "the sink other is not in the configuration any more, and still holds 3 members of "
        "other/buyers.csv; withdrawals do not reach them. Put [shops.kolo.sinks.other] back"
    ) in said(shop, "run", *AS_OF)


@pytest.mark.slow
def test_a_shop_that_looks_renamed_is_told_what_that_would_leave_behind(shop: Path) -> None:
    edit(shop / "config.toml", "[shops.kolo", "[shops.kola")
    told = "state/kolo is of a shop that the configuration does not have: its audiences stay"
    assert told in said(shop, "plan", *AS_OF)
    assert told in said(shop, "doctor")
    assert "if kola is that shop, give it back the id kolo" in said(shop, "run", *AS_OF)
    assert told not in said(shop, "run", *AS_OF)


@pytest.mark.slow
def test_an_audience_that_went_with_its_segment_is_not_made_again(shop: Path) -> None:
    """Paused, with nothing else changed; then gone, while somebody withdraws."""
    files = [shop / folder / "buyers.csv" for folder in ("out", "other")]
    segment = shop / "segments" / "buyers.toml"
    edit(segment, 'name = "Buyers"', 'name = "Buyers"\nactive = false')
    assert "no longer" not in said(shop, "run", *AS_OF)
    files[0].unlink()
    told = "kolo.buyers.files: the platform has it no longer, so that nobody is in it"
    assert told in said(shop, "run", *AS_OF)
    assert [file.exists() for file in files] == [False, True]
    assert "no longer" not in said(shop, "run", *AS_OF)
    segment.unlink()
    files[1].unlink()
    edit(shop / "customers.csv", "Žofie c001,yes", "Žofie c001,no")
    assert "kolo.buyers.other: the platform has it no longer" in said(shop, "run", *AS_OF)
    assert "no longer" not in said(shop, "run", *AS_OF)
    assert [file.exists() for file in files] == [False, False]
    assert "whole" in said(shop, "state", "verify")
