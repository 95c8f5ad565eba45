"""One call that adds members to an audience or removes them from it."""

import secrets
from typing import TYPE_CHECKING

from audsync.contracts import Operation
from audsync_sink_meta.payload import Part, body, content
from audsync_sink_meta.receipts import Taken, taken

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_sink_meta.graph import Graph


def change(
    graph: "Graph",
    remote_id: str,
    operation: Operation,
    rows: "pa.Table",
    made: bytes | None = None,
) -> Taken:
    """What became of the rows; `made` is their `content`, where that is there already."""
    members = content(operation, rows) if made is None else made
    part = Part(secrets.randbits(62) + 1, total=rows.num_rows)
    answer = graph.upload(remote_id, "users", body=body(operation, members, part))
    return taken(answer, rows, audience=remote_id)
