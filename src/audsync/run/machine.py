"""What `audsync doctor` finds on the machine: secrets, keyring, disk, clock, packages."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from audsync.config import Config, Shop, resolve_path
from audsync.contracts import Finding, Level, Sink
from audsync.engine import EngineType
from audsync.errors import (
    AudsyncError,
    ConfigError,
    ConsentError,
    CredentialError,
    MissingSecretError,
)
from audsync.files import disk_trouble
from audsync.identity.suppression import Suppression
from audsync.run.connectors import state_folder
from audsync.run.keys import IDENTITY_KEY, SUPPRESSION_KEY, refuse_short
from audsync.run.proof import open_to_others
from audsync.run.secrets import NOTIFY_URLS, secret_names, to_keep
from audsync.run.suppression import refuse_other_key
from audsync.secrets import Found, Vault, keyring_name
from audsync.state import State, kept_still
from audsync.state.snapshot import snapshot

_LEAST_FREE: Final = 512 * 2**20
_SKEW: Final = timedelta(minutes=5)
SET_THE_CLOCK: Final = "set the clock, and let it be kept right (chrony, systemd-timesyncd)"


def examine_machine(
    config: Config,
    shop: Shop,
    sinks: Sequence[Sink],
    *,
    now: datetime,
    credentials: Path | None = None,
) -> Iterator[Finding]:
    """Findings on what a run of the shop needs of the machine; secrets are never shown.

    `now` is the aware moment of the machine's clock, `credentials` the folder of the files that
    systemd hands over, where these are to be looked at. Changes nothing.
    """
    folder = state_folder(config, shop)
    yield from _secrets(config, shop, folder, credentials)
    yield _keyring(config)
    if _is_there(folder):
        yield from open_to_others(folder)
        yield from _activity(folder)
        yield from _clock(folder, now)
    yield _disk(folder)
    yield from _packages(shop, sinks)
    if shop.engine.type is EngineType.SPARK:
        yield from _spark(config, shop)


def _is_there(folder: Path) -> bool:
    """Whether there is a folder that this user may look into."""
    return os.access(folder, os.R_OK | os.X_OK)


def _spark(config: Config, shop: Shop) -> Iterator[Finding]:
    """Whether Spark finds what it needs here: its Java, and the folder of its tables."""
    from audsync.spark.session import check_java
    from audsync.spark.shelves import check_location

    settings = shop.engine
    try:
        check_java(settings.master or "")
        if settings.location is not None:
            check_location(resolve_path(config, settings.location, setting="engine.location"))
    except ConfigError as error:
        yield Finding(Level.ERROR, str(error))
    else:
        yield Finding(Level.OK, f"Spark has what it needs here; {settings.master} is not asked")


def _secrets(
    config: Config, shop: Shop, folder: Path, credentials: Path | None
) -> Iterator[Finding]:
    vault = Vault(os.environ, config.secret_command)
    for name in secret_names(shop, config.notify):
        try:
            found = vault.get(name, shop=shop.id)
            refuse_short(found, shop, name)
            if name == SUPPRESSION_KEY:
                _refuse_other_key(found, shop, folder)
        except MissingSecretError:
            yield _missing(name, to_keep(name, shop, credentials), folder)
        except (CredentialError, ConsentError) as error:
            yield Finding(Level.ERROR, str(error))
        else:
            yield Finding(Level.OK, f"secret {name} is found: {found.place}")
            if found.warning is not None:
                yield Finding(Level.WARNING, found.warning)


def _missing(name: str, remedy: str, folder: Path) -> Finding:
    if name == IDENTITY_KEY:
        message = (
            f"secret {name} is not set, and no run is made without while identities are hidden"
        )
        return Finding(Level.ERROR, message, f"{remedy}; or bring it back")
    if name == NOTIFY_URLS:
        return Finding(
            Level.WARNING, f"secret {name} is not set, so that nobody is told", remedy
        )
    if name != SUPPRESSION_KEY:
        message = f"secret {name} is not set; it may be one that is not needed"
        return Finding(Level.WARNING, message, remedy)
    if _has_marks(folder):
        message = f"secret {name} is not set, and people were forgotten: no run is made without"
        return Finding(Level.ERROR, message, "bring it back from its copy")
    message = f"secret {name} is not set; it is needed as soon as somebody is to be forgotten"
    return Finding(Level.OK, message, remedy)


def _refuse_other_key(found: Found, shop: Shop, folder: Path) -> None:
    key = found.secret.reveal().encode()
    try:
        with _remembered(folder) as state:
            if state is not None:
                refuse_other_key(shop, state, Suppression(key, set()))
    except ConsentError:
        raise
    except AudsyncError:
        return  # told with the clock


def _has_marks(folder: Path) -> bool:
    try:
        with _remembered(folder) as state:
            return state is not None and bool(state.suppressions.requests())
    except AudsyncError:
        return False  # told with the clock


@contextmanager
def _remembered(folder: Path) -> Iterator[State | None]:
    """A copy of what the shop remembers, which opening may mend; None before the first run."""
    if not _is_there(folder) or not (folder / "state.sqlite").exists():
        yield None
        return
    with (
        kept_still(folder) as is_still,
        snapshot(folder, is_active=not is_still) as copy,
        State(copy) as state,
    ):
        yield state


def _keyring(config: Config) -> Finding:
    if config.secret_command is not None:
        command = config.secret_command[0]
        return Finding(Level.OK, f"the command {command} stands in the place of a keyring")
    name = keyring_name()
    if name is None:
        message = "no keyring that keeps secrets safely; they come from variables and files"
        return Finding(Level.OK, message)
    return Finding(Level.OK, f"keyring: {name}")


def _activity(folder: Path) -> Iterator[Finding]:
    with kept_still(folder) as is_still:
        if not is_still:
            held = (folder / "lock").read_text(encoding="utf-8").split()
            since = f" since {held[1]}, process {held[0]}" if len(held) > 1 else ""
            yield Finding(Level.OK, f"a run is active{since}")


def _clock(folder: Path, now: datetime) -> Iterator[Finding]:
    """Whether the clock stands before a run that has been."""
    try:
        with _remembered(folder) as state:
            runs = [] if state is None else state.runs.latest(1)
    except AudsyncError as error:
        yield Finding(Level.ERROR, str(error), "audsync state verify tells more")
        return
    if runs and runs[0].started_at - now > _SKEW:
        yield Finding(
            Level.WARNING,
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and run {runs[0].id} began later than "
            "that",
            SET_THE_CLOCK,
        )


def _disk(folder: Path) -> Finding:
    """Leave to write, and room: the warehouse is written anew when somebody is forgotten."""
    # One that may not be looked for is in one that may not be written.
    place = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not os.access(place, os.W_OK | os.X_OK):
        message = f"{place} cannot be written, and each run writes there"
        remedy = "run as the owner of the folder, or see why its disk is read-only"
        return Finding(Level.ERROR, message, remedy)
    with disk_trouble(place):
        free = shutil.disk_usage(place).free
    file = folder / "warehouse.duckdb"
    needed = max(_LEAST_FREE, 2 * file.stat().st_size if file.exists() else 0)
    message = f"{free / 2**30:.1f} GB are free for {folder}"
    if free < needed:
        remedy = f"a run may need {needed / 2**30:.1f} GB; make room"
        return Finding(Level.WARNING, message, remedy)
    return Finding(Level.OK, message)


def _packages(shop: Shop, sinks: Sequence[Sink]) -> Iterator[Finding]:
    """The versions of the engine and of the platforms' own clients."""
    is_spark = shop.engine.type is EngineType.SPARK
    engine = ["duckdb", "pyarrow", *(["pyspark"] if is_spark else [])]
    clients = {name for sink in sinks for name in getattr(type(sink), "clients", ())}
    for name in (*engine, *sorted(clients)):
        try:
            yield Finding(Level.OK, f"{name} {version(name)}")
        except PackageNotFoundError:
            extra = "spark" if name == "pyspark" else "all"
            remedy = f"pip install 'audsync[{extra}]'"
            yield Finding(Level.ERROR, f"the package {name} is not installed", remedy)
