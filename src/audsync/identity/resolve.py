"""Which accounts and orders are one person (docs/reference/clients.md, "Who is one client").

A row goes by its customer id, else its e-mail address, else its phone. Rows that tie a customer
id to an address make groups; phones make clients of groups. So an address, unless too many
accounts share it, belongs to one client, and with it a refusal of consent given under it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from audsync.identity.digests import digest_all

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


def resolve(
    accounts: "pa.Table",
    orders: "pa.Table",
    *,
    digests: Mapping[str, str] = MappingProxyType({}),
) -> Resolution:
    """Tie accounts (customer_id, email_normal, phone_e164) and orders (also order_id).

    `digests` has the digest of each address and phone that is only known by a pseudonym. The
    result depends neither on the order of the rows nor on repeated ones.
    """
    import pyarrow as pa

    rows = _Rows(
        _identifier(accounts, orders, "customer_id"),
        _identifier(accounts, orders, "email_normal"),
        _identifier(accounts, orders, "phone_e164"),
    )
    clients = _Clients(rows, digests)
    customers = rows.customers.values
    nodes = rows.nodes[accounts.num_rows :]
    owned = nodes >= 0
    account_rows: dict[str, Any] = {
        "customer_id": customers,
        "client_id": clients.ids_of(clients.labels[: len(customers)]),
    }
    order_rows: dict[str, Any] = {
        "order_id": orders["order_id"].cast(pa.string()).filter(pa.array(owned)),
        "client_id": clients.ids_of(clients.labels[nodes[owned]]),
    }
    counts = {
        "accounts": len(customers),
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
    encoded: Any = filled.dictionary_encode().unify_dictionaries().combine_chunks()
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy()
    return _Identifier(codes, encoded.dictionary)


@dataclass(frozen=True)
class _Rows:
    """Accounts, then orders, and the nodes of the graph that they make.

    Nodes are numbered: customers, addresses, phones, and each guest row under an address that
    too many accounts share, since such an address ties nothing.
    """

    customers: _Identifier
    emails: _Identifier
    phones: _Identifier

    @property
    def first_email(self) -> int:
        return len(self.customers.values)

    @property
    def first_phone(self) -> int:
        return self.first_email + len(self.emails.values)

    @cached_property
    def shared_emails(self) -> "Flags":
        return self._shared(self.emails)

    @cached_property
    def shared_phones(self) -> "Flags":
        return self._shared(self.phones)

    @cached_property
    def nodes(self) -> "Codes":
        """The node that each row goes by; -1 for a row of nobody."""
        import numpy as np

        customer, email, phone = self.customers.codes, self.emails.codes, self.phones.codes
        guest = np.where(email >= 0, email + self.first_email, phone + self.first_phone)
        nodes = np.where(customer >= 0, customer, guest)
        nodes[(customer < 0) & (email < 0) & (phone < 0)] = -1
        alone = (customer < 0) & (email >= 0)
        alone[alone] = self.shared_emails[email[alone]]
        first = self.first_phone + len(self.phones.values)
        nodes[alone] = first + np.arange(int(alone.sum()))
        return nodes

    @cached_property
    def node_count(self) -> int:
        named = self.first_phone + len(self.phones.values)
        return max(named, int(self.nodes.max(initial=-1)) + 1)

    def _shared(self, identifier: _Identifier) -> "Flags":
        """Which values of an identifier stand on too many accounts."""
        import numpy as np

        both = (self.customers.codes >= 0) & (identifier.codes >= 0)
        base = max(len(self.customers.values), 1)
        pairs = _distinct(identifier.codes[both] * base + self.customers.codes[both])
        return np.bincount(pairs // base, minlength=len(identifier.values)) > MAX_ACCOUNTS


class _Clients:
    """The client of each node, as a label; ids and counts of clients."""

    def __init__(self, rows: _Rows, digests: Mapping[str, str]) -> None:
        groups = _groups(rows)
        joined, households = _joined(rows, groups)
        self._rows = rows
        self._digests = digests
        self.labels = joined[groups]
        nodes = _distinct(rows.nodes[rows.nodes >= 0])
        group_count = _distinct(groups[nodes]).size
        client_count = _distinct(self.labels[nodes]).size
        _, positions = self._ids
        self.counts = {
            "clients": int(_distinct(positions[self.labels[nodes]]).size),
            "joined_by_email": int(nodes.size - group_count),
            "joined_by_phone": int(group_count - client_count),
            "refused_shared_email": int(rows.shared_emails.sum()),
            "refused_shared_phone": int(rows.shared_phones.sum()),
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
        customers = rows.customers.values
        position = _shortest(self.labels[: len(customers)], customers, size)
        # A client without an account has one address or none, and then one phone.
        names = np.full(size, -1, np.int64)
        for identifier, first in ((rows.phones, len(rows.emails.values)), (rows.emails, 0)):
            known = (identifier.codes >= 0) & (rows.nodes >= 0)
            names[self.labels[rows.nodes[known]]] = identifier.codes[known] + first
        guests = np.flatnonzero((position < 0) & (names >= 0))
        distinct, which = np.unique(names[guests], return_inverse=True)
        position[guests] = len(customers) + which
        is_email = distinct < len(rows.emails.values)
        addresses = rows.emails.values.take(distinct[is_email]).to_pylist()
        numbers = rows.phones.values.take(distinct[~is_email] - len(rows.emails.values))
        texts = [text for text in (*addresses, *numbers.to_pylist()) if text is not None]
        by_pseudonym = self._digests
        made = zip(texts, digest_all(texts), strict=True)
        hashed = [by_pseudonym.get(text, digest) for text, digest in made]
        ids = [f"g-{one[:_GUEST_DIGITS]}" for one in hashed if one]
        return pa.concat_arrays([customers, pa.array(ids, pa.string())]), position


def _groups(rows: _Rows) -> "Codes":
    """A label per node: customers and addresses that a row ties together have one."""
    customer, email = rows.customers.codes, rows.emails.codes
    tied = (customer >= 0) & (email >= 0)
    tied[tied] = ~rows.shared_emails[email[tied]]
    return _components(rows.node_count, customer[tied], email[tied] + rows.first_email)


def _joined(rows: _Rows, groups: "Codes") -> "tuple[Codes, int]":
    """A client's label per group, and how many chains of phones are households."""
    import numpy as np

    phone, email = rows.phones.codes, rows.emails.codes
    called = phone >= 0
    called[called] = ~rows.shared_phones[phone[called]]
    ends = groups[rows.nodes[called]], groups[phone[called] + rows.first_phone]
    count = int(groups.max(initial=-1)) + 1
    chains = _components(count, *ends)
    knowing = _distinct(groups[rows.nodes[email >= 0]])
    people = np.bincount(chains[knowing], minlength=count)
    labels = np.where(people[chains] > 1, count + np.arange(count), chains)
    return labels, int((people > 1).sum())


