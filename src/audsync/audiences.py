"""What passes between the core and a sink: audiences, rules of their keys, batches, outcomes.

Imported from `audsync.contracts`, which is the whole of what a connector needs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


class Purpose(StrEnum):
    """What a person was asked to consent to. Each sink serves one purpose."""

    ADVERTISING = "advertising"
    NEWSLETTER = "newsletter"
    SMS = "sms"


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

    The values are those of the option `delivery` of sinks that leave it to the user.
    An audience that nobody is in yet is always filled, and one that could not be sent whole
    within `Capabilities.replace_within` is always changed.
    """

    NEVER = "delta"
    # Where the changes are more rows than the members, or the last removal was refused.
    WHEN_SHORTER = "auto"
    ALWAYS = "replace"


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
    and whoever shares a key with one is added again afterwards. PERSON is for one that finds a
    person by any one key and does not say which of his other keys go as well: keys that others
    share are left out of removals, and whoever shares one is added again all the same.
    """

    KEY = "key"
    ROW = "row"
    EITHER = "either"
    PERSON = "person"

    @property
    def removes_rows(self) -> bool:
        """Whether a removal has the whole row, and no key is left out of it."""
        return self in (Match.ROW, Match.EITHER)

    @property
    def restores(self) -> bool:
        """Whether somebody who stays may go with a key that he shares, and is added again."""
        return self in (Match.EITHER, Match.PERSON)


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

    A person may have several addresses or numbers. A rule is of the latest, and where a
    platform takes more of them in one member, another rule with the same input and `apply` is
    of the one at that `place`. The platform finds a person by any of them, whichever column
    has it. In a row each is there once: the latest first, the others in an order of their own.
    """

    inputs: tuple[str, ...]
    apply: Callable[..., Sequence[str | None]]
    form: Form = Form.DIGEST
    version: int = 1
    identifies: bool = False
    group: str = ""
    made_of: tuple[str, ...] = ()
    place: int = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a sink can hold and do; the core plans by it."""

    operations: frozenset[Operation] = frozenset({Operation.ADD, Operation.REMOVE})
    max_batch: int = 10_000
    audiences_per_send: int = 1  # more where it `SendsTogether`
    match: Match = Match.KEY
    settles_after: timedelta | None = None  # None: the outcome is known at once
    # Where it is not: for how long a batch that was not answered may still be carried out,
    # even after what was sent behind it. Zero where batches are carried out in their order.
    lingers: timedelta = timedelta(days=2)
    knows_batches: bool = False  # a batch that is sent again with its key is done once
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
    `prepared` is what the sink made of the batch before it was sent, where it `Prepares`; None
    elsewhere, and for a batch that was not made by a delivery.
    """

    key: str
    operation: Operation
    audiences: tuple[AudienceInfo, ...]
    rows: "pa.Table" = field(repr=False)
    part: Part | None = None
    prepared: object = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        """Members in the batch."""
        return int(self.rows.num_rows)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Batches of one operation for different audiences, each member of which leaves once.

    `rows` are the different members of all of them, in the columns of a batch; `places` has for
    each batch, and for each of its rows in their order, which of `rows` that is.
    """

    batches: tuple[Batch, ...]
    rows: "pa.Table" = field(repr=False)
    places: "tuple[npt.NDArray[np.int64], ...]" = field(repr=False)

    @property
    def operation(self) -> Operation:
        """What all of them do."""
        return self.batches[0].operation


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
    """What became of a batch: every member is accepted or rejected, none is both.

    `told` is what the platform said of it besides, such as a match rate: JSON values that are
    kept and shown and nothing is decided by; nothing of a person.
    """

    accepted: int
    rejected: tuple[RejectedRows, ...] = ()
    told: Mapping[str, object] = field(default_factory=dict)
