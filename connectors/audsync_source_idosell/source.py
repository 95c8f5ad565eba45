"""The source: one pull of one shop, in order, and what it costs in calls."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from audsync.contracts import Context, Cursor, Finding, Page, Source
from audsync.errors import AudsyncError
from audsync.http import ATTEMPTS
from audsync.tables import Kind
from audsync_source_idosell import client_feed, product_feed, return_feed, sweep
from audsync_source_idosell.check import findings
from audsync_source_idosell.consents import EMAIL, SMS, Consents
from audsync_source_idosell.customers import CUSTOMER_COLUMNS, Customers
from audsync_source_idosell.drafts import table_of
from audsync_source_idosell.newsletter_feed import WITHDRAWN, newsletter_steps
from audsync_source_idosell.options import IdoSellOptions
from audsync_source_idosell.order_feed import order_steps, unread_order_steps
from audsync_source_idosell.orders import LINE_COLUMNS, ORDER_COLUMNS, Orders
from audsync_source_idosell.panel import Panel
from audsync_source_idosell.position import Step, told
from audsync_source_idosell.products import PRODUCT_COLUMNS
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.returns import RETURN_COLUMNS
from audsync_source_idosell.shops import chosen_shop
from audsync_source_idosell.spans import from_text, to_text
from audsync_source_idosell.transport import Transport

# Raised when the same panel and options give other rows than before: all is read again then.
_READING: Final = 1
_STEPS_AT_ONCE: Final = 20  # pages of the panel that are kept in one go
_A_DAY: Final = timedelta(hours=20)
_USUAL_CALLS: Final = 20
_UNREAD: Final = "unread"
_FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "customers": CUSTOMER_COLUMNS,
    "orders": ORDER_COLUMNS,
    "order_lines": LINE_COLUMNS,
    "products": PRODUCT_COLUMNS,
    "returns": RETURN_COLUMNS,
}


class IdoSellSource:
    """One shop of an IdoSell panel."""

    Options: ClassVar[type] = IdoSellOptions

    def __init__(
        self,
        options: IdoSellOptions,
        context: Context,
        *,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._options = options
        self._context = context
        self._sleep = sleep
        self._attempts = attempts

    @property
    def provides(self) -> frozenset[str]:
        """The columns it fills, as `table.column`."""
        return frozenset(
            f"{table}.{column}" for table, columns in _FILLED.items() for column in columns
        ) | frozenset(self.params)

    @property
    def params(self) -> Mapping[str, Kind]:
        """The parameters of products that are read."""
        return {
            f"products.param.{name}": Kind.TEXT for name in self._options.product_parameters
        }

    def check(self) -> list[Finding]:
        """One harmless call for each permission, and what is wrong with the shop's number."""
        transport = self._transport()
        try:
            return findings(Panel(transport, self._options))
        finally:
            transport.close()

    def pull(
        self,
        cursor: Cursor | None,
        until: datetime,  # noqa: ARG002 -- the panel's own clock counts
    ) -> Iterator[Page]:
        """Pages of what was made or changed; what came whole is kept whatever happens next."""
        fingerprint = self._fingerprint()
        known = dict(cursor or {})
        if known.get("of") != fingerprint:
            known = {"of": fingerprint}
        transport = self._transport()
        try:
            yield from _kept(self._steps(Panel(transport, self._options), known), known)
        finally:
            transport.close()

    def _transport(self) -> Transport:
        return Transport(
            self._options, self._context, sleep=self._sleep, attempts=self._attempts
        )

    def _fingerprint(self) -> str:
        options = self._options
        parts = [
            *(_READING, options.base, options.shop_id, options.timezone, options.language),
            *(list(options.order_types), dict(options.product_parameters)),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _steps(self, panel: Panel, known: Mapping[str, Any]) -> Iterator[Step]:
        """A pull in order; `known` is the cursor and moves with every step."""
        calls = self._context.calls
        before = known.get("calls")
        if before is not None:
            calls.expect(int(before))
        now = panel.now()
        deep_at = from_text(known.get("deep"))
        is_deep = deep_at is not None and now - deep_at >= _A_DAY
        shop = known.get("shop")
        if shop is None or is_deep:
            shop = chosen_shop(panel)
            yield Step((), {"shop": shop})
        reading = self._reading(panel, int(shop), now, known, is_deep=is_deep)
        if before is None:
            calls.expect(_first_calls(reading, known))
        for step in self._read(reading, known):
            unread = lambda: _unread(reading)  # noqa: E731 -- told when it is kept
            yield replace(step, after={**step.after, _UNREAD: unread})
        ended: dict[str, Any] = {
            "calls": min(calls.made, _USUAL_CALLS) if before is None else calls.made
        }
        if deep_at is None or is_deep:
            ended["deep"] = to_text(now)
        yield Step((), ended)

    def _reading(
        self,
        panel: Panel,
        shop: int,
        now: datetime,
        known: Mapping[str, Any],
        *,
        is_deep: bool,
    ) -> Reading:
        zone, unread = self._options.zone, known.get(_UNREAD, {})
        consents = Consents(shop, zone, dict(known.get(WITHDRAWN, {})))
        return Reading(
            panel,
            shop,
            now,
            is_deep,
            Orders(shop, zone, set(unread.get("orders", ()))),
            Customers(shop, zone, consents, set(unread.get("clients", ()))),
            self._context.held,
        )

    def _read(self, reading: Reading, known: Mapping[str, Any]) -> Iterator[Step]:
        """Everything, part by part; of each what is new since the cursor."""
        yield from unread_order_steps(reading)
        for order_type in self._options.order_types or (None,):
            part = f"orders/{order_type or 'all'}"
            yield from order_steps(reading, known.get(part, {}), part, order_type)
        for channel in (EMAIL, SMS):
            yield from newsletter_steps(reading, known.get(channel, {}), channel)
        yield from client_feed.client_steps(reading, known.get(client_feed.PART, {}))
        absent = known.get(client_feed.ABSENT)
        yield from client_feed.missing_client_steps(reading, absent)
        returned = known.get(return_feed.PART, {})
        yield from return_feed.return_steps(reading, returned, all_of_them=False)
        yield from product_feed.product_steps(reading, known.get(product_feed.PART, {}))
        yield from self._swept(reading, known.get(sweep.PART))

    def _swept(self, reading: Reading, known: Mapping[str, Any] | None) -> Iterator[Step]:
        if known is None:  # everything was read just now
            yield Step((), {sweep.PART: {"through": to_text(reading.now)}})
        elif sweep.is_due(known, reading.now, self._options.sweep_days):
            yield from sweep.sweep_steps(reading, known)


def _unread(reading: Reading) -> dict[str, list[int]]:
    """What the panel could not read, to be asked for again."""
    return {
        "orders": sorted(reading.orders.unread),
        "clients": sorted(reading.customers.unread),
    }


def _first_calls(reading: Reading, known: Mapping[str, Any]) -> int:
    """About how many calls reading everything takes, by the panel's own counts."""
    panel, size = reading.panel, reading.options.page_size
    orders = panel.orders_above(reading.shop_id, 0, None).total or 0
    clients = panel.page(panel.clients(), 0).total or 0
    read = sum(int(known.get(part, {}).get("read", 0)) for part in known if "/" in part)
    return (max(orders - read, 0) + clients) // size + _USUAL_CALLS


def _kept(steps: Iterator[Step], known: dict[str, Any]) -> Iterator[Page]:
    """The pages of steps, some of them with the cursor after their step.

    What was read whole before an error is kept: it is told before the error is.
    """
    open_steps, ahead = 0, dict[str, Any]()
    try:
        for step in steps:
            yield from step.pages
            ahead |= step.after
            known |= {name: part for name, part in step.after.items() if not callable(part)}
            open_steps += 1
            if open_steps >= _STEPS_AT_ONCE or step.is_due:
                yield _mark(known, ahead)
                open_steps = 0
    except AudsyncError:
        if open_steps:
            yield _mark(known, ahead)
        raise
    yield _mark(known, ahead)


def _mark(known: dict[str, Any], ahead: dict[str, Any]) -> Page:
    """An empty page with the cursor as it stands."""
    known |= told(ahead)
    ahead.clear()
    return Page("orders", table_of("orders", [], ORDER_COLUMNS), cursor=dict(known))


_: type[Source] = IdoSellSource
