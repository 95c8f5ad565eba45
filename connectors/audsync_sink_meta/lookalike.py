"""The audience of people who are like the members: made once there are enough members."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from audsync.contracts import AudienceInfo
from audsync.errors import RejectedError, TransientError
from audsync_sink_meta.audience import Reader, audiences, told
from audsync_sink_meta.options import MetaOptions

SMALLEST: Final = 100  # members of an audience that a lookalike can be made from
_FIELDS: Final = "id,name,subtype,lookalike_spec,operation_status"
_LEAST, _MOST = 1, 20  # percent


@dataclass(frozen=True, slots=True)
class Lookalike:
    """`[meta.lookalike]` of a segment: people of a country who are like the members."""

    country: Annotated[str, "Country that the people live in, two letters such as PL."]
    ratio: Annotated[
        float | None, "Share of the country's people, 0.01 to 0.20 in steps of 0.01."
    ] = None
    size: Annotated[
        Literal["similarity", "reach"] | None, "`similarity`: the closest; `reach`: the most."
    ] = None

    def __post_init__(self) -> None:
        """Refuse what Meta would."""
        for fault in self._faults():
            raise ValueError(fault)

    def _faults(self) -> Iterator[str]:
        if len(self.country) != len("PL") or not (
            self.country.isascii() and self.country.isupper()
        ):
            yield "`country` is two capital letters, such as PL"
        if (self.ratio is None) is (self.size is None):
            yield "a lookalike has either `ratio` or `size`"
        if self.ratio is not None and self._percent is None:
            yield "`ratio` is 0.01 to 0.20 in steps of 0.01"

    @property
    def _percent(self) -> int | None:
        """The ratio in whole percent; None for another."""
        percent = round((self.ratio or 0) * 100, 6)
        return int(percent) if percent == int(percent) and _LEAST <= percent <= _MOST else None

    @property
    def spec(self) -> dict[str, object]:
        """As Meta takes it."""
        how = {"type": self.size} if self.ratio is None else {"ratio": self.ratio}
        return {"country": self.country, **how}

    def name(self, audience: str) -> str:
        """What the lookalike of an audience is called."""
        return f"{audience} (lookalike {self.country})"


@dataclass(frozen=True, slots=True)
class AudienceOptions:
    """`[meta]` of a segment."""

    lookalike: Annotated[Lookalike | None, "People who are like the members."] = None


def keep_lookalike(
    graph: Reader, options: MetaOptions, wanted: Lookalike, seed: AudienceInfo
) -> str:
    """Make or change the lookalike of an audience; what became of it, in a few words.

    Whatever is wrong with it keeps nobody from being added or removed.
    """
    size = seed.status.get("size_from")
    if not isinstance(size, int) or size < SMALLEST:
        return f"made once the audience has {SMALLEST} people"
    try:
        return _kept(graph, options, wanted, seed)
    except RejectedError as error:
        return f"refused: {error}"
    except TransientError:
        return "not looked at; the next run tries again"


def _kept(graph: Reader, options: MetaOptions, wanted: Lookalike, seed: AudienceInfo) -> str:
    name, spec = wanted.name(seed.name), json.dumps(wanted.spec)
    found = [one for one in audiences(graph, options, _FIELDS) if _is_of(one, seed, name)]
    if not found:
        graph.post(
            f"act_{options.account_id}",
            "customaudiences",
            name=name,
            subtype="LOOKALIKE",
            origin_audience_id=seed.remote_id,
            lookalike_spec=spec,
        )
        return "made"
    if not _is_spec(found[0].get("lookalike_spec"), wanted):
        graph.post(str(found[0]["id"]), lookalike_spec=spec)
        return "changed"
    return told(found[0].get("operation_status")) or "there"


def _is_of(one: Mapping[str, Any], seed: AudienceInfo, name: str) -> bool:
    """Whether an audience is the lookalike of a seed: by its origin, else by its name."""
    spec = one.get("lookalike_spec")
    origins = spec.get("origin") if isinstance(spec, Mapping) else None
    if isinstance(origins, list) and origins:
        ids = {str(origin.get("id")) for origin in origins if isinstance(origin, Mapping)}
        return seed.remote_id in ids and one.get("name") == name
    return one.get("subtype") == "LOOKALIKE" and one.get("name") == name


def _is_spec(spec: object, wanted: Lookalike) -> bool:
    """Whether a spec as Meta shows it is the one that is wanted."""
    if not isinstance(spec, Mapping):
        return True  # it is not shown
    return all(spec.get(key) == value for key, value in wanted.spec.items())
