"""What goes wrong in Spark, said in plain words and without a value from a row."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from audsync.errors import AudsyncError, ConfigError, TransientError

NAME: Final = "spark"
# Parts of Java's messages that speak of the cluster. The messages themselves are never shown:
# Spark quotes cells in them.
_LOST: Final = (
    "stopped SparkContext",
    "SparkContext was shut down",
    "SparkContext is stopped",
    "masters are unresponsive",
    "removed our application",
    "ExecutorLostFailure",
    "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND",  # a worker is gone, and the steps that it kept
    "FetchFailed",
    "Could not execute broadcast",
    "UNAVAILABLE",
)
_FULL: Final = ("OutOfMemory", "OUT_OF_MEMORY", "Not enough memory to build and broadcast")
# What Java calls an error: Spark's condition, or a class. Neither holds a value.
_CONDITION: Final = re.compile(r"\borg\.apache\.spark[.\w]*: \[([A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\]")
_CLASS: Final = re.compile(r"\b(?:java|scala|org\.apache)[.\w]*\.(\w+(?:Exception|Error))\b")
# What pyspark writes to the terminal by itself: statements, and messages that quote cells.
_LOGGERS: Final = (
    "SQLQueryContextLogger",
    "DataFrameQueryContextLogger",
    "pyspark.sql.connect.logging",
)
_LOST_CONDITIONS: Final = ("INVALID_HANDLE", "RETRIES_EXCEEDED")
_UNSEEN: Final = ("PATH_NOT_FOUND", "FAILED_READ_FILE", "UNABLE_TO_INFER_SCHEMA")
_FIXED: Final = ("CANNOT_MODIFY", "INVALID_CONF_VALUE", "CANNOT_CONFIGURE_SPARK_CONNECT")


@contextmanager
def plainly() -> Iterator[None]:
    """Within the block an error of Spark becomes one of ours, and its warnings are not shown.

    Raises TransientError where the cluster is lost, ConfigError where a setting is the cause,
    AudsyncError otherwise.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of newer libraries at each conversion
            yield
    except (PySparkException, Py4JError, OSError) as error:
        condition = error.getCondition() if isinstance(error, PySparkException) else None
        raise _said(error, condition or "") from None


def silence() -> None:
    """Keep pyspark from writing to the terminal."""
    from pyspark.logger import PySparkLogger

    for name in _LOGGERS:
        PySparkLogger.getLogger(name).disabled = True


def unanswered(places: str) -> TransientError:
    """That nothing listens where Spark should."""
    return TransientError(
        f"Spark does not answer at {places}: see that it runs and can be reached from here, "
        "then run again; nothing was sent",
        connector=NAME,
    )


def no_worker(seconds: int) -> TransientError:
    """That a cluster is there and has nobody to work."""
    return TransientError(
        f"no worker of the cluster took the work within {seconds} seconds: see that they run, "
        "and have the cores and the memory that engine.options asks for; then run again",
        connector=NAME,
    )


def _said(error: Exception, condition: str) -> AudsyncError:
    if condition.startswith(_UNSEEN):
        return ConfigError(
            "engine.location: the cluster does not see the tables written there; the folder "
            "must be one and the same, under the same path, on this machine and on all of the "
            "cluster, and its user must be of the folder's group"
        )
    if condition.startswith(_FIXED):
        return ConfigError(
            f"engine.options: Spark refuses one of them ({condition}); over Spark Connect only "
            "settings of a session can be made here, the others where the server is started"
        )
    if condition == "JAVA_GATEWAY_EXITED":
        return ConfigError(
            "engine.options: Spark's Java process ended at once; it needs Java 17 or newer, "
            "and no more memory than there is"
        )
    text = str(error)
    if any(part in text for part in _FULL):
        return ConfigError(
            "engine.options: Spark's memory does not suffice; give more to "
            "spark.driver.memory and spark.executor.memory (over Spark Connect where the "
            "server is started), then run again; nothing was sent"
        )
    if _is_lost(error, condition, text):
        return TransientError(
            "Spark was lost on the way: see that its workers run and its own log, then run "
            "again; nothing was sent",
            connector=NAME,
        )
    named = condition or _named(text) or type(error).__name__
    return AudsyncError(f"Spark failed: {named}; its own log says more")


def _is_lost(error: Exception, condition: str, text: str) -> bool:
    from py4j.protocol import Py4JNetworkError

    if isinstance(error, OSError | Py4JNetworkError) or condition.startswith(_LOST_CONDITIONS):
        return True
    return any(part in text for part in _LOST)


def _named(text: str) -> str | None:
    """What Java calls an error of which pyspark knows no kind: its condition, or its class."""
    condition, names = _CONDITION.search(text), _CLASS.findall(text)
    if condition:
        return condition[1]
    return names[-1] if names else None
