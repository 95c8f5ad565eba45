"""What is derived of names and postcodes, for builds that ask for it."""

from collections.abc import Collection, Mapping
from dataclasses import astuple
from datetime import date
from typing import TYPE_CHECKING, Final

from audsync.identity.facts import facts_of_names
from audsync.identity.gender import SIGNS, gender_of
from audsync.identity.hiding import Identities
from audsync.identity.name_tables import NAME_COUNTRIES, all_days, days_to
from audsync.identity.postcodes import PLACE_COLUMNS, Places
from audsync.model.analyses import Analysis
from audsync.model.stages import Stages

if TYPE_CHECKING:
    import pyarrow as pa

_DERIVED: Final = frozenset({Analysis.NAMES, Analysis.PLACES})
_NAMES: Final = ("first_name", "last_name")


def prepare(
    stages: Stages, asked: Collection[Analysis], identities: Identities, as_of: date
) -> None:
    """Leave what `derive` looks up."""
    if Analysis.NAMES in asked:
        _prepare_names(stages, identities, as_of)


def derive(
    stages: Stages,
    asked: Collection[Analysis],
    places: Places,
    clients: Mapping[str, int],
    *,
    habits: str,
) -> None:
    """Leave what names and postcodes of these clients tell; `clients` says which they are."""
    if not _DERIVED & {*asked}:
        return
    stages.run_for("client_homes", into="client_homes", habits=habits, **clients)
    if Analysis.NAMES in asked:
        stages.run("client_names")
    if Analysis.PLACES in asked:
        stages.register("postcode_places", _place_table(_found(stages, places)))
        stages.run("client_places")
    stages.drop("client_homes", "postcode_places")


def forget(stages: Stages) -> None:
    """Drop what `prepare` has left."""
    stages.drop("name_facts", "name_countries", "sign_genders", "name_day_distances")


def _prepare_names(stages: Stages, identities: Identities, as_of: date) -> None:
    match identities:
        case Identities.STORED:
            names = {kind: _distinct(stages, kind) for kind in _NAMES}
            stages.register("name_facts", facts_of_names(names))
        case Identities.HASHED:
            stages.run("name_facts")
    stages.register("name_countries", _country_table())
    stages.register("sign_genders", _gender_table())
    stages.register("name_day_distances", _distance_table(as_of))


def _distinct(stages: Stages, kind: str) -> list[str]:
    rows = stages.fetch(
        f"SELECT DISTINCT c.{kind} AS name FROM contact_values AS c WHERE c.{kind} IS NOT NULL"
    )
    return [str(name) for name in rows["name"].to_pylist()]


def _country_table() -> "pa.Table":
    """Countries with names, the place of their sign from 1, and the name of their days."""
    import pyarrow as pa

    facts = [f"days {country}" for country in NAME_COUNTRIES]
    places = pa.array(range(1, len(facts) + 1), pa.int32())
    return pa.table({"country": [*NAME_COUNTRIES], "place": places, "days_fact": facts})


def _gender_table() -> "pa.Table":
    import pyarrow as pa

    rows = [(one, two, gender_of(one, two)) for one in SIGNS for two in SIGNS]
    first, last, genders = zip(*rows, strict=True)
    told = pa.array([None if one is None else str(one) for one in genders], pa.string())
    return pa.table({"first_sign": first, "last_sign": last, "gender": told})


def _distance_table(as_of: date) -> "pa.Table":
    import pyarrow as pa

    rows = [(country, days) for country in NAME_COUNTRIES for days in sorted(all_days(country))]
    numbers = [days_to(days, country, as_of) for country, days in rows]
    return pa.table(
        {
            "country": [country for country, _ in rows],
            "days": [days for _, days in rows],
            "days_to": pa.array(numbers, pa.int64()),
        }
    )


def _found(stages: Stages, places: Places) -> dict[tuple[str, str], tuple[str | None, ...]]:
    """What lies where the clients of client_homes live, by country and postcode."""
    rows = stages.fetch(
        "SELECT DISTINCT h.country, h.zip FROM client_homes AS h WHERE h.zip IS NOT NULL"
    ).to_pylist()
    found = {}
    for row in rows:
        place = places.find(row["country"], row["zip"])
        if place is not None:
            found[row["country"], row["zip"]] = astuple(place)
    return found


def _place_table(found: Mapping[tuple[str, str], tuple[str | None, ...]]) -> "pa.Table":
    import pyarrow as pa

    names = ("country", "zip", *PLACE_COLUMNS)
    rows = [dict(zip(names, (*key, *place), strict=True)) for key, place in found.items()]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
