"""Guards: what a plan may do to an audience without a person who looks at it first."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from audsync.contracts import Operation
from audsync.plan.reasons import Reason

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Keys of `[guard]`, for all shops or in `[shops.<id>.guard]` for one."""

    shrink_percent: Annotated[int, "Share of an audience that may leave without asking."] = 20
    shrink_members: Annotated[int, "So many may always leave, whatever their share."] = 50
    shrink_most: Annotated[int, "More than so many never leave without asking."] = 10_000
    growth_percent: Annotated[int, "Growth in percent above which additions are held."] = 100
    growth_members: Annotated[int, "So many may always enter, whatever their share."] = 500
    consent_points: Annotated[int, "Rise of the consent share that holds additions."] = 10
    source_percent: Annotated[
        int, "Share of the last pull's rows below which nobody leaves."
    ] = 80


class Hold(StrEnum):
    """What a guard keeps back."""

    SHRINK = "shrink"  # removals of people who left or whom the source no longer has
    GROWTH = "growth"  # additions of new members
    CONSENT = "consent"  # additions of every kind, and with them changes of keys


Counts = Mapping[str, Mapping[str, int]]  # operation → reason → rows


@dataclass(frozen=True, slots=True)
class Limits:
    """What the guards go by.

    `max_removed` is the ceiling a person confirmed. The shares are those of consented among all
    clients, 0 to 1: now, and when additions last went out (None: never).
    """

    settings: GuardSettings
    consent_share: float
    last_consent_share: float | None = None
    max_removed: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is held of one audience: kinds, operations by kind and reason, a sentence each."""

    holds: frozenset[Hold]
    held: Counts
    messages: tuple[str, ...]


# Consent withdrawn, forgotten and suppressed people are not here: no guard holds them.
_GUARDED: Mapping[Hold, Mapping[Operation, frozenset[Reason]]] = {
    Hold.SHRINK: {Operation.REMOVE: frozenset({Reason.LEFT, Reason.ERASED})},
    Hold.GROWTH: {Operation.ADD: frozenset({Reason.ENTERED})},
    Hold.CONSENT: {
        Operation.ADD: frozenset({Reason.ENTERED, Reason.KEY_CHANGED, Reason.REFRESH}),
        Operation.REMOVE: frozenset({Reason.KEY_CHANGED}),
    },
}


def judge(
    operations: "pa.Table",
    *,
    name: str,
    delivered_count: int,
    desired_count: int,
    limits: Limits,
) -> Verdict:
    """What the guards hold of an audience's operations; `name` begins each sentence.

    Counts are of members: delivered so far, and desired. The operations themselves are cut by
    `diff(…, holds=…)`, since whoever stays spares keys.
    """
    counts = count(operations)
    sentences = {
        Hold.SHRINK: _shrink(
            _guarded(counts, Hold.SHRINK), delivered_count, desired_count, limits
        ),
        Hold.GROWTH: _growth(
            _guarded(counts, Hold.GROWTH), delivered_count, desired_count, limits
        ),
        Hold.CONSENT: _consent(_guarded(counts, Hold.CONSENT), limits),
    }
    holds = frozenset(hold for hold, sentence in sentences.items() if sentence)
    return Verdict(
        holds,
        _held(counts, holds),
        tuple(f"{name}: {sentence}" for sentence in sentences.values() if sentence),
    )


def count(operations: "pa.Table") -> Counts:
    """Rows by operation and reason, in the order of their names; no zeros."""
    groups = operations.group_by(["operation", "reason"]).aggregate([([], "count_all")])
    counts: dict[str, dict[str, int]] = {}
    rows = sorted(zip(*(column.to_pylist() for column in groups.columns), strict=True))
    for operation, reason, number in rows:
        counts.setdefault(operation, {})[reason] = number
    return counts


def _guarded(counts: Counts, hold: Hold) -> int:
    """Rows of a hold's first kind of operation: members who would leave, or enter."""
    operation, reasons = next(iter(_GUARDED[hold].items()))
    return sum(counts.get(operation, {}).get(reason, 0) for reason in reasons)


def _held(counts: Counts, holds: frozenset[Hold]) -> Counts:
    kinds = {
        (operation, reason)
        for hold in holds
        for operation, reasons in _GUARDED[hold].items()
        for reason in reasons
    }
    found = {
        operation: {
            reason: number for reason, number in reasons.items() if (operation, reason) in kinds
        }
        for operation, reasons in counts.items()
    }
    return {operation: reasons for operation, reasons in found.items() if reasons}


def _shrink(removed: int, delivered: int, desired: int, limits: Limits) -> str | None:
    """Why so many removals must wait, and what to do; None where they need not."""
    settings = limits.settings
    if limits.max_removed is not None:
        if removed <= limits.max_removed:
            return None
        limit = f", over the {limits.max_removed} of --max-removed"
    elif not removed:
        return None
    elif not desired:
        limit = " and leave it empty"
    elif (
        removed > settings.shrink_members
        and 100 * removed > settings.shrink_percent * delivered
    ):
        limit = f", over the limit of {settings.shrink_percent} %"
    elif removed > settings.shrink_most:
        limit = f", over the limit of {settings.shrink_most} members"
    else:
        return None
    return (
        f"would remove {removed} of {delivered} members{limit}; check the source, "
        f"or run again with --max-removed {removed}"
    )


def _growth(added: int, delivered: int, desired: int, limits: Limits) -> str | None:
    settings, grown = limits.settings, desired - delivered
    # The first delivery fills an empty audience: that is not growth.
    if not (added and delivered) or grown <= settings.growth_members:
        return None
    if 100 * grown <= settings.growth_percent * delivered:
        return None
    return (
        f"would grow by {grown} from {delivered} members, over the limit of "
        f"{settings.growth_percent} %; check the segment, or raise guard.growth_percent"
    )


def _consent(added: int, limits: Limits) -> str | None:
    if not added or limits.last_consent_share is None:
        return None
    # A share is a ratio of counts: the shortest decimal text tells 0.4 - 0.3 to be 10 points.
    now, before = (
        Fraction(repr(share)) for share in (limits.consent_share, limits.last_consent_share)
    )
    if 100 * (now - before) < limits.settings.consent_points:
        return None
    return (
        f"would add {added} members after the share of consenting clients rose from "
        f"{float(before):.1%} to {float(now):.1%}; check the consent rule and its column, "
        "or raise guard.consent_points"
    ).replace("%", " %")
