"""`audsync schedule show | systemd | cron`: when shops are due, and who may see to it."""

import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from audsync.cli.session import Session, command, complete_shop, fitting, write_result
from audsync.errors import ConfigError

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.daemon.units import Host

schedule = typer.Typer(help="When shops run, and what runs them.", no_args_is_help=True)

ShopsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--shop",
        help="Only this shop; may be repeated.",
        autocompletion=complete_shop,
        show_default=False,
    ),
]
# What systemd, cron and sudo take without quotes.
_user: Final = fitting(
    r"\w[\w.@-]{0,31}", "a user has letters, digits and _ . @ - only, at most 32"
)
UserOption = Annotated[
    str, typer.Option("--user", help="User that runs audsync.", callback=_user)
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(schedule, name="schedule")


@command(schedule, "show")
def show(
    session: Session,
    *,
    shop: ShopsOption = None,
    count: Annotated[int, typer.Option("--count", help="So many runs ahead.", min=1)] = 3,
) -> None:
    """Tell when the daemon runs each shop next, in the shop's own time."""
    from audsync.schedule import next_after, offset_of

    jitter = session.config().daemon.span("jitter")
    rows, found = [], []
    for one in _scheduled(session, shop):
        offset, moment, runs = offset_of(one.id, jitter), datetime.now(UTC), list[str]()
        moment -= offset
        for _ in range(count):
            moment = next_after(one.schedule or "", one.timezone, moment)
            runs.append((moment + offset).astimezone(ZoneInfo(one.timezone)).isoformat())
        rows.append((one.id, one.schedule, ", ".join(runs)))
        found.append({"shop": one.id, "schedule": one.schedule, "next": runs})
    session.output.document("schedule", {"shops": found})
    session.output.table(("shop", "schedule", "next"), rows)


@command(schedule, "systemd")
def systemd(
    session: Session,
    *,
    shop: ShopsOption = None,
    daemon: Annotated[
        bool, typer.Option("--daemon", help="One service for all, and not a timer each.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", help="Of the daemon: runs at once.", min=1)
    ] = 2,
    user: UserOption = "audsync",
    credentials: Annotated[
        Path, typer.Option("--credentials", help="Folder of the files with secrets.")
    ] = Path("/etc/audsync/credentials"),
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the files into this folder.")
    ] = None,
) -> None:
    """Write units of systemd: a service and a timer for each shop, or one for the daemon."""
    from audsync.daemon.preparing import cannot_reach, to_do
    from audsync.daemon.units import daemon_unit, timer_units

    config, shops = session.config(), _scheduled(session, shop)
    host = _host(user, credentials)
    units: Mapping[str, str] = (
        daemon_unit(config, host, jobs=jobs)
        if daemon
        else {
            name: text for one in shops for name, text in timer_units(config, one, host).items()
        }
    )
    # The daemon runs every shop, also those without a schedule.
    served = list(config.shops.values()) if daemon else shops
    lacking = to_do(config, served, host)
    for sentence in cannot_reach(config, host):
        session.output.warn(sentence)
    if lacking:
        session.output.note("Before it can start:\n" + "\n".join(lacking))
    if out is not None:
        for name, text in units.items():
            write_result(out / name, text.encode(), makes_folder=True, mode=0o644)
        written = [str(out / name) for name in units]
        session.output.document("files", {"files": written, "to_do": lacking})
        session.output.text("\n".join(written))
        session.output.note("Next: systemctl daemon-reload, then enable --now what was written")
        return
    session.output.document("units", {"units": units, "to_do": lacking})
    for name, text in units.items():
        session.output.text(f"# /etc/systemd/system/{name}\n{text}")


@command(schedule, "cron")
def cron(
    session: Session,
    *,
    shop: ShopsOption = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", help="For /etc/cron.d: the user that runs audsync.", callback=_user
        ),
    ] = None,
) -> None:
    """Print a crontab that runs each shop."""
    from audsync.daemon.units import cron_lines

    text, remark = cron_lines(
        session.config(),
        _scheduled(session, shop),
        _host(user or "", Path()),
        is_system=user is not None,
    )
    session.output.note(remark)
    session.output.document("units", {"units": {"crontab": text}})
    session.output.text(text.removesuffix("\n"))


def _scheduled(session: Session, names: list[str] | None) -> "list[Shop]":
    """The shops of those names, or all, that have a schedule."""
    known = session.config().shops
    shops = [session.shop(name) for name in names or known]
    scheduled = [shop for shop in shops if shop.schedule is not None]
    if not scheduled:
        raise ConfigError(
            'no shop has a schedule; write schedule = "30 3 * * *" in [shops.<id>], or at the '
            "top of its own file"
        )
    return scheduled


def _host(user: str, credentials: Path) -> "Host":
    from audsync.daemon.units import Host

    beside = Path(sys.executable).with_name("audsync")
    found = str(beside) if beside.exists() else shutil.which("audsync")
    return Host(Path(found or "audsync").absolute(), user, credentials.absolute())
