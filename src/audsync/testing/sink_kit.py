"""What the laws of sinks are tested with: fixtures to fill in, and members to send."""

from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pytest

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Form,
    Operation,
    Outcome,
    Receipt,
    Sink,
    TakesSteps,
)
from audsync.deliver import make_batch
from audsync.match_keys import kinds_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

SPEC = AudienceSpec("shop.people", "People")
_RUNS = count(1)


class Platform(Protocol):
    """What the kit asks of the platform behind a sink."""

    def members(self, remote_id: str) -> "Collection[object]":
        """Who is in an audience."""


class SinkKit:
    """The sink to test, and how; a subclass gives the fixtures, and what differs.

    `vectors` is a JSON file with a list of golden vectors: `key`, its `inputs` in normal form,
    the `value` that must come of them (null where none may), and the `source` that says so.
    """

    vectors: ClassVar[Path]

    @pytest.fixture
    def platform(self) -> Platform:
        """Where the members go."""
        raise NotImplementedError

    @pytest.fixture
    def sink(self, platform: Platform) -> Sink:
        """A sink of that platform."""
        raise NotImplementedError

    def restarted(self, platform: Any) -> Sink:
        """Another sink of the same platform, as the next process makes it."""
        raise NotImplementedError

    def occupy(self, platform: Any, spec: AudienceSpec) -> None:
        """Make an audience of that name that a sink must not touch: of another kind."""
        raise NotImplementedError

    def lose(self, platform: Any, remote_id: str) -> None:
        """Delete an audience, as somebody does by hand; asked for where a sink `Finds`."""
        raise NotImplementedError

    @pytest.fixture
    def audience(self, sink: Sink) -> AudienceInfo:
        """An empty audience."""
        return sink.open(SPEC, None)

    def rows(self, sink: Sink, count: int, *, start: int = 0) -> "pa.Table":
        """Invented members that differ in every digest and text."""
        import pyarrow as pa

        return pa.table(
            {
                name: pa.array(
                    [_value(name, rule.form, start + i) for i in range(count)], pa.string()
                )
                for name, rule in sink.key_rules.items()
            }
        )

    def each_key_alone(self, sink: Sink) -> "pa.Table":
        """The first of the invented members, in a row for each key that finds people."""
        import pyarrow as pa

        rows = self.rows(sink, 1)
        finding = [name for name, rule in sink.key_rules.items() if rule.identifies]
        return pa.table(
            {
                name: pa.array(
                    [rows[name][0].as_py() if name == one else None for one in finding],
                    pa.string(),
                )
                for name in rows.column_names
            }
        )

    def moved(self, sink: Sink, rows: "pa.Table") -> "pa.Table":
        """The same members, each key of a kind in the next of its columns."""
        names = {
            name: kind[place - 1]
            for kind in kinds_of(sink.key_rules)
            for place, name in enumerate(kind)
        }
        columns = rows.column_names
        return rows.rename_columns([names.get(name, name) for name in columns]).select(columns)

    def batch(
        self, sink: Sink, audience: AudienceInfo, operation: Operation, rows: "pa.Table"
    ) -> Batch:
        """A batch as the core makes it, each in another run."""
        return make_batch(
            sink,
            key=f"run-{next(_RUNS)}.shop.people.{operation}.0",
            operation=operation,
            audience=audience,
            rows=rows,
        )

    def deliver(
        self, sink: Sink, audience: AudienceInfo, operation: Operation, rows: "pa.Table"
    ) -> Outcome:
        """Send a batch and wait for its outcome."""
        return self.settled(sink, sink.send(self.batch(sink, audience, operation, rows)))

    def settled(self, sink: Sink, receipt: Receipt) -> Outcome:
        """The outcome of a receipt, as long as that may take."""
        outcome = sink.settle(receipt)
        while outcome is None:
            self.wait()
            if isinstance(sink, TakesSteps):
                steps: TakesSteps = sink
                receipt = steps.step(receipt) or receipt
            outcome = sink.settle(receipt)
        return outcome

    def wait(self) -> None:
        """Let the platform work; for one that settles later a subclass moves its clock."""
        raise AssertionError("the outcome is not there: move the platform's clock in `wait`")

    def keys_in(self, sink: Sink, rows: "pa.Table", *texts: str) -> bool:
        """Whether a digest or personal text of these rows occurs in any text."""
        spoken = " ".join(texts).lower()
        return any(
            str(value).lower() in spoken
            for name, rule in sink.key_rules.items()
            if rule.form is not Form.PLAIN
            for value in rows[name].to_pylist()
        )


def _value(name: str, form: Form, number: int) -> str:
    match form:
        case Form.DIGEST:
            return sha256(f"{name} {number}".encode()).hexdigest()
        case Form.PLAIN:
            return "GB"
        case Form.PERSONAL:
            return f"{name}-{number:04}@example.com"
