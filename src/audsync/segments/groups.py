"""Groups of segments: a client who matches several is in the one of the highest priority only.

Greater numbers go first, equal ones by id. A reference (`in_segment`) asks for whoever matches,
before priorities, so that no order of a group can lead in a circle.
"""

from collections.abc import Iterable, Sequence

from audsync.segments.segment import Segment


def above(segment: Segment, segments: Iterable[Segment]) -> tuple[str, ...]:
    """Ids of the segments of its group that go before a segment, the first one first."""
    if segment.group is None:
        return ()
    rivals = [one for one in segments if one.group == segment.group and one.id != segment.id]
    before = [one for one in rivals if _rank(one) < _rank(segment)]
    return tuple(one.id for one in sorted(before, key=_rank))


def needed(segments: Sequence[Segment], asked: Iterable[str]) -> dict[str, Segment]:
    """By id, these segments and all that they cannot be evaluated without.

    That is what they refer to and what goes before them in their groups.
    """
    by_id = {segment.id: segment for segment in segments}
    found: dict[str, Segment] = {}
    waiting = [*asked]
    while waiting:
        name = waiting.pop()
        if name in by_id and name not in found:
            found[name] = by_id[name]
            waiting += [*by_id[name].references, *above(by_id[name], segments)]
    return found


def _rank(segment: Segment) -> tuple[int, str]:
    return -segment.priority, segment.id


def unclear_groups(
    flawed: Sequence[Segment], unread: Sequence[str], segments: Iterable[Segment]
) -> dict[str, str]:
    """By id, the segments of which nobody knows whether another goes before them, and why.

    `flawed` are segments with mistakes in their files, `unread` ids of files that say nothing.
    """
    found: dict[str, str] = {}
    for segment in segments:
        if segment.group is None:
            continue
        wrong = sorted(one.id for one in flawed if one.group == segment.group)
        if wrong := [*wrong, *unread]:
            found[segment.id] = (
                f"segment {segment.id} is in the group {segment.group}, and the file of "
                f"{', '.join(wrong)} has a mistake, so that nobody knows who goes there; mend "
                "that first: audsync check"
            )
    return found
