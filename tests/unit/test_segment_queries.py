"""Segments that ask in SQL: how they are read, what they need, where their mistakes stand."""

from datetime import date

import pyarrow as pa
import pytest

from audsync.errors import ConfigError
from audsync.model.analyses import Analysis
from audsync.run.sql_segments import answer_queries
from audsync.segments import ShopFacts, analyses_of, check_forecasts, check_segment, evaluate
from audsync.segments.codes import Mistake
from audsync.segments.queries import query_problem
from audsync.toml_file import inside, parse_toml
from fakes.engine import MemoryEngine
from fakes.segment_shop import codes, fill, segment
from unit.test_segment_checks import EVERYTHING, is_valid

SQL = '''name = "Collectors"
sql = """
SELECT client_id FROM order_lines
GROUP BY client_id HAVING count(DISTINCT brand) > 4"""
'''


def needs(sql: str, *without: str) -> list[str]:
    found = check_segment(
        segment(f"sql = '''{sql}'''"),
        ShopFacts(provided=EVERYTHING - set(without), params={}, sinks=[]),
    )
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in found]


def test_a_query_alone_is_a_segment_and_beside_blocks_one_more_line() -> None:
    assert str(segment(SQL).rule.lines[0]).startswith(
        "sql { SELECT client_id FROM order_lines G"
    )
    both = segment("sql = 'SELECT 1 AS client_id'\n[any]\nage = 1\norder_count = 2")
    assert [str(line) for line in both.rule.lines] == [
        "any { age.is = 1, order_count.is = 2 }",
        "sql { SELECT 1 AS client_id }",
    ]
    assert is_valid(SQL)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("sql = 5", "S103", 1, 7),
        ("sql = ' '", "S103", 1, 7),
        ("[all]\nage = 1\nsql = 'SELECT 1'", "S105", 3, 1),
        ("[all.bought]\nsql = 'SELECT 1'", "S105", 2, 1),
        ("sqll = 'SELECT 1'\n[all]\nage = 1", "S112", 1, 1),
    ],
)
def test_a_query_stands_above_the_blocks(text: str, code: str, line: int, column: int) -> None:
    assert codes(text) == [(code, line, column)]


def test_a_query_needs_what_the_source_provides() -> None:
    sql = "SELECT client_id FROM order_lines WHERE Brand = 'city' -- zip"
    assert needs(sql) == []
    assert needs(sql, "customers.city", "orders.city", "customers.zip", "orders.zip") == []
    assert needs(sql, "products.brand") == [
        "1:1 brand needs products.brand, which the source does not provide"
    ]
    assert len(needs(sql, "order_lines.product_id")) == 2
    assert needs("SELECT client_id FROM clients WHERE total_revenue_minor > 5") == []
    assert (
        "total_revenue needs"
        in needs(
            "SELECT client_id FROM clients WHERE total_revenue_minor > 5",
            *(name for name in EVERYTHING if name.endswith(("gross_minor", "net_minor"))),
        )[0]
    )


def test_a_query_that_names_a_prediction_has_it_made() -> None:
    asks = segment("sql = 'SELECT client_id FROM clients WHERE predicted_orders_365d > 2'")
    plain = segment("sql = 'SELECT client_id FROM clients WHERE order_count > 2'")
    assert analyses_of([asks], [asks.id]) == {Analysis.VALUE}
    assert not analyses_of([plain], [plain.id])
    (problem,) = check_forecasts(asks, "too few orders")
    assert (problem.code, problem.line) == ("S135", 1)


@pytest.mark.parametrize(
    ("written", "sql", "word", "line", "column"),
    [
        ("sql = 'SELECT x'", "SELECT x", "x", 1, 15),
        ('sql = "SELECT \\"ž\\", x"', 'SELECT "ž", x', "x", 1, 22),
        ('sql = """SELECT\n  x"""', "SELECT\n  x", "x", 2, 3),
        ('sql = """\nSELECT\n  x"""', "SELECT\n  x", "x", 3, 3),
        ("sql = '''\nSELECT\\\n  x'''", "SELECT\\\n  x", "x", 3, 3),
        ('sql = """\nSELECT \\\n   \n  x"""', "SELECT x", "x", 4, 3),
        ('sql = """\nSELECT \\u017e x"""', "SELECT ž x", "x", 2, 15),
    ],
)
def test_a_place_in_a_query_is_a_place_in_its_file(
    written: str, sql: str, word: str, line: int, column: int
) -> None:
    file = parse_toml(written.encode(), "s.toml")
    assert file.data["sql"] == sql
    found = inside(file, "S151", "wrong", ("sql",), at=sql.index(word))
    assert (found.line, found.column, found.length) == (line, column, 1)
    end = inside(file, "S151", "wrong", ("sql",), at=len(sql) + 9)
    assert end.line == len(written.splitlines())
    assert inside(file, "S151", "wrong", ("sql",)).column == 1


def test_a_mistake_in_a_query_shows_its_line() -> None:
    found = query_problem(
        segment(SQL),
        Mistake.SQL,
        "no column",
        at=SQL.index("brand") - SQL.index("SELECT"),
        hint="h",
    )
    assert str(found).splitlines() == [
        "segments/tested.toml:4:42: error[S151]: no column",
        '    4 | GROUP BY client_id HAVING count(DISTINCT brand) > 4"""',
        "      | " + " " * 41 + "^^^^^",
        "      = h",
    ]


def test_an_answer_is_one_more_condition() -> None:
    two = segment("sql = 'SELECT 1'\n[all]\nage.at_least = 30", "two")
    one = segment("[none]\nin_segment = 'two'", "one")
    answers = {"SELECT 1": pa.table({"client_id": ["a", "b", "zz"]})}
    with MemoryEngine() as engine:
        fill(
            engine,
            [
                {"client_id": name, "age": age}
                for name, age in (("a", 20), ("b", 30), ("c", 40))
            ],
        )
        evaluate([one, two], engine, as_of=date(2024, 3, 1), currency="CZK", answers=answers)
        rows = engine.fetch("SELECT * FROM membership ORDER BY ALL").to_pylist()
        with pytest.raises(ConfigError):
            evaluate([two], engine, as_of=date(2024, 3, 1), currency="CZK")
    found = [(row["segment_id"], row["client_id"]) for row in rows]
    assert found == [("one", "a"), ("one", "c"), ("two", "b")]


def test_a_query_that_goes_before_in_a_group_is_asked_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = segment("sql = 'SELECT 1'\ngroup = 'g'\npriority = 9\nactive = false", "first")
    last = segment("sql = 'SELECT 2'\ngroup = 'g'\npriority = 1", "last")
    other = segment("sql = 'SELECT 3'\nactive = false", "other")
    asked: list[str] = []
    monkeypatch.setattr(
        "audsync.run.sql_segments._answer", lambda one, *_: asked.append(one.sql)
    )
    answer_queries([first, last, other], object(), object(), as_of=date(2024, 3, 1))  # type: ignore[arg-type]  # neither is looked at
    assert sorted(asked) == ["SELECT 1", "SELECT 2"]
