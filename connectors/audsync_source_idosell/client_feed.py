"""Clients: at first all of them, then those that were changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from audsync.contracts import Held
from audsync_source_idosell.answers import Record, ignored
from audsync_source_idosell.consents import Consents
from audsync_source_idosell.customers import Customers, client_number
from audsync_source_idosell.endpoints import CLIENTS
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import PASSES, Tally, pages, restless
from audsync_source_idosell.position import Step, pack, unpack
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

PART: Final = "clients"
ABSENT: Final = "absent"


def client_steps(
    reading: Reading, held: Mapping[str, Any], consents: Consents
) -> Iterator[Step]:
    """Clients since what is held."""
    customers = Customers(reading.shop_id, reading.options.zone, consents)
    if "through" not in held:
        since = held.get("since") or to_text(reading.now)
        for step, state, _ in listed_clients(reading, held, customers):
            yield Step(step.pages, {PART: state})
        yield Step((), {PART: {"through": since}})
        return
    for found, after in reading.changed(
        held,
        timedelta(hours=reading.options.client_overlap_hours),
        reading.panel.changed_clients,
    ):
        made = [customers.page(found.records, expected=None)] if found.records else []
        yield Step(made, {PART: after})


def missing_client_steps(
    reading: Reading, known_absent: str | None, consents: Consents, warehouse: Held
) -> Iterator[Step]:
    """Clients that orders name and nothing has told of: a first order does not change a client.

    Those that the panel has no more are kept in mind, so that they are not asked for again.
    """
    customers = Customers(reading.shop_id, reading.options.zone, consents)
    yield Step(is_due=True)
    absent = unpack(known_absent)
    missing = [
        number
        for key in held_texts(warehouse, "orders", "customer_id", but_not_in="customers")
        if key.isdigit() and (number := int(key)) not in absent
    ]
    for step, asked, records in read_again(reading, customers, missing):
        here = {client_number(one) for one in records if customers.is_of_shop(one)}
        absent |= {*asked} - here
        yield Step(step.pages, {ABSENT: pack(absent)})


def listed_clients(
    reading: Reading, held: Mapping[str, Any], customers: Customers
) -> Iterator[tuple[Step, Callable[[], dict[str, Any]], Tally]]:
    """Every client, page by page, with where it continues and what came so far.

    The panel sorts clients as it likes and cannot be asked for those above a number, so that
    those that came are kept in mind, also from pull to pull, until a pass was whole: then the
    tally says so, after the last page.
    """
    since, passed = held.get("since") or to_text(reading.now), int(held.get("passed", 0))
    number, tally = int(held.get("page", 0)), _tally(held)
    question = reading.panel.clients()

    def state() -> dict[str, Any]:
        return {
            "since": since,
            "passed": passed,
            "page": number,
            "first": tally.first,
            "last": tally.last,
            "fell": tally.fell,
            "seen": pack(one for one in tally.seen if isinstance(one, int)),
        }

    while True:
        for answer in pages(reading.panel, question, tally, number):
            number += 1
            page = customers.page(answer.records, expected=answer.total)
            yield Step([page]), state, tally
        if tally.is_whole:
            return
        passed, number, tally = passed + 1, 0, Tally()
        if passed == PASSES:
            raise restless(question)


def _tally(held: Mapping[str, Any]) -> Tally:
    return Tally(
        first=held.get("first"),
        last=int(held.get("last", 0)),
        fell=bool(held.get("fell")),
        seen={*unpack(held.get("seen"))},
    )


def read_again(
    reading: Reading, customers: Customers, numbers: Sequence[int]
) -> Iterator[tuple[Step, Sequence[int], Sequence[Record]]]:
    """These clients as they are now, a page at a time: who was asked for, and their records.

    Whoever does not come is asked for once more, and is gone if missing again.
    """
    size = reading.options.page_size
    for start in range(0, len(numbers), size):
        asked = numbers[start : start + size]
        records = list(reading.panel.clients_by_number(asked).records)
        missing = sorted({*asked} - {client_number(record) for record in records})
        if missing:
            records += reading.panel.clients_by_number(missing).records
        if any(client_number(record) not in asked for record in records):
            raise ignored(CLIENTS, "number")
        yield Step([customers.page(records, asked=asked, expected=None)]), asked, records
