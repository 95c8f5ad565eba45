"""Spark's own processes on 127.0.0.1, at ports that the system chose: a cluster, a server.

Quick to start: the compiler that thinks less; for what that makes Java keeps 48 MB unless it
is told, which a run fills. One process of Java serves many tests, and gets room to spare.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

_JAVA: Final = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=128m"
_PATIENCE_SECONDS: Final = 180
# What a session may set for itself, and what one in this process is started with besides.
SESSION: Final = {"spark.sql.shuffle.partitions": "2"}
OPTIONS: Final = {
    **SESSION,
    "spark.driver.memory": "1536m",
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "896m",
    "spark.executor.extraJavaOptions": _JAVA,
}


def _home() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent


@contextmanager
def _process(
    folder: Path, name: str, *command: str, tells: str, memory: str = "256m"
) -> Iterator[str]:
    """A process of Spark; gives what the pattern `tells` finds in its log, once it does."""
    log = folder / f"{name}.log"
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_DAEMON_MEMORY": memory,
        "SPARK_DAEMON_JAVA_OPTS": f"{_JAVA} -Dspark.master.rest.enabled=false",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environ)
    try:
        yield _told(process, log, tells)
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_SECONDS)


def _told(process: subprocess.Popen[bytes], log: Path, pattern: str) -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        assert process.poll() is None, f"{log.name} says why it ended"
        time.sleep(0.2)
    raise AssertionError(f"{log.name}: it did not start in time")


@contextmanager
def cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """The address of a standalone cluster whose workers have one core each."""
    start = str(_home() / "bin" / "spark-class")
    package = "org.apache.spark.deploy"
    here = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    with ExitStack() as running:
        address = running.enter_context(
            _process(
                folder,
                "master",
                *(start, f"{package}.master.Master", *here),
                tells=r"Starting Spark master at (spark://127\.0\.0\.1:\d+)",
            )
        )
        for number in range(workers):
            limits = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / "work"))
            running.enter_context(
                _process(
                    folder,
                    f"worker-{number}",
                    *(start, f"{package}.worker.Worker", *here, *limits, address),
                    tells="(Successfully registered) with master",
                )
            )
        yield address


def kill_executors(folder: Path) -> int:
    """Kill what computes for the cluster of this folder; how many processes that were."""
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended by itself
            if (process / "cwd").readlink().is_relative_to(folder / "work"):
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
    return killed


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """The address of a server for Spark Connect that computes in its own process."""
    settings = {
        **OPTIONS,
        "spark.buffer.pageSize": "1m",
        "spark.ui.enabled": "false",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
    }
    listed = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    with _process(
        folder,
        "connect",
        str(_home() / "bin" / "spark-submit"),
        *("--master", "local[2]", *listed),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        "spark-internal",
        tells=r"Spark Connect server started at: \S*?127\.0\.0\.1:(\d+)",
        memory="1g",
    ) as port:
        yield f"sc://127.0.0.1:{port}"
