"""Telling of runs that no daemon began: by a person, cron or a timer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.process import Stopped, signals
from audsync.errors import AudsyncError, ExitCode
from audsync.redaction import redact

if TYPE_CHECKING:
    from audsync.config import Config
    from audsync.daemon.channels import Channels
    from audsync.daemon.watch import Watch
    from audsync.run.request import Request, RunReport

MetricsOption = Annotated[
    Path | None,
    typer.Option("--metrics-file", help="Write metrics for Prometheus to this file."),
]


def channels_of(config: "Config") -> "Channels":
    """The channels that the configuration names."""
    from audsync.daemon.channels import Channels
    from audsync.secrets import Vault

    vault = Vault(os.environ, config.secret_command)
    return Channels(
        config.notify, lambda name, shop: vault.get(name, shop=shop).secret.reveal()
    )


@contextmanager
def watch_of(
    config: "Config", shops: list[str], metrics_file: Path | None
) -> "Iterator[Watch | None]":
    """What notes and tells of runs within the block; None where nobody wants to hear."""
    from audsync.daemon.children import WATCHED

    wanted = config.notify.heartbeat_url or config.notify.channels or metrics_file
    if not wanted or WATCHED in os.environ:
        yield None
        return
    from audsync.daemon.book import Book
    from audsync.daemon.metrics import metrics_text
    from audsync.daemon.service import write_metrics
    from audsync.daemon.watch import Watch

    book = Book(config.state_folder)

    def wrote() -> None:
        if metrics_file is not None:
            write_metrics(metrics_file, metrics_text({shop: book.of(shop) for shop in shops}))

    watch = Watch(book, channels_of(config), wrote=wrote)
    try:
        yield watch
    finally:
        watch.close()


class Watched:
    """One run whose end is told, whatever it is; `report` is set when it comes to one."""

    def __init__(self) -> None:
        self.report: RunReport | None = None


@contextmanager
def watched(
    config: "Config", request: "Request", metrics_file: Path | None
) -> Iterator[Watched]:
    """Tell of the run within the block, unless whoever began it does."""
    from audsync.daemon.children import Ended

    run, shop = Watched(), request.shop.id
    with watch_of(config, [shop], metrics_file) as watch:
        if watch is None:
            yield run
            return
        watch.began(shop, request.run_id, datetime.now(UTC))
        how = Ended(ExitCode.UNEXPECTED)
        try:
            yield run
            if run.report is not None:
                code = signals.exit_code or run.report.exit_code
                how = Ended(code, run.report.summary())
        except AudsyncError as error:
            how = Ended(error.exit_code, None, redact(str(error)))
            raise
        except Stopped as stopped:
            how = Ended(stopped.exit_code)
            raise
        finally:
            watch.ended(shop, how, datetime.now(UTC), is_final=True)
