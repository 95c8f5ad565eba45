"""Each law of the contract kits can fail: a connector that breaks it is caught by it."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from audsync.contracts import AudienceSpec
from audsync.errors import AudsyncError, RejectedError
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from audsync.testing.memory_source import MemorySource, table_rows
from audsync.testing.remote_sink_contract import RemoteSinkContract
from audsync.testing.remote_source_contract import RemoteSourceContract
from fakes.broken_sinks import BROKEN, SlowlyReplacing
from fakes.broken_sources import BROKEN_SOURCES, Shop, filled

VECTORS = Path(__file__).parents[1] / "vectors" / "memory.json"


class Kit(RemoteSinkContract):
    vectors = VECTORS

    def __init__(self, made: Callable[..., MemorySink]) -> None:
        self._made = made

    def restarted(self, platform: MemoryPlatform) -> MemorySink:
        return self._made(platform=platform, max_batch=5, offers_all=True)

    def occupy(self, platform: MemoryPlatform, spec: AudienceSpec) -> None:
        platform.strangers.add(spec.name)

    def lose(self, platform: MemoryPlatform, remote_id: str) -> None:
        platform.forget(remote_id)

    def wait(self) -> None:
        """The platform needs no time."""


# The core refuses such a batch itself, whatever the connector is.
OF_THE_CORE = {"test_a_larger_batch_than_it_takes_is_refused"}


def laws(kit: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kit) if name.startswith("test_")}


def cases(law: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments of each case of a law, as its parametrize marks say."""
    found: list[dict[str, Any]] = [{}]
    for mark in getattr(law, "pytestmark", []):
        names, values = mark.args
        names = [names] if isinstance(names, str) else names
        rows = [row if isinstance(row, tuple) else (row,) for row in values]
        found = [{**one, **dict(zip(names, row, strict=True))} for one in found for row in rows]
    yield from found


def keeps(
    kit: Any, law: str, fixtures: Callable[[], dict[str, Any]], request: pytest.FixtureRequest
) -> bool:
    """Whether a connector keeps a law in every case."""
    method = getattr(kit, law)
    wanted = inspect.signature(method).parameters
    for case in cases(method):
        # A law that is kept by no connector at all would look as if it caught one.
        given = {**fixtures(), **case}
        given |= {name: request.getfixturevalue(name) for name in wanted if name not in given}
        try:
            method(**{name: given[name] for name in wanted})
        except (AssertionError, AudsyncError, pytest.fail.Exception, KeyError):
            return False
    return True


def sink_fixtures(kit: Kit, wanted: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
    def made() -> dict[str, Any]:
        platform = MemoryPlatform()
        sink = kit.restarted(platform)
        from audsync.testing.sink_contract import SPEC

        audience = {"audience": sink.open(SPEC, None)} if "audience" in wanted else {}
        return {"platform": platform, "sink": sink, **audience}

    return made


@pytest.mark.parametrize(
    ("law", "broken"), [(law, one) for law, found in BROKEN.items() for one in found]
)
def test_a_sink_that_breaks_a_law_is_caught_by_it(
    law: str, broken: type[MemorySink], request: pytest.FixtureRequest
) -> None:
    wanted = inspect.signature(getattr(Kit, law)).parameters
    right, wrong = Kit(SlowlyReplacing), Kit(broken)
    assert keeps(right, law, sink_fixtures(right, wanted), request)
    assert not keeps(wrong, law, sink_fixtures(wrong, wanted), request)


def test_every_law_of_sinks_is_broken_by_a_sink() -> None:
    assert laws(RemoteSinkContract) - OF_THE_CORE == set(BROKEN)


class SourceKit(RemoteSourceContract):
    pass


@pytest.mark.parametrize(
    ("law", "broken"), [(law, one) for law, found in BROKEN_SOURCES.items() for one in found]
)
def test_a_source_that_breaks_a_law_is_caught_by_it(
    law: str,
    broken: type[MemorySource],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def fixtures(made: Callable[..., MemorySource]) -> Callable[[], dict[str, Any]]:
        def of_a_case() -> dict[str, Any]:
            shop, unreadable = Shop(), filled(made)
            shop.source = filled(made)
            unreadable.fail_next(RejectedError("closed", connector="memory", remedy="wait"))
            return {
                "source": shop.source,
                "platform": shop,
                "reordered": filled(made, step=-1),
                "unreadable": unreadable,
                "tmp_path": tmp_path_factory.mktemp("law"),
            }

        return of_a_case

    assert keeps(SourceKit(), law, fixtures(MemorySource), request)
    assert not keeps(SourceKit(), law, fixtures(broken), request)


def test_every_law_of_sources_is_broken_by_a_source() -> None:
    assert laws(RemoteSourceContract) == set(BROKEN_SOURCES)


def test_the_vectors_of_the_kit_are_data() -> None:
    assert {"key", "inputs", "value", "source"} == set(json.loads(VECTORS.read_text())[0])


def test_rows_of_a_wrong_column_are_told() -> None:
    with pytest.raises(ValueError, match="has no columns no_such"):
        table_rows("customers", {"no_such": 1})
