"""`audsync runs list | show`."""

from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.errors import NotFoundError
from audsync.report import run_text

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.state import State

runs = typer.Typer(help="What was done, and what came of it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(runs, name="runs")


def open_state(session: Session, shop: "Shop") -> "State":
    """The shop's state; NotFoundError before its first run."""
    from audsync.state import State, has_begun

    folder = session.config().state_folder / shop.id
    if not has_begun(folder):
        raise NotFoundError(f'shop "{shop.id}" has no run yet; start with: audsync run')
    return State(folder)


@command(runs, "list")
def list_runs(
    session: Session,
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 50,
) -> None:
    """List the runs of a shop, the latest first."""
    with open_state(session, session.shop(shop)) as state:
        rows = [
            {
                "run": run.id,
                "command": run.command,
                "as_of": run.as_of.date(),
                "started": run.started_at,
                "finished": run.finished_at,
                "exit_code": run.exit_code,
            }
            for run in state.runs.latest(limit)
        ]
    session.output.document("runs", {"runs": rows})
    headers = ("run", "command", "as_of", "started", "finished", "exit_code")
    session.output.table(headers, [[row[header] for header in headers] for row in rows])


@command(runs, "show")
def show_run(
    session: Session,
    run: Annotated[str, typer.Argument(help="Id of a run, as `runs list` shows it.")],
    shop: ShopOption = None,
) -> None:
    """Show what one run did."""
    with open_state(session, session.shop(shop)) as state:
        found = state.runs.find(run)
    if found is None:
        raise NotFoundError(f"there is no run {run}; see: audsync runs list")
    if found.summary is None:
        raise NotFoundError(f"run {run} did not finish; the next run goes on from there")
    session.output.document("run", found.summary)
    session.output.text(run_text(found.summary, verbose=True))
