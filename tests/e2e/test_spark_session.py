"""One session of Spark: operators of segments, a catalog's tables, errors without values."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from audsync.consent import gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from audsync.engine import EngineSettings, EngineType
from audsync.errors import AudsyncError, ConfigError, TransientError
from audsync.segments import explain
from audsync.segments.compile import Compiler
from audsync.segments.operands import CLIENTS
from audsync.segments.terms import from_clause, joined
from audsync.segments.workspace import Workspace
from audsync.spark import SparkEngine, publish, spark_session
from audsync.spark.faults import plainly
from audsync.spark.shelves import CatalogShelf
from audsync.warehouse import Warehouse
from fakes.decisions import verdicts
from fakes.engine import MemoryEngine
from fakes.people import RULE, account, populate
from fakes.spark_cluster import OPTIONS
from oracle.segment_rows import members
from oracle.segment_values import Shop
from property.segment_files import Doc, Writer
from property.segment_shops import fill, shop
from property.test_segments import agree, read

pytestmark = pytest.mark.slow
AT_ONCE = 25  # segments of one statement


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    folder = tmp_path_factory.mktemp("session")
    options = {**OPTIONS, "spark.sql.warehouse.dir": str(folder / "catalog")}
    settings = EngineSettings(type=EngineType.SPARK, master="local[2]", options=options)
    with spark_session(settings, name="kolo", spill=folder / "spill") as session:
        yield SparkEngine(session, timezone="Europe/Prague")


def found(engine: SparkEngine, here: Shop, rules: Mapping[str, Doc]) -> set[tuple[str, str]]:
    """Segment and client of every membership, asked for without a table per segment."""
    pairs: set[tuple[str, str]] = set()
    with Workspace(engine, as_of=here.as_of, currency="CZK") as workspace:
        names = list(rules)
        for start in range(0, len(names), AT_ONCE):
            segments = [read(name, rules[name]) for name in names[start : start + AT_ONCE]]
            terms = {one.id: Compiler(one, workspace).term(one.rule) for one in segments}
            columns = ", ".join(f"{term.sql} AS {name}" for name, term in terms.items())
            rows = engine.fetch(
                f"SELECT c.client_id, {columns} "
                f"FROM {from_clause(CLIENTS, joined(terms.values()))}"
            )
            pairs |= {
                (name, row["client_id"])
                for row in rows.to_pylist()
                for name in terms
                if row[name]
            }
    return pairs


def test_every_operator_on_clients(engine: SparkEngine) -> None:
    random = Random(4)  # noqa: S311 -- examples, no secrets
    here = shop(random, most=60)
    fill(engine, here)
    written = Writer(random, here.as_of).every_operator()
    rules = {f"s{number}": doc for number, doc in enumerate(written)}
    wanted = members(here, rules)
    assert len(here.clients) >= 20
    assert len({name for name, _ in wanted}) > len(rules) // 2
    assert found(engine, here, rules) == wanted


def test_every_operator_on_purchases(engine: SparkEngine) -> None:
    random = Random(5)  # noqa: S311 -- examples, no secrets
    here = shop(random, most=60)
    fill(engine, here)
    written = Writer(random, here.as_of).every_purchase_operator()
    rules = {f"s{number}": doc for number, doc in enumerate(written)}
    wanted = members(here, rules)
    assert len({name for name, _ in wanted}) > len(rules) // 2
    assert found(engine, here, rules) == wanted


def test_segments_of_blocks_in_blocks_that_refer_to_each_other(engine: SparkEngine) -> None:
    agree(engine, 17)


def test_a_client_is_told_the_same_as_on_the_embedded_engine(engine: SparkEngine) -> None:
    here = shop(Random(6), most=20)  # noqa: S311 -- examples, no secrets
    asked: Doc = {
        "all": {
            "total_revenue": {"top_percent": 25, "missing": False},
            "product_count": {"bottom_percent": 12.5, "more_than": 1.5},
            "ab_group": "A",
            "last_order": {"within": "90 days"},
            "param_days_since": {"born": {"at_least": 8000}},
            "bought": {
                "brand": {"one_of": ["Acme", "Brno"]},
                "orders": {"at_least": 2},
                "units": {"at_least": 3},
                "items_total": {"at_least": 100},
                "days_since": {"at_most": 30},
            },
            "visited": {"visits": {"at_least": 3}},
            "spent": {"during": "last year", "at_least": 10, "less_than": 50},
        }
    }
    with MemoryEngine() as embedded:
        for one in (engine, embedded):
            fill(one, here)
        for client in here.clients[:2]:
            told = [
                explain(
                    read("asked", asked),
                    one,
                    as_of=here.as_of,
                    currency="CZK",
                    client_id=client["client_id"],
                )
                for one in (engine, embedded)
            ]
            assert told[0] == told[1]
            assert sum(line.flip is not None for line in told[0].lines) > 6


def test_the_gate_hears_accounts_and_decisions_as_on_the_embedded_engine(
    engine: SparkEngine,
) -> None:
    may, june = datetime(2026, 5, 1), datetime(2026, 6, 1)  # noqa: DTZ001 -- UTC in the tables
    said = [
        ("7", "granted", may),
        ("7", "denied", june),
        ("8", "denied", may),
        ("9", "granted", None),
    ]
    decisions: list[dict[str, object]] = [
        {"customer_id": key, "purpose": "advertising", "answer": answer, "decided_at": when}
        for key, answer, when in said
    ]
    guest = {"email_normal": "g@example.com", "purpose": "advertising"}
    decisions += [
        {**guest, "answer": "granted"},
        {**guest, "answer": "granted", "phone_e164": "+1"},
    ]
    decisions.append({"phone_e164": "+1", "purpose": "all", "answer": "denied"})
    named = [("customer_id", key, key) for key in ("7", "8", "9")]
    named += [("email", "g@example.com", "g-1"), ("phone", "+1", "g-2"), ("phone", "+1", "g-3")]
    accounts = [account("7", ad_consent=None), account("8", ad_consent_at=june), account("9")]
    provided = frozenset({"customers.ad_consent", "customers.ad_consent_at", "consents.answer"})
    with MemoryEngine() as embedded:
        told = [
            verdicts(
                gate(
                    populate(accounts, ["g-1", "g-2", "g-3"], decisions, named, on=one),
                    Purpose.ADVERTISING,
                    RULE,
                    provided=provided,
                    excluded=nobody(),
                )
            )
            for one in (engine, embedded)
        ]
    refused = dict.fromkeys(("7", "g-2", "g-3"), "consent_denied")
    assert told == [refused | dict.fromkeys(("8", "9", "g-1"), "yes")] * 2


def test_a_table_in_several_pieces_arrives_whole(engine: SparkEngine) -> None:
    pieces = [pa.table({"name": pa.array(names, pa.string())}) for names in (["a"], [], ["b"])]
    engine.register("pieces", pa.concat_tables(pieces))
    rows = engine.fetch("SELECT name FROM pieces ORDER BY name")
    assert rows["name"].to_pylist() == ["a", "b"]


def test_a_catalog_holds_the_published_tables_too(engine: SparkEngine, tmp_path: Path) -> None:
    asked = "SELECT customer_id, registered_at, tags FROM customers ORDER BY customer_id"
    shelf = CatalogShelf(engine.session, "spark_catalog.default", "ko-lo")
    other = CatalogShelf(engine.session, "spark_catalog.default", "ko")
    with Warehouse(tmp_path / "warehouse.duckdb", timezone="Europe/Prague") as warehouse:
        for client in ("c1", "c2"):
            warehouse.engine.execute(
                "INSERT INTO main.customers (customer_id, registered_at, tags) "
                f"VALUES ('{client}', TIMESTAMP '2026-01-01 10:00', ['a'])"
            )
            names = publish(warehouse.engine, shelf)
            assert publish(warehouse.engine, shelf) == names
            assert shelf.names() == set(names.values())
            engine.show("customers", shelf.frame(engine.session, names["customers"]))
            assert engine.fetch(asked).equals(warehouse.engine.fetch(asked))
    assert other.names() == set()


def test_a_failed_statement_says_what_kind_it_was_and_no_value(
    engine: SparkEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    for statement, kind in (
        ("SELECT CAST('anna@example.com' AS INT) AS x", "CAST_INVALID_INPUT"),
        ("SELECT 'anna@example.com' / 0 AS x", "DIVIDE_BY_ZERO|CAST_INVALID_INPUT"),
        ("SELECT nobody FROM anna", "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELEC 'anna@example.com'", "PARSE_SYNTAX_ERROR"),
    ):
        with pytest.raises(AudsyncError, match=kind) as caught:
            engine.fetch(statement)
        assert "anna" not in f"{caught.value!r} {caught.value.__cause__}"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("java", "kind", "said"),
    [
        (
            "SparkException: [CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND] Checkpoint block not found!",
            TransientError,
            "Spark was lost on the way",
        ),
        (
            "SparkException: Not enough memory to build and broadcast the table",
            ConfigError,
            "engine.options: Spark's memory does not suffice",
        ),
        (
            "SparkException: Lost task 0.3: java.lang.IllegalStateException: [ANNA] Anna",
            AudsyncError,
            "Spark failed: IllegalStateException; its own log",
        ),
        (
            "SparkRuntimeException: [DIVIDE_BY_ZERO] anna@example.com",
            AudsyncError,
            "Spark failed: DIVIDE_BY_ZERO; its own log",
        ),
    ],
)
def test_an_error_that_comes_as_text_alone_is_told_by_what_java_calls_it(
    java: str, kind: type[AudsyncError], said: str
) -> None:
    from py4j.protocol import Py4JError

    with pytest.raises(AudsyncError, match=said) as caught, plainly():
        raise Py4JError(f"An error occurred while calling o630.\n: org.apache.spark.{java}")
    assert type(caught.value) is kind
    assert "anna" not in f"{caught.value!r}".lower()
