"""Worlds: who was delivered, who may be used and who is wanted; how a platform matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import pyarrow as pa
from hypothesis import strategies as st

from audsync.consent import Gate
from audsync.contracts import Match
from audsync.guard_settings import GuardSettings
from audsync.plan import Confirmed, Desired, Limits, Matching, Population, Refresh, desired
from fakes.people import TODAY, consents, ids, key_rows

COLUMNS = ("email", "email_2", "phone", "phone_2", "country")
KINDS = (("email", "email_2"), ("phone", "phone_2"))
Row = tuple[str | None, ...]
CLIENTS = tuple("12345")
EMAILS = st.sampled_from([None, "e1", "e2", "e3", "e4", "e5"])
PHONES = st.sampled_from([None, "p1", "p2", "p3"])
COUNTRIES = st.sampled_from([None, "CZ", "SK"])


def _rows(
    email_2: st.SearchStrategy[str | None], phone_2: st.SearchStrategy[str | None]
) -> st.SearchStrategy[Row]:
    given = st.tuples(EMAILS, email_2, PHONES, phone_2, COUNTRIES)
    return given.filter(lambda row: any(row[:-1]))


# Most worlds are of people who have one of each kind; in others a key stands in any column.
ROWS = _rows(st.none(), st.none())
ROWS_OF_SEVERAL = _rows(EMAILS, PHONES)
answers = st.dictionaries(st.sampled_from(CLIENTS), st.booleans(), min_size=1)


def decided(answers: Mapping[str, bool]) -> Gate:
    """The gate's decision, made once for the same answers."""
    return _decided(tuple(sorted(answers.items())))


@cache
def _decided(answers: tuple[tuple[str, bool], ...]) -> Gate:
    return consents(dict(answers))


def named(keys: Mapping[str, Row]) -> pa.Table:
    """Rows of keys by client."""
    people = {client: dict(zip(COLUMNS, row, strict=True)) for client, row in keys.items()}
    return key_rows(people, COLUMNS)


@dataclass(frozen=True)
class World:
    """Delivered rows, people of today, keys and the segment; and how the platform matches."""

    had: Sequence[tuple[str, Row, date | None]]
    answers: dict[str, bool]
    keys: Mapping[str, Row]
    segment: Sequence[str]
    accounts: dict[str, str]
    match: Match

    def delivered(self) -> pa.Table:
        table = pa.table(
            {
                "client_id": pa.array([client for client, _, _ in self.had], pa.string()),
                "confirmed_on": pa.array([day for _, _, day in self.had], pa.date32()),
            }
        )
        for number, name in enumerate(COLUMNS):
            values = [row[number] for _, row, _ in self.had]
            table = table.append_column(name, pa.array(values, pa.string()))
        return table

    def desired(self) -> Desired:
        gate = decided(self.answers)
        keys = {
            client: dict(zip(COLUMNS, row, strict=True)) for client, row in self.keys.items()
        }
        return desired(
            gate.consented,
            ids(self.segment),
            key_rows(keys, COLUMNS),
            refused=gate.refused,
        )

    def population(self) -> Population:
        gate = decided(self.answers)
        accounts = {
            "customer_id": pa.array(list(self.accounts), pa.string()),
            "client_id": pa.array(list(self.accounts.values()), pa.string()),
        }
        return Population(gate.refused, ids(self.answers), pa.table(accounts))

    @property
    def matching(self) -> Matching:
        return Matching(self.match, KINDS)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rows = draw(st.sampled_from([ROWS, ROWS_OF_SEVERAL]))
    had = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CLIENTS),
                rows,
                st.sampled_from([None, TODAY, TODAY - timedelta(days=30)]),
            ),
            unique_by=lambda entry: entry[:2],
            max_size=8,
        )
    )
    said = draw(answers)
    known = sorted(said)
    keys = draw(st.dictionaries(st.sampled_from(known), rows))
    # Many keep the keys they had: else hardly a member would stay.
    for client, row, _ in had:
        if client in said and draw(st.booleans()):
            keys[client] = row
    accounts = draw(st.dictionaries(st.sampled_from(CLIENTS), st.sampled_from(known)))
    return World(
        had,
        said,
        keys,
        draw(st.lists(st.sampled_from(known))),
        {customer: customer if customer in said else to for customer, to in accounts.items()},
        draw(st.sampled_from(Match)),
    )


limits = st.builds(
    Limits,
    st.builds(
        GuardSettings,
        shrink_percent=st.integers(0, 100),
        shrink_members=st.integers(0, 4),
        shrink_most=st.integers(0, 6),
        growth_percent=st.integers(0, 200),
        growth_members=st.integers(0, 4),
        consent_points=st.integers(1, 50),
    ),
    consent_share=st.floats(0, 1),
    last_consent_share=st.none() | st.floats(0, 1),
    confirmed=st.builds(
        Confirmed,
        max_removed=st.none() | st.integers(0, 6),
        max_added=st.none() | st.integers(0, 6),
        max_consent_share=st.none() | st.floats(0, 100),
    ),
)
refreshes = st.none() | st.builds(
    Refresh, st.sampled_from([TODAY, TODAY - timedelta(days=40)]), st.integers(1, 20)
)
