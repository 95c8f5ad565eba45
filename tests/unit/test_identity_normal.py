"""Normal forms of whole columns."""

from typing import Any

import pyarrow as pa

from audsync.identity.normal import NORMAL_COLUMNS, Normalised, add_normal_forms


def _rows(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _column(normalised: Normalised, name: str) -> list[Any]:
    return normalised.rows[name].to_pylist()


def test_every_row_gets_the_form_of_its_value() -> None:
    rows = _rows(
        customer_id=["1", "2", "3", "4"],
        email=[" Anna@Example.com", None, "anna@example.com", "anna at example.com"],
        phone=["600 100 200", "0048600100200", None, "x"],
        first_name=["Ing. Jan", "ŁUKASZ", None, "-"],
        last_name=["O'Neil", None, "van der Berg", ""],
    )
    result = add_normal_forms(rows, country="PL")
    assert result.rows["customer_id"].to_pylist() == ["1", "2", "3", "4"]
    assert _column(result, "email_normal") == [
        "anna@example.com",
        None,
        "anna@example.com",
        None,
    ]
    assert _column(result, "phone_e164") == ["+48600100200", "+48600100200", None, None]
    assert _column(result, "first_name_clean") == ["Ing. Jan", "ŁUKASZ", None, None]
    assert _column(result, "first_name_match") == ["jan", "łukasz", None, None]
    assert _column(result, "last_name_clean") == ["O'Neil", None, "van der Berg", None]
    assert _column(result, "last_name_match") == ["oneil", None, "vanderberg", None]
    assert result.dropped == {"invalid_email": 1, "invalid_name": 1, "invalid_phone": 1}


def test_a_phone_is_read_by_the_country_of_its_row_else_of_the_shop() -> None:
    rows = _rows(
        phone=["0664 1234650", "0664 1234650", "0664 1234650"], country=["AT", None, "HU"]
    )
    result = add_normal_forms(rows, country="AT")
    assert _column(result, "phone_e164") == ["+436641234650", "+436641234650", None]
    assert result.dropped == {"invalid_phone": 1}


def test_dropped_values_are_counted_by_row_and_empty_cells_are_not() -> None:
    rows = _rows(
        email=["x", "x", "a@members.ebay.com", "", "  ", None],
        phone=["123456789", "000", "600100200/600100201", "", "\t", None],
        first_name=["n/a", "", " ", None, "Eva", "?"],
        last_name=["-", None, "Nová", "", "Nová", "Nová"],
    )
    assert add_normal_forms(rows, country="PL").dropped == {
        "invalid_email": 2,
        "invalid_name": 3,
        "placeholder_phone": 2,
        "relay_address": 1,
        "several_phones": 1,
    }


def test_columns_that_are_not_there_give_empty_forms() -> None:
    result = add_normal_forms(_rows(order_id=["1", "2"]), country="PL")
    assert result.rows.column_names == ["order_id", *NORMAL_COLUMNS]
    assert all(_column(result, name) == [None, None] for name in NORMAL_COLUMNS)
    assert result.dropped == {}


def test_no_rows_give_no_rows() -> None:
    result = add_normal_forms(_rows(email=[], phone=[], country=[]), country="PL")
    assert result.rows.num_rows == 0
    assert [result.rows.schema.field(name).type for name in NORMAL_COLUMNS] == [pa.string()] * 6


def test_forms_that_are_already_there_are_made_anew() -> None:
    once = add_normal_forms(_rows(email=["A@example.com"]), country="PL").rows
    twice = add_normal_forms(once, country="PL").rows
    assert twice.equals(once)


def test_rows_in_chunks_and_in_other_text_types_give_the_same() -> None:
    emails = ["A@example.com", "b@example.com", "A@example.com", None]
    whole = add_normal_forms(_rows(email=emails), country="PL").rows["email_normal"]
    chunks = pa.chunked_array([emails[:1], emails[1:3], [], emails[3:]], pa.large_string())
    table = pa.Table.from_arrays([chunks], names=["email"])
    parts = add_normal_forms(table, country="PL").rows["email_normal"]
    assert parts.to_pylist() == whole.to_pylist()


def test_a_column_of_common_and_odd_spellings_gets_the_forms_of_both() -> None:
    rows = _rows(
        email=[None, "<Anna@Example.com>", "b@example.com", "mailto:c@example.com", "x", "x"],
        phone=["608123465/x", None, "777 123 465", "x", "+39 (0)6 1234 5679", "608123465/x"],
        last_name=["-", "-", "Nov\u00e1k", None, "n/a", "Nov\u00e1k"],
        country=["CZ", None, None, "IT", "IT", "AT"],
    )
    result = add_normal_forms(rows, country="CZ")
    assert _column(result, "email_normal") == [
        *(None, "anna@example.com", "b@example.com", "c@example.com", None, None)
    ]
    assert _column(result, "phone_e164") == [
        *("+420608123465", None, "+420777123465", None, "+390612345679", None)
    ]
    assert _column(result, "last_name_match") == [
        None,
        None,
        "nov\u00e1k",
        None,
        None,
        "nov\u00e1k",
    ]
    assert result.dropped == {"invalid_email": 2, "invalid_name": 3, "invalid_phone": 2}


def test_a_missing_phone_stays_missing_where_others_are_spelt_oddly() -> None:
    rows = _rows(phone=[None, "608123465/x", None, "777123465/x"])
    assert _column(add_normal_forms(rows, country="CZ"), "phone_e164") == [
        *(None, "+420608123465", None, "+420777123465")
    ]
