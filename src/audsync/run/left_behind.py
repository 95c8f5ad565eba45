"""Audiences that nobody decides on any more: their segment, sink or shop is gone."""

from collections.abc import Iterator
from itertools import groupby

from audsync.audience_keys import AudienceKey
from audsync.config import Config, Shop
from audsync.errors import ConfigError
from audsync.segments import Segments
from audsync.state import State
from audsync.toml_file import toml_files


def left_behind(config: Config, segments: Segments, shop: Shop, state: State) -> list[str]:
    """A sentence for each segment and sink of the shop that is gone and has members.

    Also for each shop that is gone, as long as this one has no audience: it may be the same one
    under a new id.
    """
    here = list(state.audiences.list())
    return [
        *_without_segment(config, segments, shop, state),
        *_without_sink(shop, state),
        *([] if here else map(" ".join, other_states(config, instead=shop.id))),
    ]


def other_states(config: Config, *, instead: str) -> Iterator[tuple[str, str]]:
    """For each shop that has a state and no configuration: what that means, and what to do.

    `instead` is the shop that it may have become.
    """
    for file in sorted(config.state_folder.glob("*/state.sqlite")):
        name = file.parent.name
        if name in config.shops or (config.folder / "shops" / f"{name}.toml").exists():
            continue
        folder = file.parent
        shown = (
            folder.relative_to(config.folder)
            if folder.is_relative_to(config.folder)
            else folder
        )
        message = (
            f"{shown} is of a shop that the configuration does not have: its audiences stay as "
            "they are, withdrawals do not reach them, and whoever it was told to forget is not "
            f"known to {instead};"
        )
        remedy = (
            f"if {instead} is that shop, give it back the id {name} (`name` is what people "
            "see), else empty those audiences and move the folder away"
        )
        yield message, remedy


def _without_segment(
    config: Config, segments: Segments, shop: Shop, state: State
) -> Iterator[str]:
    meant = {one.id: one for one in segments.for_shop(shop.id)}
    try:
        files = {name for name, _ in toml_files(config.segments_folder)}
    except ConfigError:  # told as a mistake of the segments
        return
    for one in state.audiences.list():
        name = AudienceKey.of(one.audience).segment
        if not one.members or one.sink not in shop.sinks:
            continue
        if name not in files:
            yield (
                f"{one.name}: its segment file is gone; {_kept(one.members)}; bring the file "
                "back, or let it match nobody to empty it"
            )
        elif name in meant and one.sink not in meant[name].sinks:
            yield (
                f"{one.name}: its segment does not name the sink {one.sink} any more; "
                f"{_kept(one.members)}; name it again, and let the segment match nobody to "
                "empty it"
            )


def _kept(members: int) -> str:
    counted = "1 member is" if members == 1 else f"{members} members are"
    return f"{counted} kept, but for those who withdraw"


def _without_sink(shop: Shop, state: State) -> Iterator[str]:
    gone = [one for one in state.audiences.list() if one.members and one.sink not in shop.sinks]
    for sink, found in groupby(
        sorted(gone, key=lambda one: one.sink), key=lambda one: one.sink
    ):
        audiences = list(found)
        names = ", ".join(one.name for one in audiences)
        yield (
            f"the sink {sink} is not in the configuration any more, and still holds "
            f"{sum(one.members for one in audiences)} members of {names}; withdrawals do not "
            f"reach them. Put [shops.{shop.id}.sinks.{sink}] back, and let its segments match "
            "nobody before it goes; or delete the audiences there by hand"
        )
