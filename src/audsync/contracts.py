"""All that a connector needs to know: Source, Sink and what passes between them and the core.

A connector is found by an entry point (`audsync.sources`, `audsync.sinks`) that names its
class. The class has an attribute `Options`, a dataclass whose fields are the keys of its TOML
table, and is made as `Connector(options, context)`. The last line of its module lets the type
checker hold it to its protocol: `_: type[Source] = CsvSource`. Where the options of a sink have
a property `place`, no two sinks of one configuration may have the same; a property `secrets`
names the secrets that the connector asks for. An attribute `clients` of the class names the
packages of the platform's own clients, whose versions `audsync doctor` tells. What a connector
is told stands in `audsync.context`, what passes between the core and a sink in
`audsync.audiences`; all of it is imported from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from audsync.audiences import (
    VALUE,
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Capabilities,
    Columns,
    Form,
    KeyRule,
    Match,
    Operation,
    Outcome,
    Part,
    Purpose,
    Receipt,
    RejectedRows,
    Replacing,
)
from audsync.context import Calls, Context, Held, Secret

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.tables import Kind

__all__ = [
    "VALUE",
    "Advising",
    "AudienceInfo",
    "AudienceSpec",
    "Batch",
    "Bundle",
    "Calls",
    "Capabilities",
    "Columns",
    "Context",
    "Cursor",
    "Finding",
    "Finds",
    "Form",
    "Held",
    "KeyRule",
    "Level",
    "Loss",
    "Match",
    "Operation",
    "Outcome",
    "Page",
    "Part",
    "Prepares",
    "Purpose",
    "Receipt",
    "Rehearses",
    "RejectedRows",
    "Rejection",
    "Replacing",
    "Secret",
    "SendsTogether",
    "SignsIn",
    "Sink",
    "Source",
    "TakesSteps",
]

# A position in a source that it can continue from: JSON-serialisable, meaningful to its source
# alone.
Cursor = Mapping[str, object]


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a sentence, and what to do about it."""

    level: Level
    message: str
    remedy: str | None = None


class Loss(StrEnum):
    """What a rejection cost: the whole row, or only the value in one column."""

    ROW = "row"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A bad row or value: where it stood and why it was refused.

    `value` is raw and is masked before it is written; `place` names the file and line, or the
    record. Reasons are short codes: `missing_key`, `not_a_number`, `not_a_time`,
    `unknown_country`, …
    """

    table: str
    place: str
    column: str
    reason: str
    loss: Loss
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one table, and the cursor that becomes durable together with them.

    `rows` has the columns of `tables.arrow_schema(table)` that the source fills, in any order,
    each of the declared type, and `param.*` columns of the types in `Source.params`. The core
    commits after a page with a cursor; pages without one belong to the same transaction as the
    next that has one. `replaces` says that the table now holds what this page and the later
    pages of this pull say, and nothing from before. `whole_of` says the same of a few keys: the
    rows of this page are all there are with these values in the first column of the key, so
    that an account that is gone is named here and has no row. `expected` is how many rows of
    the table the pull will have read, as far as the source can tell. `notes` are sentences for
    the report, on what is odd in the shop, with nothing of a person.
    """

    table: str
    rows: "pa.Table"
    rejected: Sequence[Rejection] = ()
    cursor: Cursor | None = None
    replaces: bool = False
    whole_of: Sequence[str] = field(default=(), repr=False)
    expected: int | None = None
    notes: Sequence[str] = ()


class Source(Protocol):
    """Reads one shop. Never writes to it."""

    Options: ClassVar[type]

    @property
    def provides(self) -> frozenset[str]:
        """What it can fill, as `table.column`; a table is provided when a column of it is."""

    @property
    def params(self) -> Mapping[str, "Kind"]:
        """Types of the shop's own parameters, by `customers.param.<name>` and the like."""

    def check(self) -> list[Finding]:
        """Harmless authenticated calls or looks at files; names what is missing."""

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        """Pages of rows made or changed since `cursor`.

        `cursor` is the last one that was committed, None for the first pull; `until` is the
        aware moment of the run. A source that cannot tell what is new may send rows again:
        those that equal what is held change nothing. A row sent twice: the last wins. A row
        that breaks the table goes to `Page.rejected`, a value that does becomes null and goes
        there too. Raises SourceDataError for a feed that cannot be read, TransientError,
        CredentialError or RejectedError for a remote system, PausedError where `calls` are
        used up. May be called again after any failure.
        """


