"""All that a connector needs to know: Source, Sink and what passes between them and the core.

A connector is found by an entry point (`audsync.sources`, `audsync.sinks`) that names its
class. The class has an attribute `Options`, a dataclass whose fields are the keys of its TOML
table, and is made as `Connector(options, context)`. The last line of its module lets the type
checker hold it to its protocol: `_: type[Source] = CsvSource`. Where the options of a sink have
a property `place`, no two sinks of one configuration may have the same; a property `secrets`
names the secrets that the connector asks for. What a connector is told stands in
`audsync.context`; it is imported from here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

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
    "Calls",
    "Capabilities",
    "Columns",
    "Context",
    "Cursor",
    "Finding",
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
    "Purpose",
    "Receipt",
    "RejectedRows",
    "Rejection",
    "Replacing",
    "Secret",
    "SignsIn",
    "Sink",
    "Source",
    "TakesSteps",
]

# A position in a source that it can continue from: JSON-serialisable, meaningful to its source
# alone.
Cursor = Mapping[str, object]


class Purpose(StrEnum):
    """What a person was asked to consent to. Each sink serves one purpose."""

    ADVERTISING = "advertising"
    NEWSLETTER = "newsletter"
    SMS = "sms"


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
    the table the pull will have read, as far as the source can tell.
    """

    table: str
    rows: "pa.Table"
    rejected: Sequence[Rejection] = ()
    cursor: Cursor | None = None
    replaces: bool = False
    whole_of: Sequence[str] = field(default=(), repr=False)
    expected: int | None = None


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


# The column of a batch that holds what a member is worth, a decimal number as text, for an
# audience whose spec `has_values`; it is no key.
VALUE: Final = "value"


class Operation(StrEnum):
    """What a batch does to an audience."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class Replacing(StrEnum):
    """When an audience is replaced as a whole instead of changed member by member.

    An audience that nobody is in yet is always filled.
    """

    NEVER = "never"
    WHEN_SHORTER = "when_shorter"  # where the changes are more rows than the members
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the batches that together replace an audience; 1 opens it, the last closes it.

    `session` is a positive number of 62 bits, the same for all parts and for no others.
    """

    session: int
    number: int = 1
    of: int = 1


class Form(StrEnum):
    """How a key leaves: as 64 hex characters, a short plain field, or text of a person."""

    DIGEST = "digest"
    PLAIN = "plain"
    PERSONAL = "personal"  # only where Capabilities.stays_local


class Match(StrEnum):
    """How a platform finds a member again: by any one key, or by the whole row of keys.

    EITHER is for a platform that does not say which of the two: removals have the whole row,
    and whoever shares a key with one is added again afterwards.
    """

    KEY = "key"
    ROW = "row"
    EITHER = "either"


Columns = Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How one key column is made: pure, from normal forms to a digest or a short plain field.

    `inputs` are columns of `match_keys.IDENTITY`, or there are none and the key is `made_of`
    others of the same sink, such as one for an address that a platform takes in parts. `apply`
    takes one list per input, all of one length, and returns a list of that length with None
    where there is no right value. Each value depends on its own inputs alone: the core hands
    over as many people at once as it likes, and where values repeat each of them once. `apply`
    never raises for data and never guesses. `identifies` says that this key alone can find a
    person; a member without any such key is unreachable. Keys of one `group` are worth
    something together only: where one is missing, the core leaves out the others. A change of
    what `apply` returns raises `version`.
    """

    inputs: tuple[str, ...]
    apply: Callable[..., Sequence[str | None]]
    form: Form = Form.DIGEST
    version: int = 1
    identifies: bool = False
    group: str = ""
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a sink can hold and do; the core plans by it."""

    operations: frozenset[Operation] = frozenset({Operation.ADD, Operation.REMOVE})
    max_batch: int = 10_000
    audiences_per_send: int = 1
    match: Match = Match.KEY
    settles_after: timedelta | None = None  # None: the outcome is known at once
    # Where it is not: for how long a batch that was not answered may still be carried out,
    # even after what was sent behind it. Zero where batches are carried out in their order.
    lingers: timedelta = timedelta(days=2)
    gapless_replace: bool = False
    erase_everywhere: bool = False
    membership_days: int | None = None
    min_size_to_remove: int = 0
    accepts_value: bool = False
    replaces: Replacing = Replacing.NEVER
    replace_within: timedelta | None = None  # from the first part to the last
    change_effect: str = ""  # what changes, or a replacement, do to ads: shown in the plan
    replace_effect: str = ""
    stays_local: bool = False
    purposes: frozenset[Purpose] = frozenset({Purpose.ADVERTISING})


@dataclass(frozen=True, slots=True)
class AudienceSpec:
    """The audience a segment wants at a sink. `key` is stable: `<shop>.<segment>`.

    `has_values` says whether each member is sent with a value, only where `accepts_value`; None
    leaves it as it is. `options` is an instance of the class's `AudienceOptions`, where it has
    that dataclass, made of the table of the segment that has the name of the sink's type.
    """

    key: str
    name: str
    description: str = ""
    membership_days: int | None = None
    has_values: bool | None = None
    options: object = None


@dataclass(frozen=True, slots=True)
class AudienceInfo:
    """The audience as the platform holds it; `remote_id` finds it again.

    `status` is what the platform says of it, JSON values that are kept and shown and nothing is
    decided by: nothing of a person.
    """

    remote_id: str
    name: str
    created: bool = False
    size: int | None = None
    status: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Members to add to or remove from audiences, as digests and nothing else of a person.

    `rows` has one row per member and one text column per key rule, nulls where a member lacks
    the key, in a fixed order, and after them VALUE where the audience has values. `key` is
    stable across a resume: run, audience, operation, number, content hash. `part` is where a
    replacement has several batches, sent in order; without it the batch replaces alone.
    """

    key: str
    operation: Operation
    audiences: tuple[AudienceInfo, ...]
    rows: "pa.Table" = field(repr=False)
    part: Part | None = None

    def __len__(self) -> int:
        """Members in the batch."""
        return int(self.rows.num_rows)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform answered to a batch: enough to ask for the outcome later.

    `payload` is JSON-serialisable, is kept in the journal and holds nothing of a person.
    """

    batch: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Rows of a batch refused for one reason; `rows` are indices where the platform tells."""

    code: str
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: every member is accepted or rejected, none is both."""

    accepted: int
    rejected: tuple[RejectedRows, ...] = ()


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
        """Hand over 1 to `max_batch` members; may be called again with the same batch."""

    def settle(self, receipt: Receipt) -> Outcome | None:
        """The outcome of a batch; None while the platform is still at work.

        That may be so of the last part of a replacement also where outcomes are known at once.
        """

    def erase(self, keys: "pa.Table") -> Receipt:
        """Take members out of every audience; called only where `erase_everywhere`."""
