"""`audsync pull`, `plan`, `run`, `settle`: data in, look ahead, send, ask what came of it."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from audsync.cli.process import signals
from audsync.cli.session import (
    AsOfOption,
    SegmentOption,
    Session,
    ShopOption,
    command,
    fitting,
    write_result,
)
from audsync.cli.watching import MetricsOption, watched
from audsync.errors import ExitCode
from audsync.logs import bind

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.plan import Confirmed
    from audsync.run.request import Request, RunReport

RunIdOption = Annotated[
    str | None,
    typer.Option(
        "--run-id",
        help="Name of the run; a retry with the same one goes on with it.",
        callback=fitting(
            r"[A-Za-z0-9][\w.:+-]{0,99}",
            "a run id has letters, digits and . : + - _ only, at most 100",
        ),
    ),
]
NoPullOption = Annotated[bool, typer.Option("--no-pull", help="Use what was pulled before.")]
SmallerOption = Annotated[
    bool,
    typer.Option("--accept-smaller-source", help="The feed really holds far fewer rows now."),
]
MaxCallsOption = Annotated[
    int | None,
    typer.Option(
        "--max-calls", help="Make at most so many calls to the shop; go on next time.", min=1
    ),
]
MaxRemovedOption = Annotated[
    int | None,
    typer.Option("--max-removed", help="Let so many leave an audience, this once.", min=0),
]
MaxAddedOption = Annotated[
    int | None,
    typer.Option("--max-added", help="Let so many enter an audience, this once.", min=0),
]
MaxShareOption = Annotated[
    float | None,
    typer.Option(
        "--max-consent-share",
        help="Accept a risen share of consenting clients, up to so many percent.",
        min=0,
        max=100,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the four commands."""
    command(app, "pull")(pull)
    command(app, "plan")(plan)
    command(app, "run")(run)
    command(app, "settle")(settle)


def pull(
    session: Session,
    *,
    shop: ShopOption = None,
    run_id: RunIdOption = None,
    accept_smaller_source: SmallerOption = False,
    max_calls: MaxCallsOption = None,
) -> ExitCode:
    """Bring the shop's data into the local store; bad rows go to quarantine."""
    request = _request(session, "pull", shop=shop, run_id=run_id, as_of=None)
    request = request.with_(
        accept_smaller_source=accept_smaller_source,
        max_calls=max_calls,
        evaluate=False,
        deliver=False,
    )
    return _execute(session, request)


def plan(
    session: Session,
    *,
    shop: ShopOption = None,
    segment: SegmentOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the plan to this file.")
    ] = None,
    no_pull: NoPullOption = False,
    max_removed: MaxRemovedOption = None,
    max_added: MaxAddedOption = None,
    max_consent_share: MaxShareOption = None,
    accept_smaller_source: SmallerOption = False,
    max_calls: MaxCallsOption = None,
    online: Annotated[
        bool,
        typer.Option("--online", help="Let platforms check an invented member as well."),
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 20 when there are changes.")
    ] = False,
) -> ExitCode:
    """Show what each audience would gain and lose, and why; change none."""
    request = _request(session, "plan", shop=shop, run_id=None, as_of=as_of)
    request = _asking_for(session, request, segment or []).with_(
        pull=not no_pull,
        deliver=False,
        online=online,
        confirmed=_confirmed(max_removed, max_added, max_consent_share),
        accept_smaller_source=accept_smaller_source,
        max_calls=max_calls,
    )
    report = _run(session, request)
    if out is not None:
        write_result(out, report.plan_json().encode())
        session.output.note(f"plan written to {out}")
    _show(session, report)
    session.output.document("plan", report.plan_data())
    if exit_code and report.exit_code == ExitCode.DONE and report.changes:
        return ExitCode.CHANGES
    return report.exit_code


def run(
    session: Session,
    *,
    shop: ShopOption = None,
    segment: SegmentOption = None,
    as_of: AsOfOption = None,
    no_pull: NoPullOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as plan.")] = False,
    max_removed: MaxRemovedOption = None,
    max_added: MaxAddedOption = None,
    max_consent_share: MaxShareOption = None,
    expect_plan: Annotated[
        str | None,
        typer.Option("--expect-plan", help="Send only the plan with this checksum."),
    ] = None,
    accept_smaller_source: SmallerOption = False,
    max_calls: MaxCallsOption = None,
    run_id: RunIdOption = None,
    all_shops: Annotated[
        bool, typer.Option("--all-shops", help="Every shop, each in a process of its own.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", help="With --all-shops: so many at a time.", min=1)
    ] = 1,
    metrics_file: MetricsOption = None,
) -> ExitCode | int:
    """Pull, evaluate the segments, and bring every audience up to date."""
    if all_shops:
        of_one_shop = (shop, max_removed, max_added, max_consent_share, expect_plan)
        if accept_smaller_source or any(value is not None for value in of_one_shop):
            raise typer.BadParameter(
                "--all-shops goes with no --shop, and what confirms a number is for one shop"
            )
        return _run_all(
            session,
            segments=segment or [],
            as_of=as_of,
            switches={"--no-pull": no_pull, "--dry-run": dry_run},
            max_calls=max_calls,
            run_id=run_id,
            jobs=jobs,
            metrics_file=metrics_file,
        )
    request = _request(session, "run", shop=shop, run_id=run_id, as_of=as_of)
    request = _asking_for(session, request, segment or []).with_(
        pull=not (no_pull or expect_plan),
        deliver=not dry_run,
        confirmed=_confirmed(max_removed, max_added, max_consent_share),
        expect_plan=expect_plan,
        accept_smaller_source=accept_smaller_source,
        max_calls=max_calls,
    )
    if dry_run:
        return _execute(session, request)
    return _execute_watched(session, request, metrics_file)


