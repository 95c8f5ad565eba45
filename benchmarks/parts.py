"""Two parts of a run measured alone: keys of people, and the difference of two member lists.

`python -m benchmarks.parts NAME COUNT` prints the seconds of each repetition, of the clock and
of the CPUs, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from audsync.consent import ConsentRule, Gate, gate
from audsync.contracts import Match, Purpose
from audsync.eligibility import nobody
from audsync.identity.normal import add_normal_forms
from audsync.identity.text import fold
from audsync.match_keys import AUDSYNC_RULES, match_keys
from audsync.plan import Desired, Matching, Population, desired, diff, refresh_for
from audsync.warehouse import DuckEngine
from benchmarks.catalogue import invented_words
from benchmarks.chance import Column, Ints, draw, one_of, scattered, stream, texts, zipf_weights
from benchmarks.child import peak_bytes

_REPETITIONS: Final = 7
_TODAY: Final = date(2026, 7, 1)
_DIGESTS: Final = {name: rule for name, rule in AUDSYNC_RULES.items() if "hashed" in name}
_NORMAL: Final = {
    "email": "email_normal",
    "phone": "phone_e164",
    "first_name": "first_name_clean",
    "last_name": "last_name_clean",
}


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the clock and of all CPUs."""

    wall: float
    cpu: float


