"""One round of reading, part by part: in which order, and what of it is done already.

A round that was cut off is ended by the next pull, with the moment at which it began; else a
limit of calls that is less than a round takes would let nothing through. What has happened
since is read by another round, unless calls are limited and that moment was just now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, get_args

from audsync.contracts import Context
from audsync_source_idosell import client_feed, dictionaries, product_feed, return_feed, sweep
from audsync_source_idosell.amounts import prices_of
from audsync_source_idosell.consents import EMAIL, SMS, Consents
from audsync_source_idosell.customers import Customers
from audsync_source_idosell.newsletter_feed import WITHDRAWN, guests_part, newsletter_steps
from audsync_source_idosell.options import OrderType
from audsync_source_idosell.order_feed import deep_steps, order_steps, unread_order_steps
from audsync_source_idosell.orders import Orders
from audsync_source_idosell.panel import Panel
from audsync_source_idosell.position import Step
from audsync_source_idosell.products import Products
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.returns import Returns
from audsync_source_idosell.shops import chosen_shop
from audsync_source_idosell.spans import from_text, to_text

_A_DAY: Final = timedelta(hours=20)
_JUST_NOW: Final = timedelta(hours=1)
_USUAL_CALLS: Final = 22
# Parts of the cursor.
_ROUND: Final = "round"
_SHOP: Final = "shop"
_DEEP: Final = "deep"
_CALLS: Final = "calls"
_UNREAD: Final = "unread"
_ORDERS: Final = "order count"  # without a type, before the first were read


def round_steps(panel: Panel, known: Mapping[str, Any], context: Context) -> Iterator[Step]:
    """What is new since the cursor, which is `known` and moves with every step."""
    before = known.get(_CALLS)
    if before is not None:
        context.calls.expect(int(before))
    now = panel.now()
    left = from_text(known.get(_ROUND, {}).get("now"))
    yield from _round(panel, known, context, now)
    is_limited = context.calls.limit is not None
    if left is not None and not (is_limited and now - left < _JUST_NOW):
        yield from _round(panel, known, context, now)


def _round(
    panel: Panel, known: Mapping[str, Any], context: Context, clock: datetime
) -> Iterator[Step]:
    begun, calls_before = known.get(_ROUND, {}), context.calls.made
    now = from_text(begun.get("now")) or clock
    last_deep = from_text(known.get(_DEEP))
    is_deep = last_deep is not None and now - last_deep >= _A_DAY
    shop, is_first = known.get(_SHOP), known.get(_CALLS) is None
    if shop is None:
        shop = chosen_shop(panel.shops(), panel.options.shop_id)
        yield Step((), {_SHOP: shop})
    deep = last_deep if is_deep else None
    reading = _reading(panel, int(shop), now, known, context, deep=deep, clock=clock)
    if is_first:
        orders = panel.orders_above(reading.shop_id, 0, None).total or 0
        yield Step((), {_ORDERS: known.get(_ORDERS, orders)})
        context.calls.expect(_first_calls(reading, known, orders))
    done = list(begun.get("done", ()))
    for name, steps in _parts(reading, known):
        if name in done:
            continue
        for step in steps:
            yield replace(step, after={**step.after, _UNREAD: partial(_unread, reading)})
        done.append(name)
        yield Step((), {_ROUND: {"now": to_text(now), "done": list(done)}})
    yield from dictionaries.strange_status_steps(reading)
    made = _USUAL_CALLS if is_first else context.calls.made - calls_before
    read_deeply = {_DEEP: to_text(now)} if last_deep is None or is_deep else {}
    yield Step((), {_ROUND: {}, _CALLS: made, **read_deeply})


def _parts(reading: Reading, known: Mapping[str, Any]) -> Iterator[tuple[str, Iterator[Step]]]:
    """Everything, part by part, orders first: they name clients and products to ask for."""
    part = dictionaries.PART
    yield part, dictionaries.dictionary_steps(reading, known.get(part, {}))
    yield "unread orders", unread_order_steps(reading)
    for order_type, part, held in _order_types(reading, known):
        yield part, order_steps(reading, held, part, order_type)
    for channel in (EMAIL, SMS):
        guests = known.get(guests_part(channel))
        yield channel, newsletter_steps(reading, known.get(channel, {}), channel, guests)
    part = client_feed.PART
    yield part, client_feed.client_steps(reading, known.get(part, {}))
    part = client_feed.ABSENT
    yield part, client_feed.missing_client_steps(reading, known.get(part))
    yield "unread returns", return_feed.unread_return_steps(reading)
    part = return_feed.PART
    yield part, return_feed.return_steps(reading, known.get(part, {}), all_of_them=False)
    for order_type, orders, _ in _order_types(reading, known):
        part = f"deep {orders}"
        yield part, deep_steps(reading, known.get(part, {}), part, order_type)
    yield "unread products", product_feed.unread_product_steps(reading)
    part = product_feed.PART
    yield part, product_feed.product_steps(reading, known.get(part, {}))
    part = sweep.PART
    yield part, sweep.steps_if_due(reading, known.get(part))


def _order_types(
    reading: Reading, known: Mapping[str, Any]
) -> Iterator[tuple[str | None, str, Mapping[str, Any]]]:
    """What orders are asked for by: each type, or once for all where that is known to do.

    The panel's documentation says that it gives retail orders alone where no type is named. It
    does not where, at first, it counted as many without a type as of all types together, and
    more than one type had any. Where not every type is wanted each is named.
    """
    types = reading.options.order_types
    held = [known.get(f"orders/{order_type}", {}) for order_type in types]
    counts = [one["first"] for one in held if one.get("first")]
    ends = [one.get("through") for one in held]
    is_all = {*types} == {*get_args(OrderType)}
    is_whole = is_all and len(counts) > 1 and sum(counts) == known.get(_ORDERS)
    is_known = is_whole and None not in ends
    if types and not is_known:
        for order_type, one in zip(types, held, strict=True):
            yield order_type, f"orders/{order_type}", one
        return
    part, begin = "orders/all", {"through": min(ends)} if ends else {}
    yield None, part, known.get(part, begin)


def _reading(
    panel: Panel,
    shop: int,
    now: datetime,
    known: Mapping[str, Any],
    context: Context,
    *,
    deep: datetime | None,
    clock: datetime,
) -> Reading:
    zone, unread = panel.options.zone, known.get(_UNREAD, {})
    consents = Consents(shop, zone, dict(known.get(WITHDRAWN, {})))
    return Reading(
        panel,
        shop,
        now,
        deep_through=deep,
        orders=Orders(
            shop,
            zone,
            set(unread.get("orders", ())),
            prices_of(panel.options),
        ),
        customers=Customers(
            shop, zone, consents, set(unread.get("clients", ())), context.held.kept
        ),
        returns=Returns(
            shop,
            zone,
            set(unread.get("returns", ())),
            lambda numbers: context.held.times("orders", "created_at", numbers),
        ),
        products=Products(
            panel.options.language,
            panel.options.product_parameters,
            set(unread.get("products", ())),
        ),
        held=context.held,
        clock_at_begin=clock,
    )


def _unread(reading: Reading) -> dict[str, list[int]]:
    """What the panel could not read, to be asked for again."""
    return {
        "orders": sorted(reading.orders.unread),
        "clients": sorted(reading.customers.unread),
        "returns": sorted(reading.returns.unread),
        "products": sorted(reading.products.unread),
    }


def _first_calls(reading: Reading, known: Mapping[str, Any], orders: int) -> int:
    """About how many calls reading everything takes, by the panel's own counts."""
    panel, size = reading.panel, reading.options.page_size
    clients = panel.page(panel.clients(), 0).total or 0
    read = sum(int(known[part].get("read", 0)) for part in known if part.startswith("orders/"))
    asked = 2 if reading.options.finished_by == "status" else 1
    return (asked * max(orders - read, 0) + clients) // size + _USUAL_CALLS
