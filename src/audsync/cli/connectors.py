"""`audsync shops list`, `audsync connectors list | show`."""

import dataclasses
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audsync.cli.session import Session, command
from audsync.contracts import Level
from audsync.errors import ConfigError, ExitCode, NotFoundError

if TYPE_CHECKING:
    from audsync.config import Config, Shop
    from audsync.plugins import Plugin

_SHOP: Final = ("shop", "name", "source", "sources", "sinks", "timezone", "schedule")

shops = typer.Typer(help="The shops of the configuration.", no_args_is_help=True)
connectors = typer.Typer(help="Sources and sinks that are installed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add both groups to the command."""
    app.add_typer(shops, name="shops")
    app.add_typer(connectors, name="connectors")


@command(shops, "list")
def list_shops(session: Session) -> None:
    """List the shops, with sources, sinks and schedule; of one whose file is wrong, its id."""
    config, wrong = session.shops()
    for error in wrong.values():
        session.output.warn(str(error))
    rows: list[dict[str, object]] = [{**dict.fromkeys(_SHOP), "shop": name} for name in wrong]
    rows += [
        {
            "shop": shop.id,
            "name": shop.name,
            "source": shop.source.type,
            "sources": sorted(shop.sources),
            "sinks": sorted(shop.sinks),
            "timezone": shop.timezone,
            "schedule": shop.schedule,
        }
        for shop in config.shops.values()
    ]
    rows.sort(key=lambda row: str(row["shop"]))
    session.output.document("shops", {"shops": rows})
    session.output.table(_SHOP, [[_joined(row[header]) for header in _SHOP] for row in rows])


@command(connectors, "list")
def list_connectors(session: Session) -> None:
    """List installed sources and sinks; one that cannot be used is a warning."""
    from audsync import plugins

    installed = [("source", plugins.sources()), ("sink", plugins.sinks())]
    rows = [
        {
            "kind": kind,
            "name": plugin.name,
            "package": plugin.package,
            "version": plugin.version,
        }
        for kind, found in installed
        for plugin in found.values()
    ]
    for _, found in installed:
        for finding in plugins.check(found.values()):
            session.output.warn(f"{finding.message}; {finding.remedy}")
    session.output.document("connectors", {"connectors": rows})
    headers = ("kind", "name", "package", "version")
    session.output.table(headers, [[row[header] for header in headers] for row in rows])


@command(connectors, "show")
def show_connector(
    session: Session, name: Annotated[str, typer.Argument(help="Name of a source or sink.")]
) -> ExitCode:
    """Show the settings of one connector, and what is wrong with it if anything is."""
    from audsync.plugins import sinks, sources

    found = [
        (kind, plugins[name])
        for kind, plugins in (("source", sources()), ("sink", sinks()))
        if name in plugins
    ]
    if not found:
        known = ", ".join(sorted({*sources(), *sinks()}))
        raise NotFoundError(f'there is no connector "{name}"; installed are: {known}')
    return max(_show(session, kind, plugin) for kind, plugin in found)


def _show(session: Session, kind: str, plugin: "Plugin") -> ExitCode:
    """Print one connector and its findings; the code says whether it can be used."""
    from audsync.run.connector_facts import connector_facts

    facts = connector_facts(kind, plugin, *_configured(session, kind, plugin.name))
    is_broken = any(one.level is Level.ERROR for one in facts.findings)
    code = ExitCode.REFUSED if is_broken else ExitCode.DONE
    output = session.output
    output.document(
        "connector",
        {
            "kind": kind,
            "name": plugin.name,
            "package": plugin.package,
            "version": plugin.version,
            "options": facts.options,
            "findings": [dataclasses.asdict(one) for one in facts.findings],
        },
    )
    output.text(f"{kind} {plugin.name} ({plugin.package} {plugin.version})")
    headers = ("key", "type", "default", "meaning")
    rows = [[row[header] for header in headers] for row in facts.options]
    output.table(headers, rows)
    for one in facts.findings:
        output.text(f"{one.level}: {one.message}" + (f"; {one.remedy}" if one.remedy else ""))
    return code


def _configured(
    session: Session, kind: str, name: str
) -> "tuple[Config, Shop, object] | tuple[()]":
    """The configuration, a shop of it and its options for the connector, where one uses it."""
    try:
        config = session.config()
    except ConfigError:
        return ()
    for shop in config.shops.values():
        sources = (shop.source, *shop.sources.values())
        for one in sources if kind == "source" else shop.sinks.values():
            if one.type == name:
                return config, shop, one.options
    return ()


def _joined(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value
