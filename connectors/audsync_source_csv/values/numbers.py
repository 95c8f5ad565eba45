"""Numbers as people write them: decimal signs, thousands separators, exact decimals."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from audsync.errors import SourceDataError
from audsync.tables import MAX_MINOR, MAX_QUANTITY

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_source_csv.arrays import Values

PLACES: Final = 12  # decimals kept of a cell; more are cut, which moves no rounding
_DIGITS: Final = 15  # before the decimal sign
QUANTITY_LIMIT: Final = MAX_QUANTITY
MINOR_LIMIT: Final = MAX_MINOR
NUMBER_LIMIT: Final = 10**14 - 1  # what fits before the four places of a parameter
_SPACES: Final = " \u00a0\u2009\u202f'\u2019"  # thousands separators besides comma and dot


def decimal_sign(texts: "Values") -> str | None:
    """The decimal sign of a column, None while its cells show none; undecidable is `"?"`.

    The last of two different signs is the decimal one; a sign that comes twice in a cell
    separates thousands. Exactly three digits behind a single sign can be both.
    """
    import pyarrow.compute as pc

    def shown(pattern: str) -> bool:
        return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())

    if shown(r",.*\."):
        return "."
    if shown(r"\..*,"):
        return ","
    if shown(r",\d*,"):
        return "."
    if shown(r"\.\d*\."):
        return ","
    for sign, pattern in ((",", ","), (".", r"\.")):
        if shown(rf"{pattern}(\d{{0,2}}|\d{{4,}})$") or shown(
            rf"^[+-]?(0|\d{{4,}})?{pattern}\d"
        ):
            return sign
    return "?" if shown(r"[.,]\d{3}$") else None


def decimals(texts: "Values", sign: str | None) -> "Values":
    """Exact values of numbers with that decimal sign (None: a dot), null where it is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    point = sign or "."
    group = f"[{_SPACES}{',' if point == '.' else '.'}]"
    escaped = r"\." if point == "." else ","
    whole = rf"(\d{{1,{_DIGITS}}}|\d{{1,3}}({group}\d{{3}}){{1,4}})"
    pattern = rf"^[+-]?({whole}({escaped}\d*)?|{escaped}\d+)$"
    right = pc.if_else(pc.match_substring_regex(texts, pattern), texts, None)
    plain = pc.replace_substring_regex(right, group, "")
    if point == ",":
        plain = pc.replace_substring(plain, ",", ".")
    plain = pc.replace_substring_regex(plain, rf"(\.\d{{{PLACES}}})\d+$", r"\1")
    plain = pc.replace_substring_regex(plain, r"^\+|\.$", "")
    plain = pc.replace_substring_regex(plain, r"^(-?)\.", r"\10.")
    made: Values = plain.cast(pa.decimal256(30, PLACES))
    return made


def undecidable(header: str, shown: str) -> SourceDataError:
    """The error of a column whose numbers can be read two ways."""
    return SourceDataError(
        f'{shown}: column "{header}": every number has three digits behind its only comma or '
        'dot, which may be decimals or thousands; say which with decimal = "," or "."'
    )


def exact(value: "Decimal | int", places: int = 4) -> "pa.Scalar[Any]":
    """A number as a decimal scalar that other exact numbers can be multiplied by."""
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal256(12, places))


def quantity(value: int) -> "pa.Scalar[Any]":
    """A quantity as a scalar that quantities can be compared with."""
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal128(18, 3))


def whole(values: "Values") -> "Values":
    """Decimals as whole numbers, halves rounded away from zero; null beyond 64 bits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rounded = pc.round(values, 0, "half_towards_infinity")
    fits = pc.less_equal(pc.abs(rounded), pa.scalar(Decimal(9 * 10**18), pa.decimal256(20, 0)))
    made: Values = pc.if_else(fits, rounded, None).cast(pa.int64())
    return made


def beyond(values: "Values", limit: int) -> "Values":
    """True where a number's magnitude is over the limit; null stays null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.greater(pc.abs(values), pa.scalar(Decimal(limit), pa.decimal256(20, 0)))


def to_places(values: "Values", places: int) -> "Values":
    """Exact numbers with fewer places, halves rounded away from zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rounded = pc.round(values, places, "half_towards_infinity")
    made: Values = rounded.cast(pa.decimal128(18, places))
    return made
