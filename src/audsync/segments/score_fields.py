"""Fields about RFM scores, other segments and experiments."""

from typing import Final

from audsync.model.rfm import RFM_SEGMENTS
from audsync.segments.buckets import BUCKETS
from audsync.segments.fields import Field, Needs, Unit
from audsync.segments.operators import COMPARISONS, Code, Operator

_ORDERS: Needs = (("orders.order_id",),)
_MEMBER = (Operator.IS, Operator.ONE_OF, Operator.IS_NOT, Operator.NONE_OF)


def _score(name: str, definition: str, lowest: int, highest: int, example: str) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}.{example}",
        _ORDERS,
        Unit.SCORE,
        bounds=(lowest, highest),
    )


_RFM: Final = (
    Field(
        "rfm_segment",
        Code.ENUM,
        "Name of the RFM score, by the map that the shop has chosen.",
        'rfm_segment.one_of = ["at_risk", "cannot_lose"]',
        _ORDERS,
        values=RFM_SEGMENTS,
    ),
    _score("rfm_score", "The three scores as one number.", 111, 555, "one_of = [554, 555]"),
    _score("recency_score", "5: bought most recently.", 1, 5, "at_least = 4"),
    _score("frequency_score", "5: buys most often.", 1, 5, "at_least = 4"),
    _score("monetary_score", "5: spends most.", 1, 5, "at_most = 2"),
)

_OTHER: Final = (
    Field(
        "in_segment",
        Code.ENUM,
        "The client matches another segment, as of the same day and before any consent.",
        'in_segment = "champions"',
        only=_MEMBER,
    ),
    Field(
        "in_list",
        Code.ENUM,
        "The client is on a list of people that the shop's configuration names.",
        'in_list = "staff"',
        only=_MEMBER,
    ),
    Field(
        "ab_bucket",
        Code.NUMBER,
        "A permanent number made from the client id; another `salt` gives another split.",
        "ab_bucket.between = [1, 50]",
        unit=Unit.SCORE,
        bounds=(1, BUCKETS),
        only=COMPARISONS,
    ),
    Field(
        "ab_group",
        Code.ENUM,
        "A or B: the two halves of this segment, made from client id and segment id.",
        'ab_group = "A"',
        values=("A", "B"),
        only=_MEMBER,
    ),
)

GROUPS: Final = {"RFM": _RFM, "Segments and experiments": _OTHER}
