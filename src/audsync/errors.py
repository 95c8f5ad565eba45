"""The errors of audsync, a class per person who must act, and their exit codes.

    AudsyncError            exit 1   a bug, or something not foreseen
    ├─ ConfigError          exit 4   the user edits a file; holds every Problem
    ├─ CredentialError      exit 5   the user sets a secret or signs in again
    ├─ ConsentError         exit 8   no consent rule, stale consent data, no suppression key
    ├─ NotFoundError        exit 9   a shop, segment, snapshot or run of that name is not there
    ├─ RemoteError          exit 12  a remote system said no; `connector` says which
    │  ├─ TransientError    exit 6   nobody: later; `retry_after` in seconds or None
    │  └─ RejectedError     exit 12  the request is refused; `remedy` says what to do
    ├─ TableError           exit 12  a connector broke the table contract
    ├─ SourceDataError      exit 4   a feed cannot be read; the user mends it or its mapping
    ├─ PausedError          exit 3   nobody: a limit was reached, the next run goes on
    ├─ GuardError           exit 7   the user looks, then confirms the number
    ├─ LockedError          exit 11  another run of this shop is active
    └─ StateError           exit 13  the state is damaged, or the disk cannot be used

Messages hold counts, column names and audience names, never a value from a row.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final


class ExitCode(IntEnum):
    """Exit codes of the command; public, never renumbered."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    INCOMPLETE = 3
    CONFIG = 4
    CREDENTIAL = 5
    TEMPORARY = 6
    GUARD = 7
    CONSENT = 8
    NOT_FOUND = 9
    LOCKED = 11
    REFUSED = 12
    STATE = 13
    CHANGES = 20
    INTERRUPTED = 130
    TERMINATED = 143


# What each code means and who acts; docs/reference/exit-codes.md is made of it.
EXIT_MEANINGS: Mapping[ExitCode, tuple[str, str]] = {
    ExitCode.DONE: ("done, or nothing to do", "nobody"),
    ExitCode.UNEXPECTED: ("unexpected error, a bug", "report it, with audsync-error.log"),
    ExitCode.USAGE: ("wrong command line", "correct the command"),
    ExitCode.INCOMPLETE: (
        "done but incomplete: a segment or sink failed, too many bad rows, or a limit reached",
        "read the messages; the rest was done",
    ),
    ExitCode.CONFIG: (
        "a config, segment or feed file is wrong, or a named file or port cannot be had",
        "edit the file at the line that the message names, or name another place",
    ),
    ExitCode.CREDENTIAL: ("a secret is missing or a login was refused", "set it again"),
    ExitCode.TEMPORARY: ("temporary: unreachable or rate limited", "nobody; safe to repeat"),
    ExitCode.GUARD: (
        "stopped by a guard: shrink, growth, consent share, smaller source",
        "look, then confirm the number that the message names",
    ),
    ExitCode.CONSENT: (
        "no consent rule, consent data that cannot be used, or no suppression key",
        "say in the config which column holds the consent, or bring the key back",
    ),
    ExitCode.NOT_FOUND: ("a shop, segment or run of that name does not exist", "see the list"),
    ExitCode.LOCKED: ("another run of this shop is active", "wait, or stop that run"),
    ExitCode.REFUSED: (
        "a platform refused the request, or a connector broke its contract",
        "follow the remedy in the message",
    ),
    ExitCode.STATE: (
        "the state on disk is damaged, or the disk cannot be used",
        "mend the disk, or restore the shop's state folder: see `audsync state verify`",
    ),
    ExitCode.CHANGES: ("`plan --exit-code`: there are changes", "run it"),
    ExitCode.INTERRUPTED: ("interrupted (Ctrl-C); what was done is kept", "run again"),
    ExitCode.TERMINATED: ("terminated; what was done is kept", "run again"),
}


