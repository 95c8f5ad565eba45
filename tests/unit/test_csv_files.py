"""Files as they come: packed, damaged, in other encodings, with rows that do not fit."""

import gzip
import zipfile
from pathlib import Path

import pytest

from audsync.contracts import Level, Loss
from audsync.errors import SourceDataError
from csv_feeds import (
    CUSTOMERS,
    pull,
    source,
)


def test_packed_files_are_read(tmp_path: Path) -> None:
    text = b"id,email\n1,\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("inner.csv", text)
    for name in ("a.csv.gz", "b.zip"):
        made = source(tmp_path, CUSTOMERS.replace("customers.csv", name))
        assert pull(made).counts["customers"] == 1


def _zip(*names: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "id,email\n1,anna@example.com\n")
    return made.getvalue()


PERSON = "1,anna@example.com"
FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", r"customers\.csv: the file is empty"),
    "only blank lines": (b"\n\n", r"customers\.csv: the file is empty"),
    "cut off .gz": (gzip.compress(b"id,email\n" * 9999)[:-9], "cut off before its end"),
    "damaged .gz": (b"\x1f\x8b\x08\x00" + b"x" * 50, "damaged"),
    "damaged .zip": (b"PK\x03\x04" + b"x" * 50, "damaged"),
    "two files in a .zip": (_zip("a.csv", "b.csv"), "holds 2 files"),
    "no file in a .zip": (_zip(), "holds 0 files"),
    "a spreadsheet": (_zip("[Content_Types].xml", "xl/a.xml"), "spreadsheet"),
    "another delimiter": (b"id~email\n1~anna@example.com\n", "one cell; no comma"),
    "no header": (f"{PERSON}\n2,bob@example.com\n".encode(), "does not look like the header"),
    "a column that is not there": (b"id,e-mail\n1,anna@example.com\n", 'no column "email"'),
    "a column twice": (b"id,email,EMAIL\n1,,\n", 'two columns are called "email"'),
    "NUL bytes": (
        f"id,email\n{PERSON}\n2,\0\n3,\0\n".encode(),
        r"customers\.csv:3: a NUL byte",
    ),
    "UTF-16 without a mark": ("id,email\n1,\n".encode("utf-16-le"), "a NUL byte"),
    "an open quotation mark": (
        f'id,email\n{PERSON}\n2,"bob@example.com\n3,\n'.encode(),
        r"customers\.csv:3: the quotation mark .* is never closed",
    ),
    "most rows too short": (
        b"id,email\n1,\n2\n3\n4\n",
        r"customers\.csv:3: 1 cells .* in 3 of 4 rows",
    ),
    "neither UTF-8 nor cp1250": (b"id,email\n1,\x81\n", r"customers\.csv:2: neither UTF-8"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_is_told_without_its_values(tmp_path: Path, name: str) -> None:
    data, message = FAULTS[name]
    made = source(tmp_path, CUSTOMERS, customers=data)
    with pytest.raises(SourceDataError, match=message) as caught:
        pull(made)
    assert "anna" not in str(caught.value)
    assert "bob" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    [finding] = made.check()
    assert finding.level is Level.ERROR


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    made = source(tmp_path, CUSTOMERS)
    with pytest.raises(
        SourceDataError, match=r"cannot be read \(no such file.*correct its name"
    ):
        pull(made)
    (tmp_path / "customers.csv").mkdir()
    with pytest.raises(SourceDataError, match="a folder, not a file"):
        pull(made)


def test_a_line_of_many_megabytes_is_told(tmp_path: Path) -> None:
    data = b"id,email\n1,\n2," + b"x" * 40_000_000 + b"\n"
    with pytest.raises(SourceDataError, match=r"customers\.csv:3: .* longer than 16 MB"):
        pull(source(tmp_path, CUSTOMERS, customers=data))


@pytest.mark.parametrize("size", [200_000, 3_000_000])
def test_a_first_line_that_is_no_header_is_told(tmp_path: Path, size: int) -> None:
    data = b"x" * size + b"\nid,email\n1,\n"
    with pytest.raises(SourceDataError, match=r"customers\.csv:1: the first line"):
        pull(source(tmp_path, CUSTOMERS, customers=data))


def test_a_file_over_the_limit_is_refused_also_when_it_was_packed(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_bytes(gzip.compress(b"id,email\n" + b"1,\n" * 999_999))
    made = source(tmp_path, "max_size_mb = 1\n" + CUSTOMERS)
    with pytest.raises(SourceDataError, match="more than 1 MB unpacked"):
        pull(made)


def test_the_columns_that_are_there_are_named_with_the_nearest(tmp_path: Path) -> None:
    made = source(tmp_path, CUSTOMERS, customers="id,e-mail,city\n1,,\n")
    with pytest.raises(SourceDataError) as caught:
        pull(made)
    assert str(caught.value) == (
        'customers.csv: no column "email" (did you mean "e-mail"?) among 3 columns separated '
        "by comma: id, e-mail, city. Correct the mapping, or the file"
    )


def test_a_row_with_too_many_or_too_few_cells_is_dropped_at_its_line(tmp_path: Path) -> None:
    good = "".join(f'{n},"two\nlines"\n' for n in range(20))
    text = f"id,email\n{good}a\n\nb,c,d\n99,last@example.com\n"
    pulled = pull(source(tmp_path, CUSTOMERS, customers=text))
    assert [(one.place, one.reason, one.loss) for one in pulled.rejected] == [
        ("customers.csv:42", "wrong_cell_count", Loss.ROW),
        ("customers.csv:44", "wrong_cell_count", Loss.ROW),
    ]
    assert pulled.counts["customers"] == 21


def test_rows_that_a_spreadsheet_left_blank_say_nothing(tmp_path: Path) -> None:
    text = "id,email,note\n1,,\n,,\n,,x\n2,b@example.com,\n,b@example.com,\n,,\n"
    pulled = pull(source(tmp_path, CUSTOMERS, customers=text))
    assert pulled.column("customers", "customer_id") == ["1", "2"]
    assert [(one.place, one.reason) for one in pulled.rejected] == [
        ("customers.csv:6", "missing_key")
    ]


def test_a_row_with_a_nul_byte_is_dropped(tmp_path: Path) -> None:
    rows = "".join(f"{n},\n" for n in range(9))
    pulled = pull(source(tmp_path, CUSTOMERS, customers=f"id,email\n{rows}9,\0\n"))
    assert [(one.place, one.reason) for one in pulled.rejected] == [
        ("customers.csv:11", "nul_character")
    ]
    assert pulled.counts["customers"] == 9


def test_a_row_that_is_not_text_of_the_file_is_dropped(tmp_path: Path) -> None:
    rows = "".join(f"{n},Růžová\n" for n in range(9)).encode()
    pulled = pull(source(tmp_path, CUSTOMERS, customers=b"id,email\n" + rows + b"9,\xff\n"))
    assert [(one.place, one.reason) for one in pulled.rejected] == [
        ("customers.csv:11", "wrong_encoding")
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    text = f'id{sign}"name, and; more | x"{sign}email\n1{sign}x{sign}a@example.com\n'
    made = source(tmp_path, CUSTOMERS, customers=text)
    assert pull(made).column("customers", "email") == ["a@example.com"]


@pytest.mark.parametrize(
    ("data", "assumed"),
    [
        ("id,email\n1,Růžová\n".encode(), False),
        ("\ufeffid,email\n1,Růžová\n".encode(), False),
        ("\ufeffid,email\n1,Růžová\n".encode("utf-16-le"), False),
        ("\ufeffid,email\n1,Růžová\n".encode("utf-16-be"), False),
        ("id,email\n1,Růžová\n".encode("cp1250"), True),
    ],
)
def test_the_encoding_is_found_and_an_assumption_is_said(
    tmp_path: Path, *, data: bytes, assumed: bool
) -> None:
    made = source(tmp_path, CUSTOMERS, customers=data)
    assert pull(made).column("customers", "email") == ["Růžová"]
    [finding] = made.check()
    assert finding.level is (Level.WARNING if assumed else Level.OK)
    assert ("cp1250" in finding.message) is assumed


def test_an_encoding_that_is_set_is_used(tmp_path: Path) -> None:
    toml = CUSTOMERS.replace("[customers.columns]", 'encoding = "cp1252"\n[customers.columns]')
    made = source(tmp_path, toml, customers="id,email\n1,Ñandú\n".encode("cp1252"))
    assert pull(made).column("customers", "email") == ["Ñandú"]
    wrong = toml.replace("cp1252", "ascii")
    made = source(tmp_path, wrong.replace("ascii", "utf-16-le"), customers=b"id,email\n1")
    with pytest.raises(SourceDataError, match=r"set `encoding`|first line|no column"):
        pull(made)


def test_headers_are_compared_without_case_spaces_and_quotes(tmp_path: Path) -> None:
    made = source(
        tmp_path, CUSTOMERS, customers='sep=;\r\n"ID" ; EMail \r\n1;a@example.com\r\n'
    )
    assert pull(made).column("customers", "email") == ["a@example.com"]


def test_line_ends_of_all_systems_are_read(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        text = f"id,email{end}1,a{end}{end}2,b{end}x"
        pulled = pull(source(tmp_path, CUSTOMERS, customers=text + end))
        assert pulled.column("customers", "email") == ["a", "b"]
        assert [one.place for one in pulled.rejected] == ["customers.csv:5"]
