"""Run the command as a user does."""

import atexit
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from forks import Forks

# What nearly every command imports; Google's packages are not, since gRPC dislikes forks.
_WARM = (
    *("duckdb", "numpy", "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet"),
    *("phonenumbers", "pydantic", "requests", "tenacity", "sqlite3"),
    *("audsync.cli.app", "audsync.config", "audsync.run.shell", "audsync.segments.check"),
    *("audsync_source_csv", "audsync_sink_files"),
)
_LONGEST_SECONDS = 300


def installed(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `audsync …` in a folder, with a bare environment, and wait for it."""
    return subprocess.run(
        [_SCRIPT, *arguments],
        cwd=cwd,
        input=stdin,
        env=_bare(cwd) | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=_LONGEST_SECONDS,
    )


def audsync(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """As `installed`, without the half second that an interpreter needs for its imports.

    The command runs in a fork of a process that has imported them, and in nothing else of it:
    folder, environment, streams and exit are its own. That it starts by itself, `installed`
    proves of each command (test_documents.py).
    """
    if any(name.startswith(("PYTHON", "LC_")) for name in environment):
        return installed(*arguments, cwd=cwd, stdin=stdin, **environment)
    answer = _forks().ask(
        cwd, arguments=arguments, environment=_bare(cwd) | environment, stdin=stdin
    )
    return subprocess.CompletedProcess(
        [_SCRIPT, *arguments], answer["code"], answer["stdout"], answer["stderr"]
    )


_SCRIPT = str(Path(sys.executable).with_name("audsync"))


def _bare(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AUDSYNC_LOG_FORMAT": "text",  # what a person at a terminal reads
    }


@cache
def _forks() -> Forks:
    forks = Forks(_bare(Path("/")), _WARM)
    atexit.register(forks.close)
    return forks
