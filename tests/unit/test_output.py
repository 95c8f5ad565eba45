"""Tables on a terminal: whatever its width, no name in them is cut."""

import io
import sys

import pytest

from audsync.cli.output import Output

HEADERS = ("run", "command", "started")
ROWS = [
    ("20261130T151437Z-aa373d", "run [all]", "2026-11-30T15:14:37+00:00"),
    ("r2", "", "now"),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int) -> str:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    Output().table(HEADERS, ROWS)
    return terminal.getvalue()


@pytest.mark.parametrize("width", [40, 58, 64, 100])
def test_no_cell_of_a_table_is_cut_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    text = shown(monkeypatch, width)
    assert "…" not in text
    for word in (ROWS[0][0], ROWS[0][2], "[all]"):
        assert word in text


def test_a_table_that_does_not_fit_is_a_list_of_names_and_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shown(monkeypatch, 40).splitlines() == [
        *("run: 20261130T151437Z-aa373d", "command: run [all]"),
        *("started: 2026-11-30T15:14:37+00:00", "", "run: r2", "started: now", ""),
    ]
