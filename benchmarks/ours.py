"""The Clients model and the segments as audsync makes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from audsync.engine import Engine
from audsync.errors import ConfigError
from audsync.model import ModelInput, build_clients
from audsync.model.settings import ModelSettings
from audsync.segments import Segment, evaluate, load_segments
from benchmarks.shop import AS_OF, CURRENCY, PROVIDED

SEGMENTS: Final = Path(__file__).parent / "segments"


def read_segments() -> Mapping[str, Segment]:
    """The benchmark's segments by id. Raises ConfigError for a mistake in one."""
    found = load_segments(SEGMENTS, shown_from=SEGMENTS)
    if found.problems:
        raise ConfigError(found.problems)
    return found.segments


def build(engine: Engine) -> None:
    """Leave `clients` and the facts of the model of the shop's tables in the engine."""
    build_clients(
        engine,
        ModelSettings(),
        ModelInput(currency=CURRENCY, rates={}, provided=PROVIDED, params={}),
        as_of=AS_OF,
    )


def choose(engine: Engine) -> None:
    """Leave `membership(segment_id, client_id)` of the benchmark's segments in the engine."""
    evaluate(list(read_segments().values()), engine, as_of=AS_OF, currency=CURRENCY)
