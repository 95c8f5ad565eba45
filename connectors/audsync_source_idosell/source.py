"""The source: one pull of one shop, in order, and what it costs in calls."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from audsync.contracts import Context, Cursor, Finding, Page, Source
from audsync.errors import AudsyncError, SourceDataError
from audsync.http import ATTEMPTS
from audsync.tables import Kind
from audsync_source_idosell.check import findings
from audsync_source_idosell.customers import CUSTOMER_COLUMNS
from audsync_source_idosell.dictionaries import RATE_COLUMNS
from audsync_source_idosell.drafts import table_of
from audsync_source_idosell.options import IdoSellOptions
from audsync_source_idosell.orders import LINE_COLUMNS, ORDER_COLUMNS
from audsync_source_idosell.panel import Panel
from audsync_source_idosell.position import Step, told
from audsync_source_idosell.products import PRODUCT_COLUMNS
from audsync_source_idosell.returns import RETURN_COLUMNS
from audsync_source_idosell.rounds import round_steps
from audsync_source_idosell.transport import Transport

# Raised when the same panel and options give other rows than before: all is read again then.
_READING: Final = 3
_STEPS_AT_ONCE: Final = 20  # pages of the panel that are kept in one go
_FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "customers": CUSTOMER_COLUMNS,
    "orders": ORDER_COLUMNS,
    "order_lines": LINE_COLUMNS,
    "products": PRODUCT_COLUMNS,
    "returns": RETURN_COLUMNS,
    "rates": RATE_COLUMNS,
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
            return findings(Panel(transport, self._options), self._context.currency)
        finally:
            transport.close()

    def pull(
        self,
        cursor: Cursor | None,
        until: datetime,  # noqa: ARG002 -- the panel's own clock counts
    ) -> Iterator[Page]:
        """Pages of what was made or changed; what came whole is kept whatever happens next."""
        known = dict(cursor or {})
        self._check_place(known)
        about: dict[str, Any] = {"of": self._fingerprint(), "panel": self._options.base}
        if known.get("of") != about["of"]:
            known = about
        transport = self._transport()
        panel = Panel(transport, self._options)
        try:
            yield from _kept(round_steps(panel, known, self._context), known)
        finally:
            transport.close()

    def _check_place(self, known: Mapping[str, Any]) -> None:
        """Raise SourceDataError where what is held is of another shop: both would mix."""
        options, panel, shop = self._options, known.get("panel"), known.get("shop")
        is_other = shop is not None and options.shop_id not in (None, shop)
        if panel in (None, options.base) and not is_other:
            return
        raise SourceDataError(
            f"idosell: what is held is of shop {shop} at {panel}. For another shop write "
            "another [shops.<id>]; where it is the same at another address, remove "
            f"warehouse.duckdb in the state folder of {self._context.shop} and run again, "
            "which reads it anew"
        )

    def _transport(self) -> Transport:
        return Transport(
            self._options, self._context, sleep=self._sleep, attempts=self._attempts
        )

    def _fingerprint(self) -> str:
        options = self._options
        parts = [
            *(_READING, options.timezone, options.language),
            *(options.amounts, options.unit_prices, options.goods_cost, options.finished_by),
            *(list(options.order_types), dict(options.product_parameters)),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


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
