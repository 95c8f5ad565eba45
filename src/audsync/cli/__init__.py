"""The command `audsync`: thin commands that read, call the core, print, and end with a code."""

import sys


def main() -> None:
    """Run the command line; exits with a code of `errors.ExitCode`."""
    from audsync.cli.app import app
    from audsync.cli.process import Stopped, prepare

    prepare()
    try:
        app(prog_name="audsync")
    except Stopped as stopped:  # before or after the command itself
        sys.exit(stopped.exit_code)
