"""How far a stage has come, as a person without a moving line reads it."""

import pytest

from audsync.cli.output import Output, seconds_left


def test_the_rest_takes_as_long_as_it_took_so_far() -> None:
    assert seconds_left(60, 2_000, 8_000) == 240
    assert seconds_left(60, 0, 8_000) is None
    assert seconds_left(60, 2_000, 0) is None


def test_a_line_every_half_minute_says_how_long_it_will_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr("audsync.cli.output.time.monotonic", lambda: clock[0])
    told = Output()
    for seconds, done in ((0, 100), (10, 150), (40, 500), (41, 600), (100, 1_100)):
        clock[0] = seconds
        told.progress("pull orders", done, 10_100)
    assert capsys.readouterr().err.splitlines() == [
        "pull orders: 100 of 10,100",
        "pull orders: 500 of 10,100, about 16 min left",
        "pull orders: 1,100 of 10,100, about 15 min left",
    ]


def test_a_bar_knows_nothing_of_the_stage_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audsync.cli.output.sys.stderr.isatty", lambda: True)
    told = Output()
    told.progress("pull orders", 100, 10_100)
    told.progress("pull order_lines", 250)
    bar = told._bar
    assert bar is not None
    assert [(one.description, one.completed, one.total) for one in bar.tasks] == [
        ("pull order_lines", 250, None)
    ]
    told.end_progress()
