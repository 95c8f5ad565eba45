"""Batches made one ahead: the next while one is on its way, and never more than that."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import TypeVar

from audsync.contracts import Batch, Prepares, Sink
from audsync.errors import authors_mistakes

Made = TypeVar("Made")


def prepared(sink: Sink, batch: Batch) -> Batch:
    """The batch with what its sink makes of it beforehand, where it does."""
    if not isinstance(sink, Prepares):
        return batch
    prepares: Prepares = sink
    with authors_mistakes("the sink"):
        return replace(batch, prepared=prepares.prepare(batch))


def one_ahead(makers: Iterable[Callable[[], Made]]) -> Generator[Made]:
    """What each call returns, in order; from the second on made while the one before is used.

    What a call raises is raised in its turn: whoever uses them has used those before.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting: list[Made] = []
        for make in makers:
            if not waiting:
                waiting.append(make())
                continue
            following = thread.submit(make)
            yield waiting.pop()
            waiting.append(following.result())
        yield from waiting
