"""Laws of resolving: against disjoint sets in plain Python, and of every order of the rows."""

from collections import defaultdict
from hashlib import sha256
from random import Random

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from audsync.identity.resolve import Resolution, _components, resolve

Row = tuple[str | None, str | None, str | None]  # customer id, address, phone
Whose = tuple[dict[str, str], dict[str, str]]

customers = st.sampled_from(["1", "2", "9", "10", "11", "a", "B", "ab", "é", "100"])
# One address and one phone come up so often that many accounts share them.
emails = st.sampled_from([None, *(f"{name}@example.com" for name in "aaaabcde")])
phones = st.sampled_from([None, None, *(f"+44207946001{digit}" for digit in "000123")])
accounts_of = st.lists(st.tuples(customers, emails, phones), max_size=14)
orders_of = st.lists(st.tuples(st.one_of(st.none(), customers), emails, phones), max_size=14)


def _table(rows: list[Row], *, numbered: bool) -> pa.Table:
    names = ("customer_id", "email_normal", "phone_e164")
    columns = {
        name: pa.array([row[place] for row in rows], pa.string())
        for place, name in enumerate(names)
    }
    if numbered:
        columns["order_id"] = pa.array([f"o{number}" for number in range(len(rows))])
    return pa.table(columns)


def _resolve(accounts: list[Row], orders: list[Row]) -> Resolution:
    return resolve(_table(accounts, numbered=False), _table(orders, numbered=True))


def _whose(resolution: Resolution) -> Whose:
    accounts = resolution.accounts.to_pylist()
    assert len({row["customer_id"] for row in accounts}) == len(accounts)
    return (
        {row["customer_id"]: row["client_id"] for row in accounts},
        {row["order_id"]: row["client_id"] for row in resolution.orders.to_pylist()},
    )


class Sets:
    """Disjoint sets of names."""

    def __init__(self) -> None:
        self.sets: dict[str, set[str]] = {}

    def of(self, name: str) -> set[str]:
        return self.sets.setdefault(name, {name})

    def join(self, one: str, other: str) -> None:
        both = self.of(one) | self.of(other)
        for name in both:
            self.sets[name] = both


def _common(rows: list[Row], place: int) -> set[str]:
    accounts = defaultdict(set)
    for row in rows:
        if row[0] and row[place]:
            accounts[row[place]].add(row[0])
    return {value for value, names in accounts.items() if value and len(names) > 5}


def _name(number: int, row: Row, common: set[str]) -> str | None:
    """The set a row is in by itself: its account, its address, its phone, or a row alone."""
    customer, email, phone = row
    if customer:
        return f"account {customer}"
    if email in common:
        return f"row {number}"
    return f"email {email}" if email else f"phone {phone}" if phone else None


def by_hand(accounts: list[Row], orders: list[Row]) -> Whose:
    """The rules of docs/reference/clients.md, "Who is one client", read aloud."""
    rows = accounts + orders
    common_emails, common_phones = _common(rows, 1), _common(rows, 2)
    names = [_name(number, row, common_emails) for number, row in enumerate(rows)]
    persons = Sets()
    for name, row in zip(names, rows, strict=True):
        if name and row[1] and row[1] not in common_emails:
            persons.join(name, f"email {row[1]}")
    known = {frozenset(persons.of(name)) for name, row in zip(names, rows, strict=True)
             if name and row[1]}  # fmt: skip
    chains = Sets()
    for name, row in zip(names, rows, strict=True):
        if name and row[2] and row[2] not in common_phones:
            chains.join(min(persons.of(name)), f"by {row[2]}")
            chains.join(min(persons.of(f"phone {row[2]}")), f"by {row[2]}")
    clients = Sets()
    for name in filter(None, names):
        group = persons.of(name)
        chain = chains.of(min(group))
        groups = {frozenset(persons.of(one)) for one in chain if not one.startswith("by ")}
        together = chain if len(groups & known) <= 1 else {min(group)}
        for other in {*together, *group}:
            clients.join(name, other)
    ids = _ids(rows, names, clients)
    return (
        {row[0]: ids[number] for number, row in enumerate(rows) if row[0]},
        {f"o{number - len(accounts)}": client for number, client in ids.items()
         if number >= len(accounts)},
    )  # fmt: skip


def _ids(rows: list[Row], names: list[str | None], clients: Sets) -> dict[int, str]:
    members = defaultdict(list)
    for number, name in enumerate(names):
        if name:
            members[min(clients.of(name))].append(number)
    ids = {}
    for numbers in members.values():
        accounts = sorted({rows[one][0] or "" for one in numbers} - {""}, key=_by_length)
        addresses = sorted({rows[one][1] or "" for one in numbers} - {""})
        called = sorted({rows[one][2] or "" for one in numbers} - {""})
        guest = "g-" + sha256((addresses or called or [""])[0].encode()).hexdigest()[:16]
        for one in numbers:
            ids[one] = accounts[0] if accounts else guest
    return ids


def _by_length(name: str) -> tuple[int, str]:
    return len(name), name


@settings(max_examples=400)
@given(accounts_of, orders_of)
def test_the_columns_say_what_the_rules_say_read_aloud(
    accounts: list[Row], orders: list[Row]
) -> None:
    assert _whose(_resolve(accounts, orders)) == by_hand(accounts, orders)


@given(accounts_of, orders_of, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_repeated_rows_change_nothing(
    accounts: list[Row], orders: list[Row], random: Random
) -> None:
    once = _resolve(accounts, orders)
    numbers = list(range(len(orders)))
    table = _table(orders, numbered=True)
    shuffled_accounts = [*accounts, *accounts[:3]]
    random.shuffle(shuffled_accounts)
    random.shuffle(numbers)
    again = resolve(
        _table(shuffled_accounts, numbered=False), table.take(pa.array(numbers, pa.int64()))
    )
    assert _whose(again) == _whose(once)
    assert again.counts == once.counts


@given(accounts_of, orders_of)
def test_an_address_that_few_accounts_share_belongs_to_one_client(
    accounts: list[Row], orders: list[Row]
) -> None:
    ids, order_ids = _whose(_resolve(accounts, orders))
    common = _common(accounts + orders, 1)
    owners = defaultdict(set)
    for customer, email, _ in accounts:
        owners[email].add(ids[customer or ""])
    for number, (_, email, _) in enumerate(orders):
        owners[email].add(order_ids.get(f"o{number}", ""))
    assert all(len(owners[email]) == 1 for email in owners if email and email not in common)


@given(accounts_of, orders_of)
def test_every_order_of_somebody_has_a_client_and_the_counts_add_up(
    accounts: list[Row], orders: list[Row]
) -> None:
    resolution = _resolve(accounts, orders)
    ids, order_ids = _whose(resolution)
    assert len(order_ids) + resolution.counts["anonymous_orders"] == len(orders)
    assert resolution.counts["accounts"] == len(ids)
    assert resolution.counts["clients"] == len({*ids.values(), *order_ids.values()})


nodes = st.integers(0, 39)


@given(st.lists(st.tuples(nodes, nodes), max_size=60))
def test_chains_and_stars_of_any_length_have_the_components_that_scipy_finds(
    edges: list[tuple[int, int]],
) -> None:
    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    labels = _components(40, left, right)
    graph = coo_array((np.ones(len(edges)), (left, right)), shape=(40, 40))
    count, expected = connected_components(graph, directed=False)
    pairs = set(zip(labels.tolist(), expected.tolist(), strict=True))
    assert len(pairs) == count == len(set(labels.tolist()))
