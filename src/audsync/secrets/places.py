"""The places of secrets that any process can read: variables, files, a command."""

import stat
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from audsync.errors import CredentialError
from audsync.secrets.secret import Found, Missed, Secret

PREFIX: Final = "AUDSYNC_SECRET__"
_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"  # systemd's LoadCredential=
_CONTAINER: Final = "AUDSYNC_SECRETS_DIR"
_RUN_SECRETS: Final = "/run/secrets"
MOST_BYTES: Final = 64_000
_COMMAND_SECONDS: Final = 30

Looked = Found | Missed


def variable(name: str, shop: str) -> str:
    """The environment variable of a secret, such as `AUDSYNC_SECRET__KOLO_PL__META_TOKEN`."""
    return f"{PREFIX}{shop.replace('-', '_').upper()}__{name.upper()}"


def in_variable(environ: Mapping[str, str], name: str, shop: str) -> Looked:
    """The variable itself."""
    place = f"environment variable {variable(name, shop)}"
    value = environ.get(variable(name, shop))
    return Found(Secret(value), place) if value else Missed(place)


def in_named_file(environ: Mapping[str, str], name: str, shop: str) -> Looked:
    """The file that a variable names; CredentialError where it cannot be read."""
    key = f"{variable(name, shop)}_FILE"
    place, path = f"file named in {key}", environ.get(key)
    return _in_file(Path(path), place, is_wanted=True) if path else Missed(place)


def in_credentials(environ: Mapping[str, str], name: str, shop: str) -> Looked:
    """What systemd hands over."""
    place, folder = f"systemd credential {shop}.{name}", environ.get(_CREDENTIALS)
    if not folder:
        return Missed(f"{place} (not started by systemd with credentials)")
    return _in_file(Path(folder) / f"{shop}.{name}", place)


def in_container(environ: Mapping[str, str], name: str, shop: str) -> Looked:
    """What a container is given, under /run/secrets unless a variable says otherwise."""
    folder = Path(environ.get(_CONTAINER) or _RUN_SECRETS)
    return _in_file(folder / f"{shop}.{name}", f"container secret {shop}.{name}")


def of_command(
    command: Sequence[str], environ: Mapping[str, str], name: str, shop: str
) -> Looked:
    """The first line that a command prints; it is run without a shell and without secrets."""
    place = f"command {command[0]}"
    filled = [part.replace("{shop}", shop).replace("{name}", name) for part in command]
    try:
        done = subprocess.run(  # noqa: S603 -- the operator's own command, no shell
            filled,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Missed(f"{place}: no answer in {_COMMAND_SECONDS} s")
    except (OSError, ValueError) as error:
        return Missed(f"{place}: it cannot be run ({type(error).__name__})")
    if done.returncode:
        return Missed(f"{place}: it ended with exit code {done.returncode}")
    line = done.stdout.decode(errors="replace").partition("\n")[0].removesuffix("\r")
    return Found(Secret(line), place) if line else Missed(f"{place}: it printed nothing")


def _in_file(path: Path, place: str, *, is_wanted: bool = False) -> Looked:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
            mode = stat.S_IMODE(path.stat().st_mode)
        text = data.decode()
    except FileNotFoundError:
        if not is_wanted:
            return Missed(place)
        raise CredentialError(f"{place}: {path} is not there; correct the path") from None
    except (OSError, ValueError) as error:  # a text that is not UTF-8 is a ValueError
        raise CredentialError(
            f"{place}: {path} cannot be read ({type(error).__name__}); see who owns it"
        ) from None
    if len(data) > MOST_BYTES:
        raise CredentialError(f"{place}: {path} is longer than 64 kB, so it is no secret")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        return Missed(f"{place} (the file is empty)")
    warning = f"{path} holds a secret and every user can read it: chmod 600 {path}"
    return Found(Secret(value), place, warning if mode & stat.S_IROTH else None)
