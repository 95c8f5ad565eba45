"""What a line may ask of a parameter, once it is known what the parameter holds."""

from decimal import Decimal
from enum import StrEnum

from audsync.segments.operators import BOOLEAN, OPERATORS, Code, Operator
from audsync.segments.rule import Comparison
from audsync.tables import Kind


class Held(StrEnum):
    """What a column holds, as far as comparing goes."""

    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "true or false"
    WORD = "word"  # text of a closed vocabulary, stored exactly as the registry spells it
    AMOUNT = "money"  # without its currency, so it cannot be compared


_NUMBERS = frozenset(OPERATORS[Code.NUMBER])
_TEXTS = frozenset(OPERATORS[Code.TEXT])


def held(kind: Kind) -> Held:
    """What a parameter of that declared type holds."""
    match kind:
        case Kind.TEXT:
            return Held.TEXT
        case Kind.TEXTS:
            return Held.LIST
        case Kind.INTEGER | Kind.NUMBER | Kind.QUANTITY:
            return Held.NUMBER
        case Kind.DATE | Kind.TIME:
            return Held.DATE
        case Kind.BOOLEAN:
            return Held.BOOLEAN
        case Kind.MONEY:
            return Held.AMOUNT


def fits(line: Comparison, what: Held) -> bool:
    """Whether the line's field, operator and value suit a parameter that holds `what`."""
    if line.field.code is not Code.DECLARED:
        return what is Held.DATE
    if line.operator is Operator.MISSING:
        return what not in {Held.DATE, Held.AMOUNT}
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    match what:
        case Held.TEXT | Held.LIST:
            return line.operator in _TEXTS and all(isinstance(item, str) for item in values)
        case Held.NUMBER:
            return line.operator in _NUMBERS and all(map(_is_number, values))
        case Held.BOOLEAN:
            return line.operator in BOOLEAN and all(isinstance(item, bool) for item in values)
        case Held.DATE | Held.WORD | Held.AMOUNT:
            return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
