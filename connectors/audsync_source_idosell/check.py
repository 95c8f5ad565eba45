"""Is the key good for everything that is read? One harmless call for each thing.

A key may be bound to a module of the panel, and to single operations of it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError, CredentialError, SourceDataError
from audsync_source_idosell.adding_up import amount_findings
from audsync_source_idosell.answers import Record
from audsync_source_idosell.clock import check_clock
from audsync_source_idosell.dictionaries import rates_of
from audsync_source_idosell.endpoints import EMAILS, PHONES
from audsync_source_idosell.orders import serial_number
from audsync_source_idosell.panel import Panel, Shops
from audsync_source_idosell.shops import chosen_shop
from audsync_source_idosell.spans import Span

_DAY: Final = timedelta(days=1)
_RATE: Final = Decimal("0.000001")


def findings(panel: Panel, currency: str) -> list[Finding]:
    """What was found, permission by permission; what a refusal hides is not asked.

    What stands in the way of every call, such as a key that is refused, is told once.
    `currency` is the one that the config says the shop counts in.
    """
    return list(dict.fromkeys(_findings(panel, currency)))


def _findings(panel: Panel, own: str) -> Iterator[Finding]:
    shop = panel.options.shop_id or 0
    try:
        now = panel.now()
        shops = panel.shops()
        shop = chosen_shop(shops, panel.options.shop_id)
    except CredentialError as error:
        yield _wrong(error)
        now = None
    except AudsyncError as error:
        yield _wrong(error)
        return
    else:
        yield Finding(
            Level.OK, f"idosell: permission SYSTEM: shop {shop} is there{_named(shops, shop)}"
        )
        yield from _currency(shops.currencies.get(shop), own)
    orders = list[Record]()
    calls: dict[str, Callable[[], object]] = {
        "OMS: orders": lambda: orders.extend(panel.orders_above(shop, 0, None).records),
        "OMS: returns": lambda: panel.returns_by_number([1]),
        "CRM: clients": lambda: panel.page(panel.clients(), 0),
        "CRM: newsletter e-mails": lambda: panel.page(panel.agreeing(EMAILS, shop), 0),
        "CRM: newsletter phones": lambda: panel.page(panel.agreeing(PHONES, shop), 0),
        "PIM: products": lambda: panel.products_by_number(["1"]),
    }
    for name, call in calls.items():
        try:
            call()
        except AudsyncError as error:
            yield _wrong(error)
        else:
            yield Finding(Level.OK, f"idosell: permission {name} can be read")
    if orders:
        yield from _amounts(panel, shop, orders)
    if now is not None:
        yield from _clock(panel, shop, now)
        yield from _rates(panel, shops.base_currency, own)


def _currency(said: str | None, own: str) -> Iterator[Finding]:
    """Whether the shop counts in what the config says; else its amounts are converted."""
    if said not in (None, own):
        yield Finding(
            Level.WARNING,
            f"idosell: the shop is in {said} in the panel and in {own} here, so that its "
            "amounts are converted",
            f'write currency = "{said}" in the table of the shop, unless this is meant',
        )


def _clock(panel: Panel, shop: int, now: datetime) -> Iterator[Finding]:
    """Whether the panel has changed orders at a time that has not come yet."""
    try:
        ahead = Span(now, now + _DAY)
        check_clock(
            panel.page(panel.changed_orders(shop, ahead, None), 0).records,
            now,
            panel.options.zone,
        )
    except SourceDataError as error:
        yield _wrong(error)
    except AudsyncError:
        return  # told by the call before


def _amounts(panel: Panel, shop: int, orders: list[Record]) -> Iterator[Finding]:
    """Whether amounts add up as the options say; also of wholesale, which tells the most."""
    try:
        found = [*orders, *panel.orders_above(shop, 0, "wholesale").records]
    except AudsyncError:
        found = orders  # told by the call before
    different = {serial_number(one): one for one in found}
    yield from amount_findings(different.values(), panel.options)


def _rates(panel: Panel, base: str | None, own: str) -> Iterator[Finding]:
    """What other currencies of the panel cost, as the config takes it."""
    try:
        rows = rates_of(panel.currencies().records, base, ()).rows.to_pylist()
    except AudsyncError as error:
        yield _wrong(error)
        return
    rates = {row["currency"]: row["price"] / row["units"] for row in rows}
    unit = rates.pop(own, None)
    if unit is None or not rates:
        return
    prices = ", ".join(
        f'{code} = "{(rate / unit).quantize(_RATE).normalize():f}"'
        for code, rate in sorted(rates.items())
    )
    yield Finding(
        Level.OK, f"idosell: today's prices in {own}, unless rates state others: {prices}"
    )


def _named(shops: Shops, number: int) -> str:
    name = shops.names.get(number)
    return f', "{name}"' if name else ""


def _wrong(error: AudsyncError) -> Finding:
    return Finding(Level.ERROR, str(error))
