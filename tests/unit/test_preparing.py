"""What a sink sends is made one batch ahead, and changes nothing of when a batch leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest

from audsync.contracts import Batch, Operation, Receipt
from audsync.deliver import deliver
from audsync.deliver.preparing import one_ahead, prepared
from audsync.errors import ExitCode, TableError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.plans import a_run, digest, person, planned

EIGHT = {f"c{number}": person(f"e{number}") for number in range(8)}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "shop") as opened:
        yield opened


class Preparing(MemorySink):
    """A sink that sends what it prepared: a text of each batch."""

    def __init__(self, platform: MemoryPlatform) -> None:
        super().__init__(platform=platform, max_batch=2)
        self.log: list[str] = []
        self.made: list[Event] = [Event() for _ in range(4)]

    def prepare(self, batch: Batch) -> str:
        number = batch.key.split(".")[5]
        self.log.append(f"make {number}")
        self.made[int(number)].set()
        return f"content of {number}"

    def send(self, batch: Batch) -> Receipt:
        number = int(batch.key.split(".")[5])
        if number + 1 < len(self.made):
            assert self.made[number + 1].wait(5)
        self.log.append(f"send {batch.prepared}")
        return super().send(batch)


def test_the_next_batch_is_made_while_one_is_sent_and_the_one_after_it_is_not(
    state: State,
) -> None:
    platform = MemoryPlatform()
    sink = Preparing(platform)
    assert a_run(state, sink, EIGHT).exit_code is ExitCode.DONE
    assert sink.log == [
        "make 0",
        "make 1",
        "send content of 0",
        "make 2",
        "send content of 1",
        "make 3",
        "send content of 2",
        "send content of 3",
    ]
    assert len(platform.members("audience-1")) == len(EIGHT)


def test_a_batch_that_cannot_be_made_keeps_none_of_those_before_it(state: State) -> None:
    class Failing(Preparing):
        def prepare(self, batch: Batch) -> str:
            made = super().prepare(batch)
            if made == "content of 2":
                raise TableError("no body can be made")
            return made

    platform = MemoryPlatform()
    result = a_run(state, Failing(platform), EIGHT)
    assert isinstance(result.failure, TableError)
    assert result.added == 4
    assert len(platform.members("audience-1")) == 4
    a_run(state, MemorySink(platform=platform), EIGHT, number=2)
    assert len(platform.members("audience-1")) == len(EIGHT)


def test_a_run_that_is_stopped_sends_no_batch_that_was_only_made(state: State) -> None:
    platform = MemoryPlatform()
    sink = Preparing(platform)
    deliver(
        [planned(state, sink, EIGHT)],
        state,
        {"memory": sink},
        run="run-1",
        as_of=date(2026, 11, 23),
        should_stop=lambda: "send content of 1" in sink.log,
    )
    assert [line for line in sink.log if line.startswith("send")] == [
        "send content of 0",
        "send content of 1",
    ]
    assert len(platform.members("audience-1")) == 4


def test_nothing_and_one_batch_are_made_without_another_thread() -> None:
    sink = MemorySink(platform=MemoryPlatform())
    rows = pa.table({"email": [digest("a")]})
    batch = Batch("key", Operation.ADD, (), rows)
    assert list(one_ahead([])) == []
    assert list(one_ahead([lambda: batch])) == [batch]
    assert prepared(sink, batch) is batch
    assert replace(batch, prepared="other") == batch
    assert "other" not in repr(replace(batch, prepared="other"))
