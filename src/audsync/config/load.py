"""Read config.toml and the files of shops: a Config, or every mistake in them at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Final

from audsync import plugins
from audsync.config.codes import Code
from audsync.config.connectors import Connectors
from audsync.config.engine_settings import read_engine
from audsync.config.paths import inside, located
from audsync.config.problems import Problems, Section
from audsync.config.schema import (
    Config,
    ConfigTable,
    DefaultsTable,
    PathsTable,
    PrivacyTable,
    Shop,
)
from audsync.config.secret_keys import check_secrets
from audsync.config.service import read_daemon, read_notify
from audsync.config.settings import (
    check_place,
    place_of,
    read_guard,
    read_privacy,
    read_secret_command,
)
from audsync.config.shop import Common, check_id, read_shop
from audsync.config.validation import part, validated
from audsync.config.version import check_version
from audsync.engine import EngineSettings
from audsync.errors import ConfigError, Problem, Severity
from audsync.plugins import Plugin
from audsync.service_settings import DaemonSettings, NotifySettings
from audsync.toml_file import read_toml, toml_files

_SHOPS: Final = "shops"
_PARTS: Final = (
    *("defaults", "guard", "engine", "paths", "privacy", "secrets"),
    *("daemon", "notify"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of the files of a configuration, and every problem in them.

    Where there are errors, `config` is to be checked and never run: it has the shops of which
    source and place are right, with defaults for what is wrong of the rest, or is None.
    `sinks` are the ids of all shops, each with those of its sinks, whatever is wrong with them;
    None where they cannot be read.
    """

    config: Config | None
    problems: tuple[Problem, ...]
    sinks: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong, beyond warnings."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def load_config(
    file: Path,
    *,
    sources: Mapping[str, Plugin] | None = None,
    sinks: Mapping[str, Plugin] | None = None,
    shown_from: Path | None = None,
) -> Config:
    """The configuration as `read_config` reads it.

    Raises ConfigError with every problem of all files, at most 20 of each.
    """
    reading = read_config(file, sources=sources, sinks=sinks, shown_from=shown_from)
    if reading.config is None or reading.has_errors:
        raise ConfigError(reading.problems)
    return reading.config


def load_shops(
    file: Path, *, shown_from: Path | None = None
) -> tuple[Config, dict[str, ConfigError]]:
    """The shops that are right, and by id what is wrong with those whose own file is not.

    The mistakes of one shop's file stop that shop alone; those of config.toml raise
    ConfigError.
    """
    shown_from = shown_from or Path.cwd()
    reading = read_config(file, shown_from=shown_from)
    folder = file.absolute().parent / _SHOPS
    own: dict[str, list[Problem]] = {}
    for problem in reading.problems:
        path = shown_from / problem.path
        shop = path.name.removesuffix(".toml") if path.parent == folder else ""
        own.setdefault(shop, []).append(problem)
    wrong = {
        shop: ConfigError(problems)
        for shop, problems in own.items()
        if any(one.severity is Severity.ERROR for one in problems)
    }
    if reading.config is None or "" in wrong:
        raise ConfigError(reading.problems)
    good = {key: shop for key, shop in reading.config.shops.items() if key not in wrong}
    warnings = tuple(
        one
        for one in reading.problems
        if not any(one in wrong[shop].problems for shop in wrong)
    )
    return replace(reading.config, shops=good, warnings=warnings), wrong


def read_config(
    file: Path,
    *,
    sources: Mapping[str, Plugin] | None = None,
    sinks: Mapping[str, Plugin] | None = None,
    shown_from: Path | None = None,
) -> Reading:
    """What `file` and the folder `shops` beside it say, as far as it can be understood.

    `sources` and `sinks` are the connectors that may be used, by default the installed ones.
    Messages show paths from `shown_from`, by default the current folder. Imports the connectors
    in use.
    """
    file = file.absolute()
    problems = Problems()
    shown_from = shown_from or Path.cwd()
    connectors = Connectors(
        plugins.sources() if sources is None else sources,
        plugins.sinks() if sinks is None else sinks,
    )
    root = _section(file, shown_from, problems)
    own_files = dict(_shop_files(file.parent, shown_from, problems))
    if root is None:
        return Reading(None, tuple(problems.listed()))
    try:
        config = _config(file, root, own_files, connectors)
    except ConfigError as error:
        return Reading(None, error.problems)
    inline = root.table(_SHOPS)
    written = {key: inline.table(key) for key in inline.data} if inline else {}
    ids = {key: _sink_ids(shop) for key, shop in sorted({**written, **own_files}.items())}
    return Reading(config, tuple(problems.listed()), ids)


def _sink_ids(shop: Section | None) -> tuple[str, ...] | None:
    sinks = shop and shop.data.get("sinks", {})
    return tuple(sinks) if isinstance(sinks, dict) else None


def _section(path: Path, shown_from: Path, problems: Problems) -> Section | None:
    """The whole file as a section; None if it cannot be read."""
    shown = path.relative_to(shown_from) if path.is_relative_to(shown_from) else path
    try:
        file = read_toml(path, str(shown))
    except ConfigError as error:
        problems.extend(error.problems)
        return None
    return Section(file, (), file.data, problems)


