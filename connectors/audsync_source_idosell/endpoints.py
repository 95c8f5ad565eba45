"""What is asked of the Admin API: paths, permissions, and how each answer is shaped."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FIRST_WITH_STATUSES: Final = 7
_FIRST_WITH_SEARCH: Final = 5  # before it, the same calls end in /get


class Paging(StrEnum):
    """How pages are asked for and counted."""

    CAMEL = "camel"
    SNAKE = "snake"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One question. `name` is how messages call it, `scope` the permission it takes.

    `empty_fault` is the code that means "nothing found", None where that is no fault at all;
    `blocked_fault` the one of a shop that is blocked for unpaid invoices.
    """

    name: str
    scope: str
    path: str
    listed: str | None = None
    posts: bool = False
    paging: Paging = Paging.CAMEL
    empty_fault: int | None = 2
    blocked_fault: int = 4

    def place(self, version: int) -> str:
        """The path below the host, for a major version of the API."""
        verb = ""
        if self.posts:
            verb = "/search" if version >= _FIRST_WITH_SEARCH else "/get"
        return f"/api/admin/v{version}/{self.path}{verb}"


def _dictionary(name: str, scope: str, path: str, listed: str | None) -> Endpoint:
    return Endpoint(
        name, scope, path, listed, paging=Paging.NONE, empty_fault=None, blocked_fault=2
    )


ORDERS: Final = Endpoint("orders", "OMS", "orders/orders", "Results", posts=True)
ORDERS_BY_NUMBER: Final = Endpoint(
    "orders", "OMS", "orders/orders", "Results", paging=Paging.NONE
)
CLIENTS: Final = Endpoint("clients", "CRM", "clients/clients", "results")
EMAILS: Final = Endpoint(
    "newsletter e-mails",
    "CRM",
    "clients/newsletter/email",
    "clients",
    posts=True,
    paging=Paging.SNAKE,
)
PHONES: Final = Endpoint(
    "newsletter phones",
    "CRM",
    "clients/newsletter/sms",
    "clients",
    posts=True,
    paging=Paging.SNAKE,
)
PRODUCTS: Final = Endpoint(
    "products", "PIM", "products/products", "results", posts=True, blocked_fault=5
)
PRODUCTS_BY_ID: Final = Endpoint(
    "products", "PIM", "products/products", "results", paging=Paging.NONE, blocked_fault=5
)
RETURNS: Final = Endpoint("returns", "OMS", "returns/returns", "returns", paging=Paging.SNAKE)
SERVER_TIME: Final = _dictionary("server time", "SYSTEM", "system/serverTime", None)
SERVER_LOAD: Final = _dictionary("server load", "SYSTEM", "system/serverLoad", None)
SHOPS: Final = _dictionary("shops", "SYSTEM", "system/shopsData", "shops")
CURRENCIES: Final = _dictionary("currencies", "SYSTEM", "system/currencies", "currencies")
STATUSES: Final = _dictionary("statuses of orders", "OMS", "orders/statuses", "statuses")
