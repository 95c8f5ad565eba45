"""Segments that ask in SQL: whether a shop answers them, and the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from audsync.config import Shop
from audsync.engine import EngineType
from audsync.errors import ConfigError, Problem
from audsync.sandbox.statement import QueryError, statement_of
from audsync.segments import Segment
from audsync.segments.codes import Mistake
from audsync.segments.groups import needed
from audsync.segments.queries import query_problem
from audsync.segments.rule import Query, query

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Answers:
    """Who each query holds for, by its text; and by id why a segment has no answer."""

    tables: "Mapping[str, pa.Table]" = field(default_factory=dict)
    failures: Mapping[str, ConfigError] = field(default_factory=dict)


def answer_queries(
    segments: Sequence[Segment], shop: Shop, warehouse: "Warehouse", *, as_of: date
) -> Answers:
    """Ask the queries of the active segments and of those they refer to.

    Each is asked once, whoever has it. The model of that day must stand in the warehouse.
    """
    tables: dict[str, pa.Table] = {}
    failures: dict[str, ConfigError] = {}
    for segment, asked in _queries(segments):
        if asked.sql not in tables:
            try:
                tables[asked.sql] = _answer(asked, shop, warehouse, as_of)
            except QueryError as error:
                failures[segment.id] = ConfigError([_problem(segment, error)])
    return Answers(tables, failures)


def sql_problems(segment: Segment, shop: Shop) -> list[Problem]:
    """What is wrong with the query of a segment at a shop, as far as its text tells."""
    asked = query(segment.rule)
    if asked is None:
        return []
    if not shop.engine.sql:
        return [_refusal(segment, "the shop does not answer queries in SQL", _ALLOW)]
    if shop.engine.type is not EngineType.DUCKDB:
        return [_refusal(segment, "a shop on Spark does not answer queries in SQL", _BLOCKS)]
    try:
        statement_of(asked.sql)
    except QueryError as error:
        return [_problem(segment, error)]
    return []


_ALLOW = "whoever runs audsync may set sql = true below [engine]"
_BLOCKS = "say it in blocks, or let this machine work out the shop's model"


def _queries(segments: Sequence[Segment]) -> list[tuple[Segment, Query]]:
    """The queries that have to be asked, each with a segment that has it."""
    active = [segment.id for segment in segments if segment.active]
    asked_of = sorted(needed(segments, active).items())
    found = [(segment, query(segment.rule)) for _, segment in asked_of]
    return [(segment, asked) for segment, asked in found if asked is not None]


def _answer(asked: Query, shop: Shop, warehouse: "Warehouse", as_of: date) -> "pa.Table":
    from audsync.sandbox.asking import ask

    limit = shop.engine.memory_limit
    statement = statement_of(asked.sql)
    return ask(statement, warehouse.engine, as_of=as_of, memory_limit=limit)


def _refusal(segment: Segment, message: str, hint: str) -> Problem:
    return query_problem(segment, Mistake.NO_SQL, message, hint=hint)


def _problem(segment: Segment, error: QueryError) -> Problem:
    code = Mistake.SQL_FAILED if error.has_run else Mistake.SQL
    return query_problem(segment, code, str(error), at=error.at, hint=error.hint)
