"""Whoever the people are and whatever changes, hidden identities deliver the same members."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.config import SinkConfig
from audsync.contracts import Purpose
from audsync.errors import Problem
from audsync.identity.digests import AUDSYNC_RULES
from audsync.identity.hiding import Hiding, Identities
from audsync.match_keys import match_keys
from audsync.model import ModelInput, build_clients
from audsync.model.analyses import Analysis
from audsync.model.settings import ModelSettings
from audsync.pull import pull
from audsync.quarantine import QuarantineLimits
from audsync.run.further_contacts import FURTHER_PLACES, keep_further_places
from audsync.run.identities import fact_name, made_keys
from audsync.testing.memory_source import MemorySource
from audsync.warehouse import Warehouse

NAMING = ["email", "phone", "first_name", "last_name", "full_name"]
FURTHER = ["email_2", "phone_2"]
SINK = SinkConfig(
    "ads", "files", Purpose.ADVERTISING, None, lambda *text: Problem("", 0, 0, *text[:2])
)
RULES = {
    **AUDSYNC_RULES,
    "second_email": replace(AUDSYNC_RULES["hashed_email"], place=2),
    "second_phone": replace(AUDSYNC_RULES["hashed_phone"], place=2),
}
ONE_REFUSES = "SELECT 'customer_id' AS kind, '1' AS value"
HIDING = Hiding(
    b"0123456789abcdef0123456789abcdef",
    {fact_name(SINK, name, RULES): rule for name, rule in AUDSYNC_RULES.items()},
)
# Few values in several spellings, so that people meet in all ways.
EMAILS = (
    "a@example.com",
    " A@EXAMPLE.com",
    "b@example.com",
    "b(at)example",
    "c@bücher.example",
    "an.na@gmail.com",
    "anna+shop@GoogleMail.com",
)
PHONES = ("777123456", "+420 777 123 456", "+48 601 123 456", "no", "+1 202 555 0123")
NAMES = ("Jana", " jana", "Ing. Jana", "Nová", "-", "O'Neil", "Jan Nový")

people = st.fixed_dictionaries(
    {
        "email": st.none() | st.sampled_from(EMAILS),
        "phone": st.none() | st.sampled_from(PHONES),
        "first_name": st.none() | st.sampled_from(NAMES),
        "last_name": st.none() | st.sampled_from(NAMES),
        "country": st.none() | st.sampled_from(["CZ", "PL"]),
    }
)
numbers = st.integers(1, 5).map(str)
accounts = st.dictionaries(numbers, people, max_size=4)
orders = st.dictionaries(numbers, st.tuples(st.none() | numbers, people), max_size=4)
days = st.lists(st.tuples(accounts, orders, st.booleans()), min_size=1, max_size=3)


@dataclass
class Day:
    """What a source sends on one day, as rows of both tables."""

    accounts: dict[str, dict[str, Any]]
    orders: dict[str, tuple[str | None, dict[str, Any]]]
    replaces: bool
    number: int = field(default=0)

    def put(self, source: MemorySource) -> None:
        moment = datetime(2026, 1, 1 + self.number, tzinfo=UTC)
        source.put(
            "customers",
            [
                {"customer_id": key, "updated_at": moment, **row}
                for key, row in self.accounts.items()
            ],
            replaces=self.replaces,
        )
        source.put(
            "orders",
            [
                {
                    "order_id": key,
                    "customer_id": owner,
                    "created_at": moment,
                    "status": "finished",
                    "currency": "CZK",
                    "total_gross_minor": 100,
                    **row,
                }
                for key, (owner, row) in self.orders.items()
            ],
            replaces=self.replaces,
        )


def brought_in(
    source: MemorySource, warehouse: Warehouse, hiding: Hiding | None
) -> dict[str, int]:
    report = pull(
        source,
        warehouse,
        until=datetime(2026, 6, 1, tzinfo=UTC),
        country="CZ",
        limits=QuarantineLimits(stop_percent=100),
        source_percent=0,
        quarantine_file=warehouse.file.parent / "quarantine.jsonl",
        progress=lambda _table, _rows, _of: None,
        hiding=hiding,
    )
    return dict(report.normal_dropped)


def clients(warehouse: Warehouse, identities: Identities) -> pa.Table:
    build_clients(
        warehouse.engine,
        ModelSettings(),
        ModelInput(
            currency="CZK",
            rates={},
            provided=frozenset({"orders.order_id", "orders.total_gross_minor"}),
            params={},
            identities=identities,
            country="CZ",
        ),
        as_of=date(2026, 6, 1),
        analyses=[Analysis.NAMES],
    )
    keep_further_places(warehouse.engine, FURTHER, ONE_REFUSES)
    return warehouse.engine.fetch(
        f"SELECT c.*, f.email_2, f.phone_2 FROM clients c LEFT JOIN {FURTHER_PLACES} f "
        "ON f.client_id = c.client_id ORDER BY c.client_id"
    )


@settings(max_examples=12)
@given(days)
def test_clients_and_their_keys_are_those_of_stored_identities(
    given_days: list[tuple[Any, Any, bool]],
) -> None:
    source = MemorySource()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stored = opened.enter_context(Warehouse(folder / "stored.duckdb", timezone="UTC"))
        hidden = opened.enter_context(Warehouse(folder / "hidden.duckdb", timezone="UTC"))
        for number, parts in enumerate(given_days):
            Day(*parts, number).put(source)
            assert brought_in(source, stored, None) == brought_in(source, hidden, HIDING)
        plain, bare = clients(stored, Identities.STORED), clients(hidden, Identities.HASHED)
        assert all(bare[name].null_count == bare.num_rows for name in NAMING)
        assert plain.drop_columns(NAMING + FURTHER).equals(bare.drop_columns(NAMING + FURTHER))
        keys = match_keys(RULES, plain)
        made = match_keys(RULES, bare, made_keys(hidden.engine, SINK, RULES))
        assert keys.rows.equals(made.rows)
        assert (keys.unreachable, keys.missing) == (made.unreachable, made.missing)
