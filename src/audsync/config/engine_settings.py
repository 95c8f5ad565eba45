"""Which engine works out a shop's model: `[engine]`, and `[shops.<id>.engine]` above it."""

import re
from dataclasses import fields, replace
from typing import Any, Final

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.validation import part
from audsync.engine import EngineSettings, EngineType

_MEMORY: Final = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT])(i?)B", re.IGNORECASE)
# With two threads the engine works out nothing in 60 MB, and the smallest shop in 100 MB.
_LEAST_MEMORY: Final = 100_000_000  # bytes
_MOST_THREADS: Final = 1024
_HOSTS: Final = r"[^\s/,:;]+(?::\d+)?(?:,[^\s/,:;]+(?::\d+)?)*"
_MASTER: Final = re.compile(
    rf"local(?:\[(?:\*|[1-9]\d*)\])?|spark://{_HOSTS}|sc://[^\s/,:;]+(?::\d+)?(?:/(?:;\S*)?)?"
)
_CATALOG: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_OPTION_START: Final = "spark."


def read_engine(section: Section, common: EngineSettings) -> EngineSettings | None:
    """The engine of a section: its own keys above the common ones; None if one is wrong."""
    own = part(EngineSettings, section, "engine")
    table = section.table("engine")
    if own is None or table is None:
        return None if own is None else common
    given: dict[str, Any] = {
        one.name: getattr(own, one.name)
        for one in fields(EngineSettings)
        if one.name in table.data
    }
    given["options"] = {**common.options, **own.options}
    if {"location", "catalog"} & table.data.keys():
        given = {"location": None, "catalog": None} | given  # one in place of the other
    settings = replace(common, **given)
    _check_values(table, own)
    if settings.type is EngineType.SPARK:
        _check_complete(table, settings)
    return settings


def _check_values(table: Section, own: EngineSettings) -> None:
    if own.memory_limit is not None:
        _check_memory(table, own.memory_limit)
    if own.threads is not None and not 1 <= own.threads <= _MOST_THREADS:
        message = f"threads must be from 1 to {_MOST_THREADS}"
        table.complain(Code.OUT_OF_RANGE, message, "threads", value=True)
    if own.catalog is not None and not _CATALOG.fullmatch(own.catalog):
        message = "catalog must be names joined by dots"
        hint = 'catalog and schema, such as "lake.audsync"'
        table.complain(Code.NOT_ONE_OF, message, "catalog", value=True, hint=hint)
    if own.master is not None:
        _check_master(table, own.master)
    for key in own.options:
        if not key.startswith(_OPTION_START):
            table.complain(
                Code.UNKNOWN_KEY,
                f'"{key}" is no setting of Spark',
                "options",
                key,
                hint='they begin with "spark."; write the whole name in quotes',
            )


def _check_memory(table: Section, limit: str) -> None:
    size = _MEMORY.fullmatch(limit)
    if size is None:
        message = "memory_limit must be a size of memory"
    else:
        number, unit, is_binary = size.groups()
        step = 1024 if is_binary else 1000
        if float(number) * step ** ("KMGT".index(unit.upper()) + 1) >= _LEAST_MEMORY:
            return
        message = "memory_limit must be 100MB or more"
    table.complain(Code.OUT_OF_RANGE, message, "memory_limit", value=True, hint='such as "4GB"')


def _check_master(table: Section, master: str) -> None:
    if "token=" in master:
        table.complain(
            Code.SECRET_IN_FILE,
            "secrets do not belong in files; "
            "put the token into the environment variable SPARK_CONNECT_AUTHENTICATE_TOKEN",
            "master",
            value=True,
        )
    elif not _MASTER.fullmatch(master):
        table.complain(
            Code.NOT_ONE_OF,
            "master must be an address of Spark",
            "master",
            value=True,
            hint='"local[*]", "spark://host:7077", or "sc://host:15002" for Spark Connect',
        )


def _check_complete(table: Section, settings: EngineSettings) -> None:
    if settings.master is None:
        hint = '"local[*]", "spark://host:7077", or "sc://host:15002" for Spark Connect'
        table.complain(Code.MISSING_KEY, 'missing key "master"', "master", hint=hint)
    if settings.location is None and settings.catalog is None:
        hint = "a folder that this machine and the whole cluster see; or catalog"
        table.complain(Code.MISSING_KEY, 'missing key "location"', "location", hint=hint)
    elif settings.location is not None and settings.catalog is not None:
        message = "location and catalog are two places for the same tables"
        table.complain(Code.REFUSED_OPTION, message, "catalog", hint="delete one of the two")
