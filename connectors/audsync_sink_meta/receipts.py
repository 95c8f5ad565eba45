"""What Meta says became of the members of one call, mapped back to them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import Outcome, RejectedRows
from audsync.errors import TransientError
from audsync_sink_meta.answers import NAME, unreadable

if TYPE_CHECKING:
    import pyarrow as pa

UNEXPLAINED: Final = "invalid_unexplained"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one call came to: `told` are rejected rows with their reasons, `untold` a number."""

    size: int
    told: Mapping[int, str] = field(default_factory=dict)
    untold: int = 0

    def shifted(self, start: int) -> "Taken":
        """The same with rows counted from another start."""
        told = {row + start: why for row, why in self.told.items()}
        return Taken(self.size, told, self.untold)

    def __add__(self, other: "Taken") -> "Taken":
        """Both, the other's rows after these."""
        told = {**self.told, **other.shifted(self.size).told}
        return Taken(self.size + other.size, told, self.untold + other.untold)

    def to_json(self) -> dict[str, object]:
        """For the journal: counts, and places of rows."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row in sorted(self.told):
            rows[self.told[row]].append(row)
        return {"size": self.size, "told": dict(rows), "untold": self.untold}


def outcome(payload: Mapping[str, Any]) -> Outcome:
    """The outcome that a receipt holds."""
    rejected = [
        RejectedRows(reason, len(rows), tuple(rows))
        for reason, rows in sorted(payload["told"].items())
    ]
    if payload["untold"]:
        rejected.append(RejectedRows(UNEXPLAINED, payload["untold"]))
    lost = sum(one.count for one in rejected)
    return Outcome(payload["size"] - lost, tuple(rejected))


@dataclass(frozen=True, slots=True)
class Tally:
    """What a session came to so far, over all its calls."""

    received: int = 0
    invalid: int = 0


_NOTHING: Final = Tally()


def tally(answer: Mapping[str, Any]) -> Tally:
    """The counts in an answer, or in the record of a session."""
    return Tally(_count(answer, "num_received"), _count(answer, "num_invalid_entries"))


def taken(
    answer: Mapping[str, Any], rows: "pa.Table", *, audience: str, before: Tally = _NOTHING
) -> Taken:
    """What became of the rows of one call; `before` are the counts of its session until then.

    Raises TransientError for an answer that is not about them.
    """
    # A replacement may be answered with the account's id instead.
    named = answer.get("audience_id", audience)
    if str(named) != audience:
        raise unreadable(200, "about another audience")
    now = tally(answer)
    received = now.received - before.received
    # A call that nobody answered counts as well, and came again.
    times = max(1, received // rows.num_rows)
    if received != times * rows.num_rows:
        raise TransientError(
            f"{NAME}: {received} of {rows.num_rows} members were received", connector=NAME
        )
    invalid = (now.invalid - before.invalid) // times
    if not 0 <= invalid <= rows.num_rows:
        raise unreadable(200, "no count of members")
    return explained(invalid, answer.get("invalid_entry_samples"), rows)


def explained(invalid: int, samples: object, rows: "pa.Table") -> Taken:
    """What became of rows of which so many were refused, as far as samples tell."""
    if not invalid:
        return Taken(rows.num_rows)
    if invalid == rows.num_rows:
        told = _told(samples, rows)
        return Taken(rows.num_rows, {row: told.get(row, "invalid") for row in range(invalid)})
    told = _told(samples, rows)
    if len(told) > invalid:  # samples that fit more members than are invalid tell nothing
        told = {}
    return Taken(rows.num_rows, told, invalid - len(told))


def _count(answer: Mapping[str, Any], name: str) -> int:
    """A count, which sessions write as text."""
    value = answer.get(name)
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise unreadable(200, f"without {name}")
    return value


def _told(samples: object, rows: "pa.Table") -> dict[int, str]:
    """Rows of the batch that samples tell, with a reason by the key that is wrong.

    A sample is the entry, or the value that is wrong in it: then of every row that has it.
    """
    wanted = [set(_DIGEST.findall(text)) for text in _texts(samples)]
    places = _places(rows, set().union(*wanted) if wanted else set())
    found: dict[int, str] = {}
    for digests in wanted:
        hits = [places[digest] for digest in digests if digest in places]
        if not hits or len(hits) < len(digests):
            continue
        same = set(hits[0]).intersection(*hits[1:])
        column = {name for hit in hits for name in hit.values()} if len(hits) == 1 else set()
        why = f"invalid_{column.pop().lower()}" if len(column) == 1 else "invalid_entry"
        found |= dict.fromkeys(same, why)
    return found


def _places(rows: "pa.Table", digests: set[str]) -> dict[str, dict[int, str]]:
    """Of each digest the rows that have it, each with the column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, dict[int, str]] = defaultdict(dict)
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        hit: Any = pc.is_in(column, value_set=pa.array(sorted(digests), pa.string()))
        for row in pc.indices_nonzero(hit).to_pylist():
            found[str(column[row])][row] = name
    return found


def _texts(samples: object) -> Iterator[str]:
    """Samples as texts; they come as a list or as a map."""
    if isinstance(samples, Mapping):
        samples = [f"{key} {json.dumps(value)}" for key, value in samples.items()]
    if isinstance(samples, Sequence) and not isinstance(samples, str):
        yield from (one if isinstance(one, str) else json.dumps(one) for one in samples)
