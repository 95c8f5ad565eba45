"""What the core asks of an SQL engine; the warehouse provides one.

Both engines define these scalar functions under one name, so that one SQL text serves both:
`days_to(a, b)` whole days from date a to date b, `int_div(a, b)` integer division of numbers
that are not negative, `local_date(t)` the calendar day of a UTC time in the shop's zone,
`local_hour(t)` its hour there, 0 to 23,
`sha256_hex(text)` 64 lower-case hex digits of the UTF-8 bytes, `plain_texts(list)` a list of
texts from a dictionary column as a list of plain texts, `texts_at(texts, places)` those of a
list of texts that stand at places from 1, `numbers_at(lists, places)` likewise the numbers in
lists of numbers, each once, sorted, `list_of(text)` a list of that text alone, `explode(list)`
a row per element, `mailbox(text)` the one address that stands for all spellings of a mailbox at
Gmail (`identity.google_keys.gmail_mailbox`), and any other text as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


# The body of `mailbox`, which both engines read alike.
MAILBOX: Final = (
    "CASE WHEN t LIKE '%@gmail.com' OR t LIKE '%@googlemail.com' THEN coalesce("
    "nullif(replace(split_part(split_part(t, '@', 1), '+', 1), '.', ''), '') || '@gmail.com', "
    "t) ELSE t END"
)


class EngineType(StrEnum):
    """What may work out a shop's model."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Keys of `[engine]` and `[shops.<id>.engine]`.

    The embedded engine holds the shop's tables in any case; `memory_limit`, `threads`
    and `sql` are its own. The others are read where the type is spark.
    """

    type: Annotated[EngineType, "What works out the model: this machine, or Spark."] = (
        EngineType.DUCKDB
    )
    memory_limit: Annotated[
        str | None,
        "Memory of the embedded engine, such as 4GB; if absent 2 GB, or half of the machine.",
    ] = None
    threads: Annotated[int | None, "Threads of the embedded engine; every core if absent."] = (
        None
    )
    sql: Annotated[bool, "Whether segments may ask in SQL; only this machine answers it."] = (
        False
    )
    master: Annotated[
        str | None, "Spark: local[*], spark://host:port, or sc://host:port (Spark Connect)."
    ] = None
    location: Annotated[
        str | None, "Spark: folder that this machine and the whole cluster see."
    ] = None
    catalog: Annotated[
        str | None, "Spark: catalog and schema of its tables instead, such as lake.audsync."
    ] = None
    options: Annotated[
        Mapping[str, str], 'Spark: its own settings, such as "spark.executor.memory" = "8g".'
    ] = field(default_factory=dict)


class Engine(Protocol):
    """Runs SQL in the subset that DuckDB and Spark share (docs/explanation/decisions.md)."""

    def execute(self, sql: str) -> None:
        """Run one statement."""

    def fetch(self, sql: str) -> "pa.Table":
        """The rows of one SELECT."""

    def store(self, name: str, sql: str) -> None:
        """Keep a SELECT's rows as the temporary table `name`, replacing one of that name."""

    def register(self, name: str, rows: "pa.Table") -> None:
        """Keep Arrow rows as the temporary table `name`, replacing one of that name.

        A dictionary column may be kept as codes in the order of its texts by code point, as
        long as it compares and sorts like the texts.
        """

    def drop(self, name: str) -> None:
        """Forget the temporary table `name`; nothing happens where there is none."""
