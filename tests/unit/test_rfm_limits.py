"""Limits of RFM scores in the settings: written, left alone and taken out, line by line."""

from datetime import date
from pathlib import Path

import pytest
import tomli

from audsync.config import RfmLimits
from audsync.errors import ConfigError
from audsync.toml_file import parse_toml

ON = date(2026, 11, 20)
LIMITS = {
    "recency": "[31, 91, 181, 366]",
    "frequency": "[2, 3, 5, 8]",
    "monetary": "[20.50, 50.00, 99.99, 500.00]",
}
WRITTEN = """\
recency_bands = [31, 91, 181, 366]  # frozen on 2026-11-20
frequency_bands = [2, 3, 5, 8]  # frozen on 2026-11-20
monetary_bands = [20.50, 50.00, 99.99, 500.00]  # frozen on 2026-11-20
"""
HEADER = "[shops.kolo.model.rfm]\n"


def of(text: str, folder: Path | None = None) -> RfmLimits:
    data = text.encode()
    path = (folder or Path()) / "config.toml"
    if folder is not None:
        path.write_bytes(data)
    table = ("shops", "kolo", "model", "rfm")
    return RfmLimits(path, parse_toml(data, "config.toml"), table)


def test_a_table_that_is_not_there_is_written_at_the_end() -> None:
    for text in ("version = 1\n", "version = 1"):
        assert of(text).freeze(LIMITS, ON).text == f"version = 1\n\n{HEADER}{WRITTEN}"


@pytest.mark.parametrize(
    "rest", ['monetary = "total"  # not aov\n', "", "\n[shops.kolo.guard]\n"]
)
def test_lines_are_put_below_the_header_and_every_other_line_stays(rest: str) -> None:
    before = f"# mine\nversion = 1\n\n  {HEADER}"
    assert of(before + rest).freeze(LIMITS, ON).text == before + WRITTEN + rest
    if not rest:
        assert of(before[:-1]).freeze(LIMITS, ON).text == before + WRITTEN


def test_limits_that_were_frozen_give_way_and_those_of_a_person_stay() -> None:
    stated = "frequency_bands = [2, 4, 6, 8]  # as the sales team says\n"
    old = "recency_bands = [\n  1, 2,\n  3, 4\n]  # frozen on 2026-01-31\n"
    limits = of(f"{HEADER}{stated}window_days = 730\n{old}")
    assert limits.frozen == {"recency": date(2026, 1, 31)}
    assert limits.stated == ("frequency",)
    new = {name: text for name, text in LIMITS.items() if name not in limits.stated}
    lines = WRITTEN.splitlines(keepends=True)
    assert limits.freeze(new, ON).text == (
        f"{HEADER}{lines[0]}{lines[2]}{stated}window_days = 730\n"
    )


def test_thawing_takes_out_what_was_frozen_and_nothing_else() -> None:
    stated = "frequency_bands = [2, 4, 6, 8]\n"
    lines = WRITTEN.splitlines(keepends=True)
    limits = of(f"{HEADER}{lines[0]}{stated}{lines[2]}")
    assert limits.thaw().text == f"{HEADER}{stated}"
    again = of(limits.thaw().text)
    assert again.frozen == {}
    assert list(again.thaw().difference) == []
    assert list(of("version = 1\n").thaw().difference) == []


@pytest.mark.parametrize(
    "text",
    [
        'shops.kolo.model.rfm = { monetary = "total" }\n',
        '[shops.kolo.model]\nrfm = { monetary = "total" }\n',
        '[shops.kolo.model]\nrfm.monetary = "total"\n',
        "[shops.kolo]\nmodel.rfm = {}\n",
        "shops = { kolo = {} }\n",
    ],
)
def test_settings_written_otherwise_are_not_touched_and_the_lines_are_told(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        of(text).freeze(LIMITS, ON)
    assert "write below [shops.kolo.model.rfm] by hand" in str(caught.value)
    assert WRITTEN.splitlines()[1] in str(caught.value)


def test_the_file_keeps_its_mode_and_line_ends_and_what_it_was(tmp_path: Path) -> None:
    text = 'version = 1\r\n\r\n[shops.kolo]\r\nname = "Žluť"\r\n'
    limits = of(text, tmp_path)
    limits.path.chmod(0o640)
    kept = limits.freeze(LIMITS, ON).write()
    data = limits.path.read_bytes()
    assert data.startswith(text.encode())
    assert data.count(b"\n") == data.count(b"\r\n") == text.count("\n") + 5
    rfm = tomli.loads(data.decode().replace("\r\n", "\n"))["shops"]["kolo"]["model"]["rfm"]
    assert rfm["monetary_bands"] == [20.5, 50.0, 99.99, 500.0]
    assert limits.path.stat().st_mode & 0o777 == 0o640
    assert (kept.name, kept.read_bytes()) == ("config.toml.bak", text.encode())


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    change = of("version = 1\n", tmp_path).freeze(LIMITS, ON)
    change.path.unlink()
    with pytest.raises(ConfigError, match=r"config\.toml cannot be written"):
        change.write()
