"""Laws of segments: SQL agrees with a slow reading of the rules, the schema with the parser."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import jsonschema
import pytest

from audsync.engine import Engine
from audsync.segments import Segment, evaluate, read_segment, segment_schema
from audsync.toml_file import parse_toml
from fakes.engine import MemoryEngine
from oracle.segment_rows import members
from property.segment_files import Doc, Writer, as_toml
from property.segment_shops import fill, shop

VALIDATOR = jsonschema.Draft7Validator(segment_schema())


def read(name: str, doc: Doc) -> Segment:
    segment, problems = read_segment(parse_toml(as_toml(doc).encode(), f"{name}.toml"), name)
    assert problems == ()
    assert segment is not None
    return segment


def as_json(value: Any) -> Any:
    """The document as an editor sees it: dates are text."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.fixture(scope="module")
def engine() -> Iterator[MemoryEngine]:
    with MemoryEngine() as engine:
        yield engine


def agree(engine: Engine, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- examples, no secrets
    here = shop(random)
    fill(engine, here)
    writer = Writer(random, here.as_of)
    rules: dict[str, Doc] = {}
    for number in range(20):
        rules[f"s{number}"] = writer.segment(list(rules))
    segments = [read(name, doc) for name, doc in rules.items()]
    evaluate(segments, engine, as_of=here.as_of, currency="CZK")
    rows = engine.fetch("SELECT segment_id, client_id FROM membership").to_pylist()
    found = {(row["segment_id"], row["client_id"]) for row in rows}
    assert len(rows) == len(found)
    assert found == members(here, rules)


@pytest.mark.parametrize("seed", range(20))
def test_sql_finds_whom_a_slow_reading_of_the_rules_finds(
    engine: MemoryEngine, seed: int
) -> None:
    agree(engine, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1500))
def test_sql_agrees_in_many_more_cases(engine: MemoryEngine, seed: int) -> None:
    agree(engine, seed)


@pytest.mark.parametrize("seed", range(200))
def test_what_the_parser_accepts_the_schema_accepts(seed: int) -> None:
    doc = Writer(Random(seed), date(2024, 2, 29)).segment(["other"])  # noqa: S311 -- examples
    read("s", doc)
    assert [error.message for error in VALIDATOR.iter_errors(as_json(doc))] == []
