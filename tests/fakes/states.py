"""State folders with something in them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from audsync.contracts import AudienceInfo, Match, Operation, Outcome, RejectedRows
from audsync.state import Range, State, batch_key
from audsync.state.members import member_schema
from audsync.testing.memory_source import table_rows
from audsync.warehouse import Warehouse

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def member_rows(*clients: str, twins: Mapping[str, str] = MappingProxyType({})) -> pa.Table:
    """Rows of members; `twins` have the address of another."""
    rows = [
        {
            "client_id": client,
            "confirmed_on": TODAY,
            "email": f"e-{twins.get(client, client)}",
        }
        for client in clients
    ]
    return pa.Table.from_pylist(rows, member_schema(["email"], "v1"))


def plan_rows(*rows: tuple[int, str, str]) -> pa.Table:
    """Phase, operation and client of each row of a plan file."""
    texts = ("operation", "reason", "wanted_as", "client_id", "email")
    schema = pa.schema([pa.field(name, pa.string()) for name in texts])
    schema = schema.insert(0, pa.field("phase", pa.int8()))
    return pa.Table.from_pylist(
        [
            {"phase": phase, "operation": operation, "client_id": who, "email": f"e-{who}"}
            for phase, operation, who in rows
        ],
        schema,
    )


def with_members(
    state: State,
    *clients: str,
    audience: str = "a",
    sink: str = "s",
    remote_id: str = "remote-1",
    run: str = "run-0",
    twins: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Give an audience these members, as a run does that has to doubt them."""
    info = AudienceInfo(remote_id, audience.upper())
    state.audiences.opened(audience, sink=sink, info=info, at=NOW)
    file = state.members.write(member_rows(*clients, twins=twins))
    with state.transaction():
        state.audiences.point(
            audience,
            member_file=file,
            rules_version="v1",
            members=len(clients),
            uncertain=0,
            run=run,
        )
        facts = {"run": run, "audience": audience, "member_file": file}
        state.ledger.append("doubted", at=NOW, facts=facts)


def a_plan(state: State) -> int:
    """Members 1 to 4; 1 and 2 leave, 5 and 6 enter; batches of two, all but the last known."""
    with_members(state, "1", "2", "3", "4")
    rows = plan_rows((0, "remove", "1"), (0, "remove", "2"), (1, "add", "5"), (1, "add", "6"))
    ranges = [(0, Operation.REMOVE, 0, 2), (1, Operation.ADD, 2, 4)]
    return journalled(state, "run-1", rows, ranges)


def journalled(
    state: State, run: str, rows: pa.Table, ranges: list[tuple[int, Operation, int, int]]
) -> int:
    """Open a plan of the audience "a" with those batches; its number."""
    file = state.plans.write(rows)
    plan = state.journal.open(
        run,
        "a",
        file=file,
        rules_version="v1",
        match=Match.KEY,
        kinds=(("email",),),
        made_on=TODAY,
        ranges=[
            Range(batch_key(run, "a", kind, number, file), number, phase, kind, start, stop)
            for number, (phase, kind, start, stop) in enumerate(ranges)
        ],
    )
    return plan.plan


def lived_in(folder: Path) -> None:
    """Make a state with something in every table: a run, one plan done and one half-way."""
    with State(folder) as state:
        state.runs.start("run-1", command="run", as_of=NOW, started_at=NOW)
        a_plan(state)
        removal, addition = state.journal.batches(1)
        state.journal.sending(removal.id, at=NOW)
        state.journal.sent(removal.id, {"job": 7})
        state.journal.decided(removal.id, Outcome(2))
        state.journal.decided(addition.id, Outcome(1, (RejectedRows("invalid", 1, (0,)),)))
        state.fold(state.journal.plans()[0], run="run-1", at=NOW)
        state.runs.finish("run-1", finished_at=NOW, exit_code=0, summary={"added": 1})
        state.facts.put("consent_share.advertising", 0.5)
        state.suppressions.ask("request-1", ["0a" * 32, "0b" * 32], at=NOW)
        leaving = [(0, Operation.REMOVE, 0, 1)]
        journalled(state, "run-2", plan_rows((0, "remove", "6")), leaving)
        state.sweep()


def stocked(folder: Path) -> None:
    """Make a warehouse of two customers, an order with its line, and a cursor."""
    with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
        with warehouse.transaction():
            for table, record in (
                ("customers", {"customer_id": "1", "email": "one@example.com"}),
                ("customers", {"customer_id": "2", "email": "two@example.com"}),
                (
                    "orders",
                    {
                        "order_id": "o1",
                        "customer_id": "1",
                        "created_at": "2026-10-01T10:00:00",
                        "status": "finished",
                        "currency": "CZK",
                    },
                ),
                (
                    "order_lines",
                    {"order_id": "o1", "line_number": 1, "product_id": "p", "quantity": "1"},
                ),
            ):
                with warehouse.engine.handed_over("given", table_rows(table, record)):
                    warehouse.engine.execute(
                        f"INSERT INTO main.{table} BY NAME SELECT * FROM given"
                    )
            warehouse.remember("cursor", {"changes": 4})
            warehouse.remember("provided", ["customers.email"])
            warehouse.note_changed_rows()
        warehouse.resolve_if_stale()
