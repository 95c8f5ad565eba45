"""The JSON Schemas of config files, for editors."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from audsync.config import (
    config_schema,
    shop_schema,
)
from fakes.config_files import INLINE, SHOP, load
from fakes.config_mistakes import MISTAKES
from fakes.stub_connectors import SINKS, SOURCES, plugin


def test_the_schema_is_draft_07_and_accepts_what_is_read(tmp_path: Path) -> None:
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    jsonschema.Draft7Validator.check_schema(schema)
    text = INLINE + "[shops.kolo.sinks.files]\n[shops.kolo.sinks.ads]\ntype = 'stub_ads'\n"
    load(tmp_path, text)
    jsonschema.validate(tomli.loads(text), schema)
    jsonschema.validate(tomli.loads(SHOP), shop_schema(sources=SOURCES, sinks=SINKS))


SHAPES = [row for row in MISTAKES if any(code in row[1] for code in ("C104", "C105", "C117"))]


@pytest.mark.parametrize(("added", "first", "_hint"), SHAPES)
def test_the_schema_refuses_what_has_the_wrong_shape(
    added: str, first: str, _hint: str | None
) -> None:
    only_here = ("no path", "without decimals")  # 20.0 is a whole number to JSON Schema
    if any(word in f"{first} {_hint}" for word in only_here):
        return
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    assert not jsonschema.Draft7Validator(schema).is_valid(tomli.loads(INLINE + added))


def test_the_schema_says_what_each_key_means() -> None:
    schema = config_schema(sources=SOURCES, sinks=SINKS)
    shop = schema["properties"]["shops"]["additionalProperties"]
    assert shop["properties"]["source"]["properties"]["page_size"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 500,
        "description": "Rows asked for at once.",
        "default": 100,
    }
    assert "null" not in json.dumps(schema)

    def tables(node: Any) -> list[dict[str, Any]]:
        inner = node.values() if isinstance(node, dict) else node
        found = [item for one in inner if isinstance(one, dict | list) for item in tables(one)]
        return found + ([node] if isinstance(node, dict) and "properties" in node else [])

    for table in tables(schema):
        assert "additionalProperties" in table
        for key, value in table["properties"].items():
            assert "description" in value or key in {*SINKS, *SOURCES}, key


def test_a_connector_that_is_broken_leaves_its_options_open() -> None:
    schema = shop_schema(sources={"stub": plugin("stub", "Missing")}, sinks={})
    assert jsonschema.Draft7Validator(schema).is_valid({"source": {"type": "stub", "any": 1}})
