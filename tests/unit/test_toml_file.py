"""Reading TOML: encodings, places of problems, and hints for mistakes in the syntax."""

import codecs
from pathlib import Path

import pytest

from audsync.errors import ConfigError, Severity
from audsync.toml_file import TomlFile, looks_secret, parse_toml, read_toml


def parsed(text: str) -> TomlFile:
    return parse_toml(text.encode(), "config.toml")


def refusal(data: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_toml(data.encode() if isinstance(data, str) else data, "config.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:s3cret@example.com/a.csv", "https://***@example.com/a.csv"),
        ("https://example.com/a.csv?key=s3cret&x=s3cret", "https://example.com/a.csv?***"),
        ("https://me:s3@cret@example.com/?k=s3cret", "https://***@example.com/?***"),
        ("orders-?.csv", "orders-?.csv"),
    ],
)
def test_what_an_address_hides_is_not_shown(address: str, shown: str) -> None:
    file = parsed(f'files = ["{address}", "x"]\n')
    problem = file.problem("C108", "wrong", ("files",))
    assert problem.source_line == f'files = ["{shown}", "x"]'


# Places


def test_a_problem_underlines_the_key_it_is_about() -> None:
    file = parsed("[all]\ntotal_spen.at_least = 5000\n")
    problem = file.problem(
        "S101", 'unknown field "total_spen"', ("all", "total_spen"), hint="did you mean it?"
    )
    assert str(problem) == (
        'config.toml:2:1: error[S101]: unknown field "total_spen"\n'
        "    2 | total_spen.at_least = 5000\n"
        "      | ^^^^^^^^^^\n"
        "      = did you mean it?"
    )


def test_a_problem_can_point_at_the_value() -> None:
    file = parsed('a = 1\n  b.c   = "x y" # note\n')
    problem = file.problem("C105", "wrong", ("b", "c"), value=True, severity=Severity.WARNING)
    assert str(problem) == (
        "config.toml:2:11: warning[C105]: wrong\n"
        '    2 |   b.c   = "x y" # note\n'
        "      |           ^^^^^"
    )


def test_columns_count_characters_and_not_bytes() -> None:
    file = parsed('t = { "čeština 😀" = 1, b = 2 }\n')
    assert file.problem("C1", "x", ("t", "b")).column == 24


def test_what_is_absent_is_shown_at_the_table_around_it() -> None:
    file = parsed("[shops.kolo]\nname = 'Kolo'\n[shops.kolo.source]\n")
    place = file.problem("C103", "x", ("shops", "kolo", "source", "type"))
    assert (place.line, place.column, place.length) == (3, 13, 6)
    place = file.problem("C103", "x", ("shops", "kolo", "timezone"), value=True)
    assert (place.line, place.column) == (1, 8)


def test_what_no_table_holds_is_about_the_whole_file() -> None:
    problem = parsed("a = 1\n").problem("C101", "version is missing", ("version",), hint="add")
    assert str(problem) == "config.toml: error[C101]: version is missing\n      = add"


def test_a_value_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    file = parsed("a = [\n  1,\n  2,\n]\n")
    assert file.problem("C1", "x", ("a",), value=True).length == 1
    assert file.problem("C1", "x", ("a", 1)).line == 3


def test_elements_of_an_array_of_tables_are_told_apart() -> None:
    file = parsed("[[any]]\nx = 1\n[[any]]\nx = 2\n[any.deep]\ny = 3\n")
    assert file.problem("C1", "x", ("any", 0, "x")).line == 2
    assert file.problem("C1", "x", ("any", 1, "x")).line == 4
    assert file.problem("C1", "x", ("any", 1, "deep", "y")).line == 6
    assert file.problem("C1", "x", ("any", 1)).line == 3


def test_inline_tables_over_several_lines_have_places() -> None:
    file = parsed('source = {\n  type = "csv", # which\n  path = "a",\n}\n')
    problem = file.problem("C1", "x", ("source", "path"), value=True)
    assert (problem.line, problem.column, problem.length) == (3, 10, 3)


@pytest.mark.parametrize(
    "text",
    [
        '"""x""y"""',
        '"""x"""""',
        '""""x\\""""',
        '"""\n# no = \\"""\n"""',
        "'''x''y'''",
        "''''x'''''",
        '"#\\\\"',
        "'#\\'",
    ],
)
def test_a_text_ends_at_its_own_quotation_marks(text: str) -> None:
    file = parsed(f"a = {text} # x\nb = 1\n")
    assert file.value_text(("a",)) == text
    assert file.value_text(("b",)) == "1"


def test_a_header_is_the_place_of_its_table_even_where_a_deeper_one_comes_first() -> None:
    file = parsed("[a.b]\n[a]\nx = 1\n")
    assert file.problem("C1", "x", ("a",)).line == 2


def test_value_text_is_what_stands_in_the_file() -> None:
    file = parsed("a.b = 0x1F # x\n[t]\n")
    assert file.value_text(("a", "b")) == "0x1F"
    assert file.value_text(("t",)) is None
    assert file.value_text(("nothing",)) is None
    assert file.has(("a",))
    assert not file.has(("b",))


