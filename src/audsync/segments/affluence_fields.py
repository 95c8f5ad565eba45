"""Fields about how dear the goods are that a client buys."""

from typing import Final

from audsync.model.analyses import Analysis
from audsync.segments.fields import Field, Needs, Scope, Unit
from audsync.segments.operators import COMPARISONS, Code, Operator

_PRICES: Needs = (
    ("order_lines.product_id",),
    (
        "products.price_minor",
        "order_lines.unit_gross_minor",
        "order_lines.unit_net_minor",
        "order_lines.gross_minor",
        "order_lines.net_minor",
    ),
)
CATEGORIES: Final = ("economy", "standard", "rich")

_CLIENT: Final = (
    Field(
        "affluence_category",
        Code.ENUM,
        "By how dear the goods are that the client buys: the lowest fifth, the middle, the "
        "highest fifth.",
        'affluence_category = "rich"',
        _PRICES,
        values=CATEGORIES,
        aliases=("bonita",),
        analysis=Analysis.AFFLUENCE,
    ),
    Field(
        "affluence_score",
        Code.NUMBER,
        "The same as a number, 50 in the middle.",
        "affluence_score.at_least = 70",
        _PRICES,
        Unit.SCORE,
        bounds=(1, 100),
        analysis=Analysis.AFFLUENCE,
    ),
)

PRICE_SCORE: Final = Field(
    "price_score",
    Code.NUMBER,
    "How dear the product is among what was bought in its category: 1 to 100.",
    "price_score.at_least = 80",
    _PRICES,
    Unit.SCORE,
    columns=("s.price_score",),
    bounds=(1, 100),
    scope=Scope.PRODUCT,
    only=(*COMPARISONS, Operator.MISSING),
    analysis=Analysis.AFFLUENCE,
)

GROUPS: Final = {"Affluence": _CLIENT}
