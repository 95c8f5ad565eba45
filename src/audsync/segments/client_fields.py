"""Fields about a client as a person: contact, place, wishes, the shop's own parameters."""

from typing import Final

from audsync.segments.fields import Field, Form, Needs, Unit
from audsync.segments.operators import COMPARISONS, RANKINGS, Code, Operator
from audsync.tables import DataPermission, Frequency

_ANNIVERSARY = (Operator.WITHIN_NEXT,)
_REGISTERED: Needs = (("customers.registered_at",),)
_BORN: Needs = (("customers.born_on",),)
_MAIL: Needs = (("customers.email", "orders.email"),)
_PHONE: Needs = (("customers.phone", "orders.phone"),)
_GIVEN: Needs = (("customers.first_name", "orders.first_name"),)
_FAMILY: Needs = (("customers.last_name", "orders.last_name"),)
_NEWSLETTER: Needs = (("customers.newsletter_frequency",),)

_PERSON: Final = (
    Field(
        "customer_id",
        Code.TEXT,
        "Any of the client's customer ids.",
        'customer_id = "C-1001"',
        (("customers.customer_id",),),
        columns=("customer_ids",),
        is_list=True,
    ),
    Field(
        "full_name",
        Code.TEXT,
        "First name, a space, last name; one of them missing: the other alone.",
        'full_name.contains = "novák"',
        (*_GIVEN, *_FAMILY),
        asks_for="the name",
    ),
    Field(
        "first_name",
        Code.TEXT,
        "First name.",
        'first_name.one_of = ["Jan", "Jana"]',
        _GIVEN,
        asks_for="the name",
    ),
    Field(
        "last_name",
        Code.TEXT,
        "Last name.",
        'last_name.ends_with = "ová"',
        _FAMILY,
        asks_for="the name",
    ),
    Field(
        "email",
        Code.TEXT,
        "E-mail address in lower case.",
        'email.ends_with = "@example.com"',
        _MAIL,
        asks_for="the address",
        instead="email_domain",
    ),
    Field(
        "email_domain",
        Code.TEXT,
        "What follows the @ of the e-mail address.",
        'email_domain.one_of = ["gmail.com", "seznam.cz"]',
        _MAIL,
    ),
    Field(
        "phone",
        Code.TEXT,
        "Phone number with country code; on both sides only digits and a leading + count.",
        'phone.starts_with = "+420"',
        _PHONE,
        form=Form.PHONE,
        asks_for="the number",
        instead="phone_country",
    ),
    Field(
        "phone_country",
        Code.ENUM,
        "Country of the phone number, as two letters.",
        'phone_country.one_of = ["CZ", "SK"]',
        _PHONE,
        form=Form.COUNTRY,
    ),
    Field(
        "registered",
        Code.DATE,
        "Day of the first registration; 2 January 1970 and before is no date.",
        'registered.within = "3 months"',
        _REGISTERED,
        aliases=("registered_on",),
        extra=_ANNIVERSARY,
    ),
    Field(
        "days_since_registration",
        Code.NUMBER,
        "Days from registration until today.",
        "days_since_registration.at_most = 30",
        _REGISTERED,
        Unit.DAYS,
    ),
    Field(
        "born_on",
        Code.DATE,
        "Birth date; `within_next` asks for the birthday.",
        'born_on.within_next = "7 days"',
        _BORN,
        extra=_ANNIVERSARY,
    ),
    Field(
        "age",
        Code.NUMBER,
        "Completed years; below 5 and above 110 is missing.",
        "age.between = [25, 34]",
        _BORN,
        Unit.YEARS,
    ),
)

