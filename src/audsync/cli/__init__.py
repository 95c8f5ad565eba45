"""The command `audsync`: thin commands that read, call the core, print, and end with a code."""

import sys


def main() -> None:
    """Run the command line; exits with a code of `errors.ExitCode`."""
    from audsync.cli.app import app
    from audsync.cli.process import prepare

    prepare()
    try:
        app(prog_name="audsync")
    except BrokenPipeError:
        # The reader has left (`audsync runs list | head -1`): not a failure of ours.
        sys.stdout = None  # nothing may be flushed at exit
        sys.exit(0)
