"""The distributed SQL engine: Spark, in this process, on a cluster, or over Spark Connect."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from audsync.engine import MAILBOX
from audsync.spark.arrow import as_embedded, sent
from audsync.spark.faults import plainly
from audsync.sql_text import literal

if TYPE_CHECKING:
    import pyarrow as pa

# What makes Spark read the common text as DuckDB does. They are set in the session and win over
# the server's defaults and the user's options.
_MEANING: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.consecutiveStringLiterals.enabled": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",  # ${…} in a text is text
}


class SparkEngine:
    """`audsync.engine.Engine` on one Spark session; temporary tables end with it.

    A temporary table is worked out once, by all of the cluster, and kept there on local disks,
    so that no step is worked out again by the steps that read it. A failed
    statement raises AudsyncError, and TransientError where the cluster was lost; no message
    holds a value from a row.
    """

    def __init__(self, session: Any, *, timezone: str) -> None:
        self.session = session
        # A session over Spark Connect forgets rows that nobody here refers to.
        self._kept: dict[str, Any] = {}
        with plainly():
            for name, value in _MEANING.items():
                session.conf.set(name, value)
        for statement in _functions(timezone):
            self.execute(statement)

    def execute(self, sql: str) -> None:
        """Run one statement."""
        with plainly():
            self.session.sql(sql)

    def fetch(self, sql: str) -> "pa.Table":
        """The rows of one SELECT, in the column types of the embedded engine."""
        with plainly():
            rows = self.session.sql(sql).toArrow()
        return as_embedded(rows)

    def store(self, name: str, sql: str) -> None:
        """Keep a SELECT's rows as the temporary table `name`, replacing one of that name."""
        from pyspark import StorageLevel

        with plainly():
            # In memory they would press on what the steps work with: most of a run's time then
            # goes into collecting garbage.
            kept = self.session.sql(sql).localCheckpoint(
                eager=True, storageLevel=StorageLevel.DISK_ONLY
            )
        self.show(name, kept)

    def register(self, name: str, rows: "pa.Table") -> None:
        """Keep Arrow rows as the temporary table `name`, replacing one of that name.

        A time with a zone becomes a UTC time without one, as in the normalised tables.
        """
        with plainly():
            self.show(name, sent(self.session, rows))

    def show(self, name: str, frame: Any) -> None:
        """Let statements read a frame of the session as the table `name`."""
        with plainly():
            frame.createOrReplaceTempView(name)
        self._kept[name] = frame

    def drop(self, name: str) -> None:
        """Forget the temporary table `name`; nothing happens where there is none."""
        with plainly():
            self.session.catalog.dropTempView(name)
        self._kept.pop(name, None)


def _functions(timezone: str) -> Iterator[str]:
    here = f"convert_timezone('UTC', {literal(timezone)}, t)"
    bodies = {
        "days_to(a DATE, b DATE) RETURNS BIGINT": "CAST(datediff(b, a) AS BIGINT)",
        # As on DuckDB, nothing comes of a division by zero.
        "int_div(a BIGINT, b BIGINT) RETURNS BIGINT": "a DIV nullif(b, 0)",
        "local_date(t TIMESTAMP_NTZ) RETURNS DATE": f"CAST({here} AS DATE)",
        "local_hour(t TIMESTAMP_NTZ) RETURNS BIGINT": f"CAST(hour({here}) AS BIGINT)",
        "plain_texts(l ARRAY<STRING>) RETURNS ARRAY<STRING>": "l",
        "texts_at(l ARRAY<STRING>, p ARRAY<INT>) RETURNS ARRAY<STRING>": (
            "transform(p, i -> element_at(l, i))"
        ),
        "numbers_at(l ARRAY<ARRAY<INT>>, p ARRAY<INT>) RETURNS ARRAY<INT>": (
            "array_sort(array_distinct(flatten(transform(p, i -> element_at(l, i)))))"
        ),
        "list_of(t STRING) RETURNS ARRAY<STRING>": "array(t)",
        "sha256_hex(t STRING) RETURNS STRING": "sha2(t, 256)",
        "mailbox(t STRING) RETURNS STRING": MAILBOX,
    }
    for head, body in bodies.items():
        yield f"CREATE OR REPLACE TEMPORARY FUNCTION {head} RETURN {body}"
