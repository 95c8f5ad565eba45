"""Which accounts and orders are one person (docs/reference/clients.md, "Who is one client").

A row goes by its customer id, else its e-mail address, else its phone. Rows that tie a customer
id to an address make groups; phones make clients of groups. So an address, unless too many
accounts share it, belongs to one client, and with it a refusal of consent given under it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from audsync.identity.digests import digest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

# An address or a phone on more accounts than this is an office, a courier or a joke.
MAX_ACCOUNTS: Final = 5
_GUEST_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose each account and each order is.

    `accounts` has `customer_id`, once each, and `client_id`, also for accounts that only orders
    name. `orders` has `order_id` and `client_id`, without orders that belong to nobody.

    `counts`: `accounts`, `orders`, `clients`; `joined_by_email` and `joined_by_phone`, how many
    clients fewer there are for it; `refused_shared_email` and `refused_shared_phone`, addresses
    and phones on too many accounts; `households`, chains of phones that join nothing since they
    touch several people with an address; `anonymous_orders`, those of nobody.
    """

    accounts: "pa.Table"
    orders: "pa.Table"
    counts: Mapping[str, int]


def resolve(accounts: "pa.Table", orders: "pa.Table") -> Resolution:
    """Tie accounts (customer_id, email_normal, phone_e164) and orders (also order_id).

    The result depends neither on the order of the rows nor on repeated ones.
    """
    import pyarrow as pa

    rows = _Rows(
        _identifier(accounts, orders, "customer_id"),
        _identifier(accounts, orders, "email_normal"),
        _identifier(accounts, orders, "phone_e164"),
    )
    clients = _Clients(rows)
    nodes = rows.nodes[accounts.num_rows :]
    owned = nodes >= 0
    account_rows: dict[str, Any] = {
        "customer_id": rows.customers.values,
        "client_id": clients.ids_of(clients.labels[: len(rows.customers.values)]),
    }
    order_rows: dict[str, Any] = {
        "order_id": orders["order_id"].cast(pa.string()).filter(pa.array(owned)),
        "client_id": clients.ids_of(clients.labels[nodes[owned]]),
    }
    counts = {
        "accounts": len(rows.customers.values),
        "orders": orders.num_rows,
        "anonymous_orders": int((~owned).sum()),
        **clients.counts,
    }
    return Resolution(pa.table(account_rows), pa.table(order_rows), counts)


@dataclass(frozen=True, slots=True)
class _Identifier:
    """One identifier of all rows: codes into its distinct values, -1 where a row has none."""

    codes: "Codes"
    values: "pa.StringArray"


def _identifier(accounts: "pa.Table", orders: "pa.Table", name: str) -> _Identifier:
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = [
        chunk for table in (accounts, orders) for chunk in table[name].cast(pa.string()).chunks
    ]
    column = pa.chunked_array(chunks, pa.string())
    filled = pc.if_else(pc.equal(column, pa.scalar("")), pa.scalar(None, pa.string()), column)
    encoded = filled.dictionary_encode().unify_dictionaries().combine_chunks()
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy()
    return _Identifier(codes, encoded.dictionary)


