"""Fields about bands of value and frequency, and how long ago the last order is."""

from typing import Final

from audsync.model.analyses import Analysis
from audsync.segments.fields import Field, Needs
from audsync.segments.operators import Code

_SPEND: Needs = (
    ("orders.order_id",),
    (
        "order_lines.gross_minor",
        "order_lines.net_minor",
        "orders.total_gross_minor",
        "orders.total_net_minor",
    ),
)
BANDS: Final = ("high", "mid", "low")
QUADRANTS: Final = ("hv_hf", "hv_lf", "lv_hf", "lv_lf")
RECENCY_BUCKETS: Final = ("active", "lapsed", "lost")


def _word(
    name: str, definition: str, example: str, needs: Needs, values: tuple[str, ...]
) -> Field:
    line = f"{name}{example}"
    return Field(
        name, Code.ENUM, definition, line, needs, values=values, analysis=Analysis.BANDS
    )


_FIELDS: Final = (
    _word(
        "value_band",
        "By average order value: clients in buckets that spend much more, or much less, than "
        "the average client are high, or low.",
        ' = "high"',
        _SPEND,
        BANDS,
    ),
    _word(
        "frequency_band",
        "The same by number of orders.",
        '.one_of = ["high", "mid"]',
        _SPEND,
        BANDS,
    ),
    _word(
        "value_frequency",
        "High or low value (hv, lv) with high or low frequency (hf, lf); missing in the middle "
        "of either.",
        ' = "hv_lf"',
        _SPEND,
        QUADRANTS,
    ),
    _word(
        "recency_bucket",
        "By days since the last counted order: active, lapsed or lost.",
        ' = "lapsed"',
        (("orders.order_id",),),
        RECENCY_BUCKETS,
    ),
)

GROUPS: Final = {"Value and frequency": _FIELDS}
