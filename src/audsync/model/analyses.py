"""The parts of the Clients model that are worked out only where somebody asks for them."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from audsync.tables import Kind, arrow_type

if TYPE_CHECKING:
    from audsync.model.stages import Stages


class Analysis(StrEnum):
    """What takes a pass of its own; its columns are null unless it is asked for."""

    VALUE = "value"  # activity, predicted orders and value
    FAVORITES = "favorites"  # favourite store, weekday and hour
    BANDS = "bands"  # bands of value and frequency, bucket of recency
    AFFLUENCE = "affluence"  # affluence, price scores of products
    NAMES = "names"  # gender by name, name days
    PLACES = "places"  # district and region by postcode


EVERY_ANALYSIS: Final = frozenset(Analysis)

# The columns of `clients` that each fills, and the table of clients that brings them.
COLUMNS: Final[Mapping[Analysis, Mapping[str, Kind]]] = {
    Analysis.VALUE: {
        "activity": Kind.TEXT,
        "p_alive": Kind.NUMBER,
        "p_order_365d": Kind.NUMBER,
        "predicted_orders_365d": Kind.NUMBER,
        "predicted_aov_minor": Kind.MONEY,
        "predicted_clv_365d_minor": Kind.MONEY,
        "clv_category": Kind.TEXT,
        "days_to_next_order": Kind.INTEGER,
    },
    Analysis.FAVORITES: {
        "favorite_store": Kind.TEXT,
        "favorite_weekday": Kind.INTEGER,
        "favorite_hour": Kind.INTEGER,
    },
    Analysis.BANDS: dict.fromkeys(
        ("value_band", "frequency_band", "value_frequency", "recency_bucket"), Kind.TEXT
    ),
    Analysis.AFFLUENCE: {"affluence_category": Kind.TEXT, "affluence_score": Kind.INTEGER},
    Analysis.NAMES: {
        "gender": Kind.TEXT,
        "name_day_today": Kind.BOOLEAN,
        "days_to_name_day": Kind.INTEGER,
    },
    Analysis.PLACES: dict.fromkeys(
        ("district", "district_code", "region", "region_code"), Kind.TEXT
    ),
}
_TYPES: Final = {
    Kind.TEXT: "STRING",
    Kind.INTEGER: "BIGINT",
    Kind.MONEY: "BIGINT",
    Kind.NUMBER: "DECIMAL(18,4)",
    Kind.BOOLEAN: "BOOLEAN",
}
_TABLES: Final = {
    Analysis.VALUE: "client_forecasts",
    Analysis.FAVORITES: "client_favorites",
    Analysis.BANDS: "client_bands",
    Analysis.AFFLUENCE: "client_affluence",
    Analysis.NAMES: "client_names",
    Analysis.PLACES: "client_places",
}
ON_DEMAND: Final = frozenset(name for columns in COLUMNS.values() for name in columns)


def kept(asked: Collection[Analysis]) -> dict[str, list[str]]:
    """The columns that are kept of each analysis: all, or none where it is not asked for."""
    return {one.value: [*columns] if one in asked else [] for one, columns in COLUMNS.items()}


def shown(asked: Collection[Analysis]) -> dict[str, str]:
    """SQL of each column over the kept rows `r`: null where its analysis is not asked for."""
    return {
        name: f"r.{name}" if one in asked else f"CAST(NULL AS {_TYPES[kind]})"
        for one, columns in COLUMNS.items()
        for name, kind in columns.items()
    }


def leave_out(stages: "Stages", asked: Collection[Analysis]) -> None:
    """Leave the tables of all other analyses without a row."""
    import pyarrow as pa

    for analysis, columns in COLUMNS.items():
        if analysis not in asked:
            kinds = {name: arrow_type(kind) for name, kind in columns.items()}
            schema = pa.schema({"client": pa.int64(), **kinds})
            stages.register(_TABLES[analysis], schema.empty_table())
    if Analysis.AFFLUENCE not in asked:
        stages.drop("price_scores")


def drop(stages: "Stages") -> None:
    """Forget the tables of all analyses, asked or not; what segments read besides stays."""
    stages.drop(*_TABLES.values())
