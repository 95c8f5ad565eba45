"""Places by postcode, the files that hold them, and codes of places."""

import pytest

from audsync.identity.postcodes import Place, PlaceFileError, Places, read_places
from audsync.identity.subdivisions import iso_subdivision


def test_a_file_of_two_columns_is_enough() -> None:
    table = read_places("zip_prefix,district\n602,Brno\n60,Okolí\n", country="CZ")
    places = Places(table)
    assert places.find("CZ", "602 00") == Place("Brno")
    assert places.find("CZ", "60900") == Place("Okolí")
    assert places.find("CZ", "70000") is None
    assert places.find("SK", "60200") is None


def test_semicolons_a_mark_of_the_byte_order_and_empty_lines_are_read() -> None:
    text = (
        "\ufeffZIP_prefix;district;country;region_code\r\n 00-0 ;Śródmieście;pl;PL-14\r\n\r\n"
    )
    assert Places(read_places(text, country="CZ")).find("PL", "00-001") == Place(
        "Śródmieście", region_code="PL-14"
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "there is no column zip_prefix and no column district"),
        ("zip_prefix\n", 1, "there is no column district"),
        ("zip_prefix,district,town\n", 1, "1 columns are none of country, zip_prefix"),
        ("zip_prefix,district,district\n", 1, "a column stands there twice"),
        ("zip_prefix,district\n602,Brno,x\n", 2, "3 cells for 2 columns"),
        ("zip_prefix,district\n602,Brno\n - ,Brno\n", 3, "there is no postcode"),
        ("zip_prefix,district\n602,Brno\n60 2,Brno\n", 3, "this postcode stands in an earlier"),
        ("zip_prefix,district,country\n602,Brno,CZE\n", 2, "the country is not two letters"),
    ],
)
def test_a_file_that_is_wrong_is_told_by_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(PlaceFileError) as told:
        read_places(text, country="CZ")
    assert told.value.line == line
    assert str(told.value).startswith(message)


@pytest.mark.parametrize(
    ("code", "iso"),
    [
        ("CZ0642", "CZ-642"),
        ("cz020A", "CZ-20A"),
        ("CZ064", "CZ-64"),
        ("SK010", "SK-BL"),
        ("PL21", "PL-12"),
        ("PL91", "PL-14"),
        ("HU110", "HU-BU"),
        ("RO321", "RO-B"),
        ("PL-14", "PL-14"),
        ("Brno-město", "Brno-město"),
    ],
)
def test_codes_of_the_statistics_are_those_of_iso(code: str, iso: str) -> None:
    assert iso_subdivision(code) == iso
