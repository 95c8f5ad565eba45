"""`audsync shops list`, `audsync connectors list | show`."""

import dataclasses
from typing import Annotated, Any, get_args, get_type_hints

import typer

from audsync.cli.session import Session, command
from audsync.errors import NotFoundError

shops = typer.Typer(help="The shops of the configuration.", no_args_is_help=True)
connectors = typer.Typer(help="Sources and sinks that are installed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add both groups to the command."""
    app.add_typer(shops, name="shops")
    app.add_typer(connectors, name="connectors")


@command(shops, "list")
def list_shops(session: Session) -> None:
    """List the shops, with source, sinks and schedule."""
    rows = [
        {
            "shop": shop.id,
            "name": shop.name,
            "source": shop.source.type,
            "sinks": sorted(shop.sinks),
            "timezone": shop.timezone,
            "schedule": shop.schedule,
        }
        for shop in session.config().shops.values()
    ]
    if session.output.as_json:
        session.output.document("shops", {"shops": rows})
        return
    headers = ("shop", "name", "source", "sinks", "timezone", "schedule")
    session.output.table(
        headers, [[_joined(row[header]) for header in headers] for row in rows]
    )


@command(connectors, "list")
def list_connectors(session: Session) -> None:
    """List installed sources and sinks, without loading them."""
    from audsync.plugins import sinks, sources

    rows = [
        {
            "kind": kind,
            "name": plugin.name,
            "package": plugin.package,
            "version": plugin.version,
        }
        for kind, plugins in (("source", sources()), ("sink", sinks()))
        for plugin in plugins.values()
    ]
    if session.output.as_json:
        session.output.document("connectors", {"connectors": rows})
        return
    headers = ("kind", "name", "package", "version")
    session.output.table(headers, [[row[header] for header in headers] for row in rows])


@command(connectors, "show")
def show_connector(
    session: Session, name: Annotated[str, typer.Argument(help="Name of a source or sink.")]
) -> None:
    """Show the settings of one connector."""
    from audsync.plugins import sinks, sources

    found = [
        (kind, plugins[name])
        for kind, plugins in (("source", sources()), ("sink", sinks()))
        if name in plugins
    ]
    if not found:
        known = ", ".join(sorted({*sources(), *sinks()}))
        raise NotFoundError(f'there is no connector "{name}"; installed are: {known}')
    for kind, plugin in found:
        options = _options(plugin.load().Options)
        if session.output.as_json:
            session.output.document(
                "connector", {"kind": kind, "name": name, "options": options}
            )
            continue
        session.output.text(f"{kind} {name} ({plugin.package} {plugin.version})")
        headers = ("key", "default", "meaning")
        session.output.table(headers, [[row[header] for header in headers] for row in options])


def _options(options: type) -> list[dict[str, Any]]:
    hints = get_type_hints(options, include_extras=True)
    rows = []
    for item in dataclasses.fields(options):
        meaning = next((text for text in get_args(hints[item.name])[1:]), "")
        required = item.default is item.default_factory is dataclasses.MISSING
        shown = "" if item.default is dataclasses.MISSING else item.default
        rows.append(
            {"key": item.name, "required": required, "default": shown, "meaning": meaning}
        )
    return rows


def _joined(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value
