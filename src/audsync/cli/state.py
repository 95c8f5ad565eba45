"""`audsync state verify`."""

from dataclasses import asdict

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.errors import ExitCode

state = typer.Typer(help="The folder in which a shop's state is kept.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(state, name="state")


@command(state, "verify")
def verify(session: Session, *, shop: ShopOption = None) -> ExitCode:
    """Prove that a shop's state folder is whole; changes nothing. Exit 13 for damage."""
    from audsync.run.connectors import state_folder
    from audsync.run.proof import prove

    chosen = session.shop(shop)
    proof = prove(state_folder(session.config(), chosen))
    session.output.document(
        "state",
        {
            "shop": chosen.id,
            "folder": proof.folder,
            "run_is_active": proof.is_active,
            "findings": [asdict(finding) for finding in proof.findings],
        },
    )
    for finding in proof.findings:
        session.output.text(f"{finding.level}: {finding.message}")
        if finding.remedy:
            session.output.text(f"      = {finding.remedy}")
    return proof.exit_code