# Encodings


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    file = parse_toml(codecs.BOM_UTF8 + b'a = 1\r\nb = """x\r\ny"""\r\nc = 2\r\n', "f.toml")
    assert file.data == {"a": 1, "b": "x\ny", "c": 2}
    assert file.problem("C1", "x", ("c",)).line == 4
    assert file.problem("C1", "x", ("c",)).source_line == "c = 2"


@pytest.mark.parametrize(
    "data",
    ["a = 1\n".encode("utf-16"), "a = 1\n".encode("utf-16-le"), "a = 1\n".encode("utf-16-be")],
)
def test_utf_16_is_named(data: bytes) -> None:
    assert refusal(data) == (
        "config.toml:1:1: error[T102]: not saved as UTF-8: this looks like UTF-16\n"
        '      = in the editor choose "Save with encoding" and there UTF-8'
    )


def test_another_encoding_is_shown_at_its_first_foreign_letter() -> None:
    data = 'version = 1\r\nname = "Kolečka"\r\n'.encode("cp1250")
    assert refusal(data) == (
        "config.toml:2:13: error[T102]: "
        "not saved as UTF-8: this letter is in another encoding\n"
        '    2 | name = "Kole\N{REPLACEMENT CHARACTER}ka"\n'
        "      |             ^\n"
        '      = in the editor choose "Save with encoding" and there UTF-8'
    )


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_toml(tmp_path / "no.toml", "no.toml")
    assert str(caught.value) == (
        "no.toml: error[T105]: cannot be read: no such file or directory"
    )


def test_a_file_is_shown_under_the_name_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a = 1\n", encoding="utf-8")
    assert read_toml(path, "a.toml").shown == "a.toml"
    assert read_toml(path).shown == str(path)


def test_the_text_of_a_file_is_not_in_its_repr() -> None:
    assert repr(parsed("a = 'quiet'")) == "TomlFile(shown='config.toml')"


# Mistakes in the syntax: what is written, where it is shown, what is wrong, what to do

MISTAKES = [
    ("a = “x”", "1:5", "this is not a straight quotation mark", 'write a = "x"'),
    ("a = „x“", "1:5", "this is not a straight quotation mark", 'write a = "x"'),
    ("a = [“x”]", "1:5", "this is not a straight quotation mark", 'write a = ["x"]'),
    ("a = 5000,50", "1:5", "a decimal number has a dot", "write 5000.50"),
    ("b=1\na = 5 000", "2:5", "a number has no blanks in it", "write 5000 or 5_000"),
    ("a = .5", "1:5", "a number begins with a digit", "write 0.5"),
    ("a = 5.", "1:5", "a number does not end in a dot", "write 5"),
    (
        "zip = 01234",
        "1:7",
        "a number has no leading zeros",
        'text, such as a postcode, stands in quotes: "01234"',
    ),
    ("a = 1.2.2026", "1:5", "a date is written year-month-day", "write 2026-02-01"),
    (
        "a = 2026-13-01",
        "1:5",
        "there is no such date",
        "months are 01 to 12, days 01 to 31: 2026-01-31",
    ),
    ("a.b >= 5 # x", "1:1", "a comparison is written with its name", "write a.b.at_least = 5"),
    ("a<= 5", "1:1", "a comparison is written with its name", "write a.at_most = 5"),
    ("a > 5", "1:1", "a comparison is written with its name", "write a.more_than = 5"),
    ("a <5", "1:1", "a comparison is written with its name", "write a.less_than = 5"),
    ('a != "x"', "1:1", "a comparison is written with its name", 'write a.is_not = "x"'),
    ('a == "x"', "1:4", "one equals sign is enough", 'write a = "x"'),
    ("a = 2026-2-1", "1:5", "a date has two digits for month and day", "write 2026-02-01"),
    ("a = 2026-02-31", "1:5", "there is no such date or time", "write it like 2026-01-31"),
    ("a = 6 months", "1:5", "text stands in quotes", 'write "6 months"'),
    ("name = Kolo Brno", "1:8", "text stands in quotes", 'write name = "Kolo Brno"'),
    ("a = True # yes", "1:5", "yes and no are written true and false", "write true"),
    ("a = off", "1:5", "yes and no are written true and false", "write false"),
    ("a = null", "1:5", "TOML has no empty value", "leave a out"),
    ("a =", "1:4", "no value after the equals sign", None),
    ("= 1", "1:1", "no key before the equals sign", None),
    ("a = ?", "1:5", "this is no value", None),
    ("a: 1", "1:2", "a key and its value are joined by =", "write a = …"),
    (
        "můj klíč = 1",
        "1:1",
        "a key with blanks or letters beyond a to z stands in quotes",
        'write "můj klíč" = …',
    ),
    (
        'a = "C:\\data"',
        "1:5",
        "in double quotes a backslash begins a special character",
        "use single quotes: a = 'C:\\data'",
    ),
    (
        'a = "x\nb = 1',
        "1:5",
        "the text has no closing quotation mark",
        'close it in the same line, or write several lines between """ and """',
    ),
    ("a = 'x\x00'", "1:7", "the character U+0000 may not stand here", None),
    ("a = [1, 2\nb = 3", "2:1", "the list is not closed", None),
    ("a = {b = 1 c = 2}", "1:12", "the table is not closed", None),
    ("[any\na = 1", "1:5", "the header does not end in ]", None),
    ("[[any]\na = 1", "1:6", "the header does not end in ]]", None),
    ("// note", "1:1", "this is no comment", "a comment begins with #"),
    ('"a" 1', "1:5", "a line is key = value, or a [header]", None),
    ('a = "\\ud800"', "1:5", "in double quotes a backslash begins a special character", None),
    ("hello", "1:6", "a line is key = value, or a [header]", None),
    (
        "a = 1 b = 2",
        "1:7",
        "something follows that does not belong to the value",
        "one statement per line; a comment begins with #",
    ),
]


