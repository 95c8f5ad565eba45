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

    people = _People.of(accounts, orders)
    by_email = people.shared(people.email, MAX_ACCOUNTS_PER_EMAIL)
    groups = _joined(people.base, by_email, people.size)
    by_phone = people.shared(people.phone, MAX_ACCOUNTS_PER_PHONE)
    chains = _joined(groups, by_phone, people.size)
    clients = _with_phones(groups, chains, people)
    names = _names(clients, people)
    counts = {
        "clients": int(np.unique(clients[people.known]).size),
        "joined_by_email": people.count(people.base) - people.count(groups),
        "joined_by_phone": people.count(groups) - people.count(clients),
        "shared_emails_refused": people.refused(people.email, MAX_ACCOUNTS_PER_EMAIL),
        "shared_phones_refused": people.refused(people.phone, MAX_ACCOUNTS_PER_PHONE),
        "anonymous_orders": int((~people.known).sum()),
    }
    return Resolution(*people.tables(clients, names), counts)
