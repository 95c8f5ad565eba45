"""Subscribers to e-mails or text messages: consents of clients, and people without account.

A record says when a client last joined or left. Of somebody without an account it may only say
when the address was added, so that whoever of these refuses is listed each time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from audsync_source_idosell.answers import Record
from audsync_source_idosell.client_feed import read_again
from audsync_source_idosell.consents import EMAIL, SMS, Consents
from audsync_source_idosell.customers import Customers, client_number
from audsync_source_idosell.endpoints import EMAILS, PHONES, Endpoint
from audsync_source_idosell.listing import Tally, whole
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

ENDPOINTS: Final[Mapping[str, Endpoint]] = {EMAIL: EMAILS, SMS: PHONES}
WITHDRAWN: Final = "withdrawn"


def newsletter_steps(
    reading: Reading, held: Mapping[str, Any], consents: Consents, channel: str
) -> Iterator[Step]:
    """Consents of one channel since what is held."""
    customers = Customers(reading.shop_id, reading.options.zone, consents)
    endpoint = ENDPOINTS[channel]
    if "through" not in held:
        for records in all_subscribers(reading, channel):
            yield Step([customers.subscribers(records, channel)])
        yield Step((), {channel: {"through": to_text(reading.now)}})
        return
    listed = reading.panel.subscribers(endpoint, reading.shop_id, only_refusing=True)
    for answer in whole(reading.panel, listed):
        yield Step([customers.subscribers(answer.records, channel)])
    for found, after in reading.changed(
        held,
        timedelta(minutes=reading.options.overlap_minutes),
        lambda span: reading.panel.changed_subscribers(endpoint, reading.shop_id, span),
    ):
        yield from _heard(reading, customers, channel, found.records)
        yield Step((), {channel: after, WITHDRAWN: dict(consents.withdrawn)})


def all_subscribers(
    reading: Reading, channel: str, tally: Tally | None = None
) -> Iterator[Sequence[Record]]:
    """Every newsletter record of people without an account; `tally` counts them."""
    question = reading.panel.subscribers(ENDPOINTS[channel], reading.shop_id)
    for answer in whole(reading.panel, question, tally):
        yield answer.records


def _heard(
    reading: Reading, customers: Customers, channel: str, records: Iterable[Record]
) -> Iterator[Step]:
    """Changed records: subscribers as they are, clients read again whole."""
    heard = list(records)
    if heard:
        yield Step([customers.subscribers(heard, channel)])
    said = {
        number: answer
        for record in heard
        if (number := client_number(record))
        and (answer := customers.consents.of_newsletter(record))
    }
    for _, clients in read_again(reading, customers, sorted(said)):
        for client in clients:
            number = client_number(client)
            if number in said:
                customers.consents.hear(channel, str(number), said[number], client)
        yield Step([customers.page(clients, asked=said, expected=None)])
