"""The source and the sinks of a shop, made of their options; and where its state is."""

import os
from dataclasses import replace
from pathlib import Path

from audsync.config import Config, Shop, context
from audsync.contracts import Calls, Context, Held, Secret, Sink, Source
from audsync.http import Listener
from audsync.plugins import sinks as installed_sinks
from audsync.plugins import sources as installed_sources


def source_of(
    config: Config,
    shop: Shop,
    *,
    held: Held | None = None,
    calls: Calls | None = None,
    warnings: list[str] | None = None,
    answered: Listener | None = None,
) -> Source:
    """The shop's source, ready to be asked.

    What is wrong with the place of a secret it asks for is added to `warnings`; `answered` is
    told of each answer it gets.
    """
    told = _context(config, shop, [] if warnings is None else warnings)
    if held is not None:
        told = replace(told, held=held)
    if calls is not None:
        told = replace(told, calls=calls)
    if answered is not None:
        told = replace(told, answered=answered)
    made: Source = installed_sources()[shop.source.type].load()(shop.source.options, told)
    return made


def sinks_of(
    config: Config, shop: Shop, *, answered: Listener | None = None
) -> dict[str, Sink]:
    """The shop's sinks by id; `answered` is told of each answer they get."""
    told = _context(config, shop, [])
    if answered is not None:
        told = replace(told, answered=answered)
    return {
        name: installed_sinks()[sink.type].load()(sink.options, told)
        for name, sink in shop.sinks.items()
    }


def _context(config: Config, shop: Shop, warnings: list[str]) -> Context:
    """What a connector is told, secrets included."""

    def secret(name: str) -> Secret:
        from audsync.secrets import Vault

        found = Vault(os.environ, config.secret_command).get(name, shop=shop.id)
        if found.warning is not None and found.warning not in warnings:
            warnings.append(found.warning)
        return found.secret

    # No shop has this name: ids begin with a letter or a digit.
    return replace(context(config, shop), secret=secret, shared=config.state_folder / ".shared")


def state_folder(config: Config, shop: Shop) -> Path:
    """Where a shop's state is."""
    return config.state_folder / shop.id
