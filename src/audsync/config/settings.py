"""The plain settings of a shop: where it is, its limits, its model, its rates."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from audsync.config.codes import Code
from audsync.config.places import countries, timezones
from audsync.config.problems import Section
from audsync.config.schema import DefaultsTable, PrivacyTable, SecretsTable
from audsync.config.validation import part
from audsync.config.wording import listing, nearest
from audsync.guard_settings import GuardSettings
from audsync.model.checks import AFFLUENCE_LIMITS, RFM_BANDS, are_cuts, is_ascending
from audsync.model.rfm_boxes import box_mistakes
from audsync.model.settings import BandSettings, ModelSettings, RfmSettings, ValueSettings
from audsync.money import is_currency
from audsync.quarantine import QuarantineLimits
from audsync.tables import OrderStatus

_RATE: Final = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_MOST_DAYS: Final = 36_500
_SHARES: Final = frozenset({"shrink_percent", "consent_points", "source_percent"})


def place_of(section: Section) -> DefaultsTable:
    """Time zone, country and currency as the section has them; "" for what is no text."""
    keys = ("timezone", "country", "currency")
    given = {key: section.data[key] for key in keys if key in section.data}
    return DefaultsTable(
        **{key: one if isinstance(one, str) else "" for key, one in given.items()}
    )


def check_place(section: Section) -> None:
    """Tell of a time zone, country or currency that there is not."""
    place = place_of(section)
    if place.timezone is not None and place.timezone not in timezones():
        section.complain(
            Code.UNKNOWN_TIMEZONE,
            f'there is no time zone "{place.timezone}"',
            "timezone",
            value=True,
            hint=nearest(place.timezone, timezones()) or "write it like Europe/Prague",
        )
    if place.country is not None and place.country not in countries():
        upper = place.country.upper()
        meant = {"UK": "GB", "EL": "GR"}.get(upper, upper)
        hint = f'write "{meant}"' if meant in countries() else "two letters, such as CZ"
        message = f'there is no country "{place.country}"'
        section.complain(Code.UNKNOWN_COUNTRY, message, "country", value=True, hint=hint)
    if place.currency is not None and not is_currency(place.currency):
        upper = place.currency.upper()
        hint = f'write "{upper}"' if is_currency(upper) else "three letters, such as EUR"
        message = f'"{place.currency}" is no currency code'
        section.complain(Code.BAD_CURRENCY, message, "currency", value=True, hint=hint)


def read_guard(section: Section) -> dict[str, int] | None:
    """The guard settings that the section itself makes; None if one is wrong."""
    table = section.table("guard")
    settings = part(GuardSettings, section, "guard")
    if table is None:
        return None if settings is None else {}
    for key in table.data:
        _check_bounds(table, key, least=0, most=100 if key in _SHARES else None)
    return None if settings is None else dict(table.data)


def read_privacy(section: Section, default: PrivacyTable) -> PrivacyTable | None:
    """What the section says is kept of people, else the default; None if it is wrong."""
    table = section.table("privacy")
    own = part(PrivacyTable, section, "privacy")
    if own is None or table is None:
        return None if own is None else default
    for name in ("snapshot_days", "history_days"):
        _check_bounds(table, name, least=1, most=_MOST_DAYS)
    return replace(default, **{key: getattr(own, key) for key in table.data})


def read_secret_command(section: Section) -> tuple[str, ...] | None:
    """The command that prints secrets, if there is one."""
    secrets = part(SecretsTable, section, "secrets")
    table = section.table("secrets")
    command = secrets.command if secrets else None
    if table is not None and command is not None and not (command and command[0].strip()):
        message = "command names no program"
        hint = 'such as ["pass", "show", "audsync/{shop}/{name}"]'
        table.complain(Code.OUT_OF_RANGE, message, "command", value=True, hint=hint)
    return command


def read_quarantine(section: Section) -> QuarantineLimits | None:
    """How many bad rows are too many; None if the table is wrong."""
    limits = part(QuarantineLimits, section, "quarantine")
    table = section.table("quarantine")
    if table is not None:
        _check_bounds(table, "warn_percent", least=0, most=100)
        _check_bounds(table, "stop_percent", least=0, most=100)
    if table is not None and limits is not None and limits.warn_percent > limits.stop_percent:
        key = "warn_percent" if "warn_percent" in table.data else "stop_percent"
        both = f"({limits.warn_percent:g}) is above stop_percent ({limits.stop_percent:g})"
        table.complain(Code.OUT_OF_RANGE, f"warn_percent {both}", key, value=True)
    return limits


def read_model(section: Section) -> ModelSettings | None:
    """How clients are scored; None if the table is wrong."""
    settings = part(ModelSettings, section, "model")
    table = section.table("model")
    rfm = table.table("rfm") if table else None
    if rfm is not None:
        _check_rfm(rfm, settings.rfm if settings else None)
    clv = table.table("clv") if table else None
    if clv is not None:
        _check_clv(clv, settings.clv if settings else None)
    bands = table.table("bands") if table else None
    if bands is not None:
        _check_bands(bands, settings.bands if settings else None)
    affluence = table.table("affluence") if table else None
    if affluence is not None:
        for key, (least, most) in AFFLUENCE_LIMITS.items():
            _check_bounds(affluence, key, least=least, most=most)
    if table is not None:
        _check_statuses(table)
    return settings


def _check_rfm(section: Section, settings: RfmSettings | None) -> None:
    _check_bounds(section, "window_days", least=1)
    if settings is None:
        return
    for key in RFM_BANDS:
        bands = getattr(settings, key)
        if bands is not None and not is_ascending(bands):
            message = f"{key} must be four ascending numbers, none below 0"
            section.complain(Code.OUT_OF_RANGE, message, key, value=True)
    for segment, message, hint in box_mistakes(settings.boxes) if settings.boxes else ():
        place = ("boxes",) if segment is None else ("boxes", segment)
        section.complain(Code.OUT_OF_RANGE, message, *place, hint=hint)


def _check_bands(section: Section, settings: BandSettings | None) -> None:
    _check_bounds(section, "buckets", least=2, most=100)
    for key in ("low_index", "high_index", "active_days", "lost_days"):
        _check_bounds(section, key, least=0)
    if settings is None:
        return
    if settings.low_index >= settings.high_index:
        key = "low_index" if "low_index" in section.data else "high_index"
        message = f"low_index ({settings.low_index}) is not below high_index "
        section.complain(
            Code.OUT_OF_RANGE, f"{message}({settings.high_index})", key, value=True
        )
    _check_order(section, settings, "active_days", "lost_days")
    for key in ("value_cuts", "frequency_cuts"):
        cuts = getattr(settings, key)
        if cuts is not None and not are_cuts(cuts, settings.buckets):
            message = f"{key} must be the last low and the first high bucket"
            hint = f"of {settings.buckets} buckets, such as [3, 8]"
            section.complain(Code.OUT_OF_RANGE, message, key, value=True, hint=hint)


def _check_order(section: Section, settings: object, low: str, high: str) -> None:
    """Tell where the setting `low` is above the setting `high`."""
    least, most = getattr(settings, low), getattr(settings, high)
    if least > most:
        key = low if low in section.data else high
        message = f"{low} ({least:g}) is above {high} ({most:g})"
        section.complain(Code.OUT_OF_RANGE, message, key, value=True)


def _check_clv(section: Section, settings: ValueSettings | None) -> None:
    for key in ("least_clients", "least_repeaters"):
        _check_bounds(section, key, least=1)
    for key in ("active_days", "churned_days"):
        _check_bounds(section, key, least=0)
    for key in ("active_percent", "churned_percent", "discount_percent", "margin_percent"):
        _check_bounds(section, key, least=0, most=100)
    if settings is None:
        return
    for low, high in (("churned_percent", "active_percent"), ("active_days", "churned_days")):
        _check_order(section, settings, low, high)


def _check_bounds(section: Section, key: str, *, least: int, most: int | None = None) -> None:
    value = section.data.get(key)
    if not isinstance(value, int | float):
        return
    if not (least <= value and (most is None or value <= most)):
        bounds = f"from {least} to {most}" if most is not None else f"{least} or more"
        section.complain(Code.OUT_OF_RANGE, f"{key} must be {bounds}", key, value=True)


def _check_statuses(model: Section) -> None:
    statuses = model.data.get("counted_status")
    if not isinstance(statuses, list):
        return
    known = [status.value for status in OrderStatus]
    for number, status in enumerate(statuses):
        if isinstance(status, str) and status not in known:
            message = f'"{status}" is no status of an order: it is {listing(known)}'
            place = ("counted_status", number)
            model.complain(
                Code.NOT_ONE_OF, message, *place, value=True, hint=nearest(status, known)
            )
    if not statuses:
        message = "counted_status names no status, so no order would count"
        model.complain(Code.OUT_OF_RANGE, message, "counted_status", value=True)


def read_rates(section: Section, currency: str | None) -> dict[str, Decimal]:
    """Currency → its price in the shop's currency, of the rates that are right."""
    table = section.table("rates")
    right: dict[str, Decimal] = {}
    for code, text in table.data.items() if table else ():
        if table is None or not isinstance(text, str):
            continue
        if not is_currency(code):
            message = f'"{code}" is no currency code'
            table.complain(Code.BAD_CURRENCY, message, code, hint="three letters, such as EUR")
        elif code == currency:
            table.complain(Code.BAD_RATE, f"{code} is the shop's own currency", code)
        elif not _RATE.fullmatch(text) or not Decimal(text):
            dotted = text.replace(",", ".")
            table.complain(
                Code.BAD_RATE,
                f"the rate of {code} must be a decimal number above zero",
                code,
                value=True,
                hint=f'write "{dotted}"'
                if "," in text and _RATE.fullmatch(dotted)
                else 'such as "4.31"',
            )
        else:
            right[code] = Decimal(text)
    return right
