"""Members sent through the sink `google` to a fake, and what became of them."""

from typing import Any

import pyarrow as pa

from audsync.contracts import (
    AudienceInfo,
    Operation,
    Receipt,
    Sink,
)
from audsync.testing.google import (
    FakeGoogle,
)
from audsync.testing.sink_contract import SPEC, SinkContract
from fakes.google_people import person
from fakes.plans import Row

KIT = SinkContract()
APIS = ("data_manager", "google_ads")
RUNS = iter(range(10**6))
INGEST = "IngestionService/IngestAudienceMembers"
CLEAR = "IngestionService/RemoveAllAudienceMembers"
STATUS = "IngestionService/RetrieveRequestStatus"
ADD = "OfflineUserDataJobService/AddOfflineUserDataJobOperations"


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


def send_five(sink: Sink) -> None:
    for start in range(5):
        sent(sink, people(1, start=start))


def settled(google: FakeGoogle, sink: Sink, receipt: Receipt) -> Any:
    google.platform.clock.advance(days=1)
    return sink.settle(receipt)
