"""Guards: what a plan may do to an audience without a person who looks at it first."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from audsync.contracts import Operation
from audsync.guard_settings import GuardSettings
from audsync.plan.reasons import Reason

if TYPE_CHECKING:
    import pyarrow as pa


class Hold(StrEnum):
    """What a guard keeps back."""

    SHRINK = "shrink"  # removals of who left, is held out, or is gone from the source
    GROWTH = "growth"  # additions of new members
    CONSENT = "consent"  # additions of every kind, and with them changes of keys and values


Counts = Mapping[str, Mapping[str, int]]  # operation → reason → rows


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Ceilings that a person confirmed for one run, each the number that a guard had named.

    Of every audience at most `max_removed` members may leave and `max_added` enter;
    `max_consent_share` is in percent.
    """

    max_removed: int | None = None
    max_added: int | None = None
    max_consent_share: float | None = None

    def flags(self) -> list[str]:
        """The confirmation as words of a command line."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return [
            word
            for name, number in given.items()
            if number is not None
            for word in (f"--{name.replace('_', '-')}", f"{number:g}")
        ]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the guards go by.

    The shares are those of consented among all clients, 0 to 1: now, and when it was last
    accepted (None: never).
    """

    settings: GuardSettings
    consent_share: float
    last_consent_share: float | None = None
    confirmed: Confirmed = Confirmed()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is held of one audience: kinds, operations by kind and reason, a sentence each."""

    holds: frozenset[Hold]
    held: Counts
    messages: tuple[str, ...]


# Consent withdrawn and suppressed people are not here: no guard holds them.
_GUARDED: Mapping[Hold, Mapping[Operation, frozenset[Reason]]] = {
    Hold.SHRINK: {Operation.REMOVE: frozenset({Reason.LEFT, Reason.ERASED, Reason.HELD_OUT})},
    Hold.GROWTH: {Operation.ADD: frozenset({Reason.ENTERED})},
    Hold.CONSENT: {
        Operation.ADD: frozenset(
            {Reason.ENTERED, Reason.KEY_CHANGED, Reason.REFRESH, Reason.VALUE_CHANGED}
        ),
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
    leaving, entering = _guarded(counts, Hold.SHRINK), _guarded(counts, Hold.GROWTH)
    shrink = _shrink(leaving, delivered_count, desired_count, limits)
    # Whoever may not leave is still there when the new members come.
    standing = desired_count + (leaving if shrink else 0)
    sentences = {
        Hold.SHRINK: shrink,
        Hold.GROWTH: _growth(entering, delivered_count, standing, limits),
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
    settings, ceiling = limits.settings, limits.confirmed.max_removed
    if ceiling is not None:
        if removed <= ceiling:
            return None
        limit = f", over the {ceiling} of --max-removed"
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


def _growth(added: int, delivered: int, standing: int, limits: Limits) -> str | None:
    """Why so many additions must wait, and what to do; None where they need not."""
    settings, ceiling = limits.settings, limits.confirmed.max_added
    grown = standing - delivered
    if ceiling is not None:
        if added <= ceiling:
            return None
        limit = f"the {ceiling} of --max-added"
    elif (
        # The first delivery fills an empty audience: that is not growth.
        added
        and delivered
        and grown > settings.growth_members
        and 100 * grown > settings.growth_percent * delivered
    ):
        limit = f"the limit of {settings.growth_percent} %"
    else:
        return None
    return (
        f"would add {_members(added)} to {delivered}, over {limit}; check the segment, "
        f"or run again with --max-added {added}"
    )


def consent_rose(limits: Limits) -> bool:
    """Whether the share of consenting clients rose further than anybody has confirmed."""
    now, before = limits.consent_share, limits.last_consent_share
    if before is None or _percent(now) - _percent(before) < limits.settings.consent_points:
        return False
    ceiling = limits.confirmed.max_consent_share
    return ceiling is None or _percent(now) > Fraction(repr(ceiling))


def consent_fell(limits: Limits) -> bool:
    """Whether the share fell as far as a rise would be held; a fall is told and never held."""
    now, before = limits.consent_share, limits.last_consent_share
    if before is None:
        return False
    return _percent(before) - _percent(now) >= limits.settings.consent_points


def _percent(share: float) -> Fraction:
    # A share is a ratio of counts: the shortest decimal text tells 0.4 - 0.3 to be 10 points.
    return 100 * Fraction(repr(share))


def _consent(added: int, limits: Limits) -> str | None:
    if not added or limits.last_consent_share is None or not consent_rose(limits):
        return None
    # Rounded up, so that the number shown is one that lets this share pass.
    now = ceil(10 * _percent(limits.consent_share)) / 10
    return (
        f"would add {_members(added)} after the share of consenting clients rose from "
        f"{float(_percent(limits.last_consent_share)):.1f} % to {now:.1f} %; check the consent "
        f"rule and its column, or run again with --max-consent-share {now:.1f}"
    )


def _members(count: int) -> str:
    return f"{count} member" if count == 1 else f"{count} members"
