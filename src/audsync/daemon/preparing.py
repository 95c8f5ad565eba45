"""What a machine lacks before systemd can begin a shop on it, as commands to type."""

import grp
import pwd
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from audsync.config import Config, Shop
from audsync.daemon.units import Host, credential_files, written_folders
from audsync.run.secrets import to_keep


def to_do(config: Config, shops: Sequence[Shop], host: Host) -> list[str]:
    """Commands that make the user, the folders and the files of secrets that are not there."""
    return list(_to_do(config, shops, host))


def cannot_reach(config: Config, host: Host) -> list[str]:
    """A sentence for each file that the user of the units is kept away from by a folder."""
    python = host.program.with_name("python")
    needed = (host.program, python.resolve(), config.file)
    try:
        user = pwd.getpwnam(host.user)
    except KeyError:
        return []
    found = {path: _closed(path, user) for path in needed if path.exists()}
    return [
        f"{path} is out of reach of user {host.user}, who may not enter {folder}; the service "
        "would not start: install audsync, or put the file, where every user can go"
        for path, folder in found.items()
        if folder is not None
    ]


def _to_do(config: Config, shops: Sequence[Shop], host: Host) -> Iterator[str]:
    try:
        owner = pwd.getpwnam(host.user).pw_uid
    except KeyError:
        owner = None
        home = shlex.quote(str(config.folder))
        yield f"sudo useradd --system --home-dir {home} {shlex.quote(host.user)}"
    user = shlex.quote(host.user)
    for folder in written_folders(config, shops):
        place = shlex.quote(str(folder))
        if not folder.exists():
            yield f"sudo install -d -o {user} -m 0700 {place}"
        elif owner is not None and folder.stat().st_uid != owner:
            yield f"sudo chown -R {user} {place}"
    if not host.credentials.exists():
        yield f"sudo install -d -m 0700 {shlex.quote(str(host.credentials))}"
    for shop, name, file in credential_files(config, shops, host):
        if not _may_be_there(file):
            # What a shop holds may have been made with a key that only has to be brought here.
            is_new = not _may_be_there(config.state_folder / shop)
            yield to_keep(name, config.shops[shop], host.credentials, is_new=is_new)


def _may_be_there(path: Path) -> bool:
    """Whether something is there, as far as whoever asks may know."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except PermissionError:
        pass
    return True


def _closed(path: Path, user: pwd.struct_passwd) -> Path | None:
    """The first folder above a path that the user may not enter; None where there is none."""
    groups = {user.pw_gid} | {
        one.gr_gid for one in grp.getgrall() if user.pw_name in one.gr_mem
    }
    for folder in reversed(path.parents):
        status = folder.stat()
        others = 0o010 if status.st_gid in groups else 0o001
        needed = 0o100 if status.st_uid == user.pw_uid else others
        if user.pw_uid and not status.st_mode & needed:
            return folder
    return None
