"""The registry of fields: one entry per thing that a line of a segment may ask about.

The parser, the check against a shop, the SQL, the JSON Schema and the reference page all read
this registry, so a field exists everywhere or nowhere. The entries stand in `client_fields.py`
and `product_fields.py`.
"""

from dataclasses import dataclass
from enum import StrEnum

from audsync.model.analyses import Analysis
from audsync.segments.operators import BOOLEAN, OPERATORS, Code, Operator


class Unit(StrEnum):
    """What a number counts. Only decimals, money and percentages take a fraction."""

    INTEGER = "integer"
    SCORE = "score"
    DAYS = "days"
    YEARS = "years"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"

    @property
    def is_whole(self) -> bool:
        """Whether values are whole numbers."""
        return self in {Unit.INTEGER, Unit.SCORE, Unit.DAYS, Unit.YEARS}


class Form(StrEnum):
    """How text is brought to the form in which it is compared, on both sides."""

    TEXT = "text"
    PHONE = "phone"  # digits and a leading plus
    ZIP = "zip"  # without spaces
    CATEGORY = "category"  # by level; a path matches what begins with it
    COUNTRY = "country"  # two letters
    SUBDIVISION = "subdivision"  # a name, or a code of the ISO or of the EU's statistics


class Forecast(StrEnum):
    """What a field takes from the models of value, which are fitted where one does."""

    USED = "used"  # what they say, and something else where there are none
    NEEDED = "needed"


class Scope(StrEnum):
    """Where in a file a field may stand."""

    CLIENT = "client"
    PRODUCT = "product"  # inside bought: one purchased product
    PURCHASE = "purchase"  # inside bought: how much
    SPEND = "spend"  # inside spent
    VISIT = "visit"  # inside visited: how often


# Every group names alternatives, as `table.column`: one of each group must be provided.
Needs = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `columns` are columns of `clients` (left out: the one of the field's name), or for a product
    SQL expressions over the line `l`, the product `b` as the line names it, `p` as the
    catalogue does, and its price score `s`; with several, any one that matches is enough. A
    field of a family (`param`) is written `name."parameter"` and its column is
    `param.<parameter>`. `per` is the divisor of a share. `bounds` are the least and greatest
    value there can be, `written` what to write instead of a value that is no number. `asks_for`
    names the value of a person that must be kept for the field, and `instead` a field that does
    without. `analysis` works the value out, and runs only where such a field is asked for;
    `forecast` says whether it is predicted.
    """

    name: str
    code: Code
    definition: str
    example: str
    needs: Needs = ()
    unit: Unit | None = None
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    boolean: bool = False
    form: Form = Form.TEXT
    aliases: tuple[str, ...] = ()
    scope: Scope = Scope.CLIENT
    family: bool = False
    is_list: bool = False
    per: str | None = None
    bounds: tuple[int, int] | None = None
    written: str | None = None
    only: tuple[Operator, ...] = ()
    extra: tuple[Operator, ...] = ()
    asks_for: str | None = None
    instead: str | None = None
    analysis: Analysis | None = None
    forecast: Forecast | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns or expressions that hold the field's values."""
        return self.columns or (self.name,)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators that a line about this field may use, in the order shown to people."""
        if self.boolean:
            return BOOLEAN
        return (self.only or OPERATORS[self.code]) + self.extra

    @property
    def is_personal(self) -> bool:
        """Whether a value may tell who someone is, so that it is never shown."""
        return self.code in {Code.TEXT, Code.LIST, Code.DECLARED}
