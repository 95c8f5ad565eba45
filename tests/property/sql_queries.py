"""Draws queries as trees, and writes them in SQL; `oracle/sql_rows.py` evaluates the trees.

Also draws statements that no segment may ask: an escape, wherever a query has room for one.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import strategies as st

from fakes.model_shop import AS_OF

Tree = tuple[Any, ...]

SIGNS = ("=", "<>", "<", "<=", ">", ">=")
WORDS = ("Brno", "brno", "Ústí", "", "O'Hara", "x y")
DAYS = (date(2026, 6, 30), date(2026, 6, 1), date(2025, 7, 1))
# Columns by table: of whole numbers, of texts, of days.
COLUMNS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "clients": (["order_count", "total_revenue_minor"], ["city"], ["last_order"]),
    "orders": (["value_minor", "age_days"], ["store", "offer_code"], ["ordered_on"]),
    "order_lines": (
        ["value_minor", "unit_price_minor", "line_number"],
        ["product_id", "name", "brand"],
        ["ordered_on"],
    ),
}
OF_PRODUCTS: tuple[list[str], list[str], list[str]] = (
    ["p.price_minor"],
    ["p.brand", "p.category", "p.title"],
    [],
)
JOINED = ["JOIN", "LEFT JOIN"]

_numbers = st.sampled_from([0, 1, 2, 30, 1000, 2000, -1])


def _tests(columns: tuple[list[str], list[str], list[str]]) -> st.SearchStrategy[Tree]:
    """Predicates over columns, with and, or and not."""
    numbers, texts, days = columns
    signs, words = st.sampled_from(SIGNS), st.sampled_from(WORDS)
    text = st.sampled_from(texts)
    forms: list[st.SearchStrategy[Tree]] = [
        st.tuples(st.just("compare"), text, signs, words),
        st.tuples(st.just("in"), text, st.lists(words, min_size=1, max_size=3)),
        st.tuples(st.just("like"), text, st.sampled_from(["B", "b", "O'", ""])),
        st.tuples(st.just("lower"), text, st.sampled_from(["brno", "ústí"])),
        st.tuples(
            st.just("null"),
            st.sampled_from([*numbers, *texts, *days]),
            st.sampled_from(["IS NULL", "IS NOT NULL"]),
        ),
    ]
    number = st.sampled_from(numbers)
    forms += [
        st.tuples(st.just("compare"), number, signs, _numbers),
        st.tuples(st.just("between"), number, _numbers, _numbers),
        st.tuples(st.just("columns"), number, signs, number, _numbers),
    ]
    if days:
        day = st.sampled_from(days)
        forms += [
            st.tuples(st.just("compare"), day, signs, st.sampled_from(DAYS)),
            st.tuples(st.just("lately"), day, st.sampled_from([1, 31, 365]), st.just(AS_OF)),
        ]
    return st.recursive(
        st.one_of(forms),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["and", "or"]), inner, inner),
            st.tuples(st.just("not"), inner),
        ),
        max_leaves=4,
    )


def _of_groups(table: str) -> st.SearchStrategy[Tree]:
    numbers, texts, days = COLUMNS[table]
    several = st.sampled_from([*numbers, *texts, *days])
    signs = st.sampled_from(SIGNS)
    return st.one_of(
        st.tuples(st.just("count"), st.one_of(st.just("*"), several), signs, _numbers),
        st.tuples(st.just("count distinct"), several, signs, _numbers),
        st.tuples(
            st.sampled_from(["sum", "min", "max"]), st.sampled_from(numbers), signs, _numbers
        ),
    )


def _on(table: str) -> st.SearchStrategy[Tree]:
    tests = _tests(COLUMNS[table])
    having = st.lists(_of_groups(table), min_size=1, max_size=2)
    return st.one_of(
        st.tuples(st.just("where"), st.just(table), tests),
        st.tuples(st.just("having"), st.just(table), tests, having),
        st.tuples(
            st.just("exists"), st.sampled_from(["EXISTS", "NOT EXISTS"]), st.just(table), tests
        ),
    )


_JOINS = st.tuples(
    st.just("where"),
    st.tuples(st.sampled_from(JOINED), st.just("order_lines")),
    st.tuples(
        st.sampled_from(["and", "or"]), _tests(COLUMNS["order_lines"]), _tests(OF_PRODUCTS)
    ),
)
_SIMPLE = st.one_of(*(_on(table) for table in COLUMNS), _JOINS)
QUERIES: st.SearchStrategy[Tree] = st.recursive(
    _SIMPLE,
    lambda inner: st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]),
            inner,
            inner,
        ),
        st.tuples(st.just("named"), inner),
        st.sampled_from(list(COLUMNS)).flatmap(
            lambda table: st.tuples(
                st.just("among"),
                st.sampled_from(["IN", "NOT IN"]),
                st.just(table),
                _tests(COLUMNS[table]),
                inner,
            )
        ),
    ),
    max_leaves=3,
)


def as_sql(tree: Tree) -> str:
    """A query as it would be typed."""
    kind, *parts = tree
    return _QUERIES[kind](*parts)


def written(test: Tree, alias: str = "") -> str:
    """A predicate, its columns behind an alias unless they have one."""
    kind, *parts = test
    if kind in {"and", "or"}:
        return "(" + f" {kind.upper()} ".join(written(part, alias) for part in parts) + ")"
    if kind == "not":
        return f"NOT ({written(parts[0], alias)})"
    column, *more = parts
    return _TESTS[kind](_named(column, alias), *_of_row(kind, more, alias))


def _of_row(kind: str, parts: list[Any], alias: str) -> list[Any]:
    """The parts of a predicate, a second column behind its alias too."""
    if kind != "columns":
        return parts
    sign, other, more = parts
    return [sign, _named(other, alias), more]


def _named(column: str, alias: str) -> str:
    return column if "." in column else alias + column


def _where(table: Any, test: Tree) -> str:
    if isinstance(table, str):
        return f"SELECT client_id FROM {table} WHERE {written(test)}"
    word, base = table
    return (
        f"SELECT t.client_id FROM {base} t {word} products p"
        f" ON p.product_id = t.product_id WHERE {written(test, 't.')}"
    )


_QUERIES: dict[str, Callable[..., str]] = {
    "where": _where,
    "having": lambda table, test, tests: (
        f"{_where(table, test)} GROUP BY client_id"
        f" HAVING {' AND '.join(map(_aggregate, tests))}"
    ),
    "exists": lambda word, table, test: (
        f"SELECT c.client_id FROM clients AS c WHERE {word} (SELECT 1 FROM {table} t"
        f" WHERE t.client_id = c.client_id AND {written(test, 't.')})"
    ),
    "among": lambda word, table, test, inner: (
        f"{_where(table, test)} AND client_id {word} ({as_sql(inner)})"
    ),
    "named": lambda inner: (
        f"WITH found AS ({as_sql(inner)}) SELECT client_id FROM found -- x\n"
    ),
    "set": lambda word, one, other: f"(SELECT * FROM ({as_sql(one)})) {word} ({as_sql(other)})",
}
_TESTS: dict[str, Callable[..., str]] = {
    "compare": lambda column, sign, value: f"{column} {sign} {_value(value)}",
    "columns": lambda column, sign, other, more: f"{column} {sign} {other} + {more}",
    "between": lambda column, low, high: f"{column} BETWEEN {low} AND {high}",
    "in": lambda column, values: f"{column} IN ({', '.join(map(_value, values))})",
    "null": lambda column, word: f"{column} {word}",
    "like": lambda column, start: f"{column} LIKE {_value(start + '%')}",
    "lower": lambda column, value: f"lower({column}) = {_value(value)}",
    "lately": lambda column, days, _: f"{column} > $as_of - {days}",
}


def _aggregate(test: Tree) -> str:
    function, column, sign, value = test
    word, _, distinct = function.partition(" ")
    return f"{word}({distinct.upper()} {column}) {sign} {value}"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


# What is no SELECT, or more than one.
STATEMENTS = (
    "DROP TABLE clients", "DELETE FROM clients", "UPDATE clients SET city = 'x'",
    "INSERT INTO clients SELECT * FROM clients", "TRUNCATE clients",
    "CREATE TABLE x AS SELECT 1", "CREATE OR REPLACE VIEW clients AS SELECT 1",
    "CREATE MACRO lower(x) AS 'brno'", "ALTER TABLE clients RENAME TO x",
    "COPY clients TO 'x.csv'", "COPY (SELECT 1) TO 'x.parquet'", "COPY clients FROM 'x.csv'",
    "EXPORT DATABASE 'x'", "IMPORT DATABASE 'x'", "ATTACH 'x.db'", "ATTACH ':memory:' AS x",
    "DETACH memory", "USE memory", "INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial",
    "PRAGMA database_list", "PRAGMA enable_profiling", "CALL pragma_version()",
    "SET memory_limit = '99GB'", "SET VARIABLE x = 1", "RESET ALL", "BEGIN", "COMMIT",
    "ROLLBACK", "CHECKPOINT", "VACUUM", "ANALYZE", "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1", "PREPARE x AS SELECT 1", "EXECUTE x", "DESCRIBE clients",
    "SUMMARIZE clients", "SHOW TABLES", "COMMENT ON TABLE clients IS 'x'",
    "CREATE SECRET x (TYPE s3)", "CREATE SEQUENCE x", "CREATE TYPE x AS ENUM ('y')",
    "CREATE SCHEMA x", "MERGE INTO clients USING orders ON true WHEN MATCHED THEN DELETE",
)  # fmt: skip
# What may not be read from.
PLACES = (
    "'/etc/passwd'", "'x.csv'", "'https://example.com/x.parquet'", "read_csv('/etc/passwd')",
    "read_csv_auto('x')", "read_json('x')", "read_text('/etc/passwd')", "read_blob('x')",
    "read_parquet('x')", "parquet_scan('x')", "parquet_metadata('x')", "sniff_csv('x')",
    "glob('/*')", "query('SELECT 1')", "query_table('clients')", "duckdb_settings()",
    "duckdb_secrets()", "duckdb_functions()", "duckdb_tables()", "pragma_table_info('clients')",
    "pragma_database_size()", "information_schema.tables", "sqlite_master",
    "pg_catalog.pg_class", "main.clients", "memory.main.clients", "system.main.clients",
    "temp.clients", "customers",
    "order_facts", "client_numbers", "arrow_scan(1, 2, 3)", "python_map_function(1)",
    "pandas_scan(1)", "json_execute_serialized_sql('{}')", "test_all_types()",
    "repeat_row(1, num_rows = 9)", "checkpoint()", "force_checkpoint()",
    "which_secret('x', 's3')",
    "duckdb_logs()", "asked", "(DESCRIBE clients)", "(SUMMARIZE clients)", "(SHOW TABLES)",
)  # fmt: skip
# What is another thing each time, or does more than answer.
VALUES = (
    "random()", "RANDOM()", '"random"()', "main.random()", "system.main.random()", "uuid()",
    "gen_random_uuid()", "uuidv7()", "now()", "today()", "current_date", "CURRENT_TIMESTAMP",
    "transaction_timestamp()", "get_current_timestamp()", "ago(INTERVAL 1 DAY)",
    "age(TIMESTAMP '2020-01-01')",
    "pg_postmaster_start_time()", "pg_conf_load_time()", "pg_sleep(9)", "sleep_ms(9)",
    "setseed(0.5)", "nextval('x')", "currval('x')", "error('x')", "write_log('x')",
    "current_setting('memory_limit')", "getvariable('x')", "current_database()", "current_user",
    "current_user()", "session_user()", "current_query()", "txid_current()", "stats(1)",
    "(SELECT count(*) FROM glob('/*'))", "row_number() OVER ()", "$city", "$1", "?",
    "first_value(1) OVER ()",
)  # fmt: skip
# Queries whose answer depends on how the rows happen to lie.
CHOICES = (
    "SELECT client_id FROM clients LIMIT 1", "SELECT client_id FROM clients LIMIT 10%",
    "SELECT client_id FROM clients OFFSET 1",
    "SELECT client_id FROM clients FETCH FIRST 1 ROWS ONLY",
    "SELECT client_id FROM clients USING SAMPLE 1",
    "SELECT client_id FROM clients TABLESAMPLE 10%",
    "SELECT DISTINCT ON (store) client_id FROM orders",
    "SELECT any_value(client_id) AS client_id FROM orders GROUP BY store",
    "SELECT first(client_id) AS client_id FROM orders",
    "SELECT rowid AS client_id FROM clients",
    "SELECT arbitrary(client_id) AS client_id FROM orders GROUP BY store",
    "SELECT c.client_id FROM clients c POSITIONAL JOIN orders o WHERE o.value_minor > 1",
)  # fmt: skip
_BETWEEN = ("; ", ";\n", " ; -- x\n", ";/* x */ ")
_ROOMS = (
    "SELECT client_id FROM clients WHERE CAST({} AS VARCHAR) <> 'x'",
    "SELECT client_id FROM clients WHERE 1 IN (SELECT 1 FROM orders WHERE {} IS NULL)",
    "WITH x AS (SELECT client_id, {} AS y FROM orders) SELECT client_id FROM x",
    "SELECT client_id FROM orders GROUP BY client_id HAVING count({}) > 0",
    "SELECT client_id FROM clients ORDER BY {}",
    "SELECT client_id FROM orders QUALIFY rank() OVER (ORDER BY {}) = 1",
    "SELECT CASE WHEN {} IS NULL THEN client_id END AS client_id FROM clients",
    "SELECT client_id FROM clients WHERE len(list_filter([1], lambda x: {} IS NULL)) > 0",
    "(SELECT client_id FROM clients) EXCEPT (SELECT client_id FROM orders WHERE {} IS NULL)",
    "SELECT c.client_id FROM clients c, LATERAL (SELECT {} AS y) t WHERE t.y IS NOT NULL",
    "SELECT c.client_id FROM clients c JOIN orders o ON {} IS NULL",
    "SELECT client_id FROM clients GROUP BY client_id, {}",
)
_SEATS = (
    "SELECT client_id FROM {}",
    "SELECT c.client_id FROM clients c, {} x",
    "SELECT c.client_id FROM clients c JOIN {} x ON true",
    "SELECT client_id FROM clients WHERE EXISTS (SELECT 1 FROM {})",
    "WITH x AS (FROM {}) SELECT client_id FROM x",
    "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n FROM x, {} t) SELECT n FROM x",
    "SELECT client_id FROM clients UNION SELECT 1 FROM {}",
    "SELECT (SELECT count(*) FROM {}) AS client_id FROM clients",
    "SELECT client_id FROM clients ORDER BY (SELECT 1 FROM {})",
)


def _inside(rooms: tuple[str, ...], escapes: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(rooms), st.sampled_from(escapes)).map(
        lambda pair: pair[0].replace("{}", pair[1])
    )


_STATEMENTS = st.sampled_from(STATEMENTS)
_BESIDE = st.tuples(QUERIES.map(as_sql), st.sampled_from(_BETWEEN), _STATEMENTS, st.booleans())
FORBIDDEN: st.SearchStrategy[str] = st.one_of(
    _STATEMENTS,
    _BESIDE.map(
        lambda parts: (
            f"{parts[2]}{parts[1]}{parts[0]}"
            if parts[3]
            else f"{parts[0]}\n{parts[1]}{parts[2]}"
        )
    ),
    _inside(("WITH x AS ({}) SELECT 1 FROM x", "SELECT client_id FROM ({})"), STATEMENTS),
    _inside(_SEATS, PLACES),
    _inside(_ROOMS, VALUES),
    _inside(("{}", "WITH x AS ({}) FROM x", "SELECT * FROM ({}) t"), CHOICES),
)
