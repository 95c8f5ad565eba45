"""What is to be known of an installed connector: its options, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audsync.config import Config, Shop, context
from audsync.connector_checks import (
    check_class,
    check_name,
    check_options,
    check_secrets,
    check_sink,
    check_source,
    option_rows,
)
from audsync.contracts import Finding, Level, Sink, Source
from audsync.errors import AudsyncError, authors_mistakes
from audsync.plugins import Plugin


@dataclass(frozen=True, slots=True)
class ConnectorFacts:
    """A connector's options, a row each, and the findings; no finding is a good sign."""

    options: Sequence[dict[str, Any]]
    findings: Sequence[Finding]


def connector_facts(
    kind: str,
    plugin: Plugin,
    config: Config | None = None,
    shop: Shop | None = None,
    options: object | None = None,
) -> ConnectorFacts:
    """The facts of a plug-in; made with the options of a shop it also says what it can do.

    Nothing is sent and nobody is asked but the connector itself.
    """
    findings = list(check_name(plugin.name))
    try:
        connector = plugin.load()
    except AudsyncError as error:
        remedy = f"reinstall {plugin.package}, or tell its authors"
        return ConnectorFacts((), [*findings, Finding(Level.ERROR, str(error), remedy)])
    faults = list(check_options(connector.Options))
    findings += [*faults, *check_class(connector, Source if kind == "source" else Sink)]
    if config is not None and shop is not None:
        findings += _of_instance(kind, connector, options, config, shop)
    else:
        message = "no shop here uses it, so that what it provides was not looked at"
        findings.append(Finding(Level.OK, message, "run this beside a config that does"))
    try:
        rows = option_rows(connector.Options)
    except (NameError, TypeError):
        rows = []  # told by a finding
    return ConnectorFacts(rows, findings)


def _of_instance(
    kind: str, connector: Any, options: object, config: Config, shop: Shop
) -> Iterator[Finding]:
    try:
        with authors_mistakes("making it and asking it what it is"):
            made = connector(options, context(config, shop))
            found = [
                *check_secrets(options),
                *(check_source(made) if kind == "source" else check_sink(made)),
            ]
        yield from found
    except AudsyncError as error:
        yield Finding(Level.ERROR, str(error))
