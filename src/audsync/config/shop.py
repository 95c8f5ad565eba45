"""One shop, from its table in config.toml or from its own file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from audsync.config.codes import Code
from audsync.config.connectors import Connectors, read_sink, read_source
from audsync.config.consent_rules import read_consent
from audsync.config.engine_settings import read_engine
from audsync.config.list_settings import read_eligibility, read_list
from audsync.config.places import countries, timezones
from audsync.config.problems import Section
from audsync.config.schema import (
    DefaultsTable,
    ListConfig,
    PrivacyTable,
    Shop,
    ShopTable,
    SinkConfig,
    SourceConfig,
)
from audsync.config.service import check_schedule
from audsync.config.settings import (
    check_place,
    place_of,
    read_guard,
    read_model,
    read_privacy,
    read_quarantine,
    read_rates,
)
from audsync.config.validation import validated
from audsync.consent import ConsentRule
from audsync.contracts import Purpose
from audsync.eligibility import EligibilitySettings
from audsync.engine import EngineSettings
from audsync.errors import Severity
from audsync.guard_settings import GuardSettings
from audsync.model.settings import ModelSettings
from audsync.money import is_currency
from audsync.quarantine import QuarantineLimits

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID: Final = 40
# Tables of a shop that are read one by one, so that a mistake in one hides none in another.
_PARTS: Final = (
    *("consent", "model", "guard", "quarantine", "engine", "privacy", "lists", "eligibility"),
)


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every shop: defaults, the settings made for all, connectors."""

    defaults: DefaultsTable
    guard: Mapping[str, int]
    engine: EngineSettings
    privacy: PrivacyTable
    connectors: Connectors


def check_id(section: Section, text: str, kind: str, *keys: str) -> bool:
    """Whether `text` may be the id of a shop or sink; tells if it may not."""
    if _ID.fullmatch(text) and len(text) <= _LONGEST_ID:
        return True
    section.complain(
        Code.BAD_ID,
        f'"{text}" cannot be the id of a {kind}',
        *keys,
        hint=f"lower-case letters, digits and single hyphens, at most {_LONGEST_ID} characters",
    )
    return False


def read_shop(section: Section, shop_id: str, common: Common) -> Shop | None:
    """The shop; None if its source or place is not right. Every part is looked at in any case.

    Of other parts with mistakes, which are told, it has the defaults.
    """
    section = section.having([part.name for part in fields(ShopTable)])
    source_table = section.table("source")
    source = source_table and read_source(source_table, common.connectors.sources)
    sources = _sources(section, common)
    sinks = _sinks(section, common)
    table = validated(ShopTable, section, besides=_PARTS)
    place = _place(section, common.defaults)
    guard, quarantine = read_guard(section), read_quarantine(section)
    model, consent = read_model(section), read_consent(section)
    rates = read_rates(section, place.currency)
    engine = read_engine(section, common.engine)
    privacy = read_privacy(section, common.privacy) or common.privacy
    lists = _lists(section)
    eligibility = read_eligibility(section, lists)
    check_schedule(section, table.schedule if table else None)
    if consent is not None:
        _warn_of_missing_consent(section, sinks, consent)
    if not source or not _is_right(place):
        return None
    return Shop(
        id=shop_id,
        name=(table and table.name) or shop_id,
        timezone=place.timezone or "",
        country=place.country or "",
        currency=place.currency or "",
        schedule=table.schedule if table else None,
        source=source,
        sinks=sinks,
        consent=consent or {},
        model=model or ModelSettings(),
        rates=rates,
        guard=GuardSettings(**{**common.guard, **(guard or {})}),
        quarantine=quarantine or QuarantineLimits(),
        engine=engine or EngineSettings(),
        identities=privacy.identities,
        snapshot_days=privacy.snapshot_days,
        lists=lists,
        eligibility=eligibility or EligibilitySettings(),
        history_days=privacy.history_days,
        sources=sources,
    )


def _lists(section: Section) -> dict[str, ListConfig]:
    tables = section.table("lists")
    if tables is None and "lists" in section.data:
        section.complain(Code.WRONG_TYPE, "lists must be a table", "lists", value=True)
    found: dict[str, ListConfig] = {}
    for name in tables.data if tables else ():
        if tables is None or not check_id(tables, name, "list", name):
            continue
        one = read_list(tables, name)
        if one is not None:
            found[name] = one
    return found


def _sources(section: Section, common: Common) -> dict[str, SourceConfig]:
    found = {
        name: read_source(table, common.connectors.sources, default=name)
        for name, table in _named(section, "source")
    }
    return {name: source for name, source in found.items() if source is not None}


def _sinks(section: Section, common: Common) -> dict[str, SinkConfig]:
    found = {
        name: read_sink(table, common.connectors.sinks)
        for name, table in _named(section, "sink")
    }
    return {name: sink for name, sink in found.items() if sink is not None}


def _named(section: Section, kind: str) -> Iterator[tuple[str, Section]]:
    """The tables of the sinks or further sources, by id, whose ids are right."""
    tables = section.table(f"{kind}s")
    if tables is None:
        return
    for name in sorted(tables.data):
        table = tables.table(name)
        if table is not None and check_id(tables, name, kind, name):
            yield name, table


def _place(section: Section, defaults: DefaultsTable) -> DefaultsTable:
    """Time zone, country and currency of the shop, its own or the default."""
    own = asdict(place_of(section))
    check_place(section)
    for key in own:
        if key not in section.data and getattr(defaults, key) is None:
            hint = "set it here, or in [defaults] of config.toml for every shop"
            section.complain(Code.MISSING_KEY, f'missing key "{key}"', key, hint=hint)
    return DefaultsTable(**{key: own[key] or getattr(defaults, key) for key in own})


def _is_right(place: DefaultsTable) -> bool:
    return (
        place.timezone in timezones()
        and place.country in countries()
        and is_currency(place.currency or "")
    )


def _warn_of_missing_consent(
    section: Section,
    sinks: Mapping[str, SinkConfig],
    consent: Mapping[Purpose, ConsentRule],
) -> None:
    needed = {sink.purpose for sink in sinks.values()} or {Purpose.ADVERTISING}
    for purpose in sorted(needed - consent.keys()):
        header = "consent" if purpose is Purpose.ADVERTISING else f"consent.{purpose}"
        section.complain(
            Code.NO_CONSENT_RULE,
            f"no rule says who consented to {purpose}, so nobody will be sent",
            *header.split("."),
            hint=f"add [{'.'.join(map(str, (*section.path, header)))}] with field and granted",
            severity=Severity.WARNING,
        )
