"""The parts of the Clients model that are worked out only where somebody asks for them."""

from enum import StrEnum
from typing import Final


class Analysis(StrEnum):
    """What takes a pass of its own; its columns are null unless it is asked for."""

    VALUE = "value"  # activity, predicted orders and value
    HABITS = "habits"  # favourite store, weekday, hour
    BANDS = "bands"  # bands of value and frequency, bucket of recency
    AFFLUENCE = "affluence"  # price scores, affluence


EVERY_ANALYSIS: Final = frozenset(Analysis)