# What a terminal would obey in place of showing it.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Severity(StrEnum):
    """How grave a problem in a file is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file, in the form editors jump to.

    `line` and `column` are 1-based and count characters; 0 means the file as a whole.
    `source_line` is the text of that line and `length` the width to underline.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str | None = None
    source_line: str | None = None
    length: int = 1
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """The problem as one line, or with the marked source line and the hint below it."""
        place = self.path if self.line == 0 else f"{self.path}:{self.line}:{self.column}"
        lines = [f"{place}: {self.severity}[{self.code}]: {self.message}"]
        if self.source_line is not None and self.line:
            margin = " " * len(str(self.line))
            shown = _CONTROL.sub("\ufffd", self.source_line.replace("\t", " "))
            lines.append(f"    {self.line} | {shown}")
            lines.append(f"    {margin} | {' ' * (self.column - 1)}{'^' * max(self.length, 1)}")
        if self.hint:
            lines.append(f"      = {self.hint}")
        return "\n".join(lines)


class AudsyncError(Exception):
    """Root of the tree; on its own, something that was not foreseen.

    `has_begun` where a sink had begun with a batch, so that it may go on with it later.
    """

    exit_code = ExitCode.UNEXPECTED
    has_begun = False


class ConfigError(AudsyncError):
    """The user edits a file. Holds every problem found, not only the first."""

    exit_code = ExitCode.CONFIG

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = (
            () if isinstance(problems, str) else tuple(sorted(problems, key=_place))
        )
        super().__init__(
            problems if isinstance(problems, str) else "\n".join(map(str, self.problems))
        )


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.path, problem.line, problem.column, problem.code


class CredentialError(AudsyncError):
    """The user sets a secret or signs in again."""

    exit_code = ExitCode.CREDENTIAL


class MissingSecretError(CredentialError):
    """A secret is in none of its places, which is no fault where it may be missing."""


class ConsentError(AudsyncError):
    """No consent rule, stale consent data, or no suppression key: nobody may be used."""

    exit_code = ExitCode.CONSENT


class NotFoundError(AudsyncError):
    """A shop, segment, snapshot or run of that name does not exist."""

    exit_code = ExitCode.NOT_FOUND


class RemoteError(AudsyncError):
    """A remote system said no; `connector` names it."""

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, connector: str) -> None:
        super().__init__(message)
        self.connector = connector


class TransientError(RemoteError):
    """Later: rate limits, server faults, time-outs. `retry_after` is in seconds, or None."""

    exit_code = ExitCode.TEMPORARY

    def __init__(
        self, message: str, *, connector: str, retry_after: float | None = None
    ) -> None:
        super().__init__(message, connector=connector)
        self.retry_after = retry_after


class RejectedError(RemoteError):
    """The platform refuses the request; `remedy` says what a person does about it."""

    def __init__(self, message: str, *, connector: str, remedy: str) -> None:
        super().__init__(message, connector=connector)
        self.remedy = remedy


class TableError(AudsyncError):
    """A connector broke the contract of the tables or of batches, or failed by a mistake."""

    exit_code = ExitCode.REFUSED


class SourceDataError(AudsyncError):
    """A feed cannot be read or does not fit its mapping; names the file and line or column."""

    exit_code = ExitCode.CONFIG


class PausedError(AudsyncError):
    """A limit that was set is reached; what was done is kept, and the next run goes on."""

    exit_code = ExitCode.INCOMPLETE


class GuardError(AudsyncError):
    """A guard stopped the run; a person looks and then confirms the number."""

    exit_code = ExitCode.GUARD


class LockedError(AudsyncError):
    """Another run of this shop is active."""

    exit_code = ExitCode.LOCKED


class StateError(AudsyncError):
    """The state on disk is damaged, cannot be used, or was written by a newer version."""

    exit_code = ExitCode.STATE


@contextmanager
def authors_mistakes(who: str) -> Iterator[None]:
    """Turn what the author of a connector did not foresee into a TableError.

    It says `who` failed and where, without the text of the error, which may hold values.
    """
    try:
        yield
    except AudsyncError:
        raise
    except Exception as error:  # noqa: BLE001 -- any code of a third party may run here
        raise TableError(f"{who} failed: {_where(error)}; tell its authors") from None


def _where(error: Exception) -> str:
    """Kind and place of an error."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return type(error).__name__
    file = Path(last.tb_frame.f_code.co_filename)
    return f"{type(error).__name__} at {file.parent.name}/{file.name}:{last.tb_lineno}"
