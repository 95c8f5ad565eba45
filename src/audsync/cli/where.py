"""`audsync where`: which audience held a person, from when to when, under which consent."""

from datetime import datetime
from typing import Any

import typer

from audsync.cli.forget import CustomerOption, EmailOption, person_of
from audsync.cli.session import Session, ShopOption, command

_HEADERS = ("audience", "from", "by run", "until", "by run", "consent")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "where")(where)


def where(
    session: Session,
    *,
    shop: ShopOption = None,
    email_stdin: EmailOption = False,
    customer_id: CustomerOption = None,
) -> None:
    """Tell which audiences held a person: from when, until when, by which runs and consent."""
    from audsync.run.where import where as ask

    chosen = session.shop(shop)
    person = person_of(email_stdin=email_stdin, customer_id=customer_id)
    found = ask(session.config(), chosen, person)
    session.output.document("where", {"shop": chosen.id, "audiences": found})
    session.output.table(_HEADERS, [_row(one) for one in found])


def _row(one: dict[str, Any]) -> list[object]:
    rule = one["consent"]
    consent = rule and f"{rule['field']} = {' | '.join(rule['values'])}"
    since = _moment(one["from"]) or "before the history begins"
    until = _moment(one["until"])
    return [one["audience"], since, one["from_run"], until, one["until_run"], consent]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
