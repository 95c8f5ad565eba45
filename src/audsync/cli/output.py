"""Where a command's words go: the result to stdout, everything else to stderr."""

import json
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from audsync.errors import AudsyncError, ConfigError, Problem, RejectedError
from audsync.logs import log
from audsync.redaction import redact

if TYPE_CHECKING:
    from rich.progress import Progress

_EVERY_SECONDS_JSON = 10.0
_EVERY_SECONDS_TEXT = 30.0


def colour_wanted(stream: IO[str], *, no_color: bool) -> bool:
    """Whether what goes to that stream may be coloured."""
    plain = no_color or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


@dataclass(slots=True)
class Output:
    """Result and messages of one command, as text or as JSON.

    `as_json` is of the result, `logs_json` of what goes to stderr. A command gives its result
    in both forms, as a `document` and as `text` or a `table`; the one asked for is printed.
    """

    as_json: bool = False
    logs_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_progress: bool = False
    no_color: bool = False
    streams: bool = False  # whether --json prints events as they come, or one document
    _stage: str = field(default="", init=False)
    _said_at: float = field(default=0.0, init=False)
    _seen: dict[str, tuple[float, int]] = field(default_factory=dict, init=False)
    _bar: "Progress | None" = field(default=None, init=False)

    def document(self, schema: str, data: Mapping[str, Any]) -> None:
        """Print a result as one JSON document on stdout, on one line."""
        if self.as_json:
            told = {"schema": f"audsync.{schema}/1", **data}
            print(json.dumps(told, ensure_ascii=False, default=_plain))

    def event(self, event: str, **data: Any) -> None:
        """One line of a stream of JSON objects; with --quiet only the summary is printed."""
        if self.streams and (event == "summary" or not self.quiet):
            self.document("event", {"event": event, **data})
            sys.stdout.flush()

    def text(self, text: str) -> None:
        """Print a result as text on stdout."""
        if not self.as_json:
            print(text)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a result as a table on a terminal, as tab-separated lines elsewhere."""
        if self.as_json:
            return
        if not sys.stdout.isatty():
            for row in (headers, *rows):
                print("\t".join(_cell(value) for value in row))
            return
        from rich.console import Console
        from rich.table import Table

        console = Console(
            no_color=not colour_wanted(sys.stdout, no_color=self.no_color),
            markup=False,
            emoji=False,
        )
        cells = [[_cell(value) for value in row] for row in rows]
        # Names are copied into other commands: a cell is wrapped between words, and never cut.
        widths = [
            max(map(_longest_word, column)) for column in zip(headers, *cells, strict=True)
        ]
        if sum(widths) + 2 * len(widths) > console.width:
            for row in cells:
                lines = (
                    f"{name}: {text}" for name, text in zip(headers, row, strict=True) if text
                )
                print("\n".join(lines), end="\n\n")
            return
        table = Table(box=None, pad_edge=False)
        for header, width in zip(headers, widths, strict=True):
            table.add_column(header, min_width=width)
        for row in cells:
            table.add_row(*row)
        console.print(table)

    def note(self, text: str) -> None:
        """Say something that is no result, on stderr."""
        if not (self.quiet or self.as_json):
            log("note", message=text)

    def happened(self, event: str, **fields: Any) -> None:
        """Write down what happened, for the readers of a log; people see it in the result."""
        if self.logs_json and not self.quiet:
            log(event, **fields)

    def warn(self, text: str) -> None:
        """Say what a person should know, on stderr, also with --quiet."""
        is_told = self.as_json and self.streams
        if is_told:
            self.event("warning", message=redact(text))
        if self.logs_json or not is_told:
            log("warning", level=logging.WARNING, message=text)

    def failure(self, error: AudsyncError, **fields: Any) -> None:
        """Tell what stopped the command: every problem of a file, or one sentence.

        `fields` are for the log alone.
        """
        problems = error.problems if isinstance(error, ConfigError) else ()
        told = {
            "exit_code": int(error.exit_code),
            "message": redact(str(error)),
            "remedy": error.remedy if isinstance(error, RejectedError) else None,
            "problems": [problem_data(problem) for problem in problems],
        }
        self.document("event", {"event": "error", **told})
        if self.logs_json or not self.as_json:
            log("error", level=logging.ERROR, **told, **fields)

    def progress(self, stage: str, done: int = 0, total: int | None = None) -> None:
        """Tell how far a stage has come: a bar on a terminal, now and then a line elsewhere."""
        now = time.monotonic()
        if self.as_json:
            if stage != self._stage or now - self._said_at >= _EVERY_SECONDS_JSON:
                self.event("progress", stage=stage, done=done, total=total)
                self._stage, self._said_at = stage, now
            return
        if self.quiet or self.no_progress:
            return
        if self.logs_json:
            if stage != self._stage or now - self._said_at >= _EVERY_SECONDS_JSON:
                log("progress", stage=stage, done=done, total=total)
                self._said_at = now
        elif sys.stderr.isatty():
            self._draw(stage, done, total)
        elif stage not in self._seen or now - self._said_at >= _EVERY_SECONDS_TEXT:
            began, first = self._seen.setdefault(stage, (now, done))
            left = seconds_left(now - began, done - first, (total or done) - done)
            print(_progress_text(stage, done, total, left), file=sys.stderr)
            self._said_at = now
        self._stage = stage

    def end_progress(self) -> None:
        """Clear the moving line before something else is said."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._stage = ""

    def _draw(self, stage: str, done: int, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        if self._bar is None:
            console = Console(
                stderr=True, no_color=not colour_wanted(sys.stderr, no_color=self.no_color)
            )
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.start()
        tasks = self._bar.tasks
        if stage != self._stage or not tasks or total != tasks[0].total:
            # Anew: a bar keeps its total where none is given, and its speed.
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(stage, completed=done, total=total)
        self._bar.update(self._bar.task_ids[0], completed=done)


def seconds_left(seconds: float, done: int, left: int) -> float | None:
    """How long the rest takes when it goes on as it went; None where nothing tells."""
    return seconds * left / done if done > 0 and left > 0 else None


def _progress_text(stage: str, done: int, total: int | None, left: float | None) -> str:
    if not done:
        return f"{stage} …"
    text = f"{stage}: {done:,} of {total:,}" if total else f"{stage}: {done:,}"
    return text if left is None else f"{text}, about {max(round(left / 60), 1)} min left"


def _plain(value: object) -> str:
    """What JSON has no word for; moments as in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return value.isoformat(timespec="seconds")
        case bool():
            return "yes" if value else "no"
        case _:
            pass
    return str(value).replace("\t", " ").replace("\n", " ")


def problem_data(problem: Problem) -> dict[str, Any]:
    """A problem as JSON data."""
    names = ("path", "line", "column", "severity", "code", "message", "hint")
    found = {name: getattr(problem, name) for name in names}
    return {name: redact(one) if isinstance(one, str) else one for name, one in found.items()}


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)
