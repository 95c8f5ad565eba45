"""One pull: what a shop's source says, brought into the warehouse whole or not at all."""

from audsync.pull.intake import pull
from audsync.pull.report import PullReport, TableCounts, Warned

__all__ = ["PullReport", "TableCounts", "Warned", "pull"]
