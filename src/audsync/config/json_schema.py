"""JSON Schema (draft-07) of the config files, for editors that complete and check."""

import re
from collections.abc import Mapping
from typing import Any, Final

from audsync import plugins
from audsync.config.schema import ConfigTable, ShopTable
from audsync.config.shapes import Schema, table_schema
from audsync.contracts import Purpose
from audsync.errors import AudsyncError
from audsync.plugins import Plugin

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_ID: Final = "^[a-z0-9]+(-[a-z0-9]+)*$"


def config_schema(
    *,
    sources: Mapping[str, Plugin] | None = None,
    sinks: Mapping[str, Plugin] | None = None,
) -> dict[str, Any]:
    """The schema of config.toml with the options of the given, or installed, connectors."""
    schema = table_schema(ConfigTable)
    shops = _of_ids(_shop(sources, sinks))
    return {
        "$schema": _DIALECT,
        "title": "audsync: config.toml",
        **schema,
        "properties": {
            **schema["properties"],
            "version": {**schema["properties"]["version"], "enum": [1]},
            "shops": {**shops, "description": "Shops by id."},
        },
    }


def shop_schema(
    *,
    sources: Mapping[str, Plugin] | None = None,
    sinks: Mapping[str, Plugin] | None = None,
) -> dict[str, Any]:
    """The schema of a file shops/<id>.toml."""
    return {"$schema": _DIALECT, "title": "audsync: a shop", **_shop(sources, sinks)}


def audience_schemas(sinks: Mapping[str, Plugin] | None = None) -> dict[str, Schema]:
    """The schemas of the tables of a segment that sinks of a type alone understand, by type."""
    found: dict[str, Schema] = {}
    for plugin in (plugins.sinks() if sinks is None else sinks).values():
        try:
            options = getattr(plugin.load(), "AudienceOptions", None)
        except AudsyncError:
            continue  # broken: nothing is known of it
        if options is not None:
            found[plugin.name] = table_schema(options)
    return found


def _shop(sources: Mapping[str, Plugin] | None, sinks: Mapping[str, Plugin] | None) -> Schema:
    schema = table_schema(ShopTable)
    own = schema["properties"]
    of_sources = plugins.sources() if sources is None else sources
    source = _source(of_sources)
    further = _by_id({name: _further(plugin) for name, plugin in of_sources.items()})
    of_sinks = plugins.sinks() if sinks is None else sinks
    sink = _by_id({name: _sink(plugin) for name, plugin in of_sinks.items()})
    return {
        **schema,
        "properties": {
            **own,
            "source": {**source, "description": own["source"]["description"]},
            "sources": {**further, "description": own["sources"]["description"]},
            "sinks": {**sink, "description": own["sinks"]["description"]},
            "lists": {**own["lists"], **_of_ids(own["lists"]["additionalProperties"])},
        },
    }


def _of_ids(inner: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": _ID, "maxLength": 40},
        "additionalProperties": inner,
    }


def _source(known: Mapping[str, Plugin]) -> Schema:
    return _any_of([_connector(plugin, "The source's connector.") for plugin in known.values()])


def _by_id(typed: Mapping[str, Schema]) -> Schema:
    """Connectors by id; one that is named as its type need not say it."""
    named = {
        name: _any_of(
            [_without_type(typed[name]), *(typed[other] for other in typed if other != name)]
        )
        for name in typed
        if re.fullmatch(_ID, name)
    }
    return {**_of_ids(_any_of(list(typed.values()))), "properties": named}


def _further(plugin: Plugin) -> Schema:
    return _connector(plugin, "The source's connector; its id if absent.")


def _sink(plugin: Plugin) -> Schema:
    schema = _connector(plugin, "The sink's connector; its id if absent.")
    purpose = {
        "description": "What the members must have consented to.",
        "enum": [one.value for one in Purpose],
        "default": Purpose.ADVERTISING.value,
    }
    return {**schema, "properties": {"purpose": purpose, **schema["properties"]}}


def _connector(plugin: Plugin, meaning: str) -> Schema:
    try:
        schema = table_schema(plugin.load().Options)
    except (AudsyncError, NameError):
        schema = {"type": "object", "properties": {}}  # broken: nothing is known of its options
    kind = {"description": meaning, "enum": [plugin.name]}
    return {
        **schema,
        "properties": {"type": kind, **schema["properties"]},
        "required": ["type", *schema.get("required", ())],
    }


def _without_type(schema: Schema) -> Schema:
    return {**schema, "required": [key for key in schema["required"] if key != "type"]}


def _any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas or [{"type": "object"}]}
