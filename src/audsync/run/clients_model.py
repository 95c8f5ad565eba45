"""The Clients model of a shop, by its settings."""

from dataclasses import replace
from datetime import date

from audsync.config import Config, Shop, missing_rates
from audsync.engine import Engine
from audsync.errors import ConfigError
from audsync.lists import match_lists
from audsync.model import ModelReport, build_clients
from audsync.model.checks import MissingRatesError
from audsync.run.lists import Lists
from audsync.warehouse import Warehouse


def model_clients(
    config: Config,
    shop: Shop,
    warehouse: Warehouse,
    engine: Engine,
    *,
    as_of: date,
    predicts: bool,
    lists: Lists,
) -> ModelReport:
    """Leave `clients` in the engine that computes for the shop, as of that day.

    And `listed`, who is on which of the `lists`. What it `predicts` is null otherwise.

    Raises ConfigError at the shop's place in its file for currencies without a rate.
    """
    try:
        report = build_clients(
            engine,
            shop.model,
            as_of=as_of,
            currency=shop.currency,
            rates=shop.rates,
            provided=warehouse.provided,
            params=warehouse.params,
            identities=shop.identities,
            predicts=predicts,
        )
    except MissingRatesError as error:
        raise ConfigError([missing_rates(config, shop, error.orders)]) from None
    return replace(report, lists=match_lists(engine, lists.found))
