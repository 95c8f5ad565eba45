"""What a run says of its Clients model."""

from audsync.report.model import model_lines


def test_counts_that_have_names_are_told_as_people_write_them() -> None:
    model = {
        "clients": 2,
        "clients_with_orders": 2,
        "orders": 4,
        "counted": 3,
        "earliest_order": None,
        "not_counted": {"status": 1},
        "returns": {"linked": 2, "future": 0},
        "converted_orders": {},
    }
    lines = model_lines(model, verbose=True)
    assert {line.strip() for line in lines} > {
        "converted_orders: none",
        "not_counted: status 1",
        "returns: linked 2, future 0",
    }
