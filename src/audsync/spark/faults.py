"""What goes wrong in Spark, said in plain words and without a value from a row."""

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
    "Could not execute broadcast",
    "UNAVAILABLE",
)
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
    if _is_lost(error, condition):
        return TransientError(
            "Spark was lost on the way: see its own log, then run again; nothing was sent",
            connector=NAME,
        )
    return AudsyncError(
        f"Spark failed: {condition or type(error).__name__}; its own log says more"
    )


def _is_lost(error: Exception, condition: str) -> bool:
    from py4j.protocol import Py4JNetworkError

    if isinstance(error, OSError | Py4JNetworkError) or condition.startswith(_LOST_CONDITIONS):
        return True
    text = str(error)
    return any(part in text for part in _LOST)
