"""Which calls of a fake fail, in which way, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Generic, Protocol, TypeVar


class Plannable(Protocol):
    """A way to fail."""

    @property
    def takes_over(self) -> bool:
        """Whether another answer comes in place of the right one."""


F = TypeVar("F", bound=Plannable)


@dataclass(slots=True)
class _Rule(Generic[F]):
    fault: F
    endpoint: str
    page: int | None
    after: int
    times: int | None


class FaultPlan(Generic[F]):
    """The faults to come, in the order they were planned."""

    def __init__(self) -> None:
        self._rules: list[_Rule[F]] = []

    def plan(
        self,
        fault: F,
        *,
        endpoint: str = "*",
        page: int | None = None,
        after: int = 0,
        times: int | None = 1,
    ) -> None:
        """Let it happen to the next call, or the next so many (None: to all from now on).

        Only calls of endpoints that fit the pattern, such as `orders/*`, and of that page are
        counted; of these `after` are let through first.
        """
        self._rules.append(_Rule(fault, endpoint, page, after, times))

    def clear(self) -> None:
        """Forget those to come."""
        self._rules.clear()

    @property
    def is_empty(self) -> bool:
        """Whether all that was planned has happened."""
        return not self._rules

    def due(self, endpoint: str, page: int = 0) -> Sequence[F]:
        """What happens to this call; an answer that takes another's place comes alone."""
        found: list[F] = []
        for rule in [*self._rules]:
            if not fnmatch(endpoint, rule.endpoint) or rule.page not in (None, page):
                continue
            if rule.after:
                rule.after -= 1
                continue
            if any(fault.takes_over for fault in found):
                continue
            found.append(rule.fault)
            if rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
        return found
