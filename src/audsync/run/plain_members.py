"""Values of people in member and plan files, from before a shop's identities were hidden."""

from collections.abc import Iterator
from datetime import datetime

from audsync.errors import ConfigError
from audsync.identity.hiding import Hiding
from audsync.plan.rows import by_client
from audsync.state import Audience, State
from audsync.state.members import CLIENT, CONFIRMED


def hide_members(state: State, hiding: Hiding, *, run: str, at: datetime) -> list[str]:
    """Leave no address in the files of the state; a sentence per audience that it costs.

    An id that holds an address becomes what stands for it. A list of names and addresses, as a
    sink for people keeps it, is forgotten. Raises ConfigError while a plan with an address is
    still open: to close it takes the sink that it was made for.
    """
    for name in sorted(state.journal.files()):
        if any(map(hiding.hides, state.plans.read(name).columns)):
            raise ConfigError(
                "an earlier run was cut off while it sent addresses in plain text; to bring it "
                'to its end, run once more with identities = "stored" and the sinks of then'
            )
    with state.transaction():  # of lists and history, which are compared with each other
        told = [*_hide_lists(state, hiding, run=run, at=at)]
        _hide_history(state, hiding)
    state.sweep()
    return told


def _hide_lists(state: State, hiding: Hiding, *, run: str, at: datetime) -> Iterator[str]:
    for audience, file in _hidden(state, hiding):
        _point(state, audience, file, run=run, at=at)
        if file is None:
            yield (
                f"{audience.name}: its members were kept by name and address, so that their "
                "list is forgotten here; delete what was written there"
            )


def _hide_history(state: State, hiding: Hiding) -> None:
    for moves in state.history.moves():
        rows = state.history.files.read(moves.file)
        if hiding.hides(rows[CLIENT]):
            place = rows.schema.get_field_index(CLIENT)
            hidden = rows.set_column(
                place, rows.schema.field(place), hiding.texts(rows[CLIENT])
            )
            state.history.rewrite(moves, hidden.sort_by(CLIENT))


def _hidden(state: State, hiding: Hiding) -> Iterator[tuple[Audience, str | None]]:
    """Audiences whose member file held an address, each with its new file, or none."""
    for audience in state.audiences.list():
        if audience.member_file is None:
            continue
        rows = state.members.read(audience.member_file)
        keys = rows.drop_columns([CLIENT, CONFIRMED])
        if any(map(hiding.hides, keys.columns)):
            yield audience, None
        elif hiding.hides(rows[CLIENT]):
            place = rows.schema.get_field_index(CLIENT)
            ids = hiding.texts(rows[CLIENT])
            hidden = rows.set_column(place, rows.schema.field(place), ids)
            yield audience, state.members.write(by_client(hidden))


def _point(
    state: State, audience: Audience, file: str | None, *, run: str, at: datetime
) -> None:
    kept = file is not None
    with state.transaction():
        moves = None if kept else state.history.write(state.confirmed(audience.audience), None)
        if moves is not None:
            state.history.add(audience.audience, run=run, at=at, file=moves)
        state.audiences.point(
            audience.audience,
            member_file=file,
            rules_version=audience.rules_version if kept else None,
            members=audience.members if kept else 0,
            uncertain=audience.uncertain if kept else 0,
            run=run,
        )
        facts = {"run": run, "audience": audience.audience, "member_file": file}
        state.ledger.append("hidden", at=at, facts=facts)
