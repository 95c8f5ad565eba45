"""From the text of cells to values."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from audsync.errors import SourceDataError
from csv_feeds import CUSTOMERS, ORDERS_AND_LINES, pull, source


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('{ join = ["a", "b"] }', ["Ann Lee", "Bo", None]),
        ('{ join = ["b", "a"], by = ", " }', ["Lee, Ann", "Bo", None]),
        ('{ first = ["b", "a"] }', ["Lee", "Bo", None]),
        ('{ column = "b", default = "none" }', ["Lee", "none", "none"]),
        ('{ column = "a", map = { ANN = "Anna", bo = "" } }', ["Anna", None, None]),
        ('{ column = "a", strip_prefix = "A", strip_suffix = "n" }', ["n", "Bo", None]),
        ('{ value = "x" }', ["x", "x", "x"]),
    ],
)
def test_a_cell_is_made_of_columns(tmp_path: Path, cell: str, expected: list[str]) -> None:
    toml = CUSTOMERS + f"first_name = {cell}\n"
    text = "id,email,a,b\n1,,Ann,Lee\n2,,Bo,\n3,,NULL,\n"
    pulled = pull(source(tmp_path, toml, customers=text))
    assert pulled.column("customers", "first_name") == expected


def test_the_apostrophe_of_a_spreadsheet_is_dropped_and_that_of_a_name_stays(
    tmp_path: Path,
) -> None:
    toml = CUSTOMERS + 'last_name = "name"\nphone = "phone"\n'
    text = "id,email,name,phone\n'7210448301122,,'t Hooft,'+447700900123\n"
    [row] = pull(source(tmp_path, toml, customers=text)).rows("customers")
    assert row["customer_id"] == "7210448301122"
    assert row["last_name"] == "'t Hooft"
    assert row["phone"] == "+447700900123"


def test_words_of_permissions_are_read_tolerantly_and_never_guessed(tmp_path: Path) -> None:
    toml = CUSTOMERS + 'data_permission = "p"\nnewsletter_frequency = "n"\n'
    text = "id,email,p,n\n1,,Do Not-personalize,every day\n2,,maybe,NEVER\n3,,,\n"
    pulled = pull(source(tmp_path, toml, customers=text))
    assert pulled.column("customers", "data_permission") == ["do_not_personalize", None, None]
    assert pulled.column("customers", "newsletter_frequency") == ["every_day", "never", None]
    assert pulled.reasons() == {("data_permission", "unknown_value"): 1}


def test_a_gender_is_read_in_several_languages(tmp_path: Path) -> None:
    toml = CUSTOMERS + 'gender = { column = "g", map = { other = "" } }\n'
    words = ("female", "M", "žena", "MUŽ", "K", "w", "Nő", "bărbat", "other", "", "divers")
    text = "id,email,g\n" + "".join(f"{n},,{word}\n" for n, word in enumerate(words))
    pulled = pull(source(tmp_path, toml, customers=text))
    f, m = "female", "male"
    assert pulled.column("customers", "gender") == [f, m, f, m, f, f, f, m, None, None, None]
    assert pulled.reasons() == {("gender", "unknown_value"): 1}


def test_yes_and_no_are_read_in_several_languages(tmp_path: Path) -> None:
    toml = ORDERS_AND_LINES.partition("[order_lines]")[0] + 'has_invoice = "inv"\n'
    words = ("yes", "ANO", "0", "ne", "1.0", "", "perhaps")
    rows = "".join(f"{n},a,2024-01-02,1,done,{word}\n" for n, word in enumerate(words))
    pulled = pull(source(tmp_path, toml, orders="id,who,at,total,state,inv\n" + rows))
    found = pulled.column("orders", "has_invoice")
    assert found == [True, True, False, False, True, None, None]
    assert pulled.reasons() == {("has_invoice", "not_a_boolean"): 1}


def test_times_have_the_zone_of_the_mapping_or_of_the_shop(tmp_path: Path) -> None:
    toml = (
        CUSTOMERS
        + """
    registered_at = "at"
    updated_at = { column = "at", zone = "America/New_York" }
    """
    )
    rows = [
        ("2024-07-01 12:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12, tzinfo=UTC)),
        ("2024-07-01 12:00:00 +0500", datetime(2024, 7, 1, 7, tzinfo=UTC)),
        ("1.7.2024 12:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("Jul 1, 2024 12:00:00 PM", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("1 July 2024 12:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-10-27 02:30", datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),  # the first of two
        ("2024-03-31 02:30", datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),  # skipped by the clock
        ("0000-00-00 00:00:00", None),
        ("1970-01-01", None),
        ("", None),
    ]
    text = "id,email,at\n" + "".join(f'{n},,"{at}"\n' for n, (at, _) in enumerate(rows))
    made = source(tmp_path, toml, timezone="Europe/Prague", customers=text)
    pulled = pull(made)
    assert pulled.column("customers", "registered_at") == [moment for _, moment in rows]
    assert pulled.rejected == []
    [first, *_] = pulled.column("customers", "updated_at")
    assert first == datetime(2024, 7, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["13/01/2024", "02/03/2024"], [date(2024, 1, 13), date(2024, 3, 2)]),
        (["01/13/2024", "02/03/2024"], [date(2024, 1, 13), date(2024, 2, 3)]),
        (["2.3.2024", "31. 12. 2024"], [date(2024, 3, 2), date(2024, 12, 31)]),
        (["2024/3/2", "2024-3-2"], [date(2024, 3, 2)] * 2),
    ],
)
def test_the_order_of_day_and_month_is_decided_by_the_column(
    tmp_path: Path, cells: list[str], expected: list[date]
) -> None:
    text = "id,email,born\n" + "".join(f"{n},,{cell}\n" for n, cell in enumerate(cells))
    pulled = pull(source(tmp_path, CUSTOMERS + 'born_on = "born"\n', customers=text))
    assert pulled.column("customers", "born_on") == expected


def test_day_and_month_that_cannot_be_told_apart_are_asked_for(tmp_path: Path) -> None:
    text = "id,email,born\n1,,02/03/1990\n"
    with pytest.raises(SourceDataError, match=r'column "born": day and month .* date_format'):
        pull(source(tmp_path, CUSTOMERS + 'born_on = "born"\n', customers=text))
    cell = '{ column = "born", date_format = ["%Y", "%d/%m/%Y"] }'
    pulled = pull(source(tmp_path, CUSTOMERS + f"born_on = {cell}\n", customers=text))
    assert pulled.column("customers", "born_on") == [date(1990, 3, 2)]


def test_an_unknown_country_is_refused_and_a_blank_word_is_not(tmp_path: Path) -> None:
    toml = CUSTOMERS + 'country = { column = "c", map = { Unspecified = "" } }\n'
    text = "id,email,c\n1,,EIRE\n2,,unspecified\n3,,Wonderland\n4,,cz\n"
    pulled = pull(source(tmp_path, toml, customers=text))
    assert pulled.column("customers", "country") == ["IE", None, None, "CZ"]
    [refused] = pulled.rejected
    assert (refused.reason, refused.place) == ("unknown_country", "customers.csv:4")
    assert "Wonderland" not in repr(refused)
