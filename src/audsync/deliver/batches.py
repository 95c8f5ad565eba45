"""Batches: what may be in one, and how a plan is cut into them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from audsync.columns import are_digests
from audsync.contracts import VALUE, AudienceInfo, Batch, Form, Operation, Part, Sink
from audsync.errors import TableError
from audsync.state import JournalBatch, JournalPlan, Range, batch_key

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Positions

PLAIN_LENGTH: Final = 32
_CONTROL: Final = r"\p{Cc}"
_NUMBER: Final = r"\A[0-9]{1,15}(\.[0-9]{1,4})?\z"


def check_rows(sink: Sink, rows: "pa.Table") -> None:
    """Prove that rows may leave through a sink; raises TableError naming column and count.

    The columns are those of its key rules, and VALUE where it takes values; a digest is 64
    lower-case hex characters, a plain field is short, text of a person goes only where it stays
    on this machine, and every row has at least one key.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [name for name in rows.column_names if name != VALUE]
    if columns != list(sink.key_rules):
        raise TableError("the columns of a batch are not those of the sink's key rules")
    if VALUE in rows.column_names:
        _check_values(sink, rows)
    for name, rule in sink.key_rules.items():
        column = rows[name]
        match rule.form:
            case Form.DIGEST:
                wrong = pc.invert(are_digests(column))
                expected = "64 lower-case hex characters"
            case Form.PLAIN:
                is_long = pc.greater(pc.utf8_length(column), pa.scalar(PLAIN_LENGTH))
                wrong = pc.or_(is_long, pc.match_substring_regex(column, _CONTROL))
                expected = f"one line of at most {PLAIN_LENGTH} characters"
            case Form.PERSONAL:
                if not sink.capabilities.stays_local:
                    raise TableError(f"{name}: text of a person may not leave this machine")
                continue
        count = len(column.filter(wrong))
        if count:
            raise TableError(f"{name}: {count} of {len(column)} values are not {expected}")
    _check_keys(rows.select(columns))


def _check_values(sink: Sink, rows: "pa.Table") -> None:
    import pyarrow.compute as pc

    if not sink.capabilities.accepts_value:
        raise TableError("the sink takes no values of members")
    right = pc.match_substring_regex(rows[VALUE], _NUMBER)
    wrong = rows.num_rows - len(rows[VALUE].filter(right))
    if wrong:
        raise TableError(f"{VALUE}: {wrong} of {rows.num_rows} are no amounts")


def _check_keys(rows: "pa.Table") -> None:
    import numpy as np

    has_key = np.zeros(rows.num_rows, dtype=bool)
    for column in rows.columns:
        has_key |= column.is_valid().to_numpy()
    if not has_key.all():
        raise TableError(f"{int((~has_key).sum())} of {rows.num_rows} rows have no key")


def make_batch(
    sink: Sink,
    *,
    key: str,
    operation: Operation,
    audience: AudienceInfo,
    rows: "pa.Table",
    part: Part | None = None,
) -> Batch:
    """A batch that the sink can take; raises TableError for any other."""
    if not 1 <= rows.num_rows <= sink.capabilities.max_batch:
        raise TableError(
            f"a batch of {rows.num_rows} members, where the sink takes 1 to"
            f" {sink.capabilities.max_batch}"
        )
    if operation not in sink.capabilities.operations:
        raise TableError(f"the sink cannot {operation}")
    check_rows(sink, rows)
    return Batch(key=key, operation=operation, audiences=(audience,), rows=rows, part=part)


def part_of(batch: JournalBatch, all_of_them: Sequence[JournalBatch]) -> Part | None:
    """Which part of a replacement a batch is; None where it is none.

    The session is made of the keys of all its batches: the same again for the same plan alone.
    """
    parts = [one for one in all_of_them if one.range.operation is Operation.REPLACE]
    if batch.range.operation is not Operation.REPLACE:
        return None
    names = "\n".join(one.range.batch for one in parts)
    session = int.from_bytes(hashlib.sha256(names.encode()).digest()[:8], "big") >> 2
    place = [one.id for one in parts].index(batch.id)
    return Part(session + 1, place + 1, len(parts))


def cut(
    operations: "pa.Table",
    *,
    max_batch: int,
    run: str,
    audience: str,
    file: str,
    labels: "Positions | None" = None,
    keys: Mapping[int, str] | None = None,
) -> list[Range]:
    """The ranges of a plan: of one phase and one operation each, and at most `max_batch` rows.

    Rows of different `labels` are in no range together. The key of a batch holds the hash of
    the plan's file, which with the range says the content; `keys` are those of labels whose
    rows are a batch that has one.
    """
    import numpy as np

    phases = operations["phase"].to_numpy()
    kinds = operations["operation"].to_numpy()
    if (np.diff(phases) < 0).any():
        raise TableError(f"{audience}: the operations of the plan are not in order of phase")
    differs = (phases[1:] != phases[:-1]) | (kinds[1:] != kinds[:-1])
    if labels is not None:
        differs |= labels[1:] != labels[:-1]
    edges = [0, *(np.flatnonzero(differs) + 1).tolist(), operations.num_rows]
    starts = [
        (start, min(start + max_batch, stop))
        for first, stop in pairwise(edges)
        for start in range(first, stop, max_batch)
    ]
    return [
        Range(
            batch=(keys or {}).get(0 if labels is None else int(labels[start]))
            or batch_key(run, audience, kinds[start], number, file),
            number=number,
            phase=int(phases[start]),
            operation=Operation(kinds[start]),
            start=start,
            stop=stop,
        )
        for number, (start, stop) in enumerate(starts)
    ]


def without(plan: JournalPlan, one: Range, rows: Sequence[int], *, first: int) -> list[Range]:
    """What is left of a range without some rows of the file, numbered from `first` on."""
    edges = [one.start - 1, *sorted(rows), one.stop]
    pieces = [(last + 1, stop) for last, stop in pairwise(edges) if last + 1 < stop]
    return [
        replace(
            one,
            batch=batch_key(plan.run, plan.audience, one.operation, number, plan.file),
            number=number,
            start=start,
            stop=stop,
        )
        for number, (start, stop) in enumerate(pieces, first)
    ]
