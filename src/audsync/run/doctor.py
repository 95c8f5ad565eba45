"""What is wrong with a shop, its machine, its source and its sinks before a run finds out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from audsync.config import Config, Reading, Shop
from audsync.connector_checks import check_secrets, check_sink, check_source
from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError, Severity
from audsync.run.checks import check_files
from audsync.run.connectors import configured_sources, sinks_of, source_problems, sources_of
from audsync.run.machine import examine_machine
from audsync.segments import Segments


def examine(
    config: Config, segments: Segments, shop: Shop, *, is_online: bool
) -> Iterator[Finding]:
    """Findings on files, on the machine, on source and sinks: what they say they are and find.

    Online they make harmless calls with the shop's secrets; nothing is changed anywhere.
    """
    warnings: list[str] = []
    sources = sources_of(config, shop, warnings=warnings)
    sinks = sinks_of(config, shop)
    yield Finding(Level.OK, f"the configuration of {shop.id} is right: {config.file.name}")
    yield from _of_segments(config, segments, shop)
    yield from examine_machine(config, shop, list(sinks.values()), now=datetime.now(UTC))
    configured = configured_sources(shop)
    for options in (
        *(source.options for source in configured.values()),
        *(sink.options for sink in shop.sinks.values()),
    ):
        yield from check_secrets(options)
    for problem in source_problems(config, shop, sources):
        yield Finding(Level.ERROR, problem.message, problem.hint)
    for source in sources.values():
        yield from check_source(source)
    for name in sorted(sinks):
        yield from check_sink(sinks[name])
    if is_online:
        for key, source in sources.items():
            yield from _asked(f"{key.replace('.', ' ')} {configured[key].type}", source.check)
        for name in sorted(sinks):
            yield from _asked(f"sink {name}", sinks[name].check)
    else:
        yield Finding(Level.OK, "source and sinks can be used; --online asks them as well")
    yield from (Finding(Level.WARNING, warning) for warning in warnings)


def _of_segments(config: Config, segments: Segments, shop: Shop) -> Iterator[Finding]:
    """Mistakes that keep a segment of the shop from being worked out; the others go on."""
    sinks = {name: tuple(one.sinks) for name, one in config.shops.items()}
    found = check_files(Reading(config, (), sinks), segments, [shop.id])
    wrong = [str(one) for one in found if one.severity is Severity.ERROR]
    if not wrong:
        number = sum(one.active for one in segments.for_shop(shop.id))
        yield Finding(Level.OK, f"segments of {shop.id} that are right: {number}")
        return
    more = f", and {len(wrong) - 1} more" if wrong[1:] else ""
    yield Finding(
        Level.WARNING,
        f"a mistake leaves a segment out of runs: {wrong[0].splitlines()[0]}{more}",
        f"audsync check --shop {shop.id}",
    )


def _asked(name: str, check: Callable[[], list[Finding]]) -> Iterator[Finding]:
    """The findings of a connector; an error of its own is one too."""
    try:
        yield from check()
    except AudsyncError as error:
        yield Finding(Level.ERROR, str(error))
    except Exception as error:  # noqa: BLE001 -- any code of a third party may run here
        yield Finding(Level.ERROR, f"{name}: its check raised {type(error).__name__}")
