"""Batches made one ahead: the next while one is on its way, and never more than that."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace

from audsync.contracts import Batch, Prepares, Sink


def prepared(sink: Sink, batch: Batch) -> Batch:
    """The batch with what its sink makes of it beforehand, where it does."""
    if not isinstance(sink, Prepares):
        return batch
    prepares: Prepares = sink
    return replace(batch, prepared=prepares.prepare(batch))


def one_ahead(makers: Iterable[Callable[[], Batch]]) -> Generator[Batch]:
    """What each call returns, in order; from the second on made while the one before is used.

    What a call raises is raised in its turn: whoever uses the batches has used those before.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as thread:
        current: Batch | None = None
        for make in makers:
            if current is None:
                current = make()
                continue
            following = thread.submit(make)
            yield current
            current = following.result()
        if current is not None:
            yield current
