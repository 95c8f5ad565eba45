"""What is wrong with a shop, its machine, its source and its sinks before a run finds out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from audsync.config import Config, Shop
from audsync.connector_checks import check_secrets, check_sink, check_source
from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError
from audsync.http import Clocks
from audsync.run.connectors import sinks_of, source_of
from audsync.run.machine import SET_THE_CLOCK, examine_machine

# Logins by signed tokens are refused when their time is much off, by how much no platform says.
_SKEW: Final = timedelta(minutes=1)


def examine(config: Config, shop: Shop, *, is_online: bool) -> Iterator[Finding]:
    """Findings on the machine, on source and sinks: what they say they are, what they find.

    Online they make harmless calls with the shop's secrets; nothing is changed anywhere.
    """
    warnings: list[str] = []
    clocks = Clocks()
    source = source_of(config, shop, warnings=warnings, answered=clocks.heard)
    sinks = sinks_of(config, shop, answered=clocks.heard)
    yield Finding(Level.OK, f"the configuration of {shop.id} is right: {config.file.name}")
    yield from examine_machine(config, shop, list(sinks.values()), now=datetime.now(UTC))
    for options in (shop.source.options, *(sink.options for sink in shop.sinks.values())):
        yield from check_secrets(options)
    yield from check_source(source)
    for name in sorted(sinks):
        yield from check_sink(sinks[name])
    if is_online:
        yield from _asked(f"source {shop.source.type}", source.check)
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


def _asked(name: str, check: Callable[[], list[Finding]]) -> Iterator[Finding]:
    """The findings of a connector; an error of its own is one too."""
    try:
        yield from check()
    except AudsyncError as error:
        yield Finding(Level.ERROR, str(error))
    except Exception as error:  # noqa: BLE001 -- any code of a third party may run here
        yield Finding(Level.ERROR, f"{name}: its check raised {type(error).__name__}")
