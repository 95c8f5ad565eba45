"""Rows for the sink `google`, sent and settled."""

from typing import Any

import pyarrow as pa

from audsync.contracts import AudienceInfo, Operation, Receipt, Sink
from audsync.testing.google import FakeGoogle
from audsync.testing.sink_contract import SPEC, SinkContract
from fakes.google_people import person
from fakes.plans import Row

KIT = SinkContract()
APIS = ("data_manager", "google_ads")
INGEST = "IngestionService/IngestAudienceMembers"
STATUS = "IngestionService/RetrieveRequestStatus"


def table(sink: Sink, rows: list[Row]) -> pa.Table:
    names = list(sink.key_rules)
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], pa.string())
            for place, name in enumerate(names)
        }
    )


def people(count: int, start: int = 0) -> list[Row]:
    return [
        person(f"e{number}", f"p{number}", f"h{number}")
        for number in range(start, start + count)
    ]


def in_unknown_country(row: Row) -> Row:
    """The same person at an address that Google refuses."""
    return (*row[:4], "ZZ", *row[5:])


def sent(
    sink: Sink, rows: list[Row], *, operation: Operation = Operation.ADD
) -> tuple[AudienceInfo, Receipt]:
    audience = sink.open(SPEC, None)
    return audience, sink.send(KIT.batch(sink, audience, operation, table(sink, rows)))


def settled(google: FakeGoogle, sink: Sink, receipt: Receipt) -> Any:
    google.platform.clock.advance(days=1)
    return sink.settle(receipt)
