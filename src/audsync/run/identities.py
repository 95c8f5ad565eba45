"""A run's part in hiding identities: the key, what a sink may ask for, what was made before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from audsync.config import Code, Config, Shop, SinkConfig
from audsync.contracts import Form, KeyRule, Sink
from audsync.errors import ConfigError, Problem
from audsync.identity.hiding import Hiding, Identities
from audsync.match_keys import first_place, is_looked_up, names_person, taken_by
from audsync.model.analyses import Analysis
from audsync.pull import Basis, is_partial, wanted_basis, why_anew
from audsync.run.further_contacts import FURTHER_PLACES, further_columns
from audsync.run.keys import IDENTITY_KEY, shop_key
from audsync.sql_text import identifier, literal

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine
    from audsync.warehouse import Warehouse

Sinks = Mapping[str, Sink]


def hiding_of(config: Config, shop: Shop, sinks: Sinks, warnings: list[str]) -> Hiding | None:
    """How the shop's identities are hidden; None where they are stored.

    What is wrong with the place of the key is added to `warnings`. Raises CredentialError
    without a key that is long enough.
    """
    if shop.identities is Identities.STORED:
        return None
    key = shop_key(config, shop, IDENTITY_KEY, warnings)
    rules = {
        fact_name(shop.sinks[sink], name, sinks[sink].key_rules): rule
        for sink in sorted(sinks)
        for name, rule in sinks[sink].key_rules.items()
        if rule.place == 1
    }
    return Hiding(key, rules)


def fact_name(sink: SinkConfig, name: str, rules: Mapping[str, KeyRule]) -> str:
    """The name of the fact that a key is: whatever makes another key of a value is in it.

    Of a value there is one fact, whichever of a person's places it stands at.
    """
    name = first_place(rules, name)
    rule = rules[name]
    return f"{sink.id}.{name}: {sink.type}/{'+'.join(rule.inputs)}/{rule.form}/{rule.version}"


def sink_problems(shop: Shop, sinks: Sinks) -> list[Problem]:
    """The keys of sinks that cannot be made where identities are hidden."""
    return [
        shop.sinks[sink].problem(
            Code.NEEDS_VALUES,
            f'sink {sink} needs what is behind {", ".join(wrong)}, which identities = "hashed" '
            "does not keep",
            'let it take digests of single values (files: layout = "hashed"), or take the '
            "sink out",
        )
        for sink in sorted(sinks)
        if (wrong := [name for name, rule in sinks[sink].key_rules.items() if _is_beyond(rule)])
    ]


def check_sinks(shop: Shop, sinks: Sinks) -> None:
    """Raise ConfigError where a sink takes what cannot be made."""
    hides = shop.identities is Identities.HASHED
    if hides and (problems := sink_problems(shop, sinks)):
        raise ConfigError(problems)


def _is_beyond(rule: KeyRule) -> bool:
    return rule.form is Form.PERSONAL or (names_person(rule) and not is_looked_up(rule))


def check_held(warehouse: "Warehouse", shop: Shop, hiding: Hiding | None) -> None:
    """Raise ConfigError where what is held was made for another setting, key or sink.

    So too where the shop was never read to its end: who refused cannot be told then.
    """
    basis: Basis = wanted_basis(shop.country, hiding)
    reason = why_anew(warehouse, basis)
    if reason is None and is_partial(warehouse):
        raise ConfigError(
            f"{shop.id}: the shop was not read to its end yet, so that nobody knows who "
            f"agreed; run: audsync pull --shop {shop.id}"
        )
    if reason is not None:
        raise ConfigError(
            f"{shop.id}: everything must be read anew first, since {reason}; run: audsync pull "
            f"--shop {shop.id}"
        )


def analyses_of_keys(sinks: Sinks) -> frozenset[Analysis]:
    """What keys of sinks ask the model for besides: a gender that names tell."""
    rules = (rule for sink in sinks.values() for rule in sink.key_rules.values())
    return frozenset({Analysis.NAMES} if any("gender" in rule.inputs for rule in rules) else ())


def made_keys(engine: "Engine", sink: SinkConfig, rules: Mapping[str, KeyRule]) -> "pa.Table":
    """The keys of a sink that were made of hidden values, by `client_id`, for `clients`.

    Where the rules take further places, the table of these is there.
    """
    looked_up = {name: rule for name, rule in rules.items() if is_looked_up(rule)}
    columns, joins = ["c.client_id"], []
    if further_columns(looked_up.values()):
        joins.append(f"LEFT JOIN {FURTHER_PLACES} f ON f.client_id = c.client_id")
    for number, (name, rule) in enumerate(looked_up.items()):
        (kind,), (column,) = rule.inputs, taken_by(rule)
        values = "p" if rule.place == 1 else "f"
        columns.append(f"k{number}.text AS {identifier(name)}")
        joins.append(
            f"LEFT JOIN identity_facts k{number} ON k{number}.kind = {literal(kind)} "
            f"AND k{number}.fact = {literal(fact_name(sink, name, rules))} "
            f"AND k{number}.value = {values}.{identifier(column)}"
        )
    return engine.fetch(
        f"SELECT {', '.join(columns)} FROM clients c "
        f"LEFT JOIN client_pseudonyms p ON p.client_id = c.client_id {' '.join(joins)}"
    )
