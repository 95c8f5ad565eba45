"""The sources and the sinks of a shop, made of their options; and where its state is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from audsync.config import Config, Shop, SourceConfig, context, table_twice
from audsync.contracts import Calls, Context, Held, Secret, Sink, Source
from audsync.errors import ConfigError, Problem
from audsync.http import Listener
from audsync.plugins import sinks as installed_sinks
from audsync.plugins import sources as installed_sources
from audsync.sources import Sources, shared_tables


def source_of(
    config: Config,
    shop: Shop,
    *,
    held: Held | None = None,
    calls: Calls | None = None,
    warnings: list[str] | None = None,
) -> Source:
    """All sources of the shop as one, ready to be asked.

    What is wrong with the place of a secret they ask for is added to `warnings`. Raises
    ConfigError where two of them fill the same table.
    """
    made = sources_of(config, shop, held=held, calls=calls, warnings=warnings)
    wrong = list(source_problems(config, shop, made))
    if wrong:
        raise ConfigError(wrong)
    configured = configured_sources(shop)
    # One of another type cannot go on from the cursor of the one before.
    return Sources({f"{key}:{configured[key].type}": one for key, one in made.items()})


def configured_sources(shop: Shop) -> dict[str, SourceConfig]:
    """The shop's sources by their keys in its table: `source` first, then `sources.<id>`."""
    further = {f"sources.{name}": shop.sources[name] for name in sorted(shop.sources)}
    return {"source": shop.source, **further}


def source_problems(
    config: Config, shop: Shop, sources: Mapping[str, Source]
) -> Iterator[Problem]:
    """A problem for each of these sources that fills a table of another one."""
    for source, tables, others in shared_tables(sources):
        yield table_twice(config, shop, source, tables, others)


def sources_of(
    config: Config,
    shop: Shop,
    *,
    held: Held | None = None,
    calls: Calls | None = None,
    warnings: list[str] | None = None,
    answered: Listener | None = None,
) -> dict[str, Source]:
    """The shop's sources, by their keys in its table; `answered` is told of each answer."""
    told = _context(config, shop, [] if warnings is None else warnings)
    if held is not None:
        told = replace(told, held=held)
    if calls is not None:
        told = replace(told, calls=calls)
    if answered is not None:
        told = replace(told, answered=answered)
    return {
        key: installed_sources()[source.type].make(source.options, told)
        for key, source in configured_sources(shop).items()
    }


def sinks_of(
    config: Config, shop: Shop, *, answered: Listener | None = None
) -> dict[str, Sink]:
    """The shop's sinks by id; `answered` is told of each answer they get."""
    told = _context(config, shop, [])
    if answered is not None:
        told = replace(told, answered=answered)
    return {
        name: installed_sinks()[sink.type].make(sink.options, told)
        for name, sink in shop.sinks.items()
    }


def _context(config: Config, shop: Shop, warnings: list[str]) -> Context:
    """What a connector is told, secrets included."""

    def secret(name: str) -> Secret:
        from audsync.run.secrets import secret_of

        found = secret_of(config, shop, name)
        if found.warning is not None and found.warning not in warnings:
            warnings.append(found.warning)
        return found.secret

    # No shop has this name: ids begin with a letter or a digit.
    return replace(context(config, shop), secret=secret, shared=config.state_folder / ".shared")


def state_folder(config: Config, shop: Shop) -> Path:
    """Where a shop's state is."""
    return config.state_folder / shop.id
