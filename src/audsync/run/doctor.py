"""What is wrong with a shop, its machine, its source and its sinks before a run finds out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from audsync.config import Config, Reading, Shop
from audsync.connector_checks import check_secrets, check_sink, check_source
from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError, Severity
from audsync.http import Clocks
from audsync.run.checks import check_files
from audsync.run.connectors import configured_sources, sinks_of, source_problems, sources_of
from audsync.run.left_behind import other_states
from audsync.run.machine import SET_THE_CLOCK, examine_machine
from audsync.segments import Segments

# Logins by signed tokens are refused when their time is much off, by how much no platform says.
_SKEW: Final = timedelta(minutes=1)


def examine(
    config: Config,
    segments: Segments,
    shop: Shop,
    *,
    is_online: bool,
    credentials: Path | None = None,
) -> Iterator[Finding]:
    """Findings on files, on the machine, on source and sinks: what they say they are and find.

    Online they make harmless calls with the shop's secrets; nothing is changed anywhere. Of a
    secret that is missing it is said how to put it among `credentials`, where these are named.
    """
    warnings: list[str] = []
    clocks = Clocks()
    sources = sources_of(config, shop, warnings=warnings, answered=clocks.heard)
    sinks = sinks_of(config, shop, answered=clocks.heard)
    yield Finding(Level.OK, f"the configuration of {shop.id} is right: {config.file.name}")
    yield from _of_segments(config, segments, shop)
    for message, remedy in other_states(config, instead=shop.id):
        yield Finding(Level.WARNING, message.rstrip(";"), remedy)
    now, used = datetime.now(UTC), list(sinks.values())
    yield from examine_machine(config, shop, used, now=now, credentials=credentials)
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
        yield from _compared(clocks)
    else:
        yield Finding(Level.OK, "source and sinks can be used; --online asks them as well")
    yield from (Finding(Level.WARNING, warning) for warning in warnings)


def _compared(clocks: Clocks) -> Iterator[Finding]:
    """Whether this machine's clock is that of those who answered."""
    right = [host for host, ahead in sorted(clocks.ahead.items()) if abs(ahead) <= _SKEW]
    for host, ahead in sorted(clocks.ahead.items()):
        if host in right:
            yield Finding(Level.OK, f"the clock is that of {host}, to a minute")
            continue
        minutes = abs(ahead) / timedelta(minutes=1)
        which = "ahead of" if ahead > timedelta() else "behind"
        message = f"the clock is {minutes:,.1f} minutes {which} that of {host}"
        remedy = (
            f"that of {host} may be wrong: {', '.join(right)} said the same as this machine"
        )
        yield Finding(Level.WARNING, message, remedy if right else SET_THE_CLOCK)


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
