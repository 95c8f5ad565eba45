"""`audsync init`, `check`, `schema write`: from an empty folder to files that are right."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from audsync.cli.output import problem_data
from audsync.cli.session import Session, command, named_shop, write_result
from audsync.errors import ConfigError, ExitCode, Problem, Severity
from audsync.redaction import redact

schema = typer.Typer(help="JSON Schemas, for editors.", no_args_is_help=True)

ShopsOption = Annotated[
    str | None, typer.Option("--shop", help="Only this shop.", show_default=False)
]

_CONFIG = """\
#:schema ./schemas/config.schema.json
version = 1

# Look: how times, phone numbers and amounts are read that say nothing else.
[defaults]
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"
{paths}
{consent}
[shops.shop.sinks.files]
folder = "out"

"""
_CONSENT = """\
[shops.shop.consent]
field = "ad_consent"       # consent to advertising, not the newsletter
granted = ["yes"]          # every other value, and a missing one, means no
"""
_DECISIONS = """\
[shops.shop.consent]
field = "consents"         # the decisions about advertising in the feed consents below
granted = ["granted"]      # whoever denied, or decided nothing, means no
"""
_SEGMENTS = {
    "champions": """\
#:schema ../schemas/segment.schema.json
# Bought lately, often, and for much.
name = "Champions"
sinks = ["files"]

[all]
rfm_segment = "champions"
""",
    "slipping-away": """\
#:schema ../schemas/segment.schema.json
# Came back at least once, and not for three months.
name = "Slipping away"
sinks = ["files"]

[all]
order_count.at_least = 2
days_since_last_order.between = [90, 365]
""",
}
_SEGMENTS_WITHOUT_ORDERS = {
    "everyone": """\
#:schema ../schemas/segment.schema.json
# Whoever can be reached and has consented.
name = "Everyone"
sinks = ["files"]

[all]
customer_id.missing = false
"""
}
_IGNORED = "state/\nout/\nsnapshots/\nquarantine/\nreports/\n*.log\n"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "init")(init)
    command(app, "check")(check)
    app.add_typer(schema, name="schema")


def init(
    session: Session,
    folder: Annotated[Path, typer.Argument(help="Folder to set up.")] = Path(),
    *,
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Feed to guess the mapping from; may be repeated."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
) -> None:
    """Write a configuration, two segments and the editors' schemas."""
    feeds = source or []
    mapping = _mapping(folder, feeds)
    consent = _consent(_source(mapping))
    config = _CONFIG.format(paths=_paths(folder, feeds), consent=consent) + mapping
    files = {"config.toml": config, ".gitignore": _IGNORED}
    files |= {f"segments/{name}.toml": text for name, text in _examples(mapping).items()}
    files |= _schemas()
    found = sorted(name for name in files if (folder / name).exists())
    if found and not force:
        raise ConfigError(f"{', '.join(found)} already in {folder}; --force overwrites")
    for name, text in files.items():
        write_result(folder / name, text.encode(), makes_folder=True)
    written = [str(folder / name) for name in files]
    session.output.document("init", {"files": written})
    session.output.text("\n".join(written))
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder}, "
    session.output.note(f"Next: {there}read config.toml, then: audsync check")


def _examples(mapping: str) -> dict[str, str]:
    """Segments that the feeds of a new shop can answer."""
    has_orders = bool({"order_rows", "orders"} & set(_source(mapping)))
    return _SEGMENTS if has_orders else _SEGMENTS_WITHOUT_ORDERS


def _consent(source: Mapping[str, Any]) -> str:
    """The rule of consent that the feeds of a new shop can answer."""
    answers = source.get("customers", {}).get("columns", {})
    return _DECISIONS if "consents" in source and "ad_consent" not in answers else _CONSENT


def _source(mapping: str) -> Mapping[str, Any]:
    import tomli

    source: Mapping[str, Any] = tomli.loads(mapping)["shops"]["shop"]["source"]
    return source


def _mapping(folder: Path, feeds: list[Path]) -> str:
    from audsync.plugins import sources

    return str(sources()["csv"].load().guess(feeds, folder=folder))


def _paths(folder: Path, feeds: list[Path]) -> str:
    """The `[paths]` that let a config read feeds beside its folder; nothing without such."""
    base = folder.resolve()
    outside = {feed.resolve().parent for feed in feeds}
    data = sorted(str(one) for one in outside if not one.is_relative_to(base))
    if not data:
        return ""
    # A string of JSON is one of TOML.
    return f"\n[paths]\ndata = {json.dumps(data, ensure_ascii=False)}\n"


def _schemas() -> dict[str, str]:
    from audsync.config import audience_schemas, config_schema
    from audsync.segments import segment_schema

    segment = segment_schema(tables=audience_schemas())
    schemas = {"config": config_schema(), "segment": segment}
    return {
        f"schemas/{name}.schema.json": json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        for name, body in schemas.items()
    }


@command(schema, "write")
def write_schemas(session: Session) -> None:
    """Write schemas/*.schema.json beside the configuration."""
    folder = session.config().folder
    written: list[str] = []
    for name, text in _schemas().items():
        write_result(folder / name, text.encode(), makes_folder=True)
        written.append(str(folder / name))
    session.output.document("files", {"files": written})
    session.output.text("\n".join(written))


def check(
    session: Session,
    *,
    shop: ShopsOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> ExitCode:
    """Check every configuration and segment file; all mistakes at once, nothing is sent."""
    from audsync import plugins
    from audsync.config import find_config, read_config
    from audsync.run.checks import check_files
    from audsync.segments import load_segments

    file = find_config(session.config_file, environ=os.environ, cwd=Path.cwd())
    reading = read_config(file)
    if shop is not None and reading.config is not None:
        named_shop(reading.sinks, shop)
    folder = reading.config.segments_folder if reading.config else file.parent / "segments"
    loaded = load_segments(folder, shown_from=file.parent, connectors=plugins.sinks())
    shops = [name for name in reading.sinks if shop in (None, name)]
    problems = check_files(reading, loaded, shops)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    _print(session, problems)
    if errors or (strict and problems):
        return ExitCode.CONFIG
    session.output.note("Next: audsync plan")
    return ExitCode.DONE


def _print(session: Session, problems: list[Problem]) -> None:
    from audsync.report import counted

    output = session.output
    rows = [problem_data(problem) for problem in problems]
    output.document("check", {"problems": rows})
    for problem in problems:
        output.text(redact(str(problem)))
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors
    output.text(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}")
