"""One pull: what a shop's source says, brought into the warehouse whole or not at all."""

from audsync.pull.basis import Basis, holds_values, is_partial, wanted_basis, why_anew
from audsync.pull.erasing import erase_people
from audsync.pull.intake import pull
from audsync.pull.report import PullReport, TableCounts, Warned

__all__ = [
    "Basis",
    "PullReport",
    "TableCounts",
    "Warned",
    "erase_people",
    "holds_values",
    "is_partial",
    "pull",
    "wanted_basis",
    "why_anew",
]
