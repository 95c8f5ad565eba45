"""RFM: three scores of each client and the name of their combination."""

from typing import TYPE_CHECKING, Any, Final

from audsync.model.rfm import rfm_codes
from audsync.model.rfm_boxes import boxed_codes
from audsync.model.rfm_report import RfmReport, cut_points
from audsync.model.settings import FrequencyMethod, RfmSettings
from audsync.model.stages import Stages
from audsync.money import to_minor

if TYPE_CHECKING:
    import pyarrow as pa

_MEASURES: Final = ("recency", "frequency", "monetary")
_FIFTHS: Final = 5


def client_scores(stages: Stages, settings: RfmSettings, currency: str) -> RfmReport:
    """Leave `rfm_scores` of the clients with an order in the window; reads `order_habits`."""
    codes = rfm_names(settings)
    stages.register("rfm_names", _name_table(codes))
    stages.run("rfm_measures")
    for measure in _MEASURES:
        _score(stages, measure, settings, currency)
    stages.run("rfm_scores")
    bounds = {measure: _bounds(stages, measure) for measure in _MEASURES}
    counts = stages.fetch(
        "SELECT s.rfm_segment AS name, count(*) AS clients FROM rfm_scores AS s "
        "GROUP BY s.rfm_segment ORDER BY s.rfm_segment"
    ).to_pylist()
    segments = {row["name"]: row["clients"] for row in counts}
    stages.drop("rfm_measures", "rfm_names", *(f"{measure}_scores" for measure in _MEASURES))
    scored = sum(segments.values())
    clients = int(stages.one("SELECT count(*) AS clients FROM client_numbers")["clients"])
    return RfmReport(
        map="boxes" if settings.boxes else settings.segments.value,
        scored=scored,
        unscored=clients - scored,
        segments={name: segments.get(name, 0) for name in dict.fromkeys(codes.values())},
        bounds=bounds,
        cut_points={measure: cut_points(measure, of) for measure, of in bounds.items()},
    )


def rfm_names(settings: RfmSettings) -> dict[int, str]:
    """Score → segment, by the map of the settings."""
    return boxed_codes(settings.boxes) if settings.boxes else rfm_codes(settings.segments)


def _score(stages: Stages, measure: str, settings: RfmSettings, currency: str) -> None:
    """Leave the scores of the values of a measure, by rank or by stated bands."""
    into = f"{measure}_scores"
    bands = _thresholds(measure, settings, currency)
    if bands is not None:
        places = dict(zip(("second", "third", "fourth", "fifth"), bands, strict=True))
        stages.run_for("band_scores", into=into, measure=measure, **places)
    elif measure == "frequency" and settings.frequency is FrequencyMethod.REPEAT_QUARTILE:
        stages.run_for("repeat_scores", into=into)
    else:
        stages.run_for(
            "rank_scores", into=into, measure=measure, measures="rfm_measures", scores=_FIFTHS
        )


def _thresholds(measure: str, settings: RfmSettings, currency: str) -> list[int] | None:
    """The least values that have the scores 2, 3, 4 and 5; None where scores are by rank."""
    match measure:
        case "recency":
            bands = settings.recency_bands
            # Days are ranked below zero: fewer than so many are more than their negative.
            return None if bands is None else [1 - days for days in reversed(bands)]
        case "frequency":
            return None if settings.frequency_bands is None else [*settings.frequency_bands]
        case _:
            if settings.monetary_bands is None:
                return None
            return [to_minor(amount, currency) or 0 for amount in settings.monetary_bands]


def _bounds(stages: Stages, measure: str) -> dict[int, tuple[int, int]]:
    # Recency is ranked below zero, so that more is better; people read days.
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT s.score, min(abs(s.value)) AS lowest, max(abs(s.value)) AS highest "
        f"FROM {measure}_scores AS s GROUP BY s.score ORDER BY s.score"
    ).to_pylist()
    return {row["score"]: (row["lowest"], row["highest"]) for row in rows}


def _name_table(codes: dict[int, str]) -> "pa.Table":
    import pyarrow as pa

    scores, segments = zip(*sorted(codes.items()), strict=True)
    return pa.table(
        {
            "rfm_score": pa.array(scores, pa.int32()),
            "rfm_segment": pa.array(segments, pa.string()).dictionary_encode(),
        }
    )
