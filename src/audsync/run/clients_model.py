"""The Clients model of a shop, by its settings."""

from collections.abc import Collection
from datetime import date

from audsync.config import Config, Shop, missing_rates
from audsync.engine import Engine
from audsync.errors import ConfigError
from audsync.identity.derived import Derived
from audsync.identity.postcodes import Places
from audsync.model import ModelReport, build_clients
from audsync.model.checks import MissingRatesError
from audsync.model.derived import Wanted
from audsync.run.places import places_of
from audsync.warehouse import Warehouse


def model_clients(
    config: Config,
    shop: Shop,
    warehouse: Warehouse,
    engine: Engine,
    *,
    as_of: date,
    predicts: bool,
    derives: Collection[Derived],
) -> ModelReport:
    """Leave `clients` in the engine that computes for the shop, as of that day.

    What it `predicts` and `derives` is null otherwise.

    Raises ConfigError at the shop's place in its file for currencies without a rate, and for a
    file of postcodes that cannot be read.
    """
    places = places_of(config, shop) if Derived.PLACES in derives else Places()
    try:
        return build_clients(
            engine,
            shop.model,
            as_of=as_of,
            currency=shop.currency,
            rates=shop.rates,
            provided=warehouse.provided,
            params=warehouse.params,
            identities=shop.identities,
            predicts=predicts,
            country=shop.country,
            wanted=Wanted(derives, places),
        )
    except MissingRatesError as error:
        raise ConfigError([missing_rates(config, shop, error.orders)]) from None
