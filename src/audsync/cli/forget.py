"""`audsync forget`: a person taken out of everything, for good; and how far that has come."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.errors import ExitCode

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.run.forget import Asked, Person


class Action(StrEnum):
    """What is asked of `forget` besides forgetting."""

    STATUS = "status"


EmailOption = Annotated[
    bool, typer.Option("--email-stdin", help="Read the e-mail address from standard input.")
]
CustomerOption = Annotated[
    str | None,
    typer.Option("--customer-id", help="Account, as the shop names it.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "forget")(forget)


def forget(
    session: Session,
    action: Annotated[
        Action | None,
        typer.Argument(help="status: tell how far earlier requests are.", show_default=False),
    ] = None,
    *,
    shop: ShopOption = None,
    email_stdin: EmailOption = False,
    customer_id: CustomerOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what is held; change nothing.")
    ] = False,
) -> ExitCode:
    """Forget a person: keep away, remove at every sink, erase here. Exit 3 while one waits."""
    chosen = session.shop(shop)
    if action is Action.STATUS:
        return _status(session, chosen)
    person = person_of(email_stdin=email_stdin, customer_id=customer_id)
    return _forget(session, chosen, person, is_dry=dry_run)


def person_of(*, email_stdin: bool, customer_id: str | None) -> "Person":
    """Who is meant; an address is never an argument, since lists of processes show those."""
    from audsync.identity.email import normal_email
    from audsync.run.forget import Person

    if email_stdin == (customer_id is not None):
        raise typer.BadParameter("say who: --email-stdin or --customer-id, one of the two")
    if customer_id is not None:
        return Person(customer_id=customer_id)
    email = normal_email(sys.stdin.readline())
    if email is None:
        raise typer.BadParameter("what came on standard input is no e-mail address")
    return Person(email=email)


def _forget(session: Session, shop: "Shop", person: "Person", *, is_dry: bool) -> ExitCode:
    from audsync.cli.process import signals
    from audsync.cli.sync import new_request
    from audsync.run.forget import ask, request_data, requests
    from audsync.run.shell import execute

    request = new_request(shop, "forget")
    warnings: list[str] = []
    asked = ask(
        session.config(),
        shop,
        person,
        request=request.run_id,
        at=request.started_at,
        is_dry=is_dry,
        warnings=warnings,
    )
    for warning in warnings:
        session.output.warn(warning)
    if is_dry:
        return _tell_dry(session, shop, asked)
    if not asked.was_forgotten:
        request = request.with_(
            pull=False,
            evaluate=False,
            only_withdraws=True,
            forgetting=(person.email,) if person.email else (),
        )
        report = execute(
            session.config(),
            session.all_segments(),
            request,
            progress=session.output.progress,
            delivering=signals.stop_at_batch_boundaries,
            should_stop=signals.should_stop,
        )
        session.output.end_progress()
        for error in report.errors:
            session.output.warn(str(error))
    (found,) = [one for one in requests(session.config(), shop) if one.id == asked.request]
    _tell(session, shop, [request_data(found)])
    return signals.exit_code or _code([request_data(found)])


def _tell_dry(session: Session, shop: "Shop", asked: "Asked") -> ExitCode:
    held = {"rows": dict(asked.rows), "audiences": [*asked.audiences]}
    session.output.document("forget", {"shop": shop.id, "held": held})
    rows = [(table, count) for table, count in asked.rows.items()]
    session.output.table(("held", "rows"), rows)
    for name in asked.audiences:
        session.output.text(f"audience {name}")
    if not rows and not asked.audiences:
        session.output.text("nothing is held of this person here")
    return ExitCode.DONE


def _status(session: Session, shop: "Shop") -> ExitCode:
    from audsync.run.forget import request_data, requests

    found = [request_data(one) for one in requests(session.config(), shop)]
    _tell(session, shop, found)
    return _code(found)


def _tell(session: Session, shop: "Shop", found: list[dict[str, Any]]) -> None:
    output = session.output
    output.document("forget", {"shop": shop.id, "requests": found})
    rows = [
        [one["request"], datetime.fromisoformat(one["asked_at"]), one["state"], _waiting(one)]
        for one in found
    ]
    output.table(("request", "asked", "state", "waits for"), rows)
    if _code(found):
        output.note(f"Next: audsync run --shop {shop.id}")


def _waiting(one: dict[str, Any]) -> str:
    parts = [
        f"{sink['sink']}: {'; '.join(sink['waits_for'])}"
        for sink in one["sinks"]
        if sink["waits_for"]
    ]
    return ", ".join(parts) or "-"


def _code(found: list[dict[str, Any]]) -> ExitCode:
    is_open = any(one["state"] == "pending" for one in found)
    return ExitCode.INCOMPLETE if is_open else ExitCode.DONE
