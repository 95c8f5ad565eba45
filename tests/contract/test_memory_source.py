"""The source in memory keeps the contract, and so shows that the kit can be kept."""

import pytest

from audsync.contracts import Loss, Rejection, Source
from audsync.errors import SourceDataError
from audsync.tables import Kind
from audsync.testing.memory_source import CANARIES, MemorySource
from audsync.testing.source_contract import SourceContract

EMAIL, PHONE, FIRST, LAST = CANARIES
PERSON = {"email": EMAIL, "phone": PHONE, "first_name": FIRST, "last_name": LAST}
CUSTOMERS: list[dict[str, object]] = [
    {"customer_id": str(n), **PERSON, "param.points": n, "tags": ["new", "vip"]}
    for n in range(1, 8)
]
ORDERS: list[dict[str, object]] = [
    {
        "order_id": f"A{n}",
        "customer_id": str(n),
        **PERSON,
        "created_at": "2024-01-01T10:00:00Z",
        "status": "finished",
        "currency": "GBP",
    }
    for n in range(1, 8)
]


def _shop(*, step: int) -> MemorySource:
    source = MemorySource(params={"customers.param.points": Kind.INTEGER}, page_rows=3)
    rejected = [Rejection("customers", "row 9", "email", "not_an_address", Loss.ROW, EMAIL)]
    source.put("customers", CUSTOMERS[::step], rejected=rejected)
    source.put("orders", ORDERS[::step])
    return source


class TestMemorySource(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return _shop(step=1)

    @pytest.fixture
    def reordered(self) -> Source:
        return _shop(step=-1)

    @pytest.fixture
    def unreadable(self) -> Source:
        source = _shop(step=1)
        source.fail_next(SourceDataError("the shop is closed"), after_pages=1)
        return source
