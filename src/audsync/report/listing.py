"""Segments and snapshots side by side, as text for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

HEADERS: Final = (
    *("segment", "name", "active", "refreshed", "clients", "subscribed", "consented"),
    *("reachable", "audiences"),
)
# The longest first: a time is told in the largest unit of which it has at least two.
_UNITS: Final = (("day", 86_400), ("hour", 3600), ("minute", 60))
_SEVERAL: Final = 2


def listing_rows(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> list[list[object]]:
    """Rows of `HEADERS` of the segments of a shop."""
    return [
        [
            *(row[name] for name in ("segment", "name", "active")),
            _since(row["refreshed_at"], now),
            *(row[name] for name in ("clients", "subscribed", "consented", "reachable")),
            ", ".join(_audience(one) for one in row["audiences"])
            or ", ".join(f"{sink} -" for sink in row["sinks"]),
        ]
        for row in rows
    ]


def overlap_table(
    found: Mapping[str, Any],
) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Headers and rows of a matrix: clients of the row's segment who are in the column's."""
    names = [one["segment"] for one in found["segments"]]
    shared = {(one["a"], one["b"]): one["clients"] for one in found["overlaps"]}
    shared |= {(b, a): number for (a, b), number in shared.items()}
    shared |= {(one["segment"], one["segment"]): one["clients"] for one in found["segments"]}
    rows: list[Sequence[object]] = [[a, *(shared[a, b] for b in names)] for a in names]
    return ["segment", *names], rows


def snapshot_text(snapshot: Mapping[str, Any]) -> str:
    """What a snapshot says of itself, and the rule it was made by."""
    refused = [f"{name} {count:,}" for name, count in snapshot["refused"].items()]
    lines = [
        f"{snapshot['id']}: {snapshot['name']} of shop {snapshot['shop']}",
        f"as of {snapshot['as_of']}, made at {snapshot['created_at']}",
        f"clients who matched: {snapshot['candidates']:,}",
        f"members: {snapshot['members']:,}"
        + (f" (refused: {', '.join(refused)})" * bool(refused)),
        f"people kept until: {snapshot['expires_on']}",
        *(f"{file}: sha256 {digest}" for file, digest in snapshot["files"].items()),
        *(f"{note['what']} at {note['at']} ({note['why']})" for note in snapshot["notes"]),
        "",
        snapshot["segment_text"].rstrip("\n"),
    ]
    return "\n".join(lines)


def difference_text(found: Mapping[str, Any]) -> str:
    """How many entered, left and stayed between two snapshots, by reason."""
    lines = [f"{found['before']} -> {found['after']}"]
    if found["rule_changed"]:
        lines.append("the rule is another one")
    lines.append(f"stayed: {found['stayed']:,}")
    for change in ("entered", "left"):
        reasons = found[change]
        lines.append(f"{change}: {sum(reasons.values()):,}")
        lines += [f"  {reason}: {count:,}" for reason, count in reasons.items()]
    return "\n".join(lines)


def _audience(one: Mapping[str, Any]) -> str:
    unsure = f" (+{one['uncertain']} uncertain)" if one["uncertain"] else ""
    return f"{one['sink']} {one['members']}{unsure}"


def _since(moment: str | None, now: datetime) -> str | None:
    if moment is None:
        return None
    seconds = (now - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in _UNITS:
        number = int(seconds // length)
        if number >= _SEVERAL or (number and unit == "minute"):
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"
