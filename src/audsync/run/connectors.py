"""The source and the sinks of a shop, made of their options; and where its state is."""

from pathlib import Path

from audsync.config import Config, Shop, context
from audsync.contracts import Sink, Source
from audsync.plugins import sinks as installed_sinks
from audsync.plugins import sources as installed_sources


def source_of(config: Config, shop: Shop) -> Source:
    """The shop's source, ready to be asked."""
    made: Source = installed_sources()[shop.source.type].load()(
        shop.source.options, context(config, shop)
    )
    return made


def sinks_of(config: Config, shop: Shop) -> dict[str, Sink]:
    """The shop's sinks by id."""
    return {
        name: installed_sinks()[sink.type].load()(sink.options, context(config, shop))
        for name, sink in shop.sinks.items()
    }


def state_folder(config: Config, shop: Shop) -> Path:
    """Where a shop's state is."""
    return config.state_folder / shop.id
