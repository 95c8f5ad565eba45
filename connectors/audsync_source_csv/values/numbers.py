"""Numbers as people write them: decimal signs, thousands separators, exact decimals."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from audsync.errors import SourceDataError
from audsync.tables import MAX_MINOR, MAX_QUANTITY

if TYPE_CHECKING:
    import pyarrow as pa

PLACES: Final = 12  # decimals kept of a cell; more are cut, which moves no rounding
_DIGITS: Final = 15  # before the decimal sign
QUANTITY_LIMIT: Final = MAX_QUANTITY
MINOR_LIMIT: Final = MAX_MINOR
NUMBER_LIMIT: Final = 10**14 - 1  # what fits before the four places of a parameter
_SPACES: Final = " \u00a0\u2009\u202f'\u2019"  # thousands separators besides comma and dot


def decimal_sign(texts: "pa.Array") -> str | None:
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
        if shown(rf"{pattern}(\d{{0,2}}|\d{{4,}})$") or shown(rf"^[+-]?(0|\d{{4,}})?{pattern}\d"):
            return sign
    return "?" if shown(r"[.,]\d{3}$") else None


def decimals(texts: "pa.Array", sign: str | None) -> "pa.Array":
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
    return plain.cast(pa.decimal256(30, PLACES))


def undecidable(header: str, shown: str) -> SourceDataError:
    """The error of a column whose numbers can be read two ways."""
    return SourceDataError(
        f'{shown}: column "{header}": every number has three digits behind its only comma or '
        'dot, which may be decimals or thousands; say which with decimal = "," or "."'
    )


def exact(value: "Decimal | int", places: int = 4) -> "pa.Scalar":
    """A number as a decimal scalar that other exact numbers can be multiplied by."""
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal256(12, places))


def quantity(value: int) -> "pa.Scalar":
    """A quantity as a scalar that quantities can be compared with."""
    import pyarrow as pa

    return pa.scalar(Decimal(value), pa.decimal128(18, 3))


def whole(values: "pa.Array") -> "pa.Array":
    """Decimals as whole numbers, halves rounded away from zero; null beyond 64 bits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rounded = pc.round(values, 0, "half_towards_infinity")
    fits = pc.less_equal(pc.abs(rounded), pa.scalar(Decimal(9 * 10**18), pa.decimal256(20, 0)))
    return pc.if_else(fits, rounded, None).cast(pa.int64())


def beyond(values: "pa.Array", limit: int) -> "pa.Array":
    """True where a number's magnitude is over the limit; null stays null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bound = (
        pa.scalar(limit, pa.int64())
        if pa.types.is_integer(values.type)
        else pa.scalar(Decimal(limit), pa.decimal256(20, 0))
    )
    return pc.greater(pc.abs(values), bound)


def to_places(values: "pa.Array", kind: "pa.DataType") -> "pa.Array":
    """Exact numbers as a decimal type with fewer places, halves rounded away from zero."""
    import pyarrow.compute as pc

    return pc.round(values, kind.scale, "half_towards_infinity").cast(kind)
