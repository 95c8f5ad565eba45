"""What every command shares: its flags, the configuration, how an error becomes a code."""

import inspect
import os
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Final, ParamSpec

import typer

import audsync
from audsync.cli.output import Output, colour_wanted
from audsync.cli.process import Stopped
from audsync.errors import AudsyncError, ConfigError, ExitCode, NotFoundError
from audsync.logs import LogFormat, frames, set_up

if TYPE_CHECKING:
    from audsync.config import Config, Shop
    from audsync.segments import Segments

P = ParamSpec("P")

_LOGS: Final = "LOGS_DIRECTORY"  # systemd's LogsDirectory=

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only results and warnings.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more.")]
ProgressOption = Annotated[bool, typer.Option("--no-progress", help="Draw no progress.")]
ColourOption = Annotated[bool, typer.Option("--no-color", help="Use no colour.")]
LogOption = Annotated[
    LogFormat,
    typer.Option(
        "--log-format",
        envvar="AUDSYNC_LOG_FORMAT",
        help="What goes to stderr: text, json, or auto: text on a terminal, else json.",
    ),
]

_COMMON: dict[str, Any] = {
    "config": (ConfigOption, None),
    "json": (JsonOption, False),
    "quiet": (QuietOption, False),
    "verbose": (VerboseOption, False),
    "no_progress": (ProgressOption, False),
    "no_color": (ColourOption, False),
    "log_format": (LogOption, LogFormat.AUTO),
}


def fitting(pattern: str, fault: str) -> Callable[[str | None], str | None]:
    """A callback of an option that refuses a value, unless all of it fits the pattern."""

    def checked(text: str | None) -> str | None:
        if text is not None and not re.fullmatch(pattern, text, re.ASCII):
            raise typer.BadParameter(fault)
        return text

    return checked


def complete_shop(incomplete: str) -> list[str]:
    """Shop ids for completion, from file names alone."""
    return _stems("shops", incomplete)


def complete_segment(incomplete: str) -> list[str]:
    """Segment ids for completion, from file names alone."""
    return _stems("segments", incomplete)


def _stems(folder: str, incomplete: str) -> list[str]:
    return sorted(
        path.stem for path in Path(folder).glob("*.toml") if path.stem.startswith(incomplete)
    )


ShopOption = Annotated[
    str | None,
    typer.Option(
        "--shop",
        help="Shop; may be left out where there is one.",
        autocompletion=complete_shop,
        show_default=False,
    ),
]
SegmentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--segment",
        help="Only this segment; may be repeated.",
        autocompletion=complete_segment,
        show_default=False,
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="Day to evaluate, as 2026-11-22.", show_default=False),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]


@dataclass
class Session:
    """One command's flags, and the files they lead to, read once."""

    output: Output
    config_file: Path | None = None
    _config: "Config | None" = field(default=None, init=False)

    def config(self) -> "Config":
        """The configuration; its warnings are told once."""
        if self._config is None:
            from audsync.config import find_config, load_config

            file = find_config(self.config_file, environ=os.environ, cwd=Path.cwd())
            self._config = load_config(file)
            for warning in self._config.warnings:
                self.output.warn(str(warning))
        return self._config

    def shops(self) -> "tuple[Config, dict[str, ConfigError]]":
        """The configuration of the shops that are right, and what is wrong with the others."""
        from audsync.config import find_config, load_shops

        file = find_config(self.config_file, environ=os.environ, cwd=Path.cwd())
        self._config, wrong = load_shops(file)
        for warning in self._config.warnings:
            self.output.warn(str(warning))
        return self._config, wrong

    def shop(self, name: str | None) -> "Shop":
        """The shop of that id, or the only one; NotFoundError names those that are there.

        With a name, mistakes in the files of other shops do not count.
        """
        if name is not None and self._config is None:
            config, wrong = self.shops()
            if name in wrong:
                raise wrong[name]
            named_shop({*config.shops, *wrong}, name)
        shops = self.config().shops
        if name is None and len(shops) == 1:
            return next(iter(shops.values()))
        if name is None:
            raise typer.BadParameter(f"say which shop: --shop {'|'.join(sorted(shops))}")
        return shops[named_shop(shops, name)]

    def all_segments(self) -> "Segments":
        """All segment files, and the mistakes in them."""
        from audsync import plugins
        from audsync.segments import load_segments

        config = self.config()
        return load_segments(
            config.segments_folder, shown_from=config.folder, connectors=plugins.sinks()
        )

    def segments(self) -> "Segments":
        """All segment files; ConfigError with every mistake in any of them."""
        loaded = self.all_segments()
        errors = [problem for problem in loaded.problems if problem.severity == "error"]
        if errors:
            raise ConfigError(loaded.problems)
        return loaded


