"""People taken out of every audience of an account, where a platform offers that."""

from collections.abc import Callable
from functools import partial
from time import sleep as _sleep
from typing import TYPE_CHECKING

from audsync.contracts import Sink
from audsync.deliver.patience import Patience

if TYPE_CHECKING:
    import pyarrow as pa


def erase_everywhere(
    sink: Sink,
    keys: "pa.Table",
    *,
    sleep: Callable[[float], None] = _sleep,
    should_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Whether the platform has confirmed that people with these keys are in no audience.

    `keys` has a column per key rule and at least one row. Where the platform is still at work
    the caller asks again, which is harmless. Raises what the sink raises.
    """
    patience = Patience(sleep, should_stop)
    size = sink.capabilities.max_batch
    parts = [keys.slice(start, size) for start in range(0, keys.num_rows, size)]
    receipts = [patience(partial(sink.erase, part)) for part in parts]
    outcomes = [patience(partial(sink.settle, receipt)) for receipt in receipts]
    return all(outcome is not None and not outcome.rejected for outcome in outcomes)
