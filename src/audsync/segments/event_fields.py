"""Fields about web visits and messages, and those inside `visited`."""

from typing import Final

from audsync.segments.fields import Field, Needs, Scope, Unit
from audsync.segments.operators import COMPARISONS, Code
from audsync.segments.product_fields import PRODUCT_FIELDS

VISIT_NEEDS: Final[Needs] = (
    ("visits.visited_at",),
    ("visits.customer_id", "visits.email"),
)
VISITED_PRODUCT_NEEDS: Final[Needs] = (("visits.product_id",),)
VISIT_DAYS: Final = 30  # Samba.ai keeps web activity for so long (reference: its filter guide)
_MESSAGES: Needs = (
    ("messages.happened_at",),
    ("messages.customer_id", "messages.email", "messages.phone"),
)


def _number(name: str, definition: str, example: str, needs: Needs, unit: Unit) -> Field:
    return Field(name, Code.NUMBER, definition, f"{name}.{example}", needs, unit)


def _day(name: str, definition: str, example: str) -> Field:
    return Field(name, Code.DATE, definition, f"{name}.{example}", _MESSAGES)


_VISITS: Final = (
    _number(
        "visit_count_30d",
        "Visits of the last 30 days: sessions, or days where the feed has no sessions.",
        "at_least = 3",
        VISIT_NEEDS,
        Unit.INTEGER,
    ),
    _number(
        "days_between_last_visits",
        "Days between the two latest visits of the last 30 days; missing below two.",
        "at_most = 7",
        VISIT_NEEDS,
        Unit.DAYS,
    ),
    _number(
        "days_since_last_visit",
        "Days since the latest visit; missing without one in the last 30 days.",
        "at_most = 7",
        VISIT_NEEDS,
        Unit.DAYS,
    ),
)

_WRITTEN: Final = (
    _day(
        "last_email_delivered",
        "Day on which an e-mail was last delivered.",
        'within = "30 days"',
    ),
    _day(
        "last_email_opened",
        "Day on which an e-mail was last opened; mail programs open some by themselves.",
        'older_than = "6 months"',
    ),
    _day(
        "last_email_clicked",
        "Day of the last click in an e-mail.",
        'within = "90 days"',
    ),
    _number(
        "days_since_email_delivered",
        "Days since an e-mail was last delivered.",
        "at_most = 30",
        _MESSAGES,
        Unit.DAYS,
    ),
    _number(
        "days_since_email_opened",
        "Days since an e-mail was last opened.",
        "at_least = 180",
        _MESSAGES,
        Unit.DAYS,
    ),
    _number(
        "days_since_email_clicked",
        "Days since the last click in an e-mail.",
        "between = [0, 90]",
        _MESSAGES,
        Unit.DAYS,
    ),
    _day(
        "last_sms_sent",
        "Day on which a text message was last sent, whether or not it arrived.",
        'during = "this month"',
    ),
    _number(
        "days_since_sms_sent",
        "Days since a text message was last sent.",
        "more_than = 14",
        _MESSAGES,
        Unit.DAYS,
    ),
)

GROUPS: Final = {"Web visits": _VISITS, "Messages": _WRITTEN}


def _measure(name: str, definition: str, example: str, unit: Unit) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}.{example}",
        VISIT_NEEDS,
        unit,
        scope=Scope.VISIT,
        only=COMPARISONS,
    )


VISIT_FIELDS: Final = (
    _measure(
        "visits",
        "Visits with a match; without any of these keys: at least one.",
        "at_least = 2",
        Unit.INTEGER,
    ),
    _measure("days_since", "Days since the latest match.", "at_most = 7", Unit.DAYS),
)

# Nobody has paid for what was only looked at.
VISITED_PRODUCT_FIELDS: Final = tuple(
    field for field in PRODUCT_FIELDS if field.name != "paid_price"
)
