"""The engine that parses and answers queries: in memory, and nothing to load or to find."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def engine_alone(memory_bytes: int) -> "duckdb.DuckDBPyConnection":
    """An engine in UTC without extensions, spilling, or tables that are variables of ours."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_bytes}B",
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def shut(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let it neither read nor write anything outside, for ever."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