def settle(
    session: Session, *, shop: ShopOption = None, run_id: RunIdOption = None
) -> ExitCode:
    """Ask the platforms what became of what was sent; send nobody to any."""
    from audsync.cli.runs import open_state

    open_state(session, session.shop(shop)).close()  # there is something to ask for
    request = _request(session, "settle", shop=shop, run_id=run_id, as_of=None)
    return _execute(session, request.with_(pull=False, evaluate=False))


def _run_all(
    session: Session,
    *,
    segments: list[str],
    as_of: str | None,
    switches: dict[str, bool],
    max_calls: int | None,
    run_id: str | None,
    jobs: int,
    metrics_file: Path | None,
) -> int:
    """One run of each shop; all have the same run id."""
    from audsync.cli.many_shops import run_all_shops

    now = datetime.now(UTC)
    moment(as_of, "UTC", now=now)  # refuses what is no day
    options = {"--as-of": as_of, "--max-calls": max_calls}
    arguments = [
        *(name for name, wanted in switches.items() if wanted),
        *(str(word) for pair in options.items() if pair[1] is not None for word in pair),
    ]
    return run_all_shops(
        session,
        arguments,
        segments=segments,
        run_id=run_id or new_run_id(now),
        jobs=jobs,
        metrics_file=metrics_file,
        is_told=not switches["--dry-run"],
    )


def new_run_id(now: datetime) -> str:
    """The name of a run that begins now."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def _confirmed(
    max_removed: int | None, max_added: int | None, max_consent_share: float | None
) -> "Confirmed":
    from audsync.plan import Confirmed

    return Confirmed(max_removed, max_added, max_consent_share)


def _request(
    session: Session, name: str, *, shop: str | None, run_id: str | None, as_of: str | None
) -> "Request":
    return new_request(session.shop(shop), name, run_id=run_id, as_of=as_of)


def _asking_for(session: Session, request: "Request", segments: list[str]) -> "Request":
    """The request for these segments alone; none of them means all.

    NotFoundError for one that the shop does not have, before anybody hears of a run.
    """
    if segments:
        from audsync.run.asked import check_asked

        check_asked(session.all_segments(), request.shop.id, segments)
    return request.with_(segments=tuple(segments))


def new_request(
    shop: "Shop", name: str, *, run_id: str | None = None, as_of: str | None = None
) -> "Request":
    """A run that begins now; `as_of` is a day such as 2026-11-22."""
    from audsync.run.request import Request

    now = datetime.now(UTC)
    return Request(
        shop=shop,
        command=name,
        run_id=run_id or new_run_id(now),
        started_at=now,
        as_of=moment(as_of, shop.timezone, now=now),
    )


def moment(
    text: str | None, timezone: str, *, now: datetime | None = None, option: str = "--as-of"
) -> datetime:
    """The moment of a run: now, or the last second of the given day in the shop's zone."""
    zone = ZoneInfo(timezone)
    if text is None:
        return (now or datetime.now(UTC)).astimezone(zone)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError:
        raise typer.BadParameter(f"{option} takes a day, such as 2026-11-22") from None
    return day.replace(hour=23, minute=59, second=59)


def _run(session: Session, request: "Request") -> "RunReport":
    from audsync.run.shell import execute

    output = session.output
    bind(shop=request.shop.id, run_id=request.run_id)
    output.event("start", shop=request.shop.id, run=request.run_id, command=request.command)
    output.happened("run started", command=request.command)
    report = execute(
        session.config(),
        session.all_segments(),
        request,
        progress=output.progress,
        delivering=signals.stop_at_batch_boundaries,
        should_stop=signals.should_stop,
    )
    output.end_progress()
    output.happened("run ended", exit_code=int(report.exit_code), changes=report.changes)
    return report


def _execute(session: Session, request: "Request") -> ExitCode:
    session.output.streams = True
    report = _run(session, request)
    _show(session, report)
    return signals.exit_code or report.exit_code


def _execute_watched(
    session: Session, request: "Request", metrics_file: Path | None
) -> ExitCode:
    with watched(session.config(), request, metrics_file) as run:
        session.output.streams = True
        run.report = _run(session, request)
        _show(session, run.report)
    return signals.exit_code or run.report.exit_code


def _show(session: Session, report: "RunReport") -> None:
    from audsync.report import next_step, run_text

    output = session.output
    if output.streams or not output.as_json:
        for warning in report.warnings:
            output.warn(warning)
        # What every audience of a sink fails of, such as its login, is told once.
        for error in {str(error): error for error in report.errors}.values():
            output.failure(error)
    summary = report.summary()
    output.event("summary", **summary)
    output.text(run_text(summary, verbose=output.verbose))
    hint = next_step(summary)
    if hint:
        output.note(f"Next: {hint}")
