"""What is printed of a result: in the form asked for, and no name in a table is cut."""

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


@pytest.mark.parametrize(
    ("as_json", "printed"),
    [(True, '{"schema": "audsync.run/1", "run": "r1"}\n'), (False, "r1\nrun\nr1\n")],
)
def test_of_a_result_in_both_forms_the_one_asked_for_is_printed(
    capsys: pytest.CaptureFixture[str], *, as_json: bool, printed: str
) -> None:
    output = Output(as_json=as_json)
    output.document("run", {"run": "r1"})
    output.text("r1")
    output.table(["run"], [["r1"]])
    assert capsys.readouterr().out == printed