@dataclass(frozen=True)
class _Rows:
    """Accounts, then orders. Nodes count customers first, then addresses, then phones."""

    customers: _Identifier
    emails: _Identifier
    phones: _Identifier

    @property
    def first_email(self) -> int:
        return len(self.customers.values)

    @property
    def first_phone(self) -> int:
        return self.first_email + len(self.emails.values)

    @property
    def node_count(self) -> int:
        return self.first_phone + len(self.phones.values)

    @cached_property
    def nodes(self) -> "Codes":
        """The node that each row goes by; -1 for a row of nobody."""
        import numpy as np

        email, phone = self.emails.codes, self.phones.codes
        guest = np.where(email >= 0, email + self.first_email, phone + self.first_phone)
        nobody = (email < 0) & (phone < 0)
        customer = self.customers.codes
        return np.where(customer >= 0, customer, np.where(nobody, -1, guest))

    def shared(self, identifier: _Identifier) -> "Flags":
        """Which values of an identifier stand on too many accounts."""
        import numpy as np

        both = (self.customers.codes >= 0) & (identifier.codes >= 0)
        base = len(self.customers.values)
        pairs = np.unique(identifier.codes[both] * base + self.customers.codes[both])
        accounts = np.bincount(pairs // max(base, 1), minlength=len(identifier.values))
        return accounts > MAX_ACCOUNTS


class _Clients:
    """The client of each node, as a label, and the ids and counts of clients."""

    def __init__(self, rows: _Rows) -> None:
        import numpy as np

        shared_emails, shared_phones = rows.shared(rows.emails), rows.shared(rows.phones)
        groups = _groups(rows, shared_emails)
        joined, households = _joined(rows, groups, shared_phones)
        self._rows = rows
        self.labels = joined[groups]
        nodes = np.unique(rows.nodes[rows.nodes >= 0])
        group_count = np.unique(groups[nodes]).size
        self._used = np.unique(self.labels[nodes])
        self.counts = {
            "clients": int(self._used.size),
            "joined_by_email": int(nodes.size - group_count),
            "joined_by_phone": int(group_count - self._used.size),
            "refused_shared_email": int(shared_emails.sum()),
            "refused_shared_phone": int(shared_phones.sum()),
            "households": households,
        }

    def ids_of(self, labels: "Codes") -> "pa.Array[Any]":
        """The `client_id` of each label."""
        values, positions = self._ids
        return values.take(positions[labels])

    @cached_property
    def _ids(self) -> "tuple[pa.StringArray, Codes]":
        """All ids, and the position of each label's id among them."""
        import numpy as np
        import pyarrow as pa

        rows, size = self._rows, int(self.labels.max(initial=-1)) + 1
        customers, emails = (
            slice(0, rows.first_email),
            slice(rows.first_email, rows.first_phone),
        )
        phones = slice(rows.first_phone, None)
        position = _smallest(self.labels[customers], rows.customers.values, size, shorter=True)
        by_email = _smallest(self.labels[emails], rows.emails.values, size)
        by_phone = _smallest(self.labels[phones], rows.phones.values, size)
        guests = self._used[position[self._used] < 0]
        known = by_email[guests] >= 0
        addresses = rows.emails.values.take(by_email[guests[known]])
        numbers = rows.phones.values.take(by_phone[guests[~known]])
        texts = (*addresses.to_pylist(), *numbers.to_pylist())
        ids = [f"g-{digest(value)[:_GUEST_DIGITS]}" for value in texts if value is not None]
        ordered = np.concatenate([guests[known], guests[~known]])
        position[ordered] = len(rows.customers.values) + np.arange(ordered.size)
        return pa.concat_arrays([rows.customers.values, pa.array(ids, pa.string())]), position


def _groups(rows: _Rows, shared_emails: "Flags") -> "Codes":
    """A label per node: customers and addresses that a row ties together have one."""
    customer, email = rows.customers.codes, rows.emails.codes
    tied = (customer >= 0) & (email >= 0)
    tied[tied] = ~shared_emails[email[tied]]
    return _components(rows.node_count, customer[tied], email[tied] + rows.first_email)


def _joined(rows: _Rows, groups: "Codes", shared_phones: "Flags") -> "tuple[Codes, int]":
    """A client's label per group, and how many chains of phones are households."""
    import numpy as np

    count = int(groups.max(initial=-1)) + 1
    phone, email = rows.phones.codes, rows.emails.codes
    called = phone >= 0
    called[called] = ~shared_phones[phone[called]]
    ends = groups[rows.nodes[called]], groups[phone[called] + rows.first_phone]
    chains = _components(count, *ends)
    known = np.unique(groups[rows.nodes[email >= 0]])
    people = np.bincount(chains[known], minlength=int(chains.max(initial=-1)) + 1)
    is_household = people > 1
    labels = np.where(is_household[chains], people.size + np.arange(count), chains)
    return labels, int(is_household.sum())


def _components(count: int, left: "Codes", right: "Codes") -> "Codes":
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(left.size, np.int8)
    graph = coo_array((ones, (left, right)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int64)


def _smallest(
    labels: "Codes", values: "pa.StringArray", size: int, *, shorter: bool = False
) -> "Codes":
    """The index of the smallest value of each label below `size`; -1 where it has none.

    Values are ordered by code point; with `shorter`, by length before that.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = np.full(size, -1, np.int64)
    chosen[labels] = np.arange(labels.size)
    # Nearly all labels have one value; sorting text is left to the others.
    several = np.flatnonzero(np.bincount(labels, minlength=size)[labels] > 1)
    texts = values.take(several)
    lengths = pc.utf8_length(texts) if shorter else pa.nulls(len(texts), pa.int32())
    table = pa.table({"length": lengths, "text": texts})
    order = pc.sort_indices(table, sort_keys=[("length", "descending"), ("text", "descending")])
    ordered = several[order.to_numpy()]
    chosen[labels[ordered]] = ordered  # the last one written is the smallest
    return chosen
