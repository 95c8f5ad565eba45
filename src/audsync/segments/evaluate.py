"""Evaluating segments: who matches which, before any consent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from audsync.model.settings import LeapDay
from audsync.segments.compile import Compiler
from audsync.segments.folder import in_order
from audsync.segments.groups import above
from audsync.segments.segment import Segment
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine

MEMBERSHIP: Final = "membership"
_AT_ONCE: Final = 10  # segments


def evaluate(
    segments: Sequence[Segment],
    engine: "Engine",
    *,
    as_of: date,
    currency: str,
    leap_day: LeapDay = LeapDay.FEBRUARY_28,
    answers: "Mapping[str, pa.Table] | None" = None,
) -> None:
    """Leave the temporary table `membership(segment_id, client_id)` of the active segments.

    Reads `numbered_clients`, `client_numbers` and the facts of the model as they stand in the
    engine. `segments` holds whatever the active ones refer to; one that is not active is
    evaluated where it is referred to, or goes before an active one of its group, and is not
    part of the result. `answers` has, by its text, who each query in SQL holds for.
    Raises ConfigError where a reference leads nowhere or a query has no answer.
    """
    active = [segment for segment in segments if segment.active]
    referred = {name for segment in active for name in segment.references}
    for segment in active:
        if before := above(segment, segments):
            referred |= {segment.id, *before}
    with Workspace(
        engine, as_of=as_of, currency=currency, leap_day=leap_day, answers=answers
    ) as workspace:
        members = member_tables(segments, workspace, wanted=referred)
        parts = [
            f"SELECT {literal(segment.id)} AS segment_id, m.client"
            f" FROM ({_members_sql(segment, segments, workspace, members)}) m"
            for segment in active
        ]
        nobody = "SELECT '' AS segment_id, c.client FROM numbered_clients c WHERE FALSE"
        if len(parts) > _AT_ONCE:
            # One statement holds what all of its segments join at the same time.
            groups = (parts[at : at + _AT_ONCE] for at in range(0, len(parts), _AT_ONCE))
            tables = [workspace.store(" UNION ALL ".join(group)) for group in groups]
            parts = [f"SELECT t.segment_id, t.client FROM {table} t" for table in tables]
        everybody = " UNION ALL ".join(parts or [nobody])
        engine.store(
            MEMBERSHIP,
            f"SELECT m.segment_id, n.client_id FROM ({everybody}) m"
            " JOIN client_numbers n ON n.client = m.client",
        )


def _members_sql(
    segment: Segment,
    segments: Sequence[Segment],
    workspace: Workspace,
    members: Mapping[str, str],
) -> str:
    if segment.id in members:
        rivals = [members[name] for name in above(segment, segments)]
        joins = [f" LEFT JOIN {one} ON {one}.client = t.client" for one in rivals]
        tests = [f"{one}.client IS NULL" for one in rivals]
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        return f"SELECT t.client FROM {members[segment.id]} t{''.join(joins)}{where}"
    return Compiler(segment, workspace, members).members_sql()


def member_tables(
    segments: Sequence[Segment], workspace: Workspace, *, wanted: Collection[str]
) -> dict[str, str]:
    """Tables of the members of the wanted segments and of those they refer to, by id."""
    by_id = {segment.id: segment for segment in segments}
    ordered = in_order(by_id)
    needed = set(wanted)
    for segment in reversed(ordered):
        if segment.id in needed:
            needed.update(segment.references)
    members: dict[str, str] = {}
    for segment in ordered:
        if segment.id in needed:
            sql = Compiler(segment, workspace, members).members_sql()
            members[segment.id] = workspace.store(sql)
    return members