def _shop_files(
    folder: Path, shown_from: Path, problems: Problems
) -> Iterator[tuple[str, Section | None]]:
    """The files by the id of their shop, None for one that cannot be read."""
    try:
        files = toml_files(folder / _SHOPS)
    except ConfigError as error:
        problems.extend(error.problems)
        return
    for name, path in files:
        yield name, _section(path, shown_from, problems)


def _config(
    file: Path, root: Section, shop_files: Mapping[str, Section | None], connectors: Connectors
) -> Config | None:
    own_files = {key: section for key, section in shop_files.items() if section is not None}
    check_version(root)
    root = root.having([part.name for part in fields(ConfigTable)])
    check_secrets(root)
    for shop_id, section in own_files.items():
        check_secrets(section, shop=shop_id)
    validated(ConfigTable, root, besides=_PARTS)
    part(DefaultsTable, root, "defaults")
    defaults = root.table("defaults")
    if defaults is not None:
        check_place(defaults)
    guard = read_guard(root)
    privacy = read_privacy(root, PrivacyTable())
    secret_command = read_secret_command(root)
    paths = part(PathsTable, root, "paths")
    daemon, notify = read_daemon(root), read_notify(root)
    common = Common(
        place_of(defaults) if defaults else DefaultsTable(),
        guard or {},
        read_engine(root, EngineSettings()) or EngineSettings(),
        privacy or PrivacyTable(),
        connectors,
    )
    shops = _shops(root, own_files, common)
    if not shops and not root.problems.has_errors:
        root.complain(
            Code.NO_SHOP,
            "no shop is configured",
            hint="add [shops.<id>] here, or a file shops/<id>.toml",
            severity=Severity.WARNING,
        )
    config = _placed(file, root, paths, shops) if paths is not None else None
    return config and replace(
        config,
        secret_command=secret_command,
        daemon=daemon or DaemonSettings(),
        notify=notify or NotifySettings(),
    )


def _shops(root: Section, own_files: Mapping[str, Section], common: Common) -> dict[str, Shop]:
    inline = root.table(_SHOPS)
    sections: dict[str, Section] = {}
    for shop_id in inline.data if inline else ():
        table = inline.table(shop_id) if inline else None
        if inline and table and check_id(inline, shop_id, "shop", shop_id):
            sections[shop_id] = table
    for shop_id, section in own_files.items():
        if shop_id in sections:
            root.complain(
                Code.SHOP_TWICE,
                f"shop {shop_id} is here and in {section.file.shown}",
                _SHOPS,
                shop_id,
                hint="delete one of the two",
            )
        elif check_id(section, shop_id, "shop"):
            sections[shop_id] = section
    found = {key: read_shop(sections[key], key, common) for key in sorted(sections)}
    shops = {key: shop for key, shop in found.items() if shop is not None}
    _check_places(shops, sections)
    return shops


def _check_places(shops: Mapping[str, Shop], sections: Mapping[str, Section]) -> None:
    """Refuse two sinks at one place: each would take out what the other has put in."""
    taken: dict[tuple[str, str], str] = {}
    for shop in shops.values():
        for sink in shop.sinks.values():
            place = getattr(sink.options, "place", None)
            if place is None:
                continue
            name = f"{shop.id}.{sink.id}"
            other = taken.setdefault((sink.type, place), name)
            if other != name:
                sections[shop.id].complain(
                    Code.SAME_PLACE,
                    f'sinks {other} and {name} both write to "{place}"',
                    "sinks",
                    sink.id,
                    hint="give each a place of its own",
                )


def _placed(
    file: Path, root: Section, paths: PathsTable, shops: Mapping[str, Shop]
) -> Config | None:
    folder = file.parent
    table = root.table("paths") or Section(root.file, ("paths",), {}, root.problems)
    data_folders: list[Path] = []
    for number, text in enumerate(paths.data):
        found = located(text, folder)
        if found is not None:
            data_folders.append(found)
        else:
            table.complain(Code.WRONG_TYPE, "this is no path", "data", number, value=True)
    state = _inside(table, "state", paths.state, folder, data_folders)
    segments = _inside(table, "segments", paths.segments, folder, data_folders)
    snapshots = _inside(table, "snapshots", paths.snapshots, folder, data_folders)
    if state is None or segments is None or snapshots is None:
        return None
    if paths.segments != PathsTable().segments and not segments.exists():
        table.complain(
            Code.NO_SEGMENTS,
            f"there is no folder {paths.segments}, so no segment is known",
            "segments",
            value=True,
            hint="correct the path, or make the folder",
            severity=Severity.WARNING,
        )
    return Config(
        file=file,
        folder=folder,
        state_folder=state,
        segments_folder=segments,
        snapshots_folder=snapshots,
        data_folders=tuple(data_folders),
        shops=shops,
        warnings=tuple(root.problems.listed()),
    )


def _inside(
    table: Section, key: str, text: str, folder: Path, data_folders: Sequence[Path]
) -> Path | None:
    path = inside(text, folder, data_folders)
    if path is None:
        hint = "add the folder that holds it to data under [paths]"
        message = f"{key} leads out of the config folder"
        table.complain(Code.PATH_OUTSIDE, message, key, value=True, hint=hint)
    return path
