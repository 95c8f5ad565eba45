"""What the core asks of an SQL engine; the warehouse provides one.

Both engines define these scalar functions under one name, so that one SQL text serves both:
`days_to(a, b)` whole days from date a to date b, `int_div(a, b)` integer division of numbers
that are not negative, `local_date(t)` the calendar day of a UTC time in the shop's zone,
`sha256_hex(text)` 64 lower-case hex digits of the UTF-8 bytes, `plain_texts(list)` a list of
texts from a dictionary column as a list of plain texts, `explode(list)` a row per element.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


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
