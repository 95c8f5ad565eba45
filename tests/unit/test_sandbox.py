"""Queries in SQL: what they may be, that they reach nothing else, and how they end."""

import json
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.sandbox.asking import IDENTIFIERS, ask, memory_bytes, send
from audsync.sandbox.process import answer_to
from audsync.sandbox.statement import QueryError, Statement, place_in, statement_of
from fakes.model_shop import AS_OF, ModelShop, line


@pytest.fixture(scope="module")
def shop() -> ModelShop:
    shop = ModelShop()
    for number in range(1, 31):
        client = str(number)
        shop.account(
            client,
            email=f"p{client}@example.com",
            phone="+420777000111",
            first_name="Žofie",
            last_name="Nováková",
            city="Brno" if number % 2 else "Plzeň",
        )
        shop.order(
            f"o{client}", "2026-06-01 12:00", line("p1", number), line("p2"), client=client
        )
    shop.product("p1", brand="Acme", category="Shoes | Running")
    shop.product("p2", brand="Other")
    shop.build()
    return shop


def asked(shop: ModelShop, sql: str, **how: Any) -> list[str]:
    found = ask(statement_of(sql), shop.engine, as_of=AS_OF, **how)
    return sorted(map(str, found["client_id"].to_pylist()), key=int)


def refusal(sql: str) -> QueryError:
    with pytest.raises(QueryError) as error:
        statement_of(sql)
    return error.value


def copies(shop: ModelShop, statement: Statement) -> list[pa.Table]:
    """The tables that a query is given: their forms, then their rows."""
    sent = BytesIO()
    send(sent, statement, shop.engine)
    sent.seek(0)
    return [pa.ipc.open_stream(sent).read_all() for _ in range(2 * len(statement.tables))]


def answered(shop: ModelShop, sql: str) -> dict[str, Any]:
    """What the process tells of a query that is asked past all looks at its text."""
    statement = Statement(sql, ("clients", "orders"))
    tables, answer = BytesIO(), BytesIO()
    send(tables, statement, shop.engine)
    tables.seek(0)
    question = {
        "sql": sql,
        "as_of": "2026-07-01",
        "takes_as_of": "$as_of" in sql,
        "tables": statement.tables,
        "memory_bytes": 200_000_000,
        "cpu_seconds": 60,
    }
    answer_to(question, tables, answer)
    answer.seek(0)
    told: dict[str, Any] = json.loads(answer.readline())
    return told


def test_a_query_finds_clients_by_their_lines(shop: ModelShop) -> None:
    sql = (
        "SELECT client_id FROM order_lines GROUP BY client_id"
        " HAVING count(DISTINCT brand) = 2 AND sum(quantity) > 29"
    )
    assert asked(shop, sql) == ["29", "30"]


def test_a_query_may_join_all_tables_and_ask_for_the_day(shop: ModelShop) -> None:
    sql = """
    WITH runners AS (
        SELECT l.client_id FROM order_lines l JOIN products p USING (product_id)
        WHERE p.category_path = 'Shoes | Running' AND l.quantity BETWEEN 2 AND 5
    )
    SELECT c.client_id FROM clients c JOIN runners r USING (client_id)
    JOIN orders o ON o.client_id = c.client_id
    WHERE c.city = 'Brno' AND o.ordered_on < $as_of -- those of before; and no more
    ;"""
    assert asked(shop, sql) == ["3", "5"]


def test_a_client_counts_once_and_only_if_there_is_one(shop: ModelShop) -> None:
    sql = "SELECT unnest([2, 2, NULL, 999, -1]) AS client_id FROM clients"
    assert asked(shop, sql) == [shop.read("client_numbers")[1]["client_id"]]


