"""The configuration as the program uses it, and the shape of the files it is read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from audsync.consent import ConsentRule
from audsync.contracts import Purpose
from audsync.errors import Problem
from audsync.guard_settings import GuardSettings
from audsync.model.settings import ModelSettings
from audsync.quarantine import QuarantineLimits

VERSION = 1


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where a shop's data comes from; `options` is the connector's own dataclass."""

    type: str
    options: object


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """Where a shop's audiences go; `options` is the connector's own dataclass."""

    id: str
    type: str
    purpose: Purpose
    options: object


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. A purpose without a rule in `consent` may send nobody.

    `rates` are prices of one unit of another currency in the shop's currency.
    """

    id: str
    name: str
    timezone: str
    country: str
    currency: str
    schedule: str | None
    source: SourceConfig
    sinks: Mapping[str, SinkConfig]
    consent: Mapping[Purpose, ConsentRule]
    model: ModelSettings
    rates: Mapping[str, Decimal]
    guard: GuardSettings
    quarantine: QuarantineLimits


@dataclass(frozen=True, slots=True)
class Config:
    """All shops of one config file, by id in order. Every path is absolute."""

    file: Path
    folder: Path
    state_folder: Path
    segments_folder: Path
    data_folders: tuple[Path, ...]
    shops: Mapping[str, Shop]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class DefaultsTable:
    """Keys of `[defaults]`: what holds for every shop that does not say otherwise."""

    timezone: Annotated[str | None, "Time zone, such as Europe/Prague."] = None
    country: Annotated[str | None, "Country of phones and postcodes, such as CZ."] = None
    currency: Annotated[str | None, "Currency of amounts, such as CZK."] = None


@dataclass(frozen=True, slots=True)
class PathsTable:
    """Keys of `[paths]`; a relative path starts at the folder of config.toml."""

    state: Annotated[str, "Folder that audsync keeps its state in."] = "state"
    segments: Annotated[str, "Folder of the segment files."] = "segments"
    data: Annotated[
        tuple[str, ...], "Folders outside the config folder that paths may lead into."
    ] = ()


@dataclass(frozen=True, slots=True)
class ConsentTable:
    """Keys of `[shops.<id>.consent]`: the rule for advertising, and those for messages."""

    field: Annotated[
        str | None, "Column of customers that holds the answer: ad_consent or param.<name>."
    ] = None
    granted: Annotated[
        tuple[str, ...] | None, "Values that mean yes; everything else means no."
    ] = None
    newsletter: Annotated[ConsentRule | None, "Rule of sinks that send newsletters."] = None
    sms: Annotated[ConsentRule | None, "Rule of sinks that send text messages."] = None
    newsletter_counts_as_advertising: Annotated[
        bool, "Whoever agreed to messages agreed to advertising; ask your lawyer first."
    ] = False


@dataclass(frozen=True, slots=True)
class ShopTable:
    """Keys of `[shops.<id>]`, and of `shops/<id>.toml` where they stand without that header."""

    source: Annotated[Mapping[str, Any], "Where the shop's data comes from."]
    name: Annotated[str | None, "Name in reports; the id if absent."] = None
    timezone: Annotated[str | None, "Time zone, such as Europe/Prague."] = None
    country: Annotated[str | None, "Country of phones and postcodes, such as CZ."] = None
    currency: Annotated[str | None, "Currency of amounts, such as CZK."] = None
    schedule: Annotated[str | None, "When to run: the five fields of cron."] = None
    sinks: Annotated[Mapping[str, Mapping[str, Any]], "Where audiences go, by id."] = field(
        default_factory=dict
    )
    consent: Annotated[ConsentTable | None, "What counts as consent."] = None
    model: Annotated[ModelSettings, "How clients are scored."] = field(
        default_factory=ModelSettings
    )
    rates: Annotated[
        Mapping[str, str], 'Price of one unit of a currency in the shop\'s, such as "4.31".'
    ] = field(default_factory=dict)
    guard: Annotated[GuardSettings | None, "Limits that hold changes back."] = None
    quarantine: Annotated[QuarantineLimits, "How many bad rows are too many."] = field(
        default_factory=QuarantineLimits
    )


@dataclass(frozen=True, slots=True)
class ConfigTable:
    """Keys of `config.toml`."""

    version: Annotated[int, "Version of this file's form; 1."]
    defaults: Annotated[DefaultsTable, "What holds for every shop."] = field(
        default_factory=DefaultsTable
    )
    guard: Annotated[GuardSettings | None, "Limits that hold changes back, for every shop."] = (
        None
    )
    paths: Annotated[PathsTable, "Where files are."] = field(default_factory=PathsTable)
    shops: Annotated[Mapping[str, Mapping[str, Any]], "Shops by id."] = field(
        default_factory=dict
    )
