"""Which config file is used, and where the paths in it lead."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from audsync.config.schema import Config, Shop
from audsync.contracts import Context
from audsync.errors import ConfigError

FILE_NAME: Final = "config.toml"
VARIABLE: Final = "AUDSYNC_CONFIG"


def find_config(explicit: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Path:
    """The config file to use, as an absolute path.

    The first of: `explicit`, the environment variable AUDSYNC_CONFIG, config.toml in `cwd`,
    audsync/config.toml in the user's config folder. The first two are not passed over when they
    name no file. Raises ConfigError that says where was looked.
    """
    if explicit is not None:
        return _existing(cwd / explicit, "--config")
    named = environ.get(VARIABLE)
    if named:
        return _existing(cwd / named, VARIABLE)
    places = [cwd / FILE_NAME, *_user_files(environ)]
    found = next((place for place in places if place.is_file()), None)
    if found is not None:
        return found
    looked = "".join(f"\n  - {place}" for place in places)
    raise ConfigError(
        f"no config file: neither --config nor {VARIABLE} is given. Looked for:{looked}\n"
        "Make one:  audsync init"
    )


def _existing(file: Path, named_by: str) -> Path:
    if file.is_file():
        return file
    raise ConfigError(
        f"{file}: no such file, named by {named_by}; correct it, or make one: audsync init"
    )


def _user_files(environ: Mapping[str, str]) -> Iterator[Path]:
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    home = Path(environ.get("HOME", ""))
    if folder.is_absolute():  # the XDG rules say to pass over a relative one
        yield folder / "audsync" / FILE_NAME
    elif home.is_absolute():
        yield home / ".config" / "audsync" / FILE_NAME


def inside(text: str, folder: Path, data_folders: Sequence[Path]) -> Path | None:
    """The path with its links resolved; None if it leads out of the folders.

    A relative path starts at `folder`. The path itself need not exist.
    """
    path = located(text, folder)
    allowed = (folder.resolve(), *(data.resolve() for data in data_folders))
    return path if path and any(path.is_relative_to(one) for one in allowed) else None


def located(text: str, folder: Path) -> Path | None:
    """The absolute path with its links resolved; None if the text can be no path."""
    try:
        return (folder / Path(text).expanduser()).resolve()
    except (ValueError, OSError, RuntimeError):  # a null character, a circle of links, no home
        return None


def resolve_path(config: Config, text: str, *, setting: str = "a path") -> Path:
    """The absolute path that a setting names, its links resolved.

    Raises ConfigError if it leads out of the config folder and the data folders; the message
    calls it by `setting`.
    """
    path = inside(text, config.folder, config.data_folders)
    if path is None:
        raise ConfigError(
            f'{setting}: "{text}" leads out of {config.folder}; '
            f"add its folder to data under [paths] in {config.file}"
        )
    return path


def context(config: Config, shop: Shop) -> Context:
    """What a connector of the shop is told."""

    def resolve(text: str) -> Path:
        return resolve_path(config, text, setting=f"a path of shop {shop.id}")

    return Context(
        shop=shop.id,
        timezone=shop.timezone,
        country=shop.country,
        currency=shop.currency,
        folder=config.folder,
        resolve=resolve,
    )
