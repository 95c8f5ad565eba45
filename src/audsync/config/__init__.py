"""The configuration: config.toml, the shops, and every mistake in them at its place."""

from audsync.config.answers import (
    missing_rates,
    places_problem,
    table_twice,
    unanswered_consent,
)
from audsync.config.codes import Code
from audsync.config.json_schema import audience_schemas, config_schema, shop_schema
from audsync.config.load import Reading, load_config, load_shops, read_config
from audsync.config.paths import context, find_config, resolve_path
from audsync.config.rfm_limits import Change, RfmLimits, rfm_limits
from audsync.config.schema import (
    VERSION,
    Config,
    ListConfig,
    Shop,
    SinkConfig,
    SourceConfig,
)
from audsync.config.version import read_version

__all__ = [
    "VERSION",
    "Change",
    "Code",
    "Config",
    "ListConfig",
    "Reading",
    "RfmLimits",
    "Shop",
    "SinkConfig",
    "SourceConfig",
    "audience_schemas",
    "config_schema",
    "context",
    "find_config",
    "load_config",
    "load_shops",
    "missing_rates",
    "places_problem",
    "read_config",
    "read_version",
    "resolve_path",
    "rfm_limits",
    "shop_schema",
    "table_twice",
    "unanswered_consent",
]
