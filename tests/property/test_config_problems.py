"""Whatever a config file says, it is read, or refused at places in it; nothing else happens."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from audsync.config import load_config
from audsync.errors import ConfigError
from fakes.stub_connectors import SINKS, SOURCES

RIGHT: dict[str, Any] = {
    "version": 1,
    "defaults": {"timezone": "Europe/Prague", "country": "CZ", "currency": "CZK"},
    "guard": {"shrink_percent": 20},
    "paths": {"state": "state", "data": []},
    "shops": {
        "kolo": {
            "name": "Kolo",
            "schedule": "30 3 * * *",
            "source": {
                "type": "stub",
                "url": "https://kolo.example",
                "page_size": 5,
                "customers": {"files": "a", "columns": {"email": {"column": "E-mail"}}},
            },
            "sinks": {"files": {"purpose": "sms"}, "ads": {"type": "stub_ads"}},
            "consent": {
                "field": "ad_consent",
                "granted": ["yes"],
                "sms": {"field": "sms_frequency", "granted": ["every_day"]},
            },
            "model": {
                "money": "net",
                "counted_status": ["finished"],
                "rfm": {"window_days": 9},
            },
            "rates": {"EUR": "24.3"},
            "quarantine": {"warn_percent": 1.5},
        }
    },
}


def keys(data: Any) -> set[str]:
    if not isinstance(data, dict):
        return set()
    return set(data).union(*(keys(value) for value in data.values()))


VALUES = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "kolo", "full", "net", "../x", "a\0b", "api_key", "Europe/Prague", "5"]
    ),
    st.text(max_size=5).filter(lambda text: text.isprintable()),
)
NAMES = st.sampled_from(sorted(keys(RIGHT))) | st.sampled_from(["token", "x y", "", "str", "0"])
ANYTHING = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, data: Any) -> Any:
    """The data with some of its keys left out, replaced or added."""
    if draw(st.integers(0, 19)) == 0:
        return draw(ANYTHING)
    if not isinstance(data, dict):
        return data
    kept = {key: draw(changed(data[key])) for key in data if draw(st.integers(0, 19))}
    if draw(st.integers(0, 9)) == 0:
        kept[draw(NAMES)] = draw(ANYTHING)
    return kept


def toml(value: Any) -> str:
    """The value as TOML in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text or "e" in text else f"{text}.0"
    return json.dumps(value, ensure_ascii=False)


def lines(data: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in data.items())


@settings(max_examples=50)
@given(changed(RIGHT))
@example(RIGHT)
def test_any_config_is_read_or_refused_at_places_in_it(data: Any) -> None:
    text = lines(data) if isinstance(data, dict) else "version = 1\n"
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "config.toml"
        file.write_text(text, encoding="utf-8")
        try:
            config = load_config(file, sources=SOURCES, sinks=SINKS, shown_from=Path(name))
        except ConfigError as error:
            problems = error.problems
            assert any(problem.severity == "error" for problem in problems)
        else:
            problems = config.warnings
            assert data != RIGHT or not problems
    rows = text.split("\n")
    for problem in problems:
        assert problem.path == "config.toml"
        assert problem.message
        if problem.line:
            row = rows[problem.line - 1]
            assert 1 <= problem.column <= max(len(row), 1)
            assert problem.column + problem.length - 1 <= max(len(row), problem.column)
