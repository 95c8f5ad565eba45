"""`audsync daemon`: every shop by its schedule."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.many_shops import tell_end
from audsync.cli.process import signals
from audsync.cli.session import Session, command
from audsync.cli.watching import MetricsOption
from audsync.errors import ExitCode

if TYPE_CHECKING:
    from audsync.config import Config
    from audsync.daemon.children import Ended
    from audsync.daemon.service import Daemon
    from audsync.daemon.watch import Watch


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
    session.output.streams = True
    made, watch = _made(session, jobs, metrics_file)
    signals.stop_at_batch_boundaries()
    signals.at_the_second = made.loop.leave
    try:
        made.run(None if listen is None else _address(listen))
    finally:
        watch.close()
    code = signals.exit_code or ExitCode.DONE
    session.output.event("summary", command="daemon", exit_code=int(code))
    return code


def _address(listen: str) -> tuple[str, int]:
    from audsync.daemon.server import listen_address

    try:
        return listen_address(listen)
    except ValueError as error:
        raise typer.BadParameter(f"--listen: {error}") from None


def _made(session: Session, jobs: int, metrics_file: Path | None) -> "tuple[Daemon, Watch]":
    from audsync.cli.app import app
    from audsync.cli.sync import new_run_id
    from audsync.cli.watching import channels_of
    from audsync.daemon.book import Book
    from audsync.daemon.children import Processes
    from audsync.daemon.loop import Loop
    from audsync.daemon.service import Daemon, SystemClock
    from audsync.daemon.systemd import Supervisor
    from audsync.daemon.watch import Watch

    config, _ = session.shops()
    watch = Watch(
        Book(config.state_folder),
        channels_of(config),
        wrote=lambda: made.write(),  # noqa: PLW0108 -- it is not made yet
    )

    def applied(config: "Config") -> None:
        watch.channels = channels_of(config)

    def told(shop: str, how: "Ended") -> None:
        tell_end(session.output, shop, how, run=watch.book.of(shop).run)

    session.output.event("start", command="daemon", shops=sorted(config.shops))
    loop = Loop(
        clock=SystemClock(),
        start=Processes(config.file, session.output.logs_json, dict(os.environ)),
        watch=watch,
        jobs=jobs,
        settings=config.daemon,
        new_run_id=new_run_id,
        told=told,
        can_settle="settle" in {one.name for one in app.registered_commands},
    )
    made = Daemon(
        loop,
        session.shops,
        lambda: signals.number,
        Supervisor(os.environ),
        metrics_file=metrics_file,
        applied=applied,
    )
    return made, watch
