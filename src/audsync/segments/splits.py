"""How many clients each bucket of a segment's experiments has."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from audsync.segments.buckets import BUCKETS, NAMESPACE, bucket
from audsync.segments.rule import comparisons
from audsync.segments.segment import Segment

if TYPE_CHECKING:
    from audsync.engine import Engine


def bucket_counts(segment: Segment, engine: "Engine") -> dict[str, list[int]]:
    """By split (`ab`, a salt, or the segment's id for its halves): clients in buckets 1 to 100.

    Only the splits that the segment's own lines ask for. Reads `clients`.
    """
    splits = {
        segment.id if line.field.name == "ab_group" else line.salt or NAMESPACE
        for line in comparisons(segment.rule)
        if line.field.name in {"ab_bucket", "ab_group"}
    }
    if not splits:
        return {}
    clients: list[Any] = engine.fetch("SELECT c.client_id FROM clients AS c")[
        "client_id"
    ].to_pylist()
    counted = {
        split: Counter(bucket(client, split) for client in clients) for split in sorted(splits)
    }
    return {
        split: [counts[number] for number in range(1, BUCKETS + 1)]
        for split, counts in counted.items()
    }
