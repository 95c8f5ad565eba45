"""Clients: at first all of them, then those that were changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from audsync_source_idosell.answers import Record, ignored
from audsync_source_idosell.customers import client_number
from audsync_source_idosell.endpoints import CLIENTS
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import PASSES, Tally, pages, restless
from audsync_source_idosell.position import Step, pack, unpack
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

PART: Final = "clients"
ABSENT: Final = "absent"


def client_steps(reading: Reading, known: Mapping[str, Any]) -> Iterator[Step]:
    """Clients since what is held, and those that the panel could not read before."""
    customers = reading.customers
    if "through" not in known:
        since = known.get("since") or to_text(reading.now)
        for step, state, _ in listed_clients(reading, known):
            yield Step(step.pages, {PART: state})
        yield Step((), {PART: {"through": since}})
        return
    for found, after in reading.changed(
        known,
        timedelta(hours=reading.options.client_overlap_hours),
        reading.panel.changed_clients,
    ):
        made = [customers.page(found.records, expected=None)] if found.records else []
        yield Step(made, {PART: after})
    for step, _, _ in read_again(reading, customers.unread):
        yield step


def missing_client_steps(reading: Reading, known_absent: str | None) -> Iterator[Step]:
    """Clients that orders name and nothing has told of: a first order does not change a client.

    Those that the panel has no more are kept in mind, so that they are not asked for again.
    """
    yield Step(is_due=True)
    absent = unpack(known_absent)
    missing = [
        number
        for key in held_texts(reading.held, "orders", "customer_id", but_not_in="customers")
        if key.isdigit() and (number := int(key)) not in absent
    ]
    for step, asked, records in read_again(reading, missing):
        here = {client_number(one) for one in records if reading.customers.is_of_shop(one)}
        absent |= {*asked} - here
        yield Step(step.pages, {ABSENT: pack(absent)})


def listed_clients(
    reading: Reading, known: Mapping[str, Any]
) -> Iterator[tuple[Step, Callable[[], dict[str, Any]], Tally]]:
    """Every client, page by page, with where it continues and what came so far.

    The panel sorts clients as it likes and cannot be asked for those above a number, so that
    those that came are kept in mind, also from pull to pull, until a pass was whole: then the
    tally says so, after the last page. Who is deleted moves the others by one place, and is not
    missed in a count that somebody new makes up for, so that these are counted by themselves.
    """
    since, passed = known.get("since") or to_text(reading.now), int(known.get("passed", 0))
    number, tally = int(known.get("page", 0)), _tally(known)
    question, before = reading.panel.clients(), None
    day, new = datetime.fromisoformat(since), known.get("new")

    def state() -> dict[str, Any]:
        return {
            "since": since,
            "passed": passed,
            "page": number,
            "first": tally.first,
            "last": tally.last,
            "fell": tally.fell,
            "new": new,
            "seen": pack(one for one in tally.seen if isinstance(one, int)),
        }

    while True:
        new = reading.panel.registered(day) if new is None else new
        for answer in pages(reading.panel, question, tally, number):
            number += 1
            page = reading.customers.page(answer.records, expected=answer.total)
            yield Step([page]), state, tally
        came = reading.panel.registered(day) - new
        if (tally.is_whole and not tally.lost(came)) or tally.is_like(before):
            return
        passed, number, new, before, tally = passed + 1, 0, None, tally, Tally()
        if passed == PASSES:
            raise restless(question)


def _tally(known: Mapping[str, Any]) -> Tally:
    return Tally(
        first=known.get("first"),
        last=int(known.get("last", 0)),
        fell=bool(known.get("fell")),
        seen={*unpack(known.get("seen"))},
    )


def read_again(
    reading: Reading, numbers: Iterable[int]
) -> Iterator[tuple[Step, Sequence[int], Sequence[Record]]]:
    """These clients as they are now, a page at a time: who was asked for, and their records.

    Whoever does not come is asked for once more, and is gone if missing again.
    """
    for asked in reading.batches(numbers):
        records = list(reading.panel.clients_by_number(asked).records)
        missing = sorted({*asked} - {client_number(record) for record in records})
        if missing:
            records += reading.panel.clients_by_number(missing).records
        if any(client_number(record) not in asked for record in records):
            raise ignored(CLIENTS, "number")
        yield (
            Step([reading.customers.page(records, asked=asked, expected=None)]),
            asked,
            records,
        )
