"""Normal forms of the identity columns of a page of rows, beside the raw ones."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audsync.identity.email import email_fault, normal_email
from audsync.identity.names import clean_name, match_name
from audsync.identity.phone import normal_phone

if TYPE_CHECKING:
    import pyarrow as pa

# A change of any rule below raises it: stored rows are then normalised anew.
NORMAL_VERSION: Final = 1
NORMAL_COLUMNS: Final = (
    "email_normal",
    "phone_e164",
    "first_name_clean",
    "last_name_clean",
    "first_name_match",
    "last_name_match",
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Rows with NORMAL_COLUMNS added, and how many values were dropped for which reason."""

    rows: "pa.Table"
    dropped: Mapping[str, int]


def add_normal_forms(rows: "pa.Table", *, country: str) -> Normalised:
    """Normal forms of `email`, `phone`, `first_name` and `last_name`, where they are columns.

    A phone without a calling code belongs to the row's `country`, else to the given one. Work
    is done once per distinct value.
    """
    dropped: Counter[str] = Counter()
    columns = {"email_normal": _mapped(rows, "email", normal_email)}
    columns["phone_e164"] = _phones(rows, country)
    for name in ("first_name", "last_name"):
        columns[f"{name}_clean"] = _mapped(rows, name, clean_name)
        columns[f"{name}_match"] = _mapped(rows, name, lambda raw: match_name(clean_name(raw)))
    dropped.update(_email_faults(rows, columns["email_normal"]))
    refused = _refused(rows, "phone", columns["phone_e164"])
    if refused:
        dropped["invalid_phone"] = refused
    for name in NORMAL_COLUMNS:
        rows = rows.append_column(name, columns[name])
    return Normalised(rows, dict(dropped))


def _column(rows: "pa.Table", name: str) -> "pa.Array":
    import pyarrow as pa

    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return rows[name].cast(pa.string()).combine_chunks()


def _mapped(
    rows: "pa.Table", name: str, normal: Callable[[str | None], str | None]
) -> "pa.Array":
    import pyarrow as pa

    encoded = _column(rows, name).dictionary_encode()
    forms = pa.array([normal(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return forms.take(encoded.indices)


def _phones(rows: "pa.Table", country: str) -> "pa.Array":
    """Phones by distinct pairs of number and country."""
    import pyarrow as pa
    import pyarrow.compute as pc

    places = pc.fill_null(_column(rows, "country"), country)
    # A unit separator stands in no phone number and no country code.
    pairs = pc.binary_join_element_wise(_column(rows, "phone"), places, "\x1f")
    encoded = pairs.dictionary_encode()
    forms = []
    for pair in encoded.dictionary.to_pylist():
        number, _, place = pair.rpartition("\x1f")
        forms.append(normal_phone(number, place))
    return pa.array(forms, pa.string()).take(encoded.indices)


def _refused(rows: "pa.Table", name: str, normal: "pa.Array") -> int:
    """Values that hold something and have no normal form."""
    import pyarrow.compute as pc

    raw = _column(rows, name)
    filled = pc.not_equal(pc.utf8_trim_whitespace(raw), "")
    return int(pc.sum(pc.and_(filled, pc.is_null(normal))).as_py() or 0)


def _email_faults(rows: "pa.Table", normal: "pa.Array") -> Counter[str]:
    import pyarrow.compute as pc

    raw = _column(rows, "email")
    wrong = pc.and_(pc.not_equal(pc.utf8_trim_whitespace(raw), ""), pc.is_null(normal))
    refused = raw.filter(pc.fill_null(wrong, False))
    counts: Counter[str] = Counter()
    for item in refused.value_counts().to_pylist():
        counts[email_fault(item["values"])] += item["counts"]
    return counts
