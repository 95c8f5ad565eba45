"""Orders of the invented shop with their lines and returns, in the order of their time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.baskets import Baskets, make_baskets, make_returns
from benchmarks.catalogue import Catalogue
from benchmarks.chance import (
    Column,
    Floats,
    Ints,
    draw,
    one_of,
    optional,
    rounded_share,
    stream,
    texts,
)
from benchmarks.people import People, client_ids, customer_ids

_CHUNK: Final = 1_000_000  # lines
_HOUR: Final = 3_600_000_000  # microseconds
_DAY: Final = 24 * _HOUR
_FIRST: Final = datetime(2023, 7, 1, tzinfo=UTC)
_LAST: Final = datetime(2026, 7, 3, tzinfo=UTC)  # the last orders are after the day asked about
_ORDER_BASE: Final = 1_000_000_000
_VAT: Final = 21
_FINISHED: Final = 2  # so many of the statuses count
_STATUSES: Final = ("finished", "finished", "open", "cancelled", "returned", "excluded")
_WORDS: Final = ("vyřízena", "expedována", "nová", "stornována", "vrácena", "oprava")
_STATUS_WEIGHTS: Final = (70.0, 23.0, 2.0, 4.0, 0.5, 0.5)
_STORES: Final = ("e-shop", "Praha", "Brno", "Ostrava", "Plzeň", "tržiště", "telefon", None)
_STORE_WEIGHTS: Final = (70.0, 8.0, 6.0, 4.0, 3.0, 6.0, 2.0, 1.0)
_OFFERS: Final = tuple(
    f"{name}{year}" for year in (23, 24, 25, 26) for name in ("SPRING", "AUTUMN", "VIP", "KLUB")
)


def make_sales(
    people: People, catalogue: Catalogue, *, lines: int
) -> Iterator[dict[str, pa.Table]]:
    """Chunks of `orders`, `order_clients`, `order_lines`, `returns`; so many lines in all."""
    hours = _hour_weights()
    # Nine in ten buy at least once; when they do so first is scattered over all of the time.
    newcomers = stream(people.seed, "newcomers").permutation(people.count)
    newcomers = newcomers[: people.count * 9 // 10]
    chunks = max(1, round(lines / _CHUNK))
    made = 0
    for chunk in range(chunks):
        rng = stream(people.seed, "sales", chunk)
        count = _part(lines, chunk, chunks).stop - _part(lines, chunk, chunks).start
        size = max(1, count * 2 // 5)
        new = newcomers[_part(len(newcomers), chunk, chunks)][:size]
        persons = np.concatenate([new, _returning(rng, people, size - len(new))])
        created = _times(rng, hours, size, start=chunk / chunks, stop=(chunk + 1) / chunks)
        yield _chunk(
            rng,
            people,
            catalogue,
            numbers=np.arange(made, made + size),
            persons=rng.permutation(persons),
            created=created,
            lines=count,
        )
        made += size


def _part(total: int, chunk: int, chunks: int) -> slice:
    return slice(total * chunk // chunks, total * (chunk + 1) // chunks)


def _returning(rng: np.random.Generator, people: People, count: int) -> Ints:
    """Who comes back, each time anew: some are eager."""
    aim = rng.random(count) * people.eagerness[-1]
    found = np.searchsorted(people.eagerness, aim, side="right")
    return np.asarray(np.minimum(found, people.count - 1), np.int64)


def _hour_weights() -> Floats:
    """How much is bought in each hour from the first day to the last."""
    hours = np.arange(int((_LAST - _FIRST).total_seconds()) // 3600)
    days = hours // 24
    season = (
        1
        + 0.25 * np.sin(2 * np.pi * days / 365.25)
        + 0.8 * (days % 365 > 140) * (days % 365 < 178)
    )
    weekday = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.8, 1.1])[days % 7]
    hour = 0.05 + np.clip(np.sin(np.pi * (hours % 24 - 5) / 19), 0, None)
    return np.asarray(season * weekday * hour * (1 + days / 2000), np.float64)


def _times(
    rng: np.random.Generator, hours: Floats, count: int, *, start: float, stop: float
) -> Ints:
    """Sorted moments within a part of the whole time, in microseconds since 1970."""
    edges = np.cumsum(hours) / hours.sum()
    places = np.sort(start + rng.random(count) * (stop - start))
    hour = np.minimum(np.searchsorted(edges, places, side="right"), len(hours) - 1)
    before = np.concatenate([[0.0], edges[:-1]])[hour]
    within = np.clip((places - before) / (edges[hour] - before), 0, 0.999999)
    seconds = hour * 3600 + (within * 3600).astype(np.int64)
    return np.asarray(int(_FIRST.timestamp()) * 1_000_000 + seconds * 1_000_000, np.int64)


def _chunk(
    rng: np.random.Generator,
    people: People,
    catalogue: Catalogue,
    *,
    numbers: Ints,
    persons: Ints,
    created: Ints,
    lines: int,
) -> dict[str, pa.Table]:
    ids = texts("", _ORDER_BASE + numbers)
    customers = customer_ids(persons)
    renaming = (int(_FIRST.timestamp()) + int(_LAST.timestamp())) // 2 * 1_000_000
    baskets = make_baskets(rng, catalogue, ids, lines=lines, is_early=created < renaming)
    status = draw(rng, np.array(_STATUS_WEIGHTS), len(ids))
    finished = created + rng.integers(_HOUR, 6 * _DAY, len(ids))
    # One order in a thousand was paid in cash by somebody unknown.
    known = pa.array(rng.random(len(ids)) >= 0.001)
    orders = pa.table(
        {
            "order_id": ids,
            "customer_id": customers,
            "created_at": pa.array(created, pa.timestamp("us")),
            "finished_at": optional(
                finished,
                pa.timestamp("us"),
                (status >= _FINISHED) | (rng.random(len(ids)) < 0.1),
            ),
            "status": one_of(_STATUSES, status),
            "status_original": one_of(_WORDS, status),
            "is_test": pa.array(rng.random(len(ids)) < 0.001),
            **_totals(rng, baskets, len(ids)),
            **_circumstances(rng, people, persons),
        }
    )
    owners = pa.table({"order_id": ids, "client_id": client_ids(persons)})
    returns = make_returns(
        rng,
        baskets,
        customers=customers,
        moments=finished,
        # There is one return per line at most, so these numbers are free.
        first_number=int(numbers[0]) * 10,
        came_through=status < _FINISHED,
    )
    return {
        "orders": orders,
        "order_clients": owners.filter(known),
        "order_lines": baskets.table,
        "returns": returns,
    }


def _totals(rng: np.random.Generator, baskets: Baskets, orders: int) -> dict[str, Column]:
    shipping = np.array([0, 6900, 9900, 12_900])[rng.integers(0, 4, orders)]
    goods = np.bincount(baskets.order_of_line, weights=baskets.gross, minlength=orders)
    total = goods.astype(np.int64) + shipping
    refunded = rounded_share(total, rng.integers(1, 30, orders), 100)
    unrefunded = rng.random(orders) >= 0.004
    money = pa.int64()
    return {
        "currency": one_of(["CZK"], np.zeros(orders, np.int64)),
        "total_net_minor": pa.array(rounded_share(total, 100, 100 + _VAT)),
        "total_gross_minor": pa.array(total),
        "shipping_net_minor": pa.array(rounded_share(shipping, 100, 100 + _VAT)),
        "shipping_gross_minor": pa.array(shipping),
        "refunded_net_minor": optional(
            rounded_share(refunded, 100, 100 + _VAT), money, unrefunded
        ),
        "refunded_gross_minor": optional(refunded, money, unrefunded),
    }


def _circumstances(
    rng: np.random.Generator, people: People, persons: Ints
) -> dict[str, Column]:
    """Where it was bought and where it went: most often home."""
    orders = len(persons)
    elsewhere = rng.integers(0, people.places.num_rows, orders)
    place = np.where(rng.random(orders) < 0.85, people.homes[persons], elsewhere)
    went = people.places.take(place)
    unknown = pa.array(rng.random(orders) < 0.02)
    return {
        "offer_code": one_of(
            (*_OFFERS, None), np.minimum(rng.integers(0, 110, orders), len(_OFFERS))
        ),
        "has_invoice": optional(
            rng.random(orders) < 0.2, pa.bool_(), rng.random(orders) < 0.05
        ),
        "store": one_of(_STORES, draw(rng, np.array(_STORE_WEIGHTS), orders)),
        **{name: pc.if_else(unknown, None, went[name]) for name in went.column_names},
    }
