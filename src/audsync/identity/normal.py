"""Normal forms of whole columns.

Plain addresses and common phones are answered as columns; of the rest, and of names, each
distinct value is looked at once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audsync.identity.email import email_fault, normal_email, plain_emails
from audsync.identity.names import clean_name, match_name
from audsync.identity.phone import normal_phone, phone_fault
from audsync.identity.phone_columns import common_phones

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from audsync.columns import Text

# Raised with every change of what a normaliser returns; stored forms are then made anew.
NORMAL_VERSION: Final = 1

RAW_COLUMNS: Final = ("email", "phone", "first_name", "last_name")
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
    """Rows with NORMAL_COLUMNS, and why values of them have no normal form.

    `faults` has a text column per raw column, with the reason where a value was dropped, else
    null: `invalid_email`, `relay_address`, `invalid_phone`, `several_phones`,
    `placeholder_phone`, `invalid_name`. An empty cell is missing, not dropped.
    """

    rows: "pa.Table"
    faults: "pa.Table"

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many values have no normal form, by reason."""
        return count_faults(self.faults)


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column as codes into its distinct values; -1 where there is no value."""

    codes: "npt.NDArray[np.int64]"
    values: Sequence[str]

    def column(self, forms: Sequence[str | None], beside: "Text | None" = None) -> "Text":
        """A text column with the form of each row's value, where `beside` has none.

        `forms` go with `values`.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if beside is not None and not forms:
            return beside
        # The last of the forms, where code -1 leads, is that of no value.
        known = pa.chunked_array([[*forms, None]], pa.string())
        column = known.take(self.codes % (len(forms) + 1))
        return column if beside is None else pc.coalesce(beside, column)


def count_faults(faults: "pa.Table") -> Mapping[str, int]:
    """How often each reason stands in the columns, sorted by reason."""
    import pyarrow.compute as pc

    found: Counter[str] = Counter()
    for column in faults.columns:
        counted: Any = pc.value_counts(column.drop_null())
        for one in counted.to_pylist():
            found[one["values"]] += one["counts"]
    return dict(sorted(found.items()))


def add_normal_forms(rows: "pa.Table", *, country: str) -> Normalised:
    """The rows with the text columns of NORMAL_COLUMNS, added or made anew.

    Reads `email`, `phone`, `first_name`, `last_name` and `country` (alpha-2), each of which may
    be absent. `country` is the shop's: phones of rows without one are read by it.
    """
    import pyarrow as pa

    kept = rows.drop_columns([name for name in NORMAL_COLUMNS if name in rows.column_names])
    email, unmailable = _emails(rows)
    phone, uncallable = _phones(rows, country)
    first, first_match, first_unnamed = _names(rows, "first_name")
    last, last_match, last_unnamed = _names(rows, "last_name")
    forms = (email, phone, first, last, first_match, last_match)
    for name, form in zip(NORMAL_COLUMNS, forms, strict=True):
        kept = kept.append_column(name, form)
    faults = (unmailable, uncallable, first_unnamed, last_unnamed)
    return Normalised(kept, pa.Table.from_arrays(list(faults), list(RAW_COLUMNS)))


def _emails(rows: "pa.Table") -> "tuple[Text, Text]":
    texts = _texts(rows, "email")
    plain = plain_emails(texts)
    coded = _coded(_but(texts, plain))
    forms = [normal_email(value) for value in coded.values]
    faults = [
        email_fault(value) if form is None and value.strip() else None
        for value, form in zip(coded.values, forms, strict=True)
    ]
    return coded.column(forms, beside=plain), coded.column(faults)


def _names(rows: "pa.Table", name: str) -> "tuple[Text, Text, Text]":
    coded = _coded(_texts(rows, name))
    clean = [clean_name(value) for value in coded.values]
    faults = [
        "invalid_name" if form is None and value.strip() else None
        for value, form in zip(coded.values, clean, strict=True)
    ]
    matched = [match_name(value) for value in clean]
    return coded.column(clean), coded.column(matched), coded.column(faults)


def _phones(rows: "pa.Table", country: str) -> "tuple[Text, Text]":
    """Numbers by distinct pairs of phone and country."""
    import numpy as np

    countries = _coded(_texts(rows, "country"))
    homes = [*countries.values, country]  # the shop's own is last, where code -1 leads
    places = countries.codes % len(homes)
    cells = _texts(rows, "phone")
    common = common_phones(cells, places, homes)
    phones = _coded(_but(cells, common))
    known = phones.codes >= 0
    pairs = phones.codes[known] * len(homes) + places[known]
    codes = np.full(rows.num_rows, -1, np.int64)
    distinct, which = np.unique(pairs, return_inverse=True)
    codes[known] = which
    texts = [phones.values[pair] for pair in (distinct // len(homes)).tolist()]
    belong = [homes[pair] for pair in (distinct % len(homes)).tolist()]
    numbers = [normal_phone(text, home) for text, home in zip(texts, belong, strict=True)]
    faults = [
        phone_fault(text, home) if number is None and text.strip() else None
        for text, home, number in zip(texts, belong, numbers, strict=True)
    ]
    coded = _Coded(codes, texts)
    return coded.column(numbers, beside=common), coded.column(faults)


def _texts(rows: "pa.Table", name: str) -> "Text":
    import pyarrow as pa

    if name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    return rows[name].cast(pa.string())


def _but(texts: "Text", answered: "Text") -> "Text":
    """The texts where there is no answer yet, else null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rest: Text = pc.if_else(pc.is_null(answered), texts, pa.scalar(None, pa.string()))
    return rest


def _coded(texts: "Text") -> _Coded:
    import pyarrow as pa

    # Encoded before the chunks are combined: one array of text holds two gigabytes at most.
    combined: Any = texts.dictionary_encode().unify_dictionaries().combine_chunks()
    codes = combined.indices.cast(pa.int64()).fill_null(-1).to_numpy()
    return _Coded(codes, combined.dictionary.to_pylist())
