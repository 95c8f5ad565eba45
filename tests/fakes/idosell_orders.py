"""Orders of a panel in which nothing else happened, and their numbers."""

from decimal import Decimal
from typing import Any

from audsync.testing.idosell import Panel
from audsync.testing.idosell.records import Line, Terms
from fakes.idosell_reader import ANNA

ROPE = Line(31, "Linka", Decimal("1.5"), 2460, 2000)
HAT = Line(12, "Czapka", Decimal(2), 4990, 4057, size="M")


def place(panel: Panel, count: int = 1, **terms: Any) -> list[int]:
    """Serial numbers of so many orders of shop 2, one minute apart."""
    account = panel.customers.register(2, "anna@example.com", ANNA)
    serials = []
    for _ in range(count):
        panel.clock.advance(minutes=1)
        order = panel.sales.place(account, 2, [HAT, ROPE], Terms(**terms))
        serials.append(order.serial)
    return serials


def serials(answer: Any) -> list[int]:
    return [one["orderSerialNumber"] for one in answer.json()["Results"]]
