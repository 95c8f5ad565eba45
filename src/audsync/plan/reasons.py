"""Why an operation is planned, and in which phase it is sent."""

from enum import IntEnum, StrEnum
from typing import Final


class Reason(StrEnum):
    """Why an operation is planned, in the order in which operations of a phase are sent."""

    CONSENT_WITHDRAWN = "consent_withdrawn"  # a client whom the gate refuses
    SUPPRESSED = "suppressed"  # on a list whose people are in no audience
    ERASED = "erased"  # no client any more
    HELD_OUT = "held_out"  # of the share that is in no audience
    LEFT = "left"  # consented, but no longer in the segment, or no longer reachable
    KEY_CHANGED = "key_changed"
    ENTERED = "entered"
    REFRESH = "refresh"  # before the membership ends, or where the platform gave no answer
    VALUE_CHANGED = "value_changed"  # the same keys, another value
    STAYING = "staying"  # unchanged, and sent again because all are
    RESTORED = "restored"  # has a key of a removal, which may have been found by it

    @property
    def code(self) -> int:
        """Its place in the order, as arrays hold it."""
        return REASONS.index(self)


class Phase(IntEnum):
    """The order in which a plan is sent."""

    # An audience may shrink below its minimum for a moment, but must not hold anybody who
    # withdrew.
    LEAVING = 0
    ADDING = 1
    # Old keys go when the new ones are there, so that nobody drops out in between.
    REPLACED = 2
    # Whoever shares a key with an old row, where that may have been found by one key.
    RESTORED = 3


REASONS: Final = tuple(Reason)
# Of those who leave, the ones who may not be in an audience: a withdrawal waits for nothing.
FORBIDDEN: Final = (Reason.CONSENT_WITHDRAWN, Reason.SUPPRESSED, Reason.ERASED)
STAYS: Final = -1  # in place of a code: nothing happens to the row
