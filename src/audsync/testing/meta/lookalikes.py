"""What a lookalike is made of: a seed that is large enough, and how alike people must be."""

from collections.abc import Mapping
from typing import Any, Final

from audsync.testing.meta import errors
from audsync.testing.meta.audiences import CUSTOM, Audience
from audsync.testing.meta.errors import Refused, wrong
from audsync.testing.meta.graph import Account, Graph
from audsync.testing.meta.params import structured

_KNOWN: Final = frozenset(
    ["type", "ratio", "starting_ratio", "country", "location_spec", "allow_international_seeds"]
)
_TYPES: Final = ("similarity", "reach")
_LARGEST_PERCENT: Final = 20


def seed_of(graph: Graph, account: Account, params: Mapping[str, Any]) -> Audience:
    """The audience that a lookalike is to be made from."""
    seed = graph.audiences.get(str(params.get("origin_audience_id")))
    if seed is None or seed.account_id != account.id or seed.subtype != CUSTOM:
        raise wrong("Param origin_audience_id is no audience of this ad account.")
    if seed.is_flagged:
        raise Refused(errors.FLAGGED_SEED)
    if seed.size < graph.quirks.smallest_seed:
        raise wrong(f"The seed audience has fewer than {graph.quirks.smallest_seed} people.")
    return seed


def spec_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The checked `lookalike_spec`: by type or ratio, in a country or by location."""
    spec = structured(params, "lookalike_spec")
    if not isinstance(spec, dict) or not spec.keys() <= _KNOWN:
        raise wrong("Param lookalike_spec is invalid.")
    if ("type" in spec) is ("ratio" in spec) or ("country" in spec) is (
        "location_spec" in spec
    ):
        raise wrong("Param lookalike_spec needs type or ratio, and country or location_spec.")
    if "type" in spec and spec["type"] not in _TYPES:
        raise wrong("Param lookalike_spec has an invalid type.")
    percents = {
        name: _percent(spec[name]) for name in ("ratio", "starting_ratio") if name in spec
    }
    if not percents.get("starting_ratio", 0) < percents.get("ratio", _LARGEST_PERCENT + 1):
        raise wrong("Param lookalike_spec must have a starting_ratio below its ratio.")
    country = spec.get("country", "PL")
    if not isinstance(country, str) or len(country) != len("PL") or not country.isupper():
        raise wrong("Param lookalike_spec has an invalid country.")
    return spec


def _percent(ratio: object) -> int:
    """Whole percent of a ratio such as 0.05."""
    percent = round(ratio * 100, 6) if isinstance(ratio, int | float) else 0
    if percent != int(percent) or not 1 <= percent <= _LARGEST_PERCENT:
        raise wrong("Param lookalike_spec has a ratio outside of 0.01 to 0.20.")
    return int(percent)
