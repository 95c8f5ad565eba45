"""What the CSV source reads again, where its files may lie, and its options."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from audsync.errors import RejectedError, SourceDataError, TransientError
from csv_feeds import CUSTOMERS, NOW, ORDERS_AND_LINES, ROWS, options, order_rows, pull, source
from fakes.web import FakeWeb, Fault


def test_what_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    made = source(tmp_path, CUSTOMERS, customers="id,email\n1,a@example.com\n")
    first = pull(made)
    assert [page.replaces for page in first.pages] == [True]
    assert pull(made, first.cursor).pages == []


def test_a_change_is_read_whole_and_replaces_what_was_there(tmp_path: Path) -> None:
    made = source(tmp_path, CUSTOMERS, customers="id,email\n1,\n2,\n")
    cursor = pull(made).cursor
    (tmp_path / "customers.csv").write_text("id,email\n2,\n3,\n")
    again = pull(made, cursor)
    assert again.column("customers", "customer_id") == ["2", "3"]
    assert all(page.replaces for page in again.pages)


def test_only_the_last_page_has_the_cursor(tmp_path: Path) -> None:
    made = source(
        tmp_path, ROWS + CUSTOMERS, orders=order_rows("1 a 1 1"), customers="id,email\n1,\n"
    )
    pages = pull(made).pages
    assert [page.cursor is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert {page.table for page in pages} == {"orders", "order_lines", "returns", "customers"}


def test_a_table_that_is_now_empty_is_said_to_be(tmp_path: Path) -> None:
    made = source(tmp_path, ROWS, orders=order_rows("1 a 1 1", "C2 a -1 1"))
    cursor = pull(made).cursor
    (tmp_path / "orders.csv").write_text(order_rows("1 a 1 1"))
    again = pull(made, cursor)
    assert {page.table for page in again.pages if page.replaces} == {
        "orders",
        "order_lines",
        "returns",
    }
    assert again.counts["returns"] == 0


def test_another_mapping_reads_everything_again(tmp_path: Path) -> None:
    text = "id,email\n1,a@example.com\n"
    cursor = pull(source(tmp_path, CUSTOMERS, customers=text)).cursor
    other = source(tmp_path, CUSTOMERS.replace('email = "email"', 'first_name = "email"'))
    assert pull(other, cursor).column("customers", "first_name") == ["a@example.com"]


def test_of_files_that_fill_a_table_all_are_read_when_one_changes(tmp_path: Path) -> None:
    toml = CUSTOMERS.replace("customers.csv", "customers-*.csv")
    (tmp_path / "customers-1.csv").write_text("id,email\n1,\n")
    (tmp_path / "customers-2.csv").write_text("id,email\n2,\n")
    made = source(tmp_path, toml)
    cursor = pull(made).cursor
    (tmp_path / "customers-2.csv").write_text("id,email\n3,\n")
    assert pull(made, cursor).column("customers", "customer_id") == ["1", "3"]


def test_a_file_that_is_gone_stops_the_pull(tmp_path: Path) -> None:
    toml = CUSTOMERS.replace("customers.csv", "customers-*.csv")
    for number in "12":
        (tmp_path / f"customers-{number}.csv").write_text(f"id,email\n{number},\n")
    made = source(tmp_path, toml)
    cursor = pull(made).cursor
    (tmp_path / "customers-2.csv").unlink()
    with pytest.raises(SourceDataError, match=r"customers-2\.csv was read before and is gone"):
        pull(made, cursor)
    (tmp_path / "customers-1.csv").unlink()
    with pytest.raises(SourceDataError, match="no file matches"):
        pull(made, cursor)


def test_added_files_add_rows_and_may_go_away(tmp_path: Path) -> None:
    toml = ROWS.replace('"orders.csv"', '"day-*.csv"\nmode = "append"')
    (tmp_path / "day-1.csv").write_text(order_rows("1 tea 1 1", "1 cup 1 1"))
    made = source(tmp_path, toml)
    cursor = pull(made).cursor
    (tmp_path / "day-1.csv").unlink()
    (tmp_path / "day-2.csv").write_text(order_rows("1 pot 1 1", "2 cup 1 1"))
    second = pull(made, cursor)
    assert not any(page.replaces for page in second.pages)
    # Each file says its orders whole, so that one that is exported twice is not doubled.
    assert [(r["order_id"], r["line_number"]) for r in second.rows("order_lines")] == [
        ("1", 1),
        ("2", 1),
    ]
    assert pull(made, second.cursor).pages == []


def test_a_file_that_is_named_twice_or_copied_is_read_once_and_said(tmp_path: Path) -> None:
    text = order_rows("1 tea 1 1", "1 tea 1 1", "2 cup 3 4")
    toml = ROWS.replace('"orders.csv"', '["orders.csv", "./orders.csv", "old/orders.csv"]')
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "orders.csv").write_text(text)
    made = source(tmp_path, toml, orders=text)
    first = pull(made)
    lines = [(r["order_id"], r["line_number"]) for r in first.rows("order_lines")]
    assert lines == [("1", 1), ("1", 2), ("2", 1)]
    assert [note for page in first.pages for note in page.notes] == [
        "order_rows: ./orders.csv holds the same as orders.csv and was not read again",
        "order_rows: old/orders.csv holds the same as orders.csv and was not read again",
    ]
    assert pull(made, first.cursor).pages == []


def notes_of(folder: Path, *files: str) -> list[str]:
    for number, text in enumerate(files):
        (folder / f"part-{number}.csv").write_text(text)
    made = source(folder, ROWS.replace("orders.csv", "part-*.csv"))
    return [note for page in pull(made).pages for note in page.notes]


def test_orders_whose_lines_lie_in_several_files_are_told(tmp_path: Path) -> None:
    said = order_rows("1 tea 1 1", "2 cup 3 4", "2 pot 1 1", "3 mug 1 1")
    more = order_rows("4 tea 1 1", "3 mug 1 1", "2 cup 3 4", "2 pot 1 1", "5 mug 1 1")
    (told,) = notes_of(tmp_path, said, more)
    numbered = ROWS.replace("unit_net", 'line_number = "units"\nunit_net')
    again = pull(source(tmp_path, numbered.replace("orders.csv", "part-*.csv")))
    assert [note for page in again.pages for note in page.notes] == []
    assert told == (
        "order_rows: 2 orders have lines in more than one file, and all of these count; where "
        "a file says them again, they count twice: let `files` name each but once"
    )


def test_a_list_that_was_cut_within_an_order_is_read_as_one(tmp_path: Path) -> None:
    said = order_rows("1 tea 1 1", "2 cup 3 4")
    assert notes_of(tmp_path, said, order_rows("2 pot 1 1", "3 mug 1 1", "3 cup 1 1")) == []


def test_a_file_written_to_while_it_is_read_is_read_another_time(tmp_path: Path) -> None:
    made = source(tmp_path, CUSTOMERS, customers="id,email\n1,\n")
    pages = made.pull(None, NOW)
    real = type(made)._of_file

    def slow(self: object, *args: object) -> Iterator[object]:
        yield from real(self, *args)  # type: ignore[arg-type]  # passed on as they came
        (tmp_path / "customers.csv").write_text("id,email\n1,\n2,\n")

    type(made)._of_file = slow  # type: ignore[method-assign,assignment]  # writes in between
    try:
        with pytest.raises(TransientError, match="changed while it was read"):
            list(pages)
    finally:
        type(made)._of_file = real  # type: ignore[method-assign]  # as it was


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb() as web:
        yield web


def test_a_feed_at_an_address_is_fetched_once_until_it_changes(
    tmp_path: Path, web: FakeWeb
) -> None:
    web.files["/customers.csv"] = b"id,email\n1,\n"
    url = f"{web.url}/customers.csv?key=s3cret"
    made = source(tmp_path, CUSTOMERS.replace("customers.csv", url))
    first = pull(made)
    assert first.counts["customers"] == 1
    assert "s3cret" not in str(first.cursor)
    assert pull(made, first.cursor).pages == []
    assert web.seen[-1].headers["if-none-match"]
    web.files["/customers.csv"] += b"2,\n"
    assert pull(made, first.cursor).column("customers", "customer_id") == ["1", "2"]


def test_a_feed_that_is_unchanged_is_fetched_when_its_neighbour_changed(
    tmp_path: Path, web: FakeWeb
) -> None:
    web.files |= {"/1.csv": b"id,email\n1,\n", "/2.csv": b"id,email\n2,\n"}
    both = f'["{web.url}/1.csv", "{web.url}/2.csv"]'
    made = source(tmp_path, CUSTOMERS.replace('"customers.csv"', both))
    cursor = pull(made).cursor
    web.files["/2.csv"] = b"id,email\n3,\n"
    assert pull(made, cursor).column("customers", "customer_id") == ["1", "3"]


def test_a_feed_that_is_not_there_loses_nothing(tmp_path: Path, web: FakeWeb) -> None:
    web.fail_next(Fault(404))
    made = source(tmp_path, CUSTOMERS.replace("customers.csv", f"{web.url}/x.csv?key=s3cret"))
    with pytest.raises(RejectedError) as caught:
        pull(made)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("", "give one of order_rows"),
        (CUSTOMERS.replace("email =", "emial ="), 'no column "emial" \\(did you mean "email"'),
        (CUSTOMERS.replace("customer_id =", "phone ="), "`columns` lacks customer_id"),
        (CUSTOMERS.replace('"id"', "{ map = {} }"), "give one of `column`"),
        (CUSTOMERS.replace('"id"', '{ column = "a", value = "b" }'), "give one of `column`"),
        (CUSTOMERS.replace('"customers.csv"', "[]"), "`files` names no file"),
        (CUSTOMERS.replace('"customers.csv"', '" "'), "`files` names no file"),
        (
            CUSTOMERS.replace('"customers.csv"', '["a.csv", "a\\u0000"]'),
            "`files` names no file",
        ),
        (ROWS + ORDERS_AND_LINES, "`order_rows` fills orders"),
        (ROWS + 'unit_net_minor = "x"\n', "say the same"),
        (CUSTOMERS + '[customers.params]\n"a b" = "x"\n', "letters, digits"),
        (
            ORDERS_AND_LINES.replace(
                "[order_lines.columns]", 'cancelled_prefix = "C"\n[order_lines.columns]'
            ),
            "map returned_at",
        ),
        (CUSTOMERS.replace("[customers.col", 'zone = "Nowhere/X"\n[customers.col'), "`zone`"),
        (
            CUSTOMERS.replace("[customers.col", 'encoding = "utf-99"\n[customers.col'),
            "encoding",
        ),
        *(
            (
                CUSTOMERS.replace("[customers.col", f'date_format = "{form}"\n[customers.col'),
                f'`date_format`: "{form}" is no form',
            )
            for form in ("YYYY-MM-DD", "%Q", "%d.%m.", "")
        ),
        (CUSTOMERS + 'born_on = { column = "b", date_format = ["%Y", "d.m."] }', '"d.m." is'),
        *(
            (f"{CUSTOMERS}{cell}\n", f'"{word}" is none of .*did you mean "{meant}"')
            for cell, word, meant in (
                ('gender = { column = "g", map = { 1 = "femal" } }', "femal", "female"),
                ('sms_frequency = { column = "s", default = "nevr" }', "nevr", "never"),
                ('data_permission = { value = "ful" }', "ful", "full"),
            )
        ),
        (ROWS.replace("customer_id =", "name ="), "neither customer_id, email nor phone"),
        (
            CUSTOMERS.replace("customers.csv", "http://shop.example.com/c.csv?key=s3cret"),
            "`files`: http://shop.example.com/c.csv: not https; use an https",
        ),
        (
            CUSTOMERS.replace("customers.csv", "https://me:s3cret@shop.example.com/c.csv"),
            "`files`: https://shop.example.com/c.csv: has a user or password in it",
        ),
        (CUSTOMERS.replace("customers.csv", "ftp://shop.example.com/c.csv"), "not https"),
        (CUSTOMERS.replace("[customers.col", 'mode = "add"\n[customers.col'), "append"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(toml: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        options(toml)
