"""Who is one person: accounts and guest orders joined into clients.

The rules stand in docs/reference/clients.md, "Who is one client".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

# Shared by more accounts than these, an address or number is an office's or a placeholder.
MAX_ACCOUNTS_PER_EMAIL: Final = 5
MAX_ACCOUNTS_PER_PHONE: Final = 5


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which client an account and an order belong to, and what was joined.

    `accounts(customer_id, client_id)` has every customer id of both inputs, sorted by it;
    `orders(order_id, client_id)` every order of somebody, sorted by it.
    """

    accounts: "pa.Table"
    orders: "pa.Table"
    counts: Mapping[str, int]


def resolve(accounts: "pa.Table", orders: "pa.Table") -> Resolution:
    """Join rows into clients; independent of the order of rows.

    `accounts` has customer_id, email_normal, phone_e164, one row per account; `orders` has
    order_id, customer_id, email_normal, phone_e164, one row per order. All are text.
    """
    import numpy as np

    rows = _rows(accounts, orders)
    email_links, emails_refused = _links(rows, rows.email, MAX_ACCOUNTS_PER_EMAIL)
    groups = _components(rows.person, email_links)
    phone_links, phones_refused = _links(rows, rows.phone, MAX_ACCOUNTS_PER_PHONE)
    chains = _components(groups[rows.person], phone_links)[groups]
    clients = _unless_two_addresses(groups, chains, rows)
    counts = {
        "clients": int(np.unique(clients).size),
        "joined_by_email": int(groups.size - np.unique(groups).size),
        "joined_by_phone": int(np.unique(groups).size - np.unique(clients).size),
        "shared_emails_refused": emails_refused,
        "shared_phones_refused": phones_refused,
        "anonymous_orders": rows.anonymous,
    }
    return Resolution(*_tables(rows, clients, accounts, orders), counts)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Evidence as codes: one row per account and per order of somebody.

    `person` is a number per customer id, then one per guest order; `email` and `phone` index
    the value lists or are -1; `order` is the row of `orders`, -1 for an account.
    """

    person: "Codes"
    email: "Codes"
    phone: "Codes"
    order: "Codes"
    customer_ids: list[str]
    emails: list[str]
    phones: list[str]
    anonymous: int


def _codes(values: "pa.ChunkedArray[Any]") -> tuple["Codes", list[str]]:
    """Each value's number in the sorted list of distinct values, -1 for null; and that list."""
    import numpy as np
    import pyarrow.compute as pc

    distinct = pc.unique(values).drop_null().sort()
    found = pc.fill_null(pc.index_in(values, distinct), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64), distinct.to_pylist()


def _rows(accounts: "pa.Table", orders: "pa.Table") -> _Rows:
    import numpy as np
    import pyarrow as pa

    both = pa.concat_tables(
        [
            table.select(["customer_id", "email_normal", "phone_e164"]).cast(
                pa.schema([(name, pa.string()) for name in _EVIDENCE])
            )
            for table in (accounts, orders)
        ]
    )
    customer, customer_ids = _codes(both["customer_id"])
    email, emails = _codes(both["email_normal"])
    phone, phones = _codes(both["phone_e164"])
    order = np.arange(both.num_rows, dtype=np.int64) - accounts.num_rows
    order[order < 0] = -1
    somebody = (customer >= 0) | (email >= 0) | (phone >= 0)
    guest = somebody & (customer < 0)
    customer[guest] = len(customer_ids) + np.arange(int(guest.sum()))
    return _Rows(
        customer[somebody],
        email[somebody],
        phone[somebody],
        order[somebody],
        customer_ids,
        emails,
        phones,
        int((~somebody).sum()),
    )


_EVIDENCE = ("customer_id", "email_normal", "phone_e164")


def _links(rows: _Rows, values: "Codes", most: int) -> tuple["Codes", int]:
    """The value of each row that may join persons, -1 elsewhere; and how many are too common."""
    import numpy as np

    is_account = (rows.person < len(rows.customer_ids)) & (values >= 0)
    pairs = np.unique(np.stack([values[is_account], rows.person[is_account]]), axis=1)
    holders = np.bincount(pairs[0], minlength=int(values.max(initial=-1)) + 1)
    common = holders > most
    refused = (values >= 0) & common[np.maximum(values, 0)] if holders.size else values >= 0
    return np.where(refused, -1, values), int(common.sum())


def _components(nodes: "Codes", links: "Codes") -> "Codes":
    """Label per node 0..max: nodes that rows tie to one link value, in a chain, are one."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = int(nodes.max(initial=-1)) + 1
    tied = links >= 0
    size = count + int(links.max(initial=-1)) + 1
    edges = (np.ones(int(tied.sum()), dtype=np.int8), (nodes[tied], links[tied] + count))
    graph = coo_array(edges, shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    return np.asarray(labels[:count], dtype=np.int64)


def _unless_two_addresses(groups: "Codes", chains: "Codes", rows: _Rows) -> "Codes":
    """The chain of each person where at most one of its groups knows an address, else its group.

    Both are numbers per person; the result keeps groups and chains apart by an offset.
    """
    import numpy as np

    group_of_row = groups[rows.person]
    knowing = np.unique(group_of_row[rows.email >= 0])
    chain_of_group = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.int64)
    chain_of_group[groups] = chains
    addresses = np.bincount(chain_of_group[knowing], minlength=int(chains.max(initial=-1)) + 1)
    offset = int(chains.max(initial=-1)) + 1
    return np.where(addresses[chains] <= 1, chains, groups + offset)


def _tables(
    rows: _Rows, clients: "Codes", accounts: "pa.Table", orders: "pa.Table"
) -> tuple["pa.Table", "pa.Table"]:
    import pyarrow as pa

    names = _names(rows, clients)
    ids = pa.array(rows.customer_ids, pa.string())
    account_clients = names.take(pa.array(clients[: len(rows.customer_ids)]))
    is_order = rows.order >= 0
    of_orders = pa.table(
        {
            "order_id": orders["order_id"].take(pa.array(rows.order[is_order])),
            "client_id": names.take(pa.array(clients[rows.person[is_order]])),
        }
    )
    of_accounts = pa.table({"customer_id": ids, "client_id": account_clients})
    return of_accounts, of_orders.sort_by("order_id")


def _names(rows: _Rows, clients: "Codes") -> "pa.Array":
    """Client id per label: the shortest, then smallest customer id, else a digest."""
    import numpy as np
    import pyarrow as pa

    names: list[str | None] = [None] * (int(clients.max(initial=-1)) + 1)
    for values, prefix in ((rows.phones, "g-"), (rows.emails, "g-")):
        codes = rows.phone if values is rows.phones else rows.email
        has = codes >= 0
        order = np.argsort(-codes[has], kind="stable")
        labels, chosen = clients[rows.person[has]][order], codes[has][order]
        # Later assignments win, so the smallest value of a label stays.
        first = dict(zip(labels.tolist(), chosen.tolist(), strict=True))
        for label, code in first.items():
            names[label] = prefix + sha256(values[code].encode()).hexdigest()[:16]
    longest_first = sorted(
        range(len(rows.customer_ids)),
        key=lambda number: (len(rows.customer_ids[number]), rows.customer_ids[number]),
        reverse=True,
    )
    for number in longest_first:
        names[clients[number]] = rows.customer_ids[number]
    return pa.array(names, pa.string())