@runtime_checkable
class Guiding(Protocol):
    """A source that fills more where its options say so, for `audsync check`."""

    def how_to_fill(self, missing: str, at: str) -> str | None:
        """What to write so that it fills a table or a `table.column`; None where none does.

        `at` is the name of the table of its options in the config.
        """


@runtime_checkable
class TakesSteps(Protocol):
    """A sink that has something left to do for a batch when a step of it is settled.

    Such as to take out whoever was there before, when all parts of a replacement have arrived.
    """

    def step(self, receipt: Receipt) -> Receipt | None:
        """Take the next step, once; the receipt to keep in place of that one.

        None where it is not time yet, or no step is left. Called where `settle` has no outcome.
        A step that nobody answered may be taken again.
        """


@runtime_checkable
class Finds(Protocol):
    """A sink that can look for an audience without making one.

    For an audience that nobody is to come into: of a segment that is gone, paused, or left out
    of a run. One that was deleted on the platform stays deleted then; of another sink the core
    can only `open` it, which makes it again, empty.
    """

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The audience of that id; None where the platform has none any more.

        Changes nothing. Raises what `open` would raise for that audience.
        """


@runtime_checkable
class Rehearses(Protocol):
    """A sink whose platform checks a change without making it, for `audsync plan --online`."""

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let it check an addition and a removal of an invented person; nobody's data is sent.

        Changes nothing. Raises what `send` would raise for that audience.
        """


@runtime_checkable
class SendsTogether(Protocol):
    """A sink whose platform takes members of several audiences in one request."""

    def send_together(self, bundle: Bundle) -> Sequence[Receipt]:
        """Hand over members, each to his audiences; a receipt of each batch, in their order.

        Of 2 to `audiences_per_send` batches that add or remove, and of 1 to `max_batch`
        different members. May be called again with the same bundle. Each receipt is settled
        alone. Raises what `send` raises: where that is a refusal nothing has changed, and the
        core sends each batch alone.
        """


@runtime_checkable
class Prepares(Protocol):
    """A sink that makes what it sends while the batch before is on its way."""

    def prepare(self, batch: Batch) -> object:
        """What `send` is to find as `batch.prepared`, made of the batch and nothing else.

        Called in another thread, for a batch that may never be sent; nothing leaves.
        """


@runtime_checkable
class SignsIn(Protocol):
    """A sink that a person signs in to with a browser, for `audsync secrets login`."""

    def sign_in(self) -> Mapping[str, str]:
        """The secrets to keep, by name; CredentialError where nobody signed in."""


@runtime_checkable
class Advising(Protocol):
    """A sink that has something to say of an audience before anybody is asked."""

    def advise(self, spec: AudienceSpec) -> list[Finding]:
        """Warnings about its name or description, from these alone."""


class Sink(Protocol):
    """Keeps the audiences of one account as it is told; sees digests, nothing else of a person.

    Adding a member twice, or removing one who is not there, changes nothing and is accepted.
    """

    Options: ClassVar[type]

    @property
    def capabilities(self) -> Capabilities:
        """What it can hold and do."""

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        """Key column → rule, in the order of the columns of a batch."""

    def check(self) -> list[Finding]:
        """Credentials, account, terms, allow-list, list type."""

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """Find the audience by `remote_id`, else by name, else create it, at most once.

        Raises RejectedError where the name belongs to an audience of another kind.
        """

    def send(self, batch: Batch) -> Receipt:
        """Hand over 1 to `max_batch` members; may be called again with the same batch.

        A refusal that comes when a part of it is done says so by its `has_begun`.
        """

    def settle(self, receipt: Receipt) -> Outcome | None:
        """The outcome of a batch; None while the platform is still at work.

        That may be so of the last part of a replacement also where outcomes are known at once.
        """

    def erase(self, keys: "pa.Table") -> Receipt:
        """Take members out of every audience; called only where `erase_everywhere`."""
