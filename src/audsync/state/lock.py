"""One run of a shop at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from audsync.errors import LockedError
from audsync.files import disk_trouble

LOCK: Final = "lock"


@contextmanager
def lock(folder: Path, *, now: datetime) -> Iterator[None]:
    """Hold the shop whose state is in `folder`; the kernel lets go when the process ends.

    The file `lock` says who holds it: process id and time. Raises LockedError when another run
    does, StateError when the folder cannot be used. Works on local disks only.
    """
    with disk_trouble(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(_busy(folder.name, handle)) from None
        # The file stays when the run ends: deleting it would let two runs hold two files.
        with disk_trouble(folder):
            os.truncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {now.isoformat()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def kept_still(folder: Path) -> Iterator[bool]:
    """Within the block no run of the shop can begin; false where one is active already.

    Changes nothing; where no run ever was there is nobody to keep away.
    """
    try:
        handle = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            is_still = True
        except BlockingIOError:
            is_still = False
        yield is_still
    finally:
        os.close(handle)


def _busy(shop: str, handle: int) -> str:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(handle, 200)
    else:
        return f"{shop}: `audsync state verify` is looking at its state; run again when it ends"
    pid, _, since = text.decode("ascii", "replace").strip().partition(" ")
    holder = f" (process {pid}, since {since})" if since else ""
    return f"{shop}: another run is active{holder}; wait until it ends, then run again"
