"""Fields about what names and postcodes tell: gender, name days, district, region."""

from typing import Final

from audsync.model.analyses import Analysis
from audsync.segments.fields import Field, Form, Needs, Unit
from audsync.segments.operators import Code
from audsync.tables import Gender

_GIVEN: Final = ("customers.first_name", "orders.first_name")
_FAMILY: Final = ("customers.last_name", "orders.last_name")
_NAMED: Needs = ((*_GIVEN, *_FAMILY),)
_POSTCODE: Needs = (("customers.zip", "orders.zip"),)

_NAMES: Final = (
    Field(
        "gender",
        Code.ENUM,
        "As the customer stated it, else by the rules for names of the country.",
        'gender = "female"',
        (("customers.gender", *_GIVEN, *_FAMILY),),
        values=tuple(Gender),
        analysis=Analysis.NAMES,
    ),
    Field(
        "stated_gender",
        Code.ENUM,
        "As the customer stated it, and nothing else.",
        "stated_gender.missing = false",
        (("customers.gender",),),
        values=tuple(Gender),
    ),
    Field(
        "name_day_today",
        Code.ENUM,
        "Whether today is a name day of the first name, in the calendar of the country.",
        "name_day_today = true",
        _NAMED,
        boolean=True,
        analysis=Analysis.NAMES,
    ),
    Field(
        "days_to_name_day",
        Code.NUMBER,
        "Days until the next name day; 0 on the day.",
        "days_to_name_day.at_most = 7",
        _NAMED,
        Unit.DAYS,
        analysis=Analysis.NAMES,
    ),
)
_PLACES: Final = (
    Field(
        "district",
        Code.TEXT,
        "District of the postcode (`zip`), by its name or its ISO 3166-2 or NUTS code.",
        'district.contains = ["brno", "praha"]',
        _POSTCODE,
        columns=("district", "district_code"),
        form=Form.SUBDIVISION,
        analysis=Analysis.PLACES,
    ),
    Field(
        "region",
        Code.TEXT,
        "Region of the postcode (`zip`), by its name or its ISO 3166-2 or NUTS code.",
        'region.one_of = ["Mazowieckie", "PL-12"]',
        _POSTCODE,
        columns=("region", "region_code"),
        form=Form.SUBDIVISION,
        analysis=Analysis.PLACES,
    ),
)

GROUPS: Final = {"Names": _NAMES, "Districts and regions": _PLACES}
