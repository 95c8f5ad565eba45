"""A Spark session from the settings: in this process, on a cluster, or over Spark Connect."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from audsync.engine import EngineSettings
from audsync.errors import ConfigError
from audsync.spark.faults import no_worker, plainly, silence, unanswered

_CONNECT: Final = "sc://"
_CLUSTER: Final = "spark://"
_PORTS: Final = {_CONNECT: 15002, _CLUSTER: 7077}
_ANSWER_SECONDS: Final = 10
_WORKER_SECONDS: Final = 120
_LOOK_SECONDS: Final = 0.1
_QUIET: Final = {
    "spark.log.level": "OFF",  # Spark quotes cells in its log
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# Spark measures compressed columns; rows in memory are ten times as large. A table that is sent
# to all workers for a join lies in the memory of each and of the driver: for a million order
# lines Spark's own limit of 10 MB let tables of 160 MB through, several at a time.
_JOINS: Final = {"spark.sql.autoBroadcastJoinThreshold": "2m"}
# A step that joins twenty tables holds a page of memory for each; of Spark's own size, up to
# 64 MB, they are more than a small driver or worker has, however few rows there are.
_PAGES: Final = {"spark.buffer.pageSize": "1m"}
# Everything stays in this machine, and no step is cut into more parts than there are cores.
_LOCAL: Final = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def spark_session(settings: EngineSettings, *, name: str, spill: Path) -> Iterator[Any]:
    """A session under that name; it ends with the block, and what it spilled goes with it.

    `spill` is a folder of its own for what does not fit into the memory of this machine. Raises
    ConfigError where pyspark, Java or a setting is missing, TransientError where nobody
    answers.
    """
    master = settings.master or ""
    _check_installed()
    if master.startswith(tuple(_PORTS)):
        _check_answers(master)
    check_java(master)
    shutil.rmtree(spill, ignore_errors=True)  # what a killed run left behind
    spill.mkdir(mode=0o700, parents=True)
    silence()
    try:
        with plainly():
            session = (
                _connected(settings, master)
                if master.startswith(_CONNECT)
                else _started(settings, master, name, spill)
            )
        try:
            yield session
        finally:
            # A session that was lost cannot be ended; what lost it is being raised.
            with suppress(Exception):
                session.stop()
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _started(settings: EngineSettings, master: str, name: str, spill: Path) -> Any:
    """A session whose driver is a Java process of this one."""
    from pyspark.sql import SparkSession

    wanted = {**_QUIET, **_JOINS, **_PAGES, "spark.local.dir": str(spill)}
    if not master.startswith(_CLUSTER):
        wanted |= {**_LOCAL, "spark.sql.shuffle.partitions": str(os.cpu_count() or 1)}
    builder = SparkSession.builder.appName(f"audsync {name}").master(master)
    for key, value in (wanted | dict(settings.options)).items():
        builder = builder.config(key, value)
    with _java_is_silent():
        session = builder.getOrCreate()
    if master.startswith(_CLUSTER):
        _await_worker(session)
    return session


def _await_worker(session: Any) -> None:
    """Wait until a worker has taken the work; Spark itself would wait for ever."""
    context = session.sparkContext._jsc.sc()  # noqa: SLF001 -- pyspark has no other way
    deadline = time.monotonic() + _WORKER_SECONDS
    while context.getExecutorMemoryStatus().size() == 1:  # the driver alone
        if time.monotonic() > deadline:
            session.stop()
            raise no_worker(_WORKER_SECONDS)
        time.sleep(_LOOK_SECONDS)


def _connected(settings: EngineSettings, master: str) -> Any:
    """A session on a server, which has the driver."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(master).create()
    try:
        for key, value in (_JOINS | dict(settings.options)).items():
            session.conf.set(key, value)  # the builder would pass over what the server refuses
    except BaseException:
        session.stop()
        raise
    return session


def _check_installed() -> None:
    try:
        import pyspark.sql  # noqa: F401 -- a part of it may be missing
    except ImportError:
        raise ConfigError(
            'engine.type = "spark" needs pyspark, which is not installed: '
            "pip install 'audsync[spark]'"
        ) from None


def check_java(master: str) -> None:
    """Raise ConfigError where Spark needs Java in this process and there is none."""
    home = os.environ.get("JAVA_HOME")
    if master.startswith(_CONNECT):
        return
    if shutil.which("java", path=None if home is None else str(Path(home) / "bin")):
        return
    raise ConfigError(
        "engine.master: Spark in this process needs Java 17 or newer, and there is none: "
        "install it (on Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME; "
        "with a server for Spark Connect (sc://…) this machine needs no Java"
    )


def _check_answers(master: str) -> None:
    """Ask at the door, since Spark itself would try again for minutes."""
    places = list(_places(master))
    for place in places:
        with suppress(OSError):
            socket.create_connection(place, timeout=_ANSWER_SECONDS).close()
            return
    raise unanswered(" or ".join(f"{host}:{port}" for host, port in places))


def _places(master: str) -> Iterator[tuple[str, int]]:
    """Host and port of a server, or of each of several masters; nothing else of the address."""
    scheme = next(scheme for scheme in _PORTS if master.startswith(scheme))
    for part in master.removeprefix(scheme).split(","):
        place = urlsplit(f"//{part}")
        yield place.hostname or "", place.port or _PORTS[scheme]


@contextmanager
def _java_is_silent() -> Iterator[None]:
    """Java processes that start within the block write to no terminal, also later on.

    Nor to what a command prints: Java's own warnings come on standard output.
    """
    with suppress(AttributeError, ValueError):  # there is none, or it is closed
        sys.stdout.flush()
    nowhere, kept = os.open(os.devnull, os.O_WRONLY), {}
    for stream in (1, 2):
        with suppress(OSError):  # closed by whoever started this process
            kept[stream] = os.dup(stream)
        os.dup2(nowhere, stream)
    try:
        yield
    finally:
        for stream in (1, 2):
            if stream in kept:
                os.dup2(kept[stream], stream)
                os.close(kept[stream])
            else:
                os.close(stream)
        os.close(nowhere)
