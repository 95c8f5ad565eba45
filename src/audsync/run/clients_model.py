"""The Clients model of a shop, by its settings."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from audsync.config import Config, Shop, missing_rates
from audsync.engine import Engine
from audsync.errors import ConfigError
from audsync.lists import match_lists
from audsync.model import ModelInput, ModelReport, build_clients
from audsync.model.analyses import Analysis
from audsync.model.checks import MissingRatesError
from audsync.model.rates import rates_of
from audsync.run.lists import Lists
from audsync.run.places import places_of
from audsync.warehouse import Warehouse


def model_clients(
    config: Config,
    shop: Shop,
    warehouse: Warehouse,
    engine: Engine,
    *,
    as_of: date,
    analyses: Collection[Analysis],
    lists: Lists,
) -> ModelReport:
    """Leave `clients` in the engine that computes for the shop, as of that day.

    And `listed`, who is on which of the `lists`. The columns of an analysis that is not among
    them are null. A rate that the shop's config states goes before one that the source has
    sent.

    Raises ConfigError at the shop's place in its file for currencies without a rate, and for a
    file of postcodes that cannot be read.
    """
    places = places_of(config, shop) if Analysis.PLACES in analyses else None
    rows = warehouse.engine.fetch(
        "SELECT currency, price, units, base FROM main.rates ORDER BY currency"
    )
    sent = rates_of(rows.to_pylist(), shop.currency)
    given = ModelInput(
        currency=shop.currency,
        rates={**sent, **shop.rates},
        provided=warehouse.provided,
        params=warehouse.params,
        identities=shop.identities,
        country=shop.country,
    )
    try:
        report = build_clients(
            engine, shop.model, given, as_of=as_of, analyses=analyses, places=places
        )
    except MissingRatesError as error:
        raise ConfigError([missing_rates(config, shop, error.orders)]) from None
    used = sorted(set(report.converted_orders) - set(shop.rates))
    return replace(
        report,
        source_rates={code: f"{sent[code]:f}" for code in used},
        lists=match_lists(engine, lists.found),
    )
