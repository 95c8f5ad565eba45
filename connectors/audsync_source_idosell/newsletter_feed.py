"""Subscribers to e-mails or text messages: consents of clients, and people without account.

A record says when a client last joined or left. Of somebody who never registered it may only
say when the address was added: all of these who agree are listed each time. Whoever is not
among them any more is gone, where there is no account; a guest, whose order made an account
that nobody sees, is read again.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from audsync.tables import Frequency
from audsync_source_idosell.answers import Record, element_faults
from audsync_source_idosell.cells import yes
from audsync_source_idosell.client_feed import read_again
from audsync_source_idosell.consents import EMAIL, SMS, Answer
from audsync_source_idosell.customers import (
    client_number,
    gone,
    is_subscriber,
)
from audsync_source_idosell.endpoints import EMAILS, PHONES, Endpoint
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import whole
from audsync_source_idosell.position import Step, pack, unpack
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

ENDPOINTS: Final[Mapping[str, Endpoint]] = {EMAIL: EMAILS, SMS: PHONES}
WITHDRAWN: Final = "withdrawn"


def newsletter_steps(
    reading: Reading, known: Mapping[str, Any], channel: str, known_guests: str | None
) -> Iterator[Step]:
    """Consents of one channel since what is held.

    `known_guests` are the numbers of those who agreed without having registered, packed; None
    before these were listed.
    """
    customers, endpoint = reading.customers, ENDPOINTS[channel]
    guests = set[int]()
    yield from _unregistered(reading, channel, guests)
    after = {guests_part(channel): pack(guests)}
    if "through" not in known:  # clients are all read after this
        yield Step((), {channel: {"through": to_text(reading.now)}, **after})
        return
    moved = guests ^ unpack(known_guests)
    for found, at in reading.changed(
        known,
        timedelta(minutes=reading.options.overlap_minutes),
        lambda span: reading.panel.changed_subscribers(endpoint, reading.shop_id, span),
    ):
        yield from _heard(
            reading, channel, found.records, {one: one in guests for one in moved}
        )
        moved = set()
        yield Step((), {channel: at, WITHDRAWN: dict(customers.consents.withdrawn)})
    yield Step((), after)


def guests_part(channel: str) -> str:
    """Where the cursor keeps who agreed without having registered."""
    return f"{channel} guests"


def _unregistered(reading: Reading, channel: str, guests: set[int]) -> Iterator[Step]:
    """Whoever agrees without having registered; those with a number are put into `guests`.

    Who has none, agreed before and does not any more is gone.
    """
    yield Step(is_due=True)
    customers = reading.customers
    column = f"{channel}_frequency"
    agreed = {
        key
        for key in held_texts(
            reading.held, "customers", "customer_id", having={column: Frequency.EVERY_DAY}
        )
        if is_subscriber(key)
    }
    question = reading.panel.agreeing(ENDPOINTS[channel], reading.shop_id)
    for answer in whole(reading.panel, question):
        yield Step([customers.subscribers(answer.records, channel)])
        agreed -= customers.keys(answer.records, channel)
        guests.update(_guests_among(reading, answer.records))
    if agreed:
        yield Step([gone(sorted(agreed))])


def _guests_among(reading: Reading, records: Iterable[Record]) -> set[int]:
    """Clients who agree and never registered; also whom the panel listed and could not read."""
    return {
        number
        for record in records
        if (number := client_number(record))
        and not yes(record.get("registered"))
        and (
            element_faults(record)
            or ((said := reading.customers.consents.of_newsletter(record)) and said.granted)
        )
    }


def _heard(
    reading: Reading, channel: str, records: Iterable[Record], guests: Mapping[int, bool]
) -> Iterator[Step]:
    """Changed records: subscribers as they are, clients read again whole.

    `guests` are read again too: clients of whom a list of all who agree has told, without a
    date, whether they do. Of a record that the panel could not read the client's own one
    counts.
    """
    customers, heard = reading.customers, list(records)
    if heard:
        yield Step([customers.subscribers(heard, channel)])
    said = {
        number: answer
        for record in heard
        if not element_faults(record)
        and (number := client_number(record))
        and (answer := customers.consents.of_newsletter(record))
    }
    unread = {number for one in heard if element_faults(one) and (number := client_number(one))}
    for _, asked, clients in read_again(reading, {*said, *unread, *guests}):
        for client in clients:
            number = client_number(client)
            if number is None:
                continue
            if number in guests and (guests[number] or yes(client.get("isUnregistered"))):
                told = Answer(guests[number], reading.now)
                customers.consents.hear(channel, str(number), told, client)
            elif number in said:
                customers.consents.hear(channel, str(number), said[number], client)
        yield Step([customers.page(clients, asked=asked, expected=None)])