@pytest.mark.parametrize(("text", "place", "message", "hint"), MISTAKES)
def test_a_mistake_in_the_syntax_is_told_with_what_to_write(
    text: str, place: str, message: str, hint: str | None
) -> None:
    lines = refusal(text).split("\n")
    assert lines[0] == f"config.toml:{place}: error[T101]: {message}"
    if hint is not None:
        assert lines[-1] == f"      = {hint}"


TWICE = [
    (
        "[any]\na = 1\n[all]\n[any]\nb = 2",
        "4:1: error[T103]: [any] stands twice; first in line 1",
        "join the two; or, where both are meant, write [[any]] in both places",
    ),
    (
        "[[any]]\n[any]",
        "2:1: error[T103]: [any] stands twice; first in line 1",
        "write [[any]] here too",
    ),
    (
        "[any]\n[[any]]",
        "2:1: error[T103]: [any] stands twice; first in line 1",
        "write [[any]] in line 1 too",
    ),
    (
        "t = {}\n[t]",
        "2:1: error[T103]: [t] would change what is written above",
        "a value, and a table written as { … }, is complete: write it all in one place",
    ),
    (
        "t = { a = 1 }\n  t.b = 2",
        '2:3: error[T103]: "t.b" would change what is written above',
        "a value, and a table written as { … }, is complete: write it all in one place",
    ),
    (
        "[a.b]\nx = 1\n[a]\nb.y = 2",
        '4:1: error[T103]: "b.y" would change what is written above',
        "a value, and a table written as { … }, is complete: write it all in one place",
    ),
    (
        "[x]\ncity = 'Brno'\nage = 1\n  city = 'Praha'",
        '4:3: error[T104]: "city" is set twice; first in line 2',
        "keep one; several values are written as a list",
    ),
    (
        "a = 1\na.b = 2",
        '2:1: error[T104]: "a.b" is set twice',
        "keep one; several values are written as a list",
    ),
    ("a = {b = 1, b = 2}", "1:18: error[T104]: a key is set twice between { and }", "keep one"),
]


@pytest.mark.parametrize(("text", "first", "hint"), TWICE)
def test_what_stands_twice_is_told_with_both_places(text: str, first: str, hint: str) -> None:
    lines = refusal(text).split("\n")
    assert lines[0] == f"config.toml:{first}"
    assert lines[-1] == f"      = {hint}"


def test_nesting_without_end_is_refused_and_no_crash() -> None:
    text = f"a = {'[' * 5000}{']' * 5000}"
    assert refusal(text) == ("config.toml: error[T101]: lists or tables are nested too deeply")


# Secrets


@pytest.mark.parametrize(
    "key", ["api_key", "meta_token", "Password", "client-secret", "API-KEY"]
)
def test_a_secret_is_known_by_its_key(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize("key", ["key", "name", "tok", "pass"])
def test_other_keys_are_no_secrets(key: str) -> None:
    assert not looks_secret(key)


@pytest.mark.parametrize(
    "text",
    [
        "api_key = “canary-1”",
        "api_key = canary-1",
        "api_key = 1 canary-1",
        'api_key = "C:\\canary-1"',
        'a = { "my.token" = "canary-1", b = ? }',
        "meta.token: canary-1",
        'token = "canary-1',
    ],
)
def test_a_mistake_beside_a_secret_does_not_show_the_secret(text: str) -> None:
    assert "canary" not in refusal(text)
    assert "***" in refusal(text)


def test_a_problem_with_a_secret_shows_stars_in_its_place() -> None:
    file = parsed('[sinks.meta]\ntoken = "canary-1"\n')
    assert str(file.problem("C210", "no", ("sinks", "meta", "token"), value=True)) == (
        "config.toml:2:9: error[C210]: no\n    2 | token = ***\n      |         ^^^"
    )


def test_a_line_with_control_characters_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in refusal("a = '\x1b[31m'")


def test_a_very_long_line_is_cut() -> None:
    assert max(map(len, refusal(f"a = ? {'x' * 5000}").split("\n"))) < 250
    assert refusal(f"{'a' * 5000} = ?").split("\n")[1:] == []