def _components(count: int, left: "Codes", right: "Codes") -> "Codes":
    """The least node of each node's component, of `count` nodes and the edges between them."""
    # As fast as scipy's, whose import alone takes longer than all that a small shop needs.
    import numpy as np

    labels = np.arange(count)
    low, high = np.minimum(left, right), np.maximum(left, right)
    labels[high] = low
    while True:
        while not np.array_equal(labels, lower := labels[labels]):
            labels = lower
        left, right = labels[low], labels[high]
        apart = left != right
        if not apart.any():
            return labels
        left, right = left[apart], right[apart]
        low, high = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(labels, high, low)


def _distinct(codes: "Codes") -> "Codes":
    # numpy.unique hashes numbers, which on millions of them takes ten times as long.
    import numpy as np

    ordered = np.sort(codes)
    is_first = np.ones(ordered.size, np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]


def _shortest(labels: "Codes", values: "pa.StringArray", size: int) -> "Codes":
    """The index of each label's shortest value, ties by code point; -1 where it has none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = np.full(size, -1, np.int64)
    chosen[labels] = np.arange(labels.size)
    # Nearly all labels have one value; sorting text is left to the others.
    several = np.flatnonzero(np.bincount(labels, minlength=size)[labels] > 1)
    texts = values.take(several)
    table = pa.table({"length": pc.utf8_length(texts), "text": texts})
    order = pc.sort_indices(table, sort_keys=[("length", "descending"), ("text", "descending")])
    ordered = several[order.to_numpy()]
    chosen[labels[ordered]] = ordered  # of one label the last one written stays
    return chosen
