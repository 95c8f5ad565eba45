"""People of the invented shop: where they live, how much they buy, which accounts they have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.catalogue import invented_words
from benchmarks.chance import (
    Column,
    Flags,
    Floats,
    Ints,
    draw,
    one_of,
    optional,
    scattered,
    stream,
    texts,
    zipf_weights,
)

_CHUNK: Final = 500_000
_PLACES: Final = 600
_COUNTRIES: Final = ("CZ", "SK", "PL", "DE")
# Of a hundred people eight never made an account, and two have a second one.
_GUESTS, _DOUBLES = 8, 10
_ACCOUNT_BASE, _SECOND_BASE = 100_000_000, 200_000_000
_MICROSECONDS = 1_000_000
_DAY = 86_400 * _MICROSECONDS


@dataclass(frozen=True, slots=True)
class People:
    """Everybody by number; what is not kept for each follows from the number."""

    count: int
    seed: int
    eagerness: Floats  # running sum of how likely a person is to come back
    places: pa.Table  # zip, city, country
    homes: npt.NDArray[np.int16]  # number of a place each


def make_people(count: int, seed: int) -> People:
    """So many people; how likely they come back has a heavy tail."""
    rng = stream(seed, "people")
    weights = np.minimum(rng.pareto(1.2, count), 3000.0)
    homes = draw(rng, zipf_weights(_PLACES, 0.9), count).astype(np.int16)
    return People(count, seed, np.cumsum(weights), _make_places(seed), homes)


def is_guest(people: Ints) -> Flags:
    """Who never made an account."""
    return scattered(people, 1) % 100 < _GUESTS


def has_second_account(people: Ints) -> Flags:
    """Who has two accounts."""
    kind = scattered(people, 1) % 100
    return (kind >= _GUESTS) & (kind < _DOUBLES)


def customer_ids(people: Ints, *, second: bool = False) -> Column:
    """The id of each one's account, missing for guests."""
    numbers = people + (_SECOND_BASE if second else _ACCOUNT_BASE)
    return texts("", numbers, is_guest(people))


def client_ids(people: Ints) -> Column:
    """The id of each as a client."""
    own = texts("", people + _ACCOUNT_BASE).to_numpy(zero_copy_only=False)
    marks = scattered(people, 2) * 2**31 + scattered(people, 3)
    guests = is_guest(people)
    own[guests] = [f"g-{mark:016x}" for mark in marks[guests]]
    return pa.array(own, pa.string())


def account_rows(people: People) -> Iterator[dict[str, pa.Table]]:
    """Chunks of `customers` and `account_clients`."""
    for number, start in enumerate(range(0, people.count, _CHUNK)):
        everyone = np.arange(start, min(start + _CHUNK, people.count))
        first = everyone[~is_guest(everyone)]
        second = everyone[has_second_account(everyone)]
        persons = np.concatenate([first, second])
        ids = pa.chunked_array(
            [customer_ids(first), customer_ids(second, second=True)]
        ).combine_chunks()
        yield {
            "customers": _accounts(
                people, persons, ids, stream(people.seed, "accounts", number)
            ),
            "account_clients": pa.table({"customer_id": ids, "client_id": client_ids(persons)}),
        }


def _accounts(people: People, persons: Ints, ids: Column, rng: np.random.Generator) -> pa.Table:
    count = len(persons)
    registered = rng.integers(_moment(2015), _moment(2026, 6), count)
    updated = registered + rng.integers(0, 700 * _DAY, count)
    born = rng.integers(-14_000, 14_600, count).astype("datetime64[D]")  # 1931 to 2009
    answered = rng.integers(_moment(2020), _moment(2026, 6), count)
    places = people.places.take(people.homes[persons])
    columns: dict[str, Any] = {
        "customer_id": ids,
        "registered_at": optional(registered, pa.timestamp("us"), rng.random(count) < 0.01),
        "updated_at": optional(updated, pa.timestamp("us"), rng.random(count) < 0.3),
        "born_on": optional(born, pa.date32(), rng.random(count) < 0.4),
        "customer_type": _words(
            rng, count, {"retail": 90, "wholesale": 4, "staff": 1, None: 5}
        ),
        "price_category": _words(rng, count, {None: 80, "VIP": 5, "B2B": 5, "Klub": 10}),
        "newsletter_frequency": _words(
            rng, count, {"every_day": 20, "special_occasions": 25, "never": 45, None: 10}
        ),
        "sms_frequency": _words(
            rng, count, {"every_day": 3, "special_occasions": 12, "never": 65, None: 20}
        ),
        "data_permission": _words(
            rng, count, {"full": 70, "do_not_personalize": 15, "anonymized_only": 5, None: 10}
        ),
        "ad_consent": _words(rng, count, {"yes": 45, "no": 40, None: 15}),
        "ad_consent_at": optional(answered, pa.timestamp("us"), rng.random(count) < 0.2),
        "tags": one_of(
            (None, ["klub"], ["vip"], ["klub", "vip"], ["b2b"], []),
            draw(rng, np.array([80.0, 8.0, 3.0, 3.0, 4.0, 2.0]), count),
            pa.list_(pa.string()),
        ),
    }
    for name in places.column_names:
        columns[name] = places[name]
    return pa.table(columns)


def _words(rng: np.random.Generator, count: int, weights: dict[str | None, int]) -> Column:
    shares = np.array(list(weights.values()), np.float64)
    return one_of(list(weights), draw(rng, shares, count))


def _make_places(seed: int) -> pa.Table:
    rng = stream(seed, "places")
    countries = draw(rng, np.array([80.0, 12.0, 5.0, 3.0]), _PLACES)
    zips = rng.integers(100, 799, _PLACES) * 100 + rng.integers(0, 99, _PLACES)
    return pa.table(
        {
            "zip": pa.array([f"{zip_code // 100} {zip_code % 100:02d}" for zip_code in zips]),
            "city": pa.array(invented_words(_PLACES, "cities")),
            "country": one_of(_COUNTRIES, countries),
        }
    )


def _moment(year: int, month: int = 1) -> int:
    """Microseconds since 1970 of the first moment of a month."""
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * _MICROSECONDS
