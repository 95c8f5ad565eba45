"""The member list after every operation of a plan was confirmed."""

from datetime import date
from typing import TYPE_CHECKING

from audsync.contracts import Operation
from audsync.plan.rows import by_client, contained, text_columns

if TYPE_CHECKING:
    import pyarrow as pa


def apply(
    delivered: "pa.Table | None",
    operations: "pa.Table",
    silent: "pa.Table",
    *,
    confirmed_on: date,
    rules_version: str,
) -> "pa.Table":
    """The members, sorted by client, once the platform confirmed a whole plan on that day.

    An addition brings the whole row of a client in place of those it had; a removal without an
    addition, and a silent leave, take all rows of the client. What a plan that was confirmed in
    part leaves behind is for the journal to say.
    """
    import pyarrow as pa

    keys = operations.column_names[4:]
    types: list[tuple[str, pa.DataType]] = [("client_id", pa.string())]
    types += [("confirmed_on", pa.date32()), *((name, pa.string()) for name in keys)]
    schema = pa.schema(types, metadata={"audsync.rules": rules_version})
    added = operations.filter(
        pa.compute.equal(operations["operation"], pa.scalar(Operation.ADD.value))
    ).select(["client_id", *keys])
    day = pa.repeat(pa.scalar(confirmed_on, pa.date32()), added.num_rows)
    parts = [added.add_column(1, "confirmed_on", day)]
    if delivered is not None:
        changed = pa.chunked_array(
            [*operations["client_id"].chunks, *silent["client_id"].chunks], pa.string()
        )
        rows = text_columns(delivered, ["client_id", *keys]).add_column(
            1, "confirmed_on", delivered["confirmed_on"].cast(pa.date32())
        )
        parts.append(rows.filter(pa.array(~contained(rows["client_id"], changed))))
    return by_client(pa.concat_tables(parts)).cast(schema)
