"""`audsync daemon`: every shop by its schedule."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.process import signals
from audsync.cli.session import Session, command
from audsync.errors import ExitCode

if TYPE_CHECKING:
    from audsync.daemon.children import Ended
    from audsync.daemon.service import Daemon

MetricsOption = Annotated[
    Path | None,
    typer.Option("--metrics-file", help="Write metrics for Prometheus to this file."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "daemon")(daemon)


def daemon(
    session: Session,
    *,
    jobs: Annotated[int, typer.Option("--jobs", help="So many shops at a time.", min=1)] = 2,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen", help="Answer /healthz, /readyz, /metrics there, as 127.0.0.1:9464."
        ),
    ] = None,
    metrics_file: MetricsOption = None,
) -> ExitCode:
    """Run each shop by its schedule, in a process of its own, until a signal ends it."""
    made = _made(session, jobs, metrics_file)
    signals.stop_at_batch_boundaries()
    signals.at_the_second = made.loop.leave
    made.run(listen)
    return signals.exit_code or ExitCode.DONE


def _made(session: Session, jobs: int, metrics_file: Path | None) -> "Daemon":
    from audsync.cli.app import app
    from audsync.cli.many_shops import tell_warnings
    from audsync.cli.sync import new_run_id
    from audsync.daemon.book import Book
    from audsync.daemon.children import Processes
    from audsync.daemon.loop import Loop
    from audsync.daemon.service import Daemon, SystemClock
    from audsync.daemon.systemd import Supervisor

    config, _ = session.shops()
    book = Book(config.state_folder)
    environ = dict(os.environ)

    def ended(shop: str, how: "Ended", *, is_final: bool) -> None:
        del is_final
        tell_warnings(session.output, shop, how)
        made.told(how)

    loop = Loop(
        clock=SystemClock(),
        start=Processes(config.file, session.output.logs_json, environ),
        book=book,
        jobs=jobs,
        settings=config.daemon,
        new_run_id=new_run_id,
        ended=ended,
        can_settle="settle" in {one.name for one in app.registered_commands},
    )
    made = Daemon(
        loop,
        book,
        session.shops,
        lambda: signals.number,
        Supervisor(environ),
        metrics_file=metrics_file,
    )
    return made
