"""The segments of a shop side by side: how large each is, and what two of them share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audsync.audience_keys import AudienceKey
from audsync.config import Config, Shop
from audsync.errors import AudsyncError
from audsync.redaction import redact
from audsync.run.modelled import modelled
from audsync.run.segment_sizes import overlaps
from audsync.segments import Segments

if TYPE_CHECKING:
    from audsync.state import State

_SIZES = ("clients", "subscribed", "consented", "reachable")
_RUNS = 200  # how far back a segment's last refresh is looked for


def overlap(
    config: Config,
    segments: Segments,
    shop: Shop,
    names: Sequence[str],
    *,
    as_of: datetime,
) -> dict[str, Any]:
    """Clients in each of the segments and in each two of them, before any consent.

    Without names, of every active segment of the shop. JSON values; `errors` has by id why one
    could not be evaluated.
    """
    active = [one.id for one in segments.for_shop(shop.id) if one.active]
    wanted = sorted(dict.fromkeys(names or active))
    with modelled(config, segments, shop, as_of=as_of, wanted=wanted) as here:
        failures = here.evaluate(wanted)
        chosen = [name for name in wanted if name not in failures]
        found = overlaps(chosen, here.engine)
    sizes = {name: found.get((name, name), 0) for name in chosen}
    return {
        "shop": shop.id,
        "as_of": as_of.date().isoformat(),
        "segments": [
            {"segment": name, "name": segments.segments[name].name, "clients": sizes[name]}
            for name in chosen
        ],
        "overlaps": [
            {
                "a": a,
                "b": b,
                "clients": found.get((a, b), 0),
                "share_of_a": _share(found.get((a, b), 0), sizes[a]),
                "share_of_b": _share(found.get((a, b), 0), sizes[b]),
            }
            for place, a in enumerate(chosen)
            for b in chosen[place + 1 :]
        ],
        "errors": _told(failures),
    }


def listed(
    segments: Segments, shop: Shop | None, state: "State | None"
) -> list[dict[str, Any]]:
    """Every segment of a shop, with what the last run that refreshed it found, as JSON values.

    Without a shop those of all. Without the state of a shop, and before its first run, sizes
    and times are None.
    """
    chosen = segments.segments.values() if shop is None else segments.for_shop(shop.id)
    sizes = {} if state is None else _refreshed(state)
    audiences: dict[str, list[dict[str, Any]]] = {}
    for one in [] if state is None else state.audiences.list():
        told = {"sink": one.sink, "members": one.members, "uncertain": one.uncertain}
        audiences.setdefault(AudienceKey.of(one.audience).segment, []).append(told)
    return [
        {
            "segment": segment.id,
            "name": segment.name,
            "active": segment.active,
            "sinks": list(segment.sinks),
            "shops": None if segment.shops is None else list(segment.shops),
            **_size(sizes.get(segment.id)),
            "audiences": audiences.get(segment.id, []),
        }
        for segment in chosen
    ]


def _refreshed(state: "State") -> dict[str, Mapping[str, Any]]:
    """What the last run that evaluated a segment found of it, by segment."""
    found: dict[str, Mapping[str, Any]] = {}
    for run in state.runs.latest(_RUNS):
        if run.command != "run" or run.finished_at is None or run.summary is None:
            continue
        sizes: Any = run.summary.get("segments") or []
        for one in sizes:
            found.setdefault(
                one["segment"],
                {**one, "refreshed_at": run.finished_at.isoformat(), "run": run.id},
            )
    return found


def _size(found: Mapping[str, Any] | None) -> dict[str, Any]:
    names = ("refreshed_at", "run", *_SIZES)
    return {name: None if found is None else found[name] for name in names}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _told(failures: Mapping[str, AudsyncError]) -> dict[str, str]:
    return {name: redact(str(error)) for name, error in failures.items()}
