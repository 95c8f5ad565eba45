"""A process that dies between any two durable steps, as far as a test can be one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from audsync.state import State

S = TypeVar("S")


class Killed(BaseException):
    """The process ends here."""


class Fuse:
    """Burns down with every durable step and every call of the sink, and then kills."""

    def __init__(self, steps: int | None) -> None:
        self._left = steps

    def burn(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Killed


def kill_between_commits(state: State, fuse: Fuse) -> None:
    """Let the fuse burn before and after every transaction of a state."""
    begin = state._store.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        if not state._store._connection.in_transaction:
            fuse.burn()
        with begin():
            yield
        if not state._store._connection.in_transaction:
            fuse.burn()

    state._store.transaction = transaction  # type: ignore[method-assign]  # the point of the test


def mortal(sink: type[S]) -> type[S]:
    """A class of sinks whose `fuse` burns before and after each call that changes something."""
    for name in ("open", "send", "send_together", "step", "settle"):
        if hasattr(sink, name):
            call = getattr(sink, name)
            setattr(sink, name, _burning(call, also_after=name != "settle"))
    return sink


def _burning(call: Callable[..., Any], *, also_after: bool) -> Callable[..., Any]:
    @wraps(call)
    def burning(self: Any, *given: Any) -> Any:
        self.fuse.burn()
        answer = call(self, *given)
        if also_after:
            self.fuse.burn()
        return answer

    return burning
