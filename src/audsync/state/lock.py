"""One run of a shop at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from audsync.errors import LockedError

LOCK: Final = "lock"


@contextmanager
def lock(folder: Path, *, now: datetime) -> Iterator[None]:
    """Hold the shop whose state is in `folder`; the kernel lets go when the process ends.

    The file `lock` says who holds it: process id and time. Raises LockedError when another run
    does. Works on local disks only.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(_busy(folder.name, os.read(handle, 200))) from None
        # The file stays when the run ends: deleting it would let two runs hold two files.
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {now.isoformat()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _busy(shop: str, text: bytes) -> str:
    pid, _, since = text.decode("ascii", "replace").strip().partition(" ")
    holder = f" (process {pid}, since {since})" if since else ""
    return f"{shop}: another run is active{holder}; wait until it ends, then run again"
