"""What a run does to one audience, and the plan of all audiences with its checksum."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from audsync.audience_keys import AudienceKey
from audsync.columns import text_bytes
from audsync.consent import Consented
from audsync.contracts import VALUE, AudienceSpec
from audsync.plan.comparison import Population
from audsync.plan.desired_members import Desired, desired
from audsync.plan.difference import Difference, Matching, diff
from audsync.plan.guards import Counts, Hold, Limits, count, judge
from audsync.plan.refresh import Refresh
from audsync.plan.replacement import (
    ONLY_CHANGES,
    Ways,
    if_refused,
    is_replaced,
    replacement,
)
from audsync.plan.rows import one_each, text_columns

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA: Final = "audsync.plan/1"


@dataclass(frozen=True, slots=True)
class Target:
    """An audience to plan: its key, what its platform is told of it, and its key rules."""

    key: AudienceKey
    spec: AudienceSpec
    rules_version: str


@dataclass(frozen=True, slots=True)
class AudiencePlan:
    """What a run does to one audience.

    `key` is `<shop>.<segment>.<sink>`. `operations` and `silent` are those of a `Difference`,
    without what the guards hold; where the audience `is_replaced` they are all who are wanted,
    after the removals that do not wait for that. `effect` says what that does to ads. `counts`
    and `held` are rows by operation and reason of the changes, however they are brought about,
    and `messages` a sentence for each guard that holds something. `delivered_count` and
    `desired_count` are members; of the segment's `candidates` those who are not desired are
    `refused`, by reason, or `unreachable`. `if_refused` is sent in place of a replacement that
    the platform refuses. One that `only_withdraws` takes nobody in, whoever its segment would.
    """

    key: str
    segment: str
    sink: str
    spec: AudienceSpec
    rules_version: str
    operations: "pa.Table" = field(repr=False)
    silent: "pa.Table" = field(repr=False)
    is_replaced: bool
    effect: str
    counts: Counts
    held: Counts
    holds: frozenset[Hold]
    messages: tuple[str, ...]
    delivered_count: int
    desired_count: int
    candidates: int
    refused: Mapping[str, int]
    unreachable: int
    if_refused: Difference | None = None
    only_withdraws: bool = False

    @property
    def without_replacement(self) -> "AudiencePlan | None":
        """What is left to do where the platform refused the replacement; None for nothing."""
        if self.if_refused is None:
            return None
        return replace(
            self,
            operations=self.if_refused.operations,
            silent=self.if_refused.silent,
            is_replaced=False,
            if_refused=None,
        )

    def to_json(self) -> dict[str, object]:
        """Counts and reasons as JSON values; no identifier and no digest."""
        return {
            "audience": self.key,
            "segment": self.segment,
            "sink": self.sink,
            "name": self.spec.name,
            "rules_version": self.rules_version,
            "delivered": self.delivered_count,
            "desired": self.desired_count,
            "candidates": self.candidates,
            "refused": dict(self.refused),
            "unreachable": self.unreachable,
            "operations": {name: dict(reasons) for name, reasons in self.counts.items()},
            "replaced": self.desired_count if self.is_replaced else None,
            "effect": self.effect or None,
            "spared": self.silent.num_rows,
            "held": {name: dict(reasons) for name, reasons in self.held.items()},
            "messages": list(self.messages),
        }


def plan_audience(
    target: Target,
    *,
    desired: Desired,
    delivered: "pa.Table | None",
    population: Population,
    matching: Matching,
    limits: Limits,
    refresh: Refresh | None = None,
    ways: Ways = ONLY_CHANGES,
) -> AudiencePlan:
    """The difference between what is desired and delivered, cut to what the guards let pass.

    It becomes a replacement where the platform's `ways` say so and no guard holds anything.
    """
    delivered_count = 0 if delivered is None else _members(delivered)

    def difference(holds: frozenset[Hold]) -> Difference:
        return diff(
            desired=desired,
            delivered=delivered,
            population=population,
            matching=matching,
            refresh=refresh,
            holds=holds,
        )

    whole = difference(frozenset())
    verdict = judge(
        whole.operations,
        name=target.key.segment,
        delivered_count=delivered_count,
        desired_count=desired.rows.num_rows,
        limits=limits,
    )
    passed = difference(verdict.holds) if verdict.holds else whole
    replaced = not verdict.holds and is_replaced(
        ways, passed, delivered=delivered_count, desired=desired.rows.num_rows
    )
    sent, otherwise = passed, None
    if replaced and delivered is not None:
        sent = replacement(desired.rows, delivered, passed, ways=ways, matching=matching)
        otherwise = if_refused(passed, difference, ways=ways, matching=matching)
    effect = ways.replace_effect if replaced else ways.change_effect
    return AudiencePlan(
        key=str(target.key),
        segment=target.key.segment,
        sink=target.key.sink,
        spec=target.spec,
        rules_version=target.rules_version,
        operations=sent.operations,
        silent=sent.silent,
        is_replaced=replaced,
        effect=effect if delivered_count and sent.operations.num_rows else "",
        counts=count(passed.operations),
        held=verdict.held,
        holds=verdict.holds,
        messages=verdict.messages,
        delivered_count=delivered_count,
        desired_count=desired.rows.num_rows,
        candidates=desired.candidates,
        refused=desired.refused,
        unreachable=desired.unreachable,
        if_refused=otherwise,
    )


def plan_withdrawals(
    target: Target,
    *,
    consented: Consented,
    delivered: "pa.Table",
    keys: Collection[str],
    population: Population,
    matching: Matching,
) -> AudiencePlan:
    """What must be taken out of an audience that a run does not evaluate.

    Those whom the gate refuses leave, whatever keeps the rest from being planned: a segment
    file with a mistake, a filter of the command line, a segment that is paused or gone.
    `keys` are the columns that the sink takes today; of one that is new nothing is delivered.
    """
    worth = [VALUE] if VALUE in delivered.column_names else []
    staying = text_columns(one_each(delivered), ["client_id", *keys, *worth])
    difference = diff(
        desired=desired(
            consented, staying.select(["client_id"]), staying, refused=population.refused
        ),
        delivered=delivered,
        population=population,
        matching=matching,
        holds=frozenset(Hold),
    )
    members = _members(delivered)
    going = difference.operations["client_id"].unique()
    return AudiencePlan(
        key=str(target.key),
        segment=target.key.segment,
        sink=target.key.sink,
        spec=target.spec,
        rules_version=target.rules_version,
        operations=difference.operations,
        silent=difference.silent,
        is_replaced=False,
        effect="",
        counts=count(difference.operations),
        held={},
        holds=frozenset(),
        messages=(),
        delivered_count=members,
        desired_count=members - len(going),
        candidates=members,
        refused={},
        unreachable=0,
        only_withdraws=True,
    )


def _members(delivered: "pa.Table") -> int:
    """Clients of a member list; one may have several rows."""
    return len(delivered["client_id"].unique())


@dataclass(frozen=True, slots=True)
class Plan:
    """The audiences of one run, sorted by key, as of a day.

    `checksum` is the SHA-256 of everything that will be sent, people included, and of every
    count; not of the day, so that a plan reviewed in the evening may be sent next morning.
    """

    as_of: date
    audiences: tuple[AudiencePlan, ...]
    checksum: str = field(init=False)

    def __post_init__(self) -> None:
        """Sorts the audiences and works out the checksum."""
        audiences = tuple(sorted(self.audiences, key=lambda audience: audience.key))
        object.__setattr__(self, "audiences", audiences)
        object.__setattr__(self, "checksum", _checksum(audiences))

    def to_json(self) -> dict[str, object]:
        """The plan as a JSON document: counts and reasons, no identifier and no digest."""
        return {
            "schema": SCHEMA,
            "as_of": self.as_of.isoformat(),
            "checksum": self.checksum,
            "audiences": [audience.to_json() for audience in self.audiences],
        }


def _checksum(audiences: Sequence[AudiencePlan]) -> str:
    content = [
        {
            **audience.to_json(),
            "spec": [
                audience.spec.key,
                audience.spec.description,
                audience.spec.membership_days,
            ],
            "content": [_content_hash(rows) for rows in _content(audience)],
        }
        for audience in audiences
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _content(audience: AudiencePlan) -> "list[pa.Table]":
    """Everything that may be sent of a plan, and what leaves without that."""
    otherwise = audience.without_replacement
    ways = [audience] if otherwise is None else [audience, otherwise]
    return [rows for way in ways for rows in (way.operations, way.silent)]


def _content_hash(rows: "pa.Table") -> str:
    """SHA-256 of column names and values; how the rows lie in memory does not matter."""
    import pyarrow as pa

    sha = hashlib.sha256(json.dumps([rows.num_rows, rows.column_names]).encode())
    for name in rows.column_names:
        lengths, data = text_bytes(rows[name].cast(pa.string()))
        sha.update(lengths.astype("<i8").tobytes())
        sha.update(data.tobytes())
    return sha.hexdigest()
