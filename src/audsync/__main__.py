"""`python -m audsync`: the command, for whoever has the interpreter and not its folder."""

from audsync.cli import main

main()
