"""The configuration as the program uses it, and the shape of the files it is read from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from audsync.consent import ConsentRule
from audsync.contracts import Purpose
from audsync.eligibility import EligibilitySettings
from audsync.engine import EngineSettings
from audsync.errors import Problem
from audsync.guard_settings import GuardSettings
from audsync.identity.hiding import Identities
from audsync.lists import ListSettings
from audsync.model.settings import ModelSettings
from audsync.quarantine import QuarantineLimits
from audsync.service_settings import DaemonSettings, NotifySettings

VERSION = 1


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where data of a shop comes from; `options` is the connector's own dataclass."""

    type: str
    options: object


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """Where a shop's audiences go; `options` is the connector's own dataclass.

    `problem` makes a problem at the place of the sink in its file, of a code, a message and a
    hint.
    """

    id: str
    type: str
    purpose: Purpose
    options: object
    problem: Callable[[str, str, str], Problem] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ListConfig:
    """A list of people. `problem` makes one at a key, of a code, a message and a hint."""

    settings: ListSettings
    problem: Callable[[str, str, str, str], Problem] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. A purpose without a rule in `consent` may send nobody.

    `sources` fill tables that `source` does not, by id.
    `identities` says what is kept of addresses, phones and names, `snapshot_days` how long
    snapshots keep people, `history_days` how long is kept who was in which audience; `rates`
    are prices of one unit of another currency in the shop's currency.
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
    identities: Identities
    engine: EngineSettings = field(default_factory=EngineSettings)
    lists: Mapping[str, ListConfig] = field(default_factory=dict)
    eligibility: EligibilitySettings = field(default_factory=EligibilitySettings)
    snapshot_days: int = 90
    history_days: int = 730
    sources: Mapping[str, SourceConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """All shops of one config file, by id in order. Every path is absolute.

    `secret_command` is what tells secrets that are in no other place, if there is one.
    """

    file: Path
    folder: Path
    state_folder: Path
    segments_folder: Path
    snapshots_folder: Path
    data_folders: tuple[Path, ...]
    shops: Mapping[str, Shop]
    warnings: tuple[Problem, ...]
    secret_command: tuple[str, ...] | None = None
    daemon: DaemonSettings = field(default_factory=DaemonSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)


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
    snapshots: Annotated[str, "Folder of the snapshots that were asked for."] = "snapshots"
    data: Annotated[
        tuple[str, ...], "Folders outside the config folder that paths may lead into."
    ] = ()


@dataclass(frozen=True, slots=True)
class PrivacyTable:
    """Keys of `[privacy]` and `[shops.<id>.privacy]`."""

    identities: Annotated[
        Identities,
        "stored: e-mails, phones and names are kept in the shop's own file; hashed: they are "
        "never written, and pseudonyms and digests stand for them.",
    ] = Identities.STORED
    history_days: Annotated[
        int, "Days for which is kept who was in which audience: audsync where."
    ] = 730
    snapshot_days: Annotated[
        int, "How long the people in a snapshot of a segment are kept, in days."
    ] = 90


@dataclass(frozen=True, slots=True)
class SecretsTable:
    """Keys of `[secrets]`: where secrets are that no variable and no file holds."""

    command: Annotated[
        tuple[str, ...] | None,
        "Command that prints a secret, in place of the desktop's keyring; {shop} and {name} "
        "in its arguments are filled in.",
    ] = None


@dataclass(frozen=True, slots=True)
class ConsentTable:
    """Keys of `[shops.<id>.consent]`: the rule for advertising, and those for messages."""

    field: Annotated[
        str | None,
        "Column of customers that holds the answer: ad_consent or param.<name>; or consents, "
        "where single decisions are all there is.",
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
    sources: Annotated[
        Mapping[str, Mapping[str, Any]],
        "Where tables come from that the source does not fill, such as visits, by id.",
    ] = field(default_factory=dict)
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
    engine: Annotated[EngineSettings, "What works out the model of this shop."] = field(
        default_factory=EngineSettings
    )
    privacy: Annotated[PrivacyTable | None, "What is kept of people."] = None
    lists: Annotated[
        Mapping[str, ListSettings], "Lists of people, by the name that in_list asks for."
    ] = field(default_factory=dict)
    eligibility: Annotated[
        EligibilitySettings, "Who is in no audience although they consented."
    ] = field(default_factory=EligibilitySettings)


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
    engine: Annotated[EngineSettings, "What works out the model, for every shop."] = field(
        default_factory=EngineSettings
    )
    privacy: Annotated[PrivacyTable | None, "What is kept of people, for every shop."] = None
    secrets: Annotated[SecretsTable, "Where secrets are."] = field(default_factory=SecretsTable)
    paths: Annotated[PathsTable, "Where files are."] = field(default_factory=PathsTable)
    daemon: Annotated[DaemonSettings, "How scheduled runs are begun."] = field(
        default_factory=DaemonSettings
    )
    notify: Annotated[NotifySettings, "Who is told of runs."] = field(
        default_factory=NotifySettings
    )
    shops: Annotated[Mapping[str, Mapping[str, Any]], "Shops by id."] = field(
        default_factory=dict
    )
