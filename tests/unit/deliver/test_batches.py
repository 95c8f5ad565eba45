"""What a batch is cut from, called, and may hold."""

from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import AudienceInfo, Operation
from audsync.deliver import check_rows, make_batch
from audsync.deliver.batches import cut
from audsync.errors import TableError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, send
from fakes.plans import a_run, digest

INFO = AudienceInfo("audience-1", "People")


def test_a_plan_is_cut_where_phase_or_operation_change_and_at_the_batch_size() -> None:
    operations = pa.table(
        {
            "phase": pa.array([0, 0, 0, 1, 2, 2], pa.int8()),
            "operation": ["remove", "remove", "remove", "add", "remove", "remove"],
        }
    )
    ranges = cut(operations, max_batch=2, run="r", audience="a", file="0123456789abcdef00")
    assert [(one.start, one.stop, one.phase, one.operation.value) for one in ranges] == [
        (0, 2, 0, "remove"),
        (2, 3, 0, "remove"),
        (3, 4, 1, "add"),
        (4, 6, 2, "remove"),
    ]
    assert ranges[1].batch == "r.a.remove.1.0123456789abcdef"
    assert cut(operations.slice(0, 0), max_batch=2, run="r", audience="a", file="f") == []
    with pytest.raises(TableError, match="not in order"):
        cut(operations.take([3, 0]), max_batch=2, run="r", audience="a", file="f")


def test_a_batch_key_says_run_audience_operation_number_and_content(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    file = state.journal.plans(plan=1)[0].file
    assert [key for key, _, _ in platform.sent] == [
        f"run-1.shop.people.memory.add.{number}.{file[:16]}" for number in range(3)
    ]


def rows(**columns: Any) -> pa.Table:
    given = {"email": [digest("a")], "phone": [None], "country": ["GB"], **columns}
    return pa.table({name: pa.array(values, pa.string()) for name, values in given.items()})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (rows(email=["canary@example.com"]), "email: 1 of 1 values"),
        (rows(email=[digest("a").upper()]), "64 lower-case hex"),
        (rows(email=[digest("a") + "\n"]), "64 lower-case hex"),
        (rows(country=["x" * 33]), "country: 1 of 1 values"),
        (rows(country=["G\nB"]), "one line"),
        (rows(email=[None], country=[None]), "1 of 1 rows have no key"),
        (rows().select(["email", "country", "phone"]), "columns"),
        (rows().drop_columns(["phone"]), "columns"),
    ],
)
def test_only_digests_and_short_plain_fields_can_be_put_into_a_batch(
    sink: MemorySink, wrong: pa.Table, words: str
) -> None:
    with pytest.raises(TableError, match=words) as caught:
        make_batch(sink, key="k", operation=Operation.ADD, audience=INFO, rows=wrong)
    assert "canary" not in str(caught.value)
    assert digest("a") not in str(caught.value).lower()


def test_a_batch_is_for_an_operation_that_the_sink_can_do(sink: MemorySink) -> None:
    with pytest.raises(TableError, match="cannot replace"):
        make_batch(sink, key="k", operation=Operation.REPLACE, audience=INFO, rows=rows())
    check_rows(sink, rows())


def test_a_plan_of_wrong_rows_never_reaches_the_platform(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, sink, {"c0": ("canary@example.com", None, None)})
    assert isinstance(result.failure, TableError)
    assert platform.names == {}
    assert state.journal.plans() == []
