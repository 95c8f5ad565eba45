"""Comparing text: the form in which values are compared, and which of them match.

Engines fold case and accents differently, so text is compared here, over distinct values, by
the one implementation that also makes match keys.
"""

from collections.abc import Callable, Sequence
from typing import Final

from audsync.identity.subdivisions import iso_subdivision
from audsync.identity.text import fold, trim
from audsync.segments.fields import Form
from audsync.segments.operators import POSITIVE, Operator
from audsync.segments.rule import Comparison

_LEVELS: Final = "|"

Test = Callable[[str], bool]


def canonical(text: str, form: Form, *, exact: bool = False) -> str:
    """The form in which two texts are compared; empty when nothing is left of it."""
    plain = trim if exact else fold
    match form:
        case Form.TEXT | Form.COUNTRY:
            return plain(text)
        case Form.SUBDIVISION:
            return plain(iso_subdivision(text))
        case Form.ZIP:
            return "".join(plain(text).split())
        case Form.PHONE:
            folded = fold(text)
            digits = "".join(character for character in folded if character.isdecimal())
            return "+" + digits if digits and folded.startswith("+") else digits
        case Form.CATEGORY:
            levels = (plain(level) for level in text.split(_LEVELS))
            return _LEVELS.join(level for level in levels if level)


def patterns(comparison: Comparison, *, exact: bool = False) -> tuple[str, ...]:
    """The texts of a comparison in the form in which they are compared."""
    value = comparison.value
    texts = value if isinstance(value, tuple) else (value,)
    return tuple(canonical(str(text), comparison.field.form, exact=exact) for text in texts)


def matching(
    values: Sequence[tuple[str, str]], comparison: Comparison, *, exact: bool
) -> list[str]:
    """Of (value, canonical form) pairs, the values that the positive operator matches."""
    test = _test(comparison, patterns(comparison, exact=exact))
    return [value for value, form in values if test(form)]


def _test(comparison: Comparison, wanted: tuple[str, ...]) -> Test:
    operator = POSITIVE.get(comparison.operator, comparison.operator)
    match operator:
        case Operator.CONTAINS:
            return lambda form: any(text in form for text in wanted)
        case Operator.STARTS_WITH:
            return lambda form: form.startswith(wanted)
        case Operator.ENDS_WITH:
            return lambda form: form.endswith(wanted)
        case Operator.IS | Operator.ONE_OF | Operator.HAS | Operator.HAS_ANY:
            if comparison.field.form is Form.CATEGORY:
                return _category_test(wanted, exact=comparison.exact_category)
            return frozenset(wanted).__contains__
        case _:  # pragma: no cover -- the registry gives texts no other operator
            raise ValueError(f"{operator} does not compare text")


def _category_test(wanted: tuple[str, ...], *, exact: bool) -> Test:
    """A single level matches at any depth, a path only from the first level on.

    Without `exact` everything below the named category matches too.
    """
    names = frozenset(text for text in wanted if _LEVELS not in text)
    paths = frozenset(text for text in wanted if _LEVELS in text)
    below = tuple(path + _LEVELS for path in paths)

    def exactly(form: str) -> bool:
        return form in paths or form.rpartition(_LEVELS)[2] in names

    def at_or_below(form: str) -> bool:
        return (
            form in paths
            or bool(below and form.startswith(below))
            or not names.isdisjoint(form.split(_LEVELS))
        )

    return exactly if exact else at_or_below
