"""Run the installed command as a user does."""

import os
import subprocess
import sys
from pathlib import Path


def audsync(
    *arguments: str, cwd: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `audsync …` in a folder, with a bare environment, and wait for it."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("audsync")), *arguments],
        cwd=cwd,
        input=stdin,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(cwd),
            "AUDSYNC_LOG_FORMAT": "text",  # what a person at a terminal reads
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
