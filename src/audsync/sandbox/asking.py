"""Asking a query that somebody wrote, without letting it touch anything.

The query is looked at (`statement`), then asked in a process of its own that holds a copy of
the tables it reads and nothing else: no file of the shop, no environment, no network. The
process is ended when its time is over. Neither its copy nor its answer names a person.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, cast

from audsync.sandbox.statement import QueryError, Statement, place_in
from audsync.sql_text import identifier
from audsync.warehouse.engine import DuckEngine, usual_memory

if TYPE_CHECKING:
    from io import IOBase

    import pyarrow as pa

SECONDS: Final = 30.0
_FILLING_SECONDS: Final = 60
_UNITS: Final[Mapping[str, int]] = {
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
    "TIB": 1 << 40,
}
# Columns of `clients` that say who somebody is; what is derived of them stays.
IDENTIFIERS: Final = frozenset(
    {"client_id", "customer_ids", "email", "phone", "first_name", "last_name", "full_name"}
)
_HASHED: Final = "hashed_"
_NO_COLUMN: Final = re.compile(
    r'(?:Referenced column|Table ".+" does not have a column named) "([^"]+)"'
)
# The tables of a query by what they are read from; a client is a number of this evaluation.
_SOURCES: Final[Mapping[str, str]] = {
    "orders": "SELECT o.client AS client_id, o.order_id, o.moment AS ordered_at, o.ordered_on,"
    " o.age_days, o.value_minor, o.offer_code, o.store FROM order_facts o",
    "order_lines": "SELECT l.client AS client_id, o.order_id, l.line_number, l.ordered_on,"
    " o.age_days, b.product_id, b.product_key, b.sku, b.name, l.quantity, l.value_minor,"
    " l.unit_price_minor, p.brand, p.category, p.subcategory, p.product_line, p.category_path"
    " FROM purchases l JOIN bought_products b ON b.article = l.article"
    " JOIN order_facts o ON o.client = l.client AND o.order_rank = l.order_rank"
    " LEFT JOIN product_facts p ON p.product_id = b.product_id",
    "products": "SELECT p.* FROM product_facts p",
}


def ask(
    statement: Statement,
    engine: DuckEngine,
    *,
    as_of: date,
    memory_limit: str | None = None,
    seconds: float = SECONDS,
) -> "pa.Table":
    """The `client_id` of the clients a query holds for, each once, in no order.

    Reads `clients`, `client_numbers` and the facts of the model as they stand in the engine.
    The process takes as much memory as the engine may; from the moment it has its tables it has
    `seconds` to answer. Raises QueryError.
    """
    memory = usual_memory() if memory_limit is None else memory_bytes(memory_limit)
    asked = {
        "sql": statement.sql,
        "as_of": as_of.isoformat(),
        "takes_as_of": statement.takes_as_of,
        "tables": statement.tables,
        "memory_bytes": memory,
        # Ends it where this process was killed and cannot.
        "cpu_seconds": int(seconds + _FILLING_SECONDS) * (os.cpu_count() or 1),
    }
    told, numbers = _asked(statement, asked, engine, seconds=seconds)
    if told:
        raise _error(statement.sql, told)
    with engine.handed_over("query_answer", numbers):
        return engine.fetch(
            "SELECT n.client_id FROM client_numbers n"
            " JOIN query_answer q ON q.client_id = n.client"
        )


def memory_bytes(text: str) -> int:
    """The bytes of a size such as `4GB`, as the engine reads it."""
    number = text.rstrip("KMGTiBkmgtb ")
    return int(float(number) * _UNITS[text[len(number) :].strip().upper()])


def send(pipe: IO[bytes], statement: Statement, engine: DuckEngine) -> None:
    """Write the tables that a query reads, in order, so that nobody is identified.

    First each without rows and with every column, then each with its rows and those of its
    columns that the query may name.
    """
    import pyarrow as pa

    forms = [f"{_source(name, engine, None)} LIMIT 0" for name in statement.tables]
    for sql in (*forms, *(_source(name, engine, statement.names) for name in statement.tables)):
        pieces = engine.batches(sql)
        first = next(pieces)
        with pa.ipc.new_stream(cast("IOBase", pipe), first.schema) as stream:
            stream.write_batch(first)
            for piece in pieces:
                stream.write_batch(piece)


def _source(name: str, engine: DuckEngine, names: Collection[str] | None) -> str:
    return _plain(engine, _clients(engine) if name == "clients" else _SOURCES[name], names)


def _clients(engine: DuckEngine) -> str:
    names = engine.fetch("SELECT * FROM clients LIMIT 0").schema.names
    kept = [
        f"c.{identifier(name)}"
        for name in names
        if name not in IDENTIFIERS and not name.startswith(_HASHED)
    ]
    return (
        f"SELECT n.client AS client_id, {', '.join(kept)} FROM clients c"
        " JOIN client_numbers n ON n.client_id = c.client_id"
    )


def _plain(engine: DuckEngine, sql: str, names: Collection[str] | None) -> str:
    """The named columns of a SELECT, dictionaries as texts: any word may be compared."""
    import pyarrow as pa

    schema = engine.fetch(f"SELECT * FROM ({sql}) q LIMIT 0").schema
    columns = [
        f"CAST({identifier(one.name)} AS VARCHAR) AS {identifier(one.name)}"
        if pa.types.is_dictionary(one.type)
        else identifier(one.name)
        for one in schema
        if names is None or one.name.lower() in {"client_id", "product_id", *names}
    ]
    return f"SELECT {', '.join(columns)} FROM ({sql}) q"


def _asked(
    statement: Statement, asked: Mapping[str, Any], engine: DuckEngine, *, seconds: float
) -> tuple[Mapping[str, Any], "pa.Table"]:
    """What the process tells, nothing where it has an answer, and the answer."""
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "audsync.sandbox.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what it says there may name a value
        cwd="/",
        env={},
    ) as process:
        try:
            if process.stdin is not None:
                # A process that has ended says why below.
                with suppress(OSError), process.stdin as pipe:
                    pipe.write(json.dumps(asked).encode() + b"\n")
                    send(pipe, statement, engine)
                process.stdin = None
            answer, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise QueryError(
                f"the query took longer than {seconds:g} s, and was ended",
                hint="ask for less: fewer rows before a join, a shorter time",
                has_run=True,
            ) from None
        finally:
            process.kill()
    return _read(answer, process.returncode)


def _read(answer: bytes, code: int) -> tuple[dict[str, Any], "pa.Table"]:
    import pyarrow as pa

    stream = BytesIO(answer)
    line = stream.readline()
    if not line.endswith(b"\n"):
        # Below zero: the system has ended it, for what it took.
        return {"kind": "memory"} if code < 0 else {"kind": "ended", "code": code}, pa.table({})
    told: dict[str, Any] = json.loads(line)
    return told, pa.table({}) if told else pa.ipc.open_stream(stream).read_all()


def _in_words(message: str) -> tuple[str, str | None]:
    """What the engine says of a text, and its hint; of a column in words of our own."""
    first, _, rest = message.partition("\n")
    hint = rest.strip().partition("\n")[0]
    if (found := _NO_COLUMN.match(first)) is None:
        return first, hint or None
    if found[1] in {*IDENTIFIERS, "customer_id"} or found[1].startswith(_HASHED):
        hint = "who somebody is cannot be asked in SQL; write it in a block beside the query"
    else:
        hint = re.sub(r"Candidate bindings[: ]+", "the nearest are ", hint)
    return f'there is no column "{found[1]}"', hint or None


def _error(sql: str, told: Mapping[str, Any]) -> QueryError:
    match told:
        case {"kind": "text", "message": str(message), "at": at}:
            words, hint = _in_words(message)
            return QueryError(words, at=place_in(sql, at), hint=hint)
        case {"kind": "columns", "names": names}:
            return QueryError(
                f"the query gives {', '.join(names) or 'nothing'}, and not client_id alone",
                hint="write SELECT client_id FROM …",
            )
        case {"kind": "type", "name": name}:
            return QueryError(
                f"the client_id of the query is no client but a {name}",
                hint="take client_id from a table as it is",
            )
        case {"kind": "ended", "code": code}:
            return QueryError(
                f"the process that answers queries ended with {code}",
                hint="see that this Python finds audsync without its environment",
                has_run=True,
            )
        case {"kind": "value", "name": name}:
            return QueryError(
                f"the query failed on a value ({name})",
                hint="where a value may not fit use try_cast",
                has_run=True,
            )
        case _:
            return QueryError(
                "the query took more memory than it may",
                hint="ask for less, or raise memory_limit of [engine]",
                has_run=True,
            )