class _Watch:
    """Runs from its making on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        return Took(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def hashing(count: int) -> Iterator[Took]:
    """From what people typed to normal forms and four digests each.

    Once: no form of a name is known yet. What is loaded at first use is loaded before.
    """
    _keys_of(typed_people(1000, "others"))
    people = typed_people(count, "people")
    watch = _Watch()
    keys = _keys_of(people)
    yield watch.took()
    if keys.num_rows < count * 0.97:
        raise ValueError(f"only {keys.num_rows} of {count} people have keys")


def difference(count: int) -> Iterator[Took]:
    """Comparing a delivered list with the desired one, one in twenty changed."""
    want, population, delivered = _lists(count)
    matching = Matching(Match.KEY, (("hashed_email",), ("hashed_phone",)))
    refresh = refresh_for(_TODAY, 540)
    for _ in range(_REPETITIONS):
        watch = _Watch()
        found = diff(
            desired=want,
            delivered=delivered,
            population=population,
            matching=matching,
            refresh=refresh,
        )
        yield watch.took()
        if found.operations.num_rows < count // 20:
            raise ValueError(f"{found.operations.num_rows} operations are too few")


PARTS: Final[Mapping[str, Callable[[int], Iterator[Took]]]] = {
    "hashing": hashing,
    "difference": difference,
}


def _keys_of(people: pa.Table) -> pa.Table:
    """The keys of people from the columns of their accounts, by the functions a run calls."""
    normal = add_normal_forms(people, country="CZ").rows
    named = normal.select(["customer_id", *_NORMAL.values()])
    return match_keys(_DIGESTS, named.rename_columns(["client_id", *_NORMAL])).rows


def typed_people(count: int, purpose: str) -> pa.Table:
    """Accounts as people fill in a form: capitals, spaces, accents, many ways to write a phone.

    The numbers are made up and go nowhere.
    """
    rng = stream(1, purpose)
    first, last = invented_words(2000, "first names"), invented_words(30_000, "last names")
    first_of = draw(rng, zipf_weights(len(first), 0.8), count)
    last_of = draw(rng, zipf_weights(len(last), 0.6), count)
    numbers = rng.permutation(count)
    return pa.table(
        {
            "customer_id": texts("", 100_000_000 + np.arange(count)),
            "email": _emails(rng, one_of(last, last_of), numbers),
            "phone": _phones(rng, numbers),
            "first_name": _typed(rng, one_of(first, first_of)),
            "last_name": _typed(rng, one_of(last, last_of)),
            "country": one_of(["CZ"], np.zeros(count, np.int64)),
        }
    )


def _emails(rng: np.random.Generator, names: Column, numbers: Ints) -> Column:
    domains = one_of(
        ["example.com", "example.org", "mail.example.net", "EXAMPLE.COM"],
        draw(rng, np.array([60.0, 20.0, 15.0, 5.0]), len(numbers)),
    )
    written = zip(names.to_pylist(), numbers.tolist(), domains.to_pylist(), strict=True)
    return _typed(
        rng,
        pa.array([f"{fold(str(name))}.{number}@{domain}" for name, number, domain in written]),
    )


def _phones(rng: np.random.Generator, numbers: Ints) -> Column:
    # Nine digits of a Czech mobile number, each once.
    digits = 602_000_000 + numbers * 97 % 6_000_000
    a, b, c = digits // 1_000_000, digits // 1000 % 1000, digits % 1000
    ways = draw(rng, np.array([35.0, 25.0, 20.0, 10.0, 10.0]), len(numbers)).tolist()
    return pa.array(
        [
            (
                f"{x} {y:03d} {z:03d}",
                f"+420 {x} {y:03d} {z:03d}",
                f"{x}{y:03d}{z:03d}",
                f"00420{x}{y:03d}{z:03d}",
                f"({x}) {y:03d}-{z:03d}",
            )[way]
            for x, y, z, way in zip(a.tolist(), b.tolist(), c.tolist(), ways, strict=True)
        ]
    )


def _typed(rng: np.random.Generator, column: Column) -> Column:
    """The texts as they come: some in capitals, some with spaces around."""
    ways = draw(rng, np.array([80.0, 5.0, 7.0, 8.0]), len(column)).tolist()
    return pa.array(
        [
            (text, text.upper(), f" {text}", f"{text} ")[way]
            for text, way in zip(map(str, column.to_pylist()), ways, strict=True)
        ]
    )


def _lists(count: int) -> tuple[Desired, Population, pa.Table]:
    """Of the delivered 1 % left, 1 % withdrew and 1.5 % have another key; 1.5 % are new."""
    everyone = np.arange(count + count * 15 // 1000)
    decided = _decided(everyone)
    clients = texts("", 100_000_000 + everyone)
    share = scattered(everyone, 7) % 1000
    in_segment = pa.array(share >= 10)
    changed = (share >= 20) & (share < 35)
    keys_now = _key_rows(clients, everyone + np.where(changed, 10**9, 0))
    want = desired(
        decided.consented,
        pa.table({"client_id": clients.filter(in_segment)}),
        keys_now,
        refused=decided.refused,
    )
    before = everyone[:count]
    delivered = _key_rows(clients[:count], before)
    days = pa.array(np.full(count, np.datetime64("2026-06-01")), pa.date32())
    population = Population(decided.refused, pa.table({"client_id": clients}))
    return want, population, delivered.append_column("confirmed_on", days)


def _decided(everyone: Ints) -> Gate:
    """The gate over one account each; one in a hundred has withdrawn."""
    engine = DuckEngine.in_memory()
    ids = texts("", 100_000_000 + everyone)
    share = scattered(everyone, 7) % 1000
    answers = one_of(["yes", "no"], ((share >= 10) & (share < 20)).astype(np.int64))
    engine.register("customers", pa.table({"customer_id": ids, "ad_consent": answers}))
    engine.register("account_clients", pa.table({"customer_id": ids, "client_id": ids}))
    engine.register("clients", pa.table({"client_id": ids}))
    rule = ConsentRule(field="ad_consent", granted=("yes",))
    provided = frozenset({"customers.ad_consent"})
    return gate(engine, Purpose.ADVERTISING, rule, provided=provided, excluded=nobody())


def _key_rows(clients: Column, numbers: Ints) -> pa.Table:
    """Four digests each; e-mail and phone are a person's own."""
    from hashlib import sha256

    def digests(salt: str, values: Ints) -> Column:
        return pa.array([sha256(f"{salt}{value}".encode()).hexdigest() for value in values])

    return pa.table(
        {
            "client_id": clients,
            "hashed_email": digests("e", numbers),
            "hashed_phone": digests("p", numbers),
            "hashed_first_name": digests("f", numbers % 2000),
            "hashed_last_name": digests("l", numbers % 30_000),
        }
    )


def main(name: str, count: str) -> None:
    """Run one part and print its figures."""
    took = [asdict(one) for one in PARTS[name](int(count))]
    print(json.dumps({"took": took, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
