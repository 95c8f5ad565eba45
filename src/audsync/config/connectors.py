"""The source and the sinks of a shop: their types, and their options as the connectors' own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.schema import SinkConfig, SourceConfig
from audsync.config.validation import validated
from audsync.config.wording import listing, nearest
from audsync.contracts import Purpose
from audsync.errors import AudsyncError, Problem
from audsync.plugins import Plugin
from audsync.toml_file import KeyPath

_TYPE: Final = "type"
_PURPOSE: Final = "purpose"


@dataclass(frozen=True, slots=True)
class Connectors:
    """The sources and sinks that may be used, by name."""

    sources: Mapping[str, Plugin]
    sinks: Mapping[str, Plugin]


def read_source(
    section: Section, known: Mapping[str, Plugin], *, default: str | None = None
) -> SourceConfig | None:
    """The source of that table; None if something is wrong with it.

    One whose id is the `default` and the name of a connector need not say its type.
    """
    plugin = _plugin(section, known, "source", default=default if default in known else None)
    if plugin is not None:
        shop = section.path[:-1] if default is None else section.path[:-2]
        _tell_feeds(section, plugin, known, shop)
    options = plugin and _options(section, plugin, (_TYPE,))
    if plugin is None or options is None:
        return None
    return SourceConfig(plugin.name, options)


def read_sink(section: Section, known: Mapping[str, Plugin]) -> SinkConfig | None:
    """The sink of `[shops.<id>.sinks.<sink>]`; None if something is wrong with it."""
    sink = str(section.path[-1])
    plugin = _plugin(section, known, "sink", default=sink if sink in known else None)
    purpose = _purpose(section)
    options = plugin and _options(section, plugin, (_TYPE, _PURPOSE))
    if plugin is None or options is None or purpose is None:
        return None
    return SinkConfig(sink, plugin.name, purpose, options, partial(_problem, section))


def _tell_feeds(
    section: Section, plugin: Plugin, known: Mapping[str, Plugin], shop: KeyPath
) -> None:
    """Tell of tables that this connector does not know and another one does."""
    own = _option_names(plugin)
    foreign = [key for key, value in section.data.items() if isinstance(value, dict)]
    for key in foreign if own else ():
        for name, other in known.items():
            if key not in own and key in _option_names(other):
                header = ".".join(map(str, (*shop, "sources", name, key)))
                section.complain(
                    Code.UNKNOWN_KEY,
                    f'a source of type "{plugin.name}" has no "{key}"',
                    key,
                    hint=f"a further source of the shop can fill it: [{header}]",
                )
                break


def _option_names(plugin: Plugin) -> set[str]:
    try:
        return {one.name for one in fields(plugin.load().Options)}
    except AudsyncError:
        return set()


def _problem(section: Section, code: str, message: str, hint: str) -> Problem:
    return section.file.problem(code, message, section.path, hint=hint)


def _plugin(
    section: Section, known: Mapping[str, Plugin], kind: str, *, default: str | None
) -> Plugin | None:
    name = section.data.get(_TYPE, default)
    installed = f"installed {kind}s: {', '.join(sorted(known)) or 'none'}"
    if name is None:
        section.complain(Code.MISSING_KEY, f'missing key "{_TYPE}"', _TYPE, hint=installed)
        return None
    if not isinstance(name, str):
        message = f"{_TYPE} must be text in quotes"
        section.complain(Code.WRONG_TYPE, message, _TYPE, value=True, hint=installed)
        return None
    if name not in known:
        near = nearest(name, list(known))
        section.complain(
            Code.UNKNOWN_CONNECTOR,
            f'there is no {kind} of type "{name}"',
            _TYPE,
            value=True,
            hint=f"{near} {installed}" if near else installed,
        )
        return None
    return known[name]


def _options(section: Section, plugin: Plugin, besides: Sequence[str]) -> Any:
    try:
        options = plugin.load().Options
    except AudsyncError as error:
        _broken(section, str(error), plugin)
        return None
    from pydantic.errors import PydanticUserError

    try:
        return validated(options, section, besides=besides)
    except (PydanticUserError, NameError) as error:
        reason = f"its options cannot be read ({type(error).__name__})"
        _broken(
            section, f'connector "{plugin.name}" of package {plugin.package}: {reason}', plugin
        )
        return None


def _broken(section: Section, message: str, plugin: Plugin) -> None:
    hint = f"reinstall {plugin.package}, or tell its authors"
    section.complain(Code.BROKEN_CONNECTOR, message, _TYPE, value=True, hint=hint)


def _purpose(section: Section) -> Purpose | None:
    word = section.data.get(_PURPOSE, Purpose.ADVERTISING)
    if isinstance(word, str) and word in set(Purpose):
        return Purpose(word)
    words = [purpose.value for purpose in Purpose]
    section.complain(
        Code.NOT_ONE_OF,
        f"{_PURPOSE} is {listing(words)}",
        _PURPOSE,
        value=True,
        hint=nearest(word, words) if isinstance(word, str) else None,
    )
    return None