@pytest.mark.parametrize(
    ("sql", "message", "at"),
    [
        ("DROP TABLE clients", "a query is one SELECT", None),
        ("SELECT client_id FROM clients; DROP TABLE clients", "a query is one SELECT", None),
        ("SELECT 1 AS client_id; SELECT 2 AS client_id", "2 statements", None),
        ("", "0 statements", None),
        (
            "WITH x AS (DELETE FROM clients RETURNING *) SELECT client_id FROM x",
            "one SELECT",
            None,
        ),
        ("COPY clients TO 'x.csv'", "a query is one SELECT", None),
        ("COPY clients FROM '/etc/passwd'", "a query is one SELECT", None),
        ("EXPORT DATABASE 'x'", "a query is one SELECT", None),
        ("ATTACH 'x.db'", "a query is one SELECT", None),
        ("INSTALL httpfs", "a query is one SELECT", None),
        ("LOAD httpfs", "a query is one SELECT", None),
        ("PRAGMA database_list", "a query is one SELECT", None),
        ("CALL pragma_version()", "a query is one SELECT", None),
        ("SET memory_limit = '99GB'", "a query is one SELECT", None),
        ("CREATE TABLE t AS SELECT 1", "a query is one SELECT", None),
        ("CREATE SECRET (TYPE s3)", "", None),
        ("CHECKPOINT", "a query is one SELECT", None),
        ("DESCRIBE clients", "a query is one SELECT", None),
        ("SUMMARIZE clients", "a query is one SELECT", None),
        ("EXPLAIN SELECT 1", "a query is one SELECT", None),
        ("SELECT * FROM '/etc/passwd'", 'no table "/etc/passwd"', 14),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv() may not be read from", 14),
        ("SELECT * FROM read_text('/etc/passwd')", "read_text() may not be", 14),
        ("SELECT * FROM glob('/*')", "glob() may not be read from", 14),
        ("SELECT * FROM duckdb_settings()", "duckdb_settings() may not be", 14),
        ("SELECT * FROM duckdb_secrets()", "duckdb_secrets() may not be", 14),
        ("SELECT * FROM query('SELECT 1')", "query() may not be read from", 14),
        ("SELECT * FROM arrow_scan(1, 2, 3)", "arrow_scan() may not be read from", 14),
        ("SELECT client_id FROM information_schema.tables", 'no table "tables"', 22),
        ("SELECT client_id FROM main.clients", 'no table "clients"', 22),
        ("SELECT client_id FROM customers", 'no table "customers"', 22),
        ("SELECT client_id FROM clients WHERE error(city)", "error() may not be used", 36),
        ("SELECT client_id FROM clients WHERE sleep_ms(9) = 1", "sleep_ms() may not be", 36),
        ("SELECT client_id FROM clients WHERE random() < 0.5", "random() may not be used", 36),
        ("SELECT client_id FROM clients WHERE last_order < now()", "now() may not be used", 49),
        ("SELECT client_id FROM clients\nWHERE 'ž' = current_date", "current_date may not", 42),
        ("SELECT client_id FROM clients WHERE city = $city", "no parameter $city", 43),
        ("SELECT client_id FROM clients USING SAMPLE 10", "a sample is another", None),
        ("SELECT client_id FROM clients LIMIT 10", "LIMIT without ORDER BY", None),
        ("SELECT client_id FORM clients", "syntax error", 22),
        ("SELECT " + "(" * 2000 + "1" + ")" * 2000, "", None),
        ("SELECT client_id FROM clients -- " + "x" * 20_000, "at most 20,000 characters", None),
        ("SELECT '\x00'", "no NUL character", 8),
    ],
)
def test_whatever_is_not_one_select_of_ours_is_refused(
    sql: str, message: str, at: int | None
) -> None:
    error = refusal(sql)
    assert message in str(error)
    assert error.at == at or not message
    assert not error.has_run