def named_shop(known: Collection[str], name: str) -> str:
    """The id of a shop that is there; else NotFoundError names those that are."""
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise NotFoundError(f'there is no shop "{name}"; the config has: {listed}')
    return name


def check_free(path: Path, *, force: bool) -> None:
    """Raise ConfigError where a file is there already that nobody said to overwrite."""
    if path.exists() and not force:
        raise ConfigError(f"{path} is there already; choose another name, or --force")


def write_result(
    path: Path, data: bytes, *, makes_folder: bool = False, mode: int = 0o600
) -> None:
    """Write a file that was asked for, whole or not at all.

    StateError where the disk refuses, ConfigError where nothing can be written at that place.
    """
    from audsync.files import OF_THE_DISK, disk_trouble, write_whole

    try:
        with disk_trouble(path, only=OF_THE_DISK):
            if makes_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data, mode=mode)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder that is"
            " there and is yours"
        ) from None


def command(
    app: typer.Typer, name: str, **settings: Any
) -> Callable[[Callable[Concatenate[Session, P], ExitCode | int | None]], Callable[..., None]]:
    """Register a function as a command: it takes a Session and returns an exit code or None.

    The flags of every command are added to its own, and an error of ours is told and becomes
    its exit code here.
    """

    def register(
        function: Callable[Concatenate[Session, P], ExitCode | int | None],
    ) -> Callable[..., None]:
        own = list(inspect.signature(function).parameters.values())[1:]

        def run(**arguments: Any) -> None:
            session = _session(arguments)
            raise typer.Exit(_guarded(function, session, arguments))

        common = [
            inspect.Parameter(
                key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for key, (annotation, default) in _COMMON.items()
        ]
        own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = inspect.Signature(own + common)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {item.name: item.annotation for item in own + common}
        run.__doc__ = function.__doc__
        run.__name__ = function.__name__
        app.command(name, **settings)(run)
        return run

    return register


def _session(arguments: dict[str, Any]) -> Session:
    common = {key: arguments.pop(key) for key in _COMMON}
    logs_json = common["log_format"].is_json(sys.stderr)
    set_up(as_json=logs_json, colour=colour_wanted(sys.stderr, no_color=common["no_color"]))
    output = Output(
        as_json=common["json"],
        logs_json=logs_json,
        quiet=common["quiet"],
        verbose=common["verbose"],
        no_progress=common["no_progress"],
        no_color=common["no_color"],
    )
    return Session(output, common["config"])


def _guarded(
    function: Callable[..., ExitCode | int | None], session: Session, arguments: dict[str, Any]
) -> int:
    output = session.output
    try:
        return function(session, **arguments) or ExitCode.DONE
    except AudsyncError as error:
        output.end_progress()
        output.failure(error)
        return error.exit_code
    except Stopped as stopped:
        output.end_progress()
        output.warn("stopped; what was done is kept, and the next run goes on from there")
        return stopped.exit_code
    except (typer.Exit, typer.BadParameter, typer.Abort):
        raise
    except Exception as error:  # noqa: BLE001 -- the last resort: one line, never a value
        output.end_progress()
        where = frames(error)
        output.failure(_unexpected(error, where), where=where)
        return ExitCode.UNEXPECTED


def _unexpected(error: Exception, where: list[str]) -> AudsyncError:
    """The error without its text, which may hold a value; a file tells where it arose."""
    file = Path(os.environ.get(_LOGS) or "", "audsync-error.log")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [f"audsync {audsync.__version__}, {now}", *where]
    try:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        told = f"where it arose is written to {file}"
    except OSError:
        told = f"it arose at {where[-1].strip()}"
    return AudsyncError(f"unexpected {type(error).__name__}, a bug in audsync; {told}")
