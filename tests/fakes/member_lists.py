"""Member lists, operations with their outcomes, and the list after them."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from audsync.contracts import Match
from audsync.state.members import member_schema
from audsync.state.membership import fold

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
KEYS = ("email", "phone", "country")
Member = tuple[str | None, ...]  # client and keys


def members(*rows: Member, on: date | None = MONDAY, keys: Sequence[str] = KEYS) -> pa.Table:
    """A member list of these clients and keys."""
    columns = list(zip(*rows, strict=True)) or [()] * (len(keys) + 1)
    table = pa.table(
        {
            "client_id": pa.array(columns[0], pa.string()),
            "confirmed_on": pa.array([on] * len(rows), pa.date32()),
            **{
                name: pa.array(values, pa.string())
                for name, values in zip(keys, columns[1:], strict=True)
            },
        }
    )
    return table.cast(member_schema(list(keys), "0"))


def operations(*rows: tuple[int, str, bool, Member]) -> pa.Table:
    """Phase, operation, whether certain, and the member, of decided operations."""
    return pa.table(
        {
            "phase": pa.array([row[0] for row in rows], pa.int8()),
            "operation": pa.array([row[1] for row in rows], pa.string()),
            "wanted_as": pa.array([row[3][0] if row[0] else None for row in rows], pa.string()),
            "client_id": pa.array([row[3][0] for row in rows], pa.string()),
            **{
                name: pa.array([row[3][place] for row in rows], pa.string())
                for place, name in enumerate(KEYS, 1)
            },
            "certain": pa.array([row[2] for row in rows], pa.bool_()),
            "confirmed_on": pa.array(
                [TUESDAY if row[2] else None for row in rows], pa.date32()
            ),
        }
    )


def quiet(*rows: Member, wanted_as: str | None = None) -> pa.Table:
    """Members who leave without an operation, and who they are wanted as."""
    leaving = members(*rows).drop_columns(["confirmed_on"])
    return leaving.add_column(0, "wanted_as", pa.array([wanted_as] * len(rows), pa.string()))


def after(
    had: pa.Table | None,
    *rows: tuple[int, str, bool, Member],
    silent: Sequence[Member] = (),
    wanted_as: str | None = None,
    match: Match = Match.KEY,
) -> list[tuple[object, ...]]:
    """The member list after operations: client, day and keys."""
    folded = fold(
        had,
        operations(*rows),
        quiet(*silent, wanted_as=wanted_as),
        match=match,
        kinds=(("email",), ("phone",)),
        rules_version="1",
    )
    return [tuple(row.values()) for row in folded.to_pylist()]


ANNA: Member = ("a", "anna", "p-anna", "CZ")
BELA: Member = ("b", "bela", None, "PL")


def held(member: Member, on: date | None = MONDAY) -> tuple[object, ...]:
    return (member[0], on, *member[1:])
