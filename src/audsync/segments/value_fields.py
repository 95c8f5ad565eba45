"""Fields about what is predicted of a client: activity, orders and value of the next year."""

from typing import Final

from audsync.model.analyses import Analysis
from audsync.segments.fields import Field, Forecast, Needs, Unit
from audsync.segments.operators import COMPARISONS, RANKINGS, Code, Operator

_ORDERS: Needs = (("orders.order_id",),)
ACTIVITIES: Final = ("active", "possibly_churned", "churned")
CATEGORIES: Final = ("low", "mid", "high")
_EQUALITIES: Final = {Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.NONE_OF}
# A mean of what may happen hardly ever is a given number: to ask for one is a mistake.
_RANGES: Final = (
    *(one for one in COMPARISONS if one not in _EQUALITIES),
    *RANKINGS,
    Operator.MISSING,
)


def _word(
    name: str, definition: str, example: str, values: tuple[str, ...], forecast: Forecast
) -> Field:
    line = f"{name}{example}"
    return Field(
        name,
        Code.ENUM,
        definition,
        line,
        _ORDERS,
        values=values,
        analysis=Analysis.VALUE,
        forecast=forecast,
    )


def _number(
    name: str,
    definition: str,
    example: str,
    unit: Unit,
    *,
    bounds: tuple[int, int] | None = None,
) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}.{example}",
        _ORDERS,
        unit,
        columns=(f"{name}_minor",) if unit is Unit.MONEY else (),
        only=_RANGES if unit is Unit.DECIMAL else (),
        bounds=bounds,
        analysis=Analysis.VALUE,
        forecast=Forecast.NEEDED,
    )


VALUE: Final = (
    _word(
        "activity",
        "Whether the client is likely to order again within a year; with one order, whether it "
        "was lately.",
        '.one_of = ["possibly_churned", "churned"]',
        ACTIVITIES,
        Forecast.USED,
    ),
    _word(
        "clv_category",
        "By `predicted_clv_365d`: the lowest fifth, the middle three, the highest fifth.",
        ' = "high"',
        CATEGORIES,
        Forecast.NEEDED,
    ),
    _number(
        "predicted_clv_365d",
        "What the client is expected to spend in the next 365 days.",
        "at_least = 2000",
        Unit.MONEY,
    ),
    _number(
        "predicted_orders_365d",
        "Orders that are expected in the next 365 days, with a fraction.",
        "at_least = 1.5",
        Unit.DECIMAL,
    ),
    _number(
        "predicted_aov",
        "What an order of the client is expected to be worth.",
        "more_than = 800",
        Unit.MONEY,
    ),
    _number(
        "days_to_next_order",
        "Days within which the next order comes with a chance of one half; missing for churned "
        "clients and beyond 1,095.",
        "at_most = 14",
        Unit.DAYS,
    ),
    _number(
        "p_order_365d",
        "The chance of an order in the next 365 days.",
        "between = [0.2, 0.6]",
        Unit.DECIMAL,
        bounds=(0, 1),
    ),
    _number(
        "p_alive",
        "The chance that the client has not left for good; `p_order_365d` tells more.",
        "less_than = 0.5",
        Unit.DECIMAL,
        bounds=(0, 1),
    ),
)

GROUPS: Final = {"Predicted value": VALUE}
