"""Subscribers to e-mails or text messages: consents of clients, and people without account.

A record says when a client last joined or left. Of somebody without an account it may only say
when the address was added: all of these who agree are listed each time, and whoever is not
among them any more is gone.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from audsync.tables import Frequency
from audsync_source_idosell.answers import Record, element_faults
from audsync_source_idosell.client_feed import read_again
from audsync_source_idosell.consents import EMAIL, SMS
from audsync_source_idosell.customers import (
    client_number,
    gone,
    is_subscriber,
)
from audsync_source_idosell.endpoints import EMAILS, PHONES, Endpoint
from audsync_source_idosell.holdings import held_texts
from audsync_source_idosell.listing import whole
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

ENDPOINTS: Final[Mapping[str, Endpoint]] = {EMAIL: EMAILS, SMS: PHONES}
WITHDRAWN: Final = "withdrawn"


def newsletter_steps(
    reading: Reading, known: Mapping[str, Any], channel: str
) -> Iterator[Step]:
    """Consents of one channel since what is held."""
    customers = reading.customers
    endpoint = ENDPOINTS[channel]
    yield from _without_account(reading, channel)
    if "through" not in known:  # clients are all read after this
        yield Step((), {channel: {"through": to_text(reading.now)}})
        return
    for found, after in reading.changed(
        known,
        timedelta(minutes=reading.options.overlap_minutes),
        lambda span: reading.panel.changed_subscribers(endpoint, reading.shop_id, span),
    ):
        yield from _heard(reading, channel, found.records)
        yield Step((), {channel: after, WITHDRAWN: dict(customers.consents.withdrawn)})


def _without_account(reading: Reading, channel: str) -> Iterator[Step]:
    """Whoever agrees without an account; who agreed before and does not any more is gone."""
    yield Step(is_due=True)
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
        yield Step([reading.customers.subscribers(answer.records, channel)])
        agreed -= reading.customers.keys(answer.records, channel)
    if agreed:
        yield Step([gone(sorted(agreed))])


def _heard(reading: Reading, channel: str, records: Iterable[Record]) -> Iterator[Step]:
    """Changed records: subscribers as they are, clients read again whole.

    Of a record that the panel could not read the client's own one counts.
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
    unread = {client_number(record) for record in heard if element_faults(record)} - {None}
    for _, asked, clients in read_again(reading, sorted({*said, *filter(None, unread)})):
        for client in clients:
            number = client_number(client)
            if number in said:
                customers.consents.hear(channel, str(number), said[number], client)
        yield Step([customers.page(clients, asked=asked, expected=None)])