def test_a_wrong_name_is_told_with_the_right_one() -> None:
    assert refusal("SELECT client_id FROM order_items").hint == "write order_lines"
    assert "clients, orders, order_lines and products" in str(refusal("SELECT 1 FROM x").hint)
    assert place_in("'ž' x", 5) == 4
    assert place_in("x", 99) is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT client_id FROM clients WHERE last_order < $as_of ORDER BY client_id LIMIT 5",
        "FROM clients SELECT client_id",
        "(SELECT client_id FROM clients) EXCEPT (SELECT client_id FROM orders)",
        (
            "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 5)"
            " SELECT i AS client_id FROM t"
        ),
        (
            "SELECT client_id FROM orders QUALIFY"
            " row_number() OVER (PARTITION BY client_id ORDER BY ordered_at) = 2"
        ),
        "SELECT client_id FROM clients, range(3) t(i)",
        "SELECT CAST(client_id AS BIGINT) AS client_id FROM clients GROUP BY ALL",
        "SELECT client_id FROM clients WHERE len(list_filter(tags, lambda x: x = 'vip')) > 0",
        "SELECT * FROM (VALUES (1), (2)) t(client_id)",
    ],
)
def test_what_a_select_can_say_is_taken(shop: ModelShop, sql: str) -> None:
    assert answered(shop, statement_of(sql).sql) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS client_id FROM read_csv('/etc/passwd')",
        "SELECT 1 AS client_id FROM '/etc/passwd'",
        "SELECT 1 AS client_id FROM read_text('/etc/passwd')",
        "SELECT 1 AS client_id FROM glob('/*')",
        "SELECT 1 AS client_id FROM duckdb_secrets()",
        "SELECT 1 AS client_id FROM 'https://example.com/x.parquet'",
        # Variables of the process are no tables.
        "SELECT 1 AS client_id FROM asked",
    ],
)
def test_past_its_text_a_query_reaches_nothing_either(shop: ModelShop, sql: str) -> None:
    assert answered(shop, sql)["kind"] in {"text", "value"}


@pytest.mark.parametrize(
    "sql",
    [
        "WITH x AS (DELETE FROM clients RETURNING client_id) SELECT client_id FROM x",
        "SELECT 1 AS client_id; DROP TABLE clients",
        "SELECT 1 AS client_id; SET memory_limit = '99GB'",
        "SELECT 1 AS client_id; COPY clients TO 'x.csv'",
    ],
)
def test_past_its_text_a_query_changes_nothing_either(
    shop: ModelShop, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answered(shop, sql)
    assert shop.engine.rows("clients") == 30
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_that_the_engine_finds_is_told_at_its_place(shop: ModelShop) -> None:
    with pytest.raises(QueryError) as error:
        asked(shop, "SELECT client_id\nFROM clients\nWHERE 'ž' = citty")
    assert str(error.value) == 'there is no column "citty"'
    assert error.value.at == 42
    assert str(error.value.hint).startswith("the nearest are ")
    assert '"city"' in str(error.value.hint)


@pytest.mark.parametrize("column", ["email", "customer_id", "c.hashed_email"])
def test_who_somebody_is_cannot_be_asked_and_is_told_so(shop: ModelShop, column: str) -> None:
    with pytest.raises(QueryError) as error:
        asked(shop, f"SELECT client_id FROM clients c WHERE {column} = 'x'")
    assert str(error.value) == f'there is no column "{column.removeprefix("c.")}"'
    assert "in a block beside the query" in str(error.value.hint)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT client_id, city FROM clients", "gives client_id, city, and not client_id"),
        ("SELECT city FROM clients", "gives city, and not client_id alone"),
        ("SELECT city AS client_id FROM clients", "is no client but a VARCHAR"),
        ("SELECT CAST(city AS INT) AS client_id FROM clients", "failed on a value"),
    ],
)
def test_no_value_of_a_client_is_told(shop: ModelShop, sql: str, told: str) -> None:
    with pytest.raises(QueryError) as error:
        asked(shop, sql)
    assert told in str(error.value)
    assert "Brno" not in f"{error.value} {error.value.hint} {error.value.__cause__}"


def test_nothing_that_identifies_is_in_the_copy(shop: ModelShop) -> None:
    every = "SELECT c.client_id FROM (SELECT * FROM clients) c, orders, order_lines, products"
    sent = copies(shop, statement_of(every))
    names = {name for copy in sent for name in copy.schema.names}
    assert not names & (IDENTIFIERS - {"client_id"})
    assert not any(name.startswith("hashed_") for name in names)
    assert {"city", "brand", "value_minor", "ordered_at", "category_path"} <= names
    text = " ".join(str(copy.to_pylist()) for copy in sent)
    for secret in ("example.com", "777000111", "Žofie", "Nováková"):
        assert secret in str(shop.read("clients")), "as it must"
        assert secret not in text.replace("'email_domain': 'example.com'", "")


