"""A run's pull: the shop read, what was read and refused put into the report."""

from functools import partial
from pathlib import Path

from audsync.config import Config
from audsync.contracts import Calls
from audsync.identity.hiding import Hiding
from audsync.identity.suppression import Suppression
from audsync.pull import holds_values, pull
from audsync.run.connectors import source_of
from audsync.run.plain_members import hide_members
from audsync.run.progress import Progress, tell_calls, tell_pull
from audsync.run.request import Request, RunReport
from audsync.state import State
from audsync.warehouse import HeldRows, Warehouse


def pull_shop(
    config: Config,
    request: Request,
    state: State,
    warehouse: Warehouse,
    report: RunReport,
    *,
    progress: Progress,
    hiding: Hiding | None,
    suppression: Suppression | None,
) -> None:
    """Pull what is new, and note it in `report`, also where the pull ends in an error."""
    shop = request.shop
    if hiding is not None and holds_values(warehouse):
        report.warnings += hide_members(
            state, hiding, run=request.run_id, at=request.started_at
        )
    file = state.folder / "quarantine" / f"{request.run_id}.jsonl"
    report.calls = Calls(request.max_calls, told=partial(tell_calls, progress))
    source = source_of(
        config,
        shop,
        held=HeldRows(warehouse.engine, hiding),
        calls=report.calls,
        warnings=report.warnings,
    )
    try:
        report.pull = pull(
            source,
            warehouse,
            until=request.started_at,
            country=shop.country,
            limits=shop.quarantine,
            source_percent=shop.guard.source_percent,
            quarantine_file=file,
            progress=partial(tell_pull, progress, report.calls),
            accept_smaller=request.accept_smaller_source,
            hiding=hiding,
            suppression=suppression,
        )
        report.warnings += report.pull.messages
    finally:
        report.quarantine = _shown(config, file) if file.exists() else None


def _shown(config: Config, file: Path) -> str:
    """A path as a person at the config file would write it."""
    folder = config.folder
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)
