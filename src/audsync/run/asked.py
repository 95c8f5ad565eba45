"""What a command names: segments that are there and switched on, the plan that was reviewed."""

from collections.abc import Collection, Sequence

from audsync.errors import GuardError, NotFoundError
from audsync.plan import Plan
from audsync.segments import Segments
from audsync.segments.registry import nearest


def check_asked(segments: Segments, shop: str, names: Collection[str]) -> None:
    """Raise NotFoundError for a segment that a shop cannot be asked for.

    That is one without a file, one that is not active, or one that is meant for other shops. A
    file with mistakes is there: what is wrong with it is told where it is needed.
    """
    check_there(segments, names)
    here = {one.id: one for one in segments.for_shop(shop)}
    for name in names:
        known = segments.segments.get(name)
        if known is None:
            continue
        if known.shops is not None and shop not in known.shops:
            raise NotFoundError(
                f"segment {name} is not meant for shop {shop}: its file says shops = "
                f"[{', '.join(known.shops)}]"
            )
        if not here[name].active:
            raise NotFoundError(f"segment {name} is not active: its file says active = false")


def check_there(segments: Segments, names: Collection[str]) -> None:
    """Raise NotFoundError for segments without a file, with what was probably meant."""
    there = {*segments.segments, *segments.flawed, *segments.unread}
    missing = [name for name in names if name not in there]
    if missing:
        close = [hint for name in missing if (hint := nearest(name, there))]
        listed = ", ".join(sorted(there)) or "none"
        raise NotFoundError(
            f"there is no segment {', '.join(missing)}; {', '.join(close) or 'there are: '}"
            f"{'' if close else listed}"
        )


def meant_for(segments: Segments, shop: str, names: Sequence[str]) -> list[str]:
    """Those of the names that a shop can be asked for, as far as their files can be read."""
    here = {one.id for one in segments.for_shop(shop) if one.active}
    unclear = {*segments.flawed, *segments.unread}
    return [name for name in names if name in here or name in unclear]


def another_plan(plan: Plan, expected: str | None) -> GuardError | None:
    """What to tell where a plan has not the checksum that is expected; None where it has."""
    if expected is None or expected == plan.checksum:
        return None
    return GuardError(
        "nothing was sent: the plan is another than the one that was reviewed; it is shown "
        f"with this run, and its checksum is {plan.checksum}; look at it, then run again "
        "with --expect-plan and that checksum"
    )
