"""Every key and value of a TOML file has a place, and it is the right one."""

from typing import Any

import tomli
from hypothesis import given
from hypothesis import strategies as st

from audsync.errors import ConfigError
from audsync.toml_file import KeyPath, TomlFile, parse_toml
from audsync.toml_file.positions import positions


def leaves(data: Any, path: KeyPath = ()) -> dict[KeyPath, Any]:
    """Everything that holds nothing further: scalars, and empty tables and lists."""
    if isinstance(data, dict) and data:
        parts = [leaves(data[key], (*path, key)) for key in data]
    elif isinstance(data, list) and data:
        parts = [leaves(item, (*path, number)) for number, item in enumerate(data)]
    else:
        return {path: data} if path else {}
    return {key: value for part in parts for key, value in part.items()}


def paths(data: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every table, list, element and value below the root."""
    found = {path} - {()}
    if isinstance(data, dict):
        found.update(*(paths(value, (*path, key)) for key, value in data.items()))
    elif isinstance(data, list):
        found.update(*(paths(value, (*path, number)) for number, value in enumerate(data)))
    return found


def value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step]
    return data


def key_as_read(text: str) -> str:
    [key] = tomli.loads(f"{text} = 1")
    return key


def assert_placed(file: TomlFile) -> None:
    found = positions(file.text)
    assert set(found) == paths(file.data)
    for path, position in found.items():
        written = file.value_text(path)
        value = value_at(file.data, path)
        if written is not None:
            # repr, since nan is not equal to itself
            assert repr(tomli.loads(f"value = {written}")["value"]) == repr(value)
        name = next(step for step in reversed(path) if isinstance(step, str))
        if isinstance(path[-1], str):
            assert key_as_read(file.text[position.key.start : position.key.end]) == name
    for path, value in leaves(file.data).items():
        assert isinstance(value, dict | list) or file.value_text(path) is not None


# Texts that hold what could be taken for the end of something.
TEXT = st.text(st.sampled_from("a b.=#\"'\\[]{},\n\tč😀\u2028-"), max_size=8)
BLANK = st.sampled_from(["", " ", "\t", "  "])
VOID = st.sampled_from(["", " ", "\n", " # c ] } \" '\n", "\n\n\t", "\r\n"])
NUMBERS = ("0", "-17", "+3", "1_000", "0xDEAD", "0o17", "1.5", "-0.0", "6e+23", "inf", "-nan")
TIMES = ("2026-11-23", "07:32:00.25", "2026-11-23T07:32:00Z", "2026-11-23 07:32:00.5+01:00")
PLAIN = st.sampled_from((*NUMBERS, *TIMES, "true", "false"))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _basic(text: str) -> str:
    return f'"{_escaped(text)}"'.replace("\n", "\\n")


def _many_lines(text: str) -> str:
    return f'"""{_escaped(text)}""""' if text.endswith("a") else f'"""\n{_escaped(text)}"""'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "").replace("\n", "") + "'"


def _many_lines_literal(text: str) -> str:
    inner = text.replace("'", "")
    return f"'''{inner}''''" if inner.endswith("a") else f"'''{inner}'''"


STRING = st.builds(
    lambda write, text: write(text),
    st.sampled_from([_basic, _many_lines, _literal, _many_lines_literal]),
    TEXT,
)
KEY = st.sampled_from("abcd") | st.sampled_from(["a-1", "9", "_"]) | TEXT.map(_basic)


def dotted(keys: list[str], blanks: list[str]) -> str:
    return "".join(
        f"{blanks[0]}.{blanks[1]}{key}" if number else key for number, key in enumerate(keys)
    )


DOTTED = st.builds(
    dotted, st.lists(KEY, min_size=1, max_size=3), st.lists(BLANK, min_size=2, max_size=2)
)


def _list(items: list[str], voids: list[str], *, comma: bool) -> str:
    inner = f"{voids[0]},{voids[1]}".join(items)
    return f"[{voids[2]}{inner}{voids[0]}{',' if comma and items else ''}{voids[1]}]"


def _inline(items: list[tuple[str, str]], voids: list[str], *, comma: bool) -> str:
    inner = f"{voids[0]},{voids[1]}".join(f"{key} = {value}" for key, value in items)
    return f"{{{voids[2]}{inner}{voids[0]}{',' if comma and items else ''}{voids[1]}}}"


VOIDS = st.lists(VOID, min_size=3, max_size=3)
VALUE = st.recursive(
    PLAIN | STRING,
    lambda value: (
        st.builds(_list, st.lists(value, max_size=3), VOIDS, comma=st.booleans())
        | st.builds(
            _inline,
            st.lists(st.tuples(DOTTED, value), max_size=3, unique_by=lambda pair: pair[0]),
            VOIDS,
            comma=st.booleans(),
        )
    ),
    max_leaves=6,
)


def _pair(blanks: list[str], key: str, value: str) -> str:
    return f"{blanks[0]}{key}{blanks[1]}={blanks[0]}{value}{blanks[1]}"


LINE = st.one_of(
    st.builds(_pair, st.lists(BLANK, min_size=2, max_size=2), DOTTED, VALUE),
    st.builds(lambda blank, key: f"[{blank}{key}{blank}]", BLANK, DOTTED),
    st.builds(lambda blank, key: f"{blank}[[{key}{blank}]] # again", BLANK, DOTTED),
    st.just(""),
    st.just("# a = 1"),
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Lines kept only as long as the whole stays TOML: a key set twice is left out."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = ""
    for line in draw(st.lists(LINE, max_size=12)):
        longer = f"{text}{line}{end}"
        try:
            tomli.loads(longer)
        except tomli.TOMLDecodeError:
            continue
        text = longer
    return text


@given(documents())
def test_every_path_of_the_data_has_a_place_and_each_value_reads_as_written(text: str) -> None:
    assert_placed(parse_toml(text.encode(), "random.toml"))


@given(st.text(st.sampled_from("ab=[]{}.,\"'\\#\n 01t")) | TEXT)
def test_any_text_is_either_read_with_places_or_refused_with_one(text: str) -> None:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        try:
            parse_toml(text.encode(), "random.toml")
        except ConfigError as error:
            [problem] = error.problems
            assert 1 <= problem.line <= text.count("\n") + 1
            assert problem.column >= 1
            assert str(problem).startswith(f"random.toml:{problem.line}:{problem.column}: ")
        else:
            raise AssertionError("the parser refused it") from None
    else:
        assert_placed(parse_toml(text.encode(), "random.toml"))