_PLACE: Final = (
    Field(
        "zip",
        Code.TEXT,
        "Postcode on most counted orders, else of the customer; spaces do not count.",
        'zip.starts_with = ["1", "2"]',
        (("customers.zip", "orders.zip"),),
        form=Form.ZIP,
        aliases=("zip_code",),
    ),
    Field(
        "city",
        Code.TEXT,
        "City on most counted orders, else of the customer.",
        'city = "Hradec Králové"',
        (("customers.city", "orders.city"),),
    ),
    Field(
        "country",
        Code.ENUM,
        "Country of the latest delivery, else of the customer, as two letters.",
        'country.one_of = ["CZ", "SK"]',
        (("customers.country", "orders.country"),),
        form=Form.COUNTRY,
    ),
    Field(
        "delivery_zip",
        Code.TEXT,
        "Postcode of the latest counted order; spaces do not count.",
        'delivery_zip.starts_with = "6"',
        (("orders.zip",),),
        form=Form.ZIP,
    ),
    Field(
        "delivery_city",
        Code.TEXT,
        "City of the latest counted order.",
        'delivery_city = "Brno"',
        (("orders.city",),),
    ),
    Field(
        "delivery_country",
        Code.ENUM,
        "Country of the latest counted order, as two letters.",
        'delivery_country = "PL"',
        (("orders.country",),),
        form=Form.COUNTRY,
    ),
)

_WISHES: Final = (
    Field(
        "customer_type",
        Code.ENUM,
        "The shop's own word, such as retail, wholesale, staff.",
        'customer_type.none_of = ["wholesale", "staff"]',
        (("customers.customer_type",),),
    ),
    Field(
        "price_category",
        Code.ENUM,
        "Group for special prices.",
        'price_category = "VIP"',
        (("customers.price_category",),),
    ),
    Field(
        "data_permission",
        Code.ENUM,
        "The strictest permission of the client's accounts.",
        'data_permission = "full"',
        (("customers.data_permission",),),
        values=tuple(DataPermission),
    ),
    Field(
        "newsletter_frequency",
        Code.ENUM,
        "How often the client wants newsletters.",
        'newsletter_frequency.is_not = "never"',
        _NEWSLETTER,
        values=tuple(Frequency),
    ),
    Field(
        "sms_frequency",
        Code.ENUM,
        "How often the client wants text messages.",
        'sms_frequency = "special_occasions"',
        (("customers.sms_frequency",),),
        values=tuple(Frequency),
    ),
    Field(
        "subscribed",
        Code.ENUM,
        "Whether the newsletter frequency is another than never.",
        "subscribed = true",
        _NEWSLETTER,
        boolean=True,
    ),
    Field(
        "tags",
        Code.LIST,
        "Labels that the shop gave to the client's accounts.",
        'tags.has_any = ["vip", "club"]',
        (("customers.tags",),),
        is_list=True,
    ),
)

_PARAMETERS: Final = (
    Field(
        "param",
        Code.DECLARED,
        "A parameter of the shop's own: text, number or true and false, as the shop declares "
        "it. Of several values any one is enough.",
        'param."shoe size" = 42',
        family=True,
    ),
    Field(
        "param_date",
        Code.DATE,
        "A parameter that is a date.",
        'param_date."card valid until".during = "this month"',
        family=True,
        extra=_ANNIVERSARY,
    ),
    Field(
        "param_days_since",
        Code.NUMBER,
        "Days from a date parameter until today; below zero for a day to come.",
        'param_days_since."last visit".at_least = 30',
        unit=Unit.DAYS,
        family=True,
    ),
    Field(
        "param_days_to_anniversary",
        Code.NUMBER,
        "Days until the next anniversary of a date parameter; 0 on the day.",
        'param_days_to_anniversary."birthday".within_next = "7 days"',
        unit=Unit.DAYS,
        family=True,
        only=(*COMPARISONS, *RANKINGS, *_ANNIVERSARY, Operator.MISSING),
    ),
    Field(
        "param_days_since_anniversary",
        Code.NUMBER,
        "Days since the latest anniversary of a date parameter; missing before the first.",
        'param_days_since_anniversary."wedding".at_most = 7',
        unit=Unit.DAYS,
        family=True,
    ),
    Field(
        "param_years_since",
        Code.NUMBER,
        "Completed years since a date parameter; missing for a day to come.",
        'param_years_since."birthday".at_least = 18',
        unit=Unit.YEARS,
        family=True,
    ),
)

GROUPS: Final = {
    "Person": _PERSON,
    "Place": _PLACE,
    "Wishes and labels": _WISHES,
    "Parameters of customers": _PARAMETERS,
}
