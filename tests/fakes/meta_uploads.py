"""Rows for the sink `meta`, sent and settled."""

import pyarrow as pa

from audsync.contracts import AudienceInfo, Operation, Outcome
from audsync.testing.sink_contract import SinkContract
from audsync_sink_meta import MetaSink

KIT = SinkContract()


def rows(sink: MetaSink, count: int, *, start: int = 0) -> pa.Table:
    return KIT.rows(sink, count, start=start)


def send(
    sink: MetaSink,
    audience: AudienceInfo,
    table: pa.Table,
    operation: Operation = Operation.ADD,
) -> Outcome:
    return KIT.deliver(sink, audience, operation, table)
