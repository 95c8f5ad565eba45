"""What a run did and what a segment means, as text for people; the JSON is the same data."""

from audsync.report.amounts import counted
from audsync.report.text import explanation_text, next_step, run_text

__all__ = ["counted", "explanation_text", "next_step", "run_text"]
