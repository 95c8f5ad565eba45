"""Facts about a value of a person: what is asked of it later, made from its normal form.

`kind` says what the value is: `email`, `phone`, `first_name`, `last_name`. A fact has a name
and a text; the model and the match keys look it up beside the value, or beside the pseudonym
that stands for it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from audsync.identity.digests import digest_all, digest_names
from audsync.identity.gender import first_name_signs, full_name_signs, last_name_signs
from audsync.identity.google_keys import gmail_mailbox
from audsync.identity.name_tables import NAME_COUNTRIES, name_days
from audsync.identity.phone_country import phone_country

if TYPE_CHECKING:
    import pyarrow as pa

Maker = Callable[[Sequence[str]], Sequence[str | None]]
Makers = Mapping[str, Mapping[str, Maker]]

# Raised with every change of what a fact says; facts are then made anew.
FACTS_VERSION: Final = 3
FACT_COLUMNS: Final = ("kind", "value", "fact", "text")

# The column of normal forms that holds each kind.
KINDS: Final[Mapping[str, str]] = {
    "email": "email_normal",
    "phone": "phone_e164",
    "first_name": "first_name_clean",
    "last_name": "last_name_clean",
}


def _domains(addresses: Sequence[str]) -> list[str | None]:
    return [address.partition("@")[2] for address in addresses]


def _mailboxes(addresses: Sequence[str]) -> list[str | None]:
    """The digests by which an address at Gmail is told again, however it is spelt."""
    return digest_all(list(map(gmail_mailbox, addresses)))


def _countries(numbers: Sequence[str]) -> list[str | None]:
    return [phone_country(number) for number in numbers]


def _each(make: Callable[[str], str | None]) -> Maker:
    return lambda names: [make(name) for name in names]


def _days(country: str, *, is_whole: bool) -> Maker:
    return _each(lambda name: name_days(name, country, is_whole=is_whole))


# What names tell: signs of gender, and name days by country. A family name alone may hold the
# given name too.
OF_NAMES: Final[Makers] = {
    "first_name": {
        "signs": _each(first_name_signs),
        **{f"days {country}": _days(country, is_whole=False) for country in NAME_COUNTRIES},
    },
    "last_name": {
        "signs": _each(last_name_signs),
        "whole signs": _each(full_name_signs),
        **{f"days {country}": _days(country, is_whole=True) for country in NAME_COUNTRIES},
    },
}
# What an engine cannot make of a value that it holds.
OF_STORED: Final[Makers] = {"phone": {"country": _countries}}
# What nobody can make of a value any more, once a pseudonym stands for it.
OF_HIDDEN: Final[Makers] = {
    "email": {"sha256": digest_all, "domain": _domains, "mailbox": _mailboxes},
    "phone": {"sha256": digest_all, "country": _countries},
    "first_name": {"sha256": digest_names, **OF_NAMES["first_name"]},
    "last_name": {"sha256": digest_names, **OF_NAMES["last_name"]},
}


def facts_of(
    kind: str, forms: Sequence[str], makers: Mapping[str, Maker], values: Sequence[str]
) -> "pa.Table":
    """The facts of one kind: what each maker says of `forms`, kept beside `values`."""
    import pyarrow as pa

    parts = [fact_schema().empty_table()]
    for fact, make in makers.items():
        texts = pa.array(make(forms), pa.string())
        count = len(forms)
        columns: list[pa.Array[Any]] = [
            pa.repeat(pa.scalar(kind), count),
            pa.array(values, pa.string()),
            pa.repeat(pa.scalar(fact), count),
            texts,
        ]
        told = pa.Table.from_arrays(columns, schema=fact_schema())
        parts.append(told.filter(texts.is_valid()))
    return pa.concat_tables(parts)


def facts_of_stored(rows: "pa.Table") -> "pa.Table":
    """Facts of the normal forms of rows whose values are stored."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for kind, makers in OF_STORED.items():
        forms: Any = pc.unique(rows[KINDS[kind]].drop_null()).to_pylist()
        parts.append(facts_of(kind, forms, makers, forms))
    return pa.concat_tables(parts)


def facts_of_names(names: "Mapping[str, Sequence[str]]") -> "pa.Table":
    """What the names of each kind tell: `first_name`, `last_name`, each name once."""
    import pyarrow as pa

    return pa.concat_tables(
        [facts_of(kind, names[kind], makers, names[kind]) for kind, makers in OF_NAMES.items()]
    )


def fact_schema() -> "pa.Schema":
    """Four text columns."""
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in FACT_COLUMNS])
