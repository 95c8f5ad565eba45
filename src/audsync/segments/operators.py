"""What a line may ask of a field: operators, and the shape of the value that each takes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """The kind of a field; it decides which operators a line may use."""

    ENUM = "E"
    TEXT = "S"
    NUMBER = "N"
    DATE = "D"
    LIST = "L"
    DECLARED = "S, N or E"  # a parameter: as the shop declared it, known when it is checked


class Operator(StrEnum):
    """Operators as they are written after the field's name."""

    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    TOP_PERCENT = "top_percent"
    BOTTOM_PERCENT = "bottom_percent"
    ON = "on"
    BEFORE = "before"
    AFTER = "after"
    WITHIN = "within"
    OLDER_THAN = "older_than"
    DURING = "during"
    WITHIN_NEXT = "within_next"
    HAS = "has"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    MISSING = "missing"


class Shape(StrEnum):
    """What stands to the right of the equals sign."""

    ONE = "one value"
    MANY = "a list of values"
    EITHER = "one value or a list"
    PAIR = "two values, lowest first"
    PERCENT = "a number above 0 and up to 100"
    LENGTH = "a length of time"
    PERIOD = "a period"
    FLAG = "true or false"


_MANY = {Operator.ONE_OF, Operator.NONE_OF, Operator.HAS_ANY, Operator.HAS_ALL}
_EITHER = {
    Operator.CONTAINS,
    Operator.NOT_CONTAINS,
    Operator.STARTS_WITH,
    Operator.ENDS_WITH,
}
_LENGTH = {Operator.WITHIN, Operator.OLDER_THAN, Operator.WITHIN_NEXT}
_SPECIAL: Mapping[Operator, Shape] = {
    Operator.BETWEEN: Shape.PAIR,
    Operator.TOP_PERCENT: Shape.PERCENT,
    Operator.BOTTOM_PERCENT: Shape.PERCENT,
    Operator.DURING: Shape.PERIOD,
    Operator.MISSING: Shape.FLAG,
}

SHAPES: Final[Mapping[Operator, Shape]] = {
    operator: _SPECIAL.get(operator)
    or (Shape.MANY if operator in _MANY else None)
    or (Shape.EITHER if operator in _EITHER else None)
    or (Shape.LENGTH if operator in _LENGTH else Shape.ONE)
    for operator in Operator
}

# A negative operator holds for a value that is there and that its positive one does not match.
POSITIVE: Final[Mapping[Operator, Operator]] = {
    Operator.IS_NOT: Operator.IS,
    Operator.NONE_OF: Operator.ONE_OF,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
}

_EQUALITY = (Operator.IS, Operator.ONE_OF, Operator.IS_NOT, Operator.NONE_OF)
COMPARISONS: Final = (
    *_EQUALITY,
    Operator.AT_LEAST,
    Operator.AT_MOST,
    Operator.MORE_THAN,
    Operator.LESS_THAN,
    Operator.BETWEEN,
)
RANKINGS: Final = (Operator.TOP_PERCENT, Operator.BOTTOM_PERCENT)
TEXT_PARTS: Final = (
    Operator.CONTAINS,
    Operator.NOT_CONTAINS,
    Operator.STARTS_WITH,
    Operator.ENDS_WITH,
)
BOOLEAN: Final = (Operator.IS, Operator.IS_NOT, Operator.MISSING)

OPERATORS: Final[Mapping[Code, tuple[Operator, ...]]] = {
    Code.ENUM: (*_EQUALITY, Operator.MISSING),
    Code.TEXT: (*_EQUALITY, *TEXT_PARTS, Operator.MISSING),
    Code.NUMBER: (*COMPARISONS, *RANKINGS, Operator.MISSING),
    Code.DATE: (
        Operator.ON,
        Operator.BEFORE,
        Operator.AFTER,
        Operator.BETWEEN,
        Operator.WITHIN,
        Operator.OLDER_THAN,
        Operator.DURING,
        Operator.MISSING,
    ),
    Code.LIST: (
        Operator.HAS,
        Operator.HAS_ANY,
        Operator.HAS_ALL,
        Operator.CONTAINS,
        Operator.MISSING,
    ),
    Code.DECLARED: (
        *COMPARISONS,
        *TEXT_PARTS,
        *RANKINGS,
        Operator.MISSING,
    ),
}


def plain_operator(code: Code) -> Operator:
    """The operator of `field = value`."""
    match code:
        case Code.DATE:
            return Operator.ON
        case Code.LIST:
            return Operator.HAS
        case Code.ENUM | Code.TEXT | Code.NUMBER | Code.DECLARED:
            return Operator.IS