def test_a_query_without_an_end_is_ended(shop: ModelShop) -> None:
    # No interrupt of the engine reaches into this function.
    sql = "SELECT levenshtein(repeat('ab', 500000), repeat('ba', 500000)) AS client_id"
    with pytest.raises(QueryError) as error:
        asked(shop, sql, seconds=0.6)
    assert "took longer than 0.6 s, and was ended" in str(error.value)
    assert error.value.has_run


@pytest.mark.parametrize(
    "sql",
    [
        # The engine's limit sees the first, and only the system the second.
        "SELECT len(array_agg(a.client_id)) AS client_id FROM clients a, range(99999999)",
        "SELECT client_id FROM clients WHERE list_sum(range(client_id * 10000000)) > 5",
    ],
)
def test_a_query_that_takes_too_much_memory_is_ended(shop: ModelShop, sql: str) -> None:
    with pytest.raises(QueryError, match="more memory than it may"):
        asked(shop, sql, memory_limit="100MB", seconds=120)


def test_the_process_has_no_environment_and_ends_without_its_parent(
    shop: ModelShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    start = subprocess.Popen

    def watched(*arguments: Any, **settings: Any) -> Any:
        seen.update(settings)
        return start(*arguments, **settings)

    monkeypatch.setenv("AUDSYNC_SECRET__KOLO__TOKEN", "x")
    monkeypatch.setattr("audsync.sandbox.asking.subprocess.Popen", watched)
    assert asked(shop, "SELECT client_id FROM clients WHERE client_id = 1") != []
    assert seen["env"] == {}
    assert seen["cwd"] == "/"
    lone = subprocess.run(
        [sys.executable, "-I", "-m", "audsync.sandbox.process"],
        input=b'{"memory_bytes": 99, "cpu_seconds": 9, "tables": ["clients"], "as_of": ""',
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert lone.returncode != 0
    assert lone.stdout == b""


@pytest.mark.parametrize(
    ("text", "number"),
    [("4GB", 4 * 10**9), ("1.5 GiB", 3 << 29), ("300MB", 300_000_000), ("7kb", 7000)],
)
def test_a_size_of_memory_is_read_as_the_engine_reads_it(text: str, number: int) -> None:
    assert memory_bytes(text) == number


def test_the_day_is_bound_as_a_date(shop: ModelShop) -> None:
    found = ask(
        statement_of("SELECT client_id FROM clients WHERE $as_of = DATE '2020-02-29'"),
        shop.engine,
        as_of=date(2020, 2, 29),
    )
    assert found.num_rows == 30


@pytest.mark.parametrize(
    ("sql", "city_is_read"),
    [
        ("SELECT client_id FROM clients WHERE age > 5", False),
        ("SELECT client_id FROM clients WHERE c.City = 'x'", True),
        ("SELECT client_id FROM clients JOIN orders USING (client_id, city)", True),
        ("SELECT count(*) AS client_id FROM clients", False),
        ("SELECT client_id FROM (SELECT * FROM clients)", True),
        ("SELECT client_id FROM (SELECT COLUMNS('c.*') FROM clients)", True),
        ("SELECT client_id FROM clients NATURAL JOIN orders", True),
        # The row as a whole.
        (
            "SELECT client_id FROM clients c GROUP BY client_id HAVING count(DISTINCT c) > 1",
            True,
        ),
        ("SELECT client_id FROM clients WHERE clients IS NOT NULL", True),
    ],
)
def test_only_columns_that_a_query_may_read_are_copied(
    shop: ModelShop, sql: str, *, city_is_read: bool
) -> None:
    sent = copies(shop, statement_of(sql))
    form, rows = sent[0], sent[len(sent) // 2]
    assert ("city" in rows.schema.names) is city_is_read
    assert {"client_id", "city"} <= {*form.schema.names}
    assert (form.num_rows, rows.num_rows) == (0, 30)


def test_a_process_that_cannot_begin_is_told_apart_from_one_that_took_too_much(
    shop: ModelShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audsync.sandbox.asking.sys.executable", "/bin/false")
    with pytest.raises(QueryError, match="ended with 1"):
        asked(shop, "SELECT client_id FROM clients")
