"""When a pull is refused, and what a person is told then."""

import pytest

from audsync.contracts import Loss, Rejection
from audsync.errors import GuardError
from audsync.pull.guards import Lost, check_losses, check_shrinkage, lost_rows, lost_values
from audsync.quarantine import Quarantine, QuarantineLimits

LIMITS = QuarantineLimits(warn_percent=2.0, stop_percent=5.0)


def quarantine(*losses: tuple[str, str, str, Loss, int]) -> Quarantine:
    """Losses by table, column, reason and kind, so many of each."""
    made = Quarantine()
    for table, column, reason, loss, number in losses:
        made.add(
            Rejection(table, f"feed.csv:{row}", column, reason, loss) for row in range(number)
        )
    return made


def told(*losses: Lost) -> list[str]:
    return check_losses(losses, LIMITS, quarantine="quarantine/r1.jsonl")


def refusal(*losses: Lost) -> str:
    with pytest.raises(GuardError) as caught:
        told(*losses)
    return str(caught.value)


def test_a_table_that_lost_no_row_has_nothing_to_tell() -> None:
    values = quarantine(("customers", "email", "invalid_email", Loss.VALUE, 3))
    assert lost_rows("customers", read=9, whole=True, quarantine=values) is None


def test_lost_rows_are_told_with_their_share_and_their_most_frequent_fault() -> None:
    rows = quarantine(
        ("customers", "customer_id", "missing_key", Loss.ROW, 1),
        ("customers", "joined_at", "not_a_time", Loss.ROW, 20),
        ("orders", "order_id", "missing_key", Loss.ROW, 99),
    )
    lost = lost_rows("customers", read=1000, whole=True, quarantine=rows)
    assert lost is not None
    assert str(lost) == "customers: 21 of 1,000 rows were refused (2.1 %)"
    (message,) = told(lost)
    assert message == (
        "customers: 21 of 1,000 rows were refused (2.1 %), more than 2 %: not_a_time in "
        "joined_at 20 times, first at feed.csv:0; see quarantine/r1.jsonl"
    )


@pytest.mark.parametrize(
    ("lost", "warned"), [(0, False), (1, False), (20, False), (21, True), (50, True)]
)
def test_a_person_is_told_above_the_limit_and_not_at_it(lost: int, *, warned: bool) -> None:
    assert bool(told(Lost("orders", lost, 1000, "why"))) is warned


@pytest.mark.parametrize(("lost", "stops"), [(49, False), (50, False), (51, True)])
def test_a_pull_stops_above_the_limit_and_not_at_it(lost: int, *, stops: bool) -> None:
    assert Lost("orders", lost, 1000, "why").stops(5.0) is stops


@pytest.mark.parametrize(("lost", "stops"), [(1, False), (10, False), (11, True)])
def test_a_few_of_the_rows_that_changed_stop_nothing_and_of_a_whole_feed_they_do(
    lost: int, *, stops: bool
) -> None:
    rows = quarantine(("orders", "order_id", "missing_key", Loss.ROW, lost))
    changed = lost_rows("orders", read=lost, whole=False, quarantine=rows)
    whole = lost_rows("orders", read=lost, whole=True, quarantine=rows)
    assert changed is not None
    assert whole is not None
    assert changed.stops(5.0) is stops
    assert whole.stops(5.0)
    assert changed.warns(1.0)
    assert whole.warns(1.0)


@pytest.mark.parametrize(("lost", "matters"), [(10, False), (11, True)])
def test_a_few_values_of_a_column_neither_stop_nor_warn(lost: int, *, matters: bool) -> None:
    values = quarantine(("customers", "email", "invalid_email", Loss.VALUE, lost))
    (found,) = lost_values({"customers": 20}, values)
    assert found.stops(5.0) is matters
    assert found.warns(1.0) is matters


def test_values_are_told_by_column_in_the_order_of_tables_and_columns() -> None:
    values = quarantine(
        ("orders", "placed_at", "not_a_time", Loss.VALUE, 11),
        ("customers", "phone", "invalid_phone", Loss.VALUE, 12),
        ("customers", "email", "relay_address", Loss.VALUE, 2),
        ("customers", "email", "invalid_email", Loss.VALUE, 11),
    )
    found = lost_values({"customers": 100, "orders": 500}, values)
    assert [str(one) for one in found] == [
        "customers.email: 13 of 100 values were refused (13.0 %)",
        "customers.phone: 12 of 100 values were refused (12.0 %)",
        "orders.placed_at: 11 of 500 values were refused (2.2 %)",
    ]
    assert found[0].why == "invalid_email 11 times, first at feed.csv:0"


def test_values_of_rows_that_were_refused_with_them_are_never_more_than_all() -> None:
    values = quarantine(("orders", "placed_at", "not_a_time", Loss.VALUE, 3))
    assert [str(one) for one in lost_values({}, values)] == [
        "orders.placed_at: 3 of 3 values were refused (100.0 %)"
    ]


def test_a_refused_pull_says_what_is_wrong_where_to_look_and_what_to_do() -> None:
    assert refusal(
        Lost("customers", 6, 100, "missing_key 6 times"),
        Lost("products", 5, 100, "not_a_number 5 times"),
        Lost("orders", 7, 100, "not_a_time 7 times"),
    ) == (
        "customers: 6 of 100 rows were refused (6.0 %), over the limit of 5 %: missing_key 6 "
        "times; orders: 7 of 100 rows were refused (7.0 %), over the limit of 5 %: not_a_time "
        "7 times. What is held stays as it is. See quarantine/r1.jsonl for the places and "
        "reasons; mend the source or its mapping, or raise quarantine.stop_percent"
    )


def test_a_source_of_the_size_it_had_or_just_at_the_limit_passes() -> None:
    check_shrinkage({"orders": (10, 8), "customers": (10, 11), "products": (0, 0)}, percent=80)


def test_a_source_that_has_shrunk_is_told_table_by_table() -> None:
    sizes = {"orders": (10_000, 7_999), "customers": (3, 3), "products": (3, 0)}
    with pytest.raises(GuardError) as caught:
        check_shrinkage(sizes, percent=80)
    assert str(caught.value) == (
        "the source has shrunk: orders: 7,999 rows, 10,000 before (79 %, the limit is 80 %); "
        "products: 0 rows, 3 before (0 %, the limit is 80 %). What is held stays as it is and "
        "nobody leaves. Look at the source; if it is right, run again with "
        "--accept-smaller-source"
    )
