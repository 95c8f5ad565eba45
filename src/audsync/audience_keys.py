"""The key of an audience in state, plans, metrics and reports: `<shop>.<segment>.<sink>`."""

from typing import NamedTuple


class AudienceKey(NamedTuple):
    """A segment of a shop at a sink, by their ids, which hold no dot."""

    shop: str
    segment: str
    sink: str

    def __str__(self) -> str:
        """The key as it is kept."""
        return ".".join(self)

    @classmethod
    def of(cls, text: str) -> "AudienceKey":
        """The parts of a key as it is kept; ValueError for what is none."""
        shop, segment, sink = text.split(".")
        return cls(shop, segment, sink)
