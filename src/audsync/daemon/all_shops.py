"""Every shop once: some at a time, and the failure of one leaves the others alone."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from audsync.daemon.children import Child, Ended, Starter
from audsync.errors import ExitCode

_LOOK_SECONDS: Final = 0.05


def run_all(
    shops: Collection[str],
    arguments: Sequence[str],
    *,
    jobs: int,
    start: Starter,
    stopped_by: Callable[[], int | None],
    sleep: Callable[[float], None],
    told: Callable[[str, Ended], None],
    began: Callable[[str], None] = lambda _shop: None,
) -> dict[str, Ended]:
    """Run a command for each shop, `jobs` at a time; how each ended, by shop.

    `began` hears of each as it begins, `told` as it ends. `stopped_by` gives the signal that
    asked for the end, if one came: it is passed on once, and nothing else is begun; shops that
    never began are not in the result.
    """
    waiting, running = deque(sorted(shops)), dict[str, Child]()
    ended: dict[str, Ended] = {}
    was_stopped = False
    while waiting or running:
        number = stopped_by()
        if number is not None and not was_stopped:
            was_stopped = True
            waiting.clear()
            for child in running.values():
                child.signal(number)
        while waiting and len(running) < jobs:
            shop = waiting.popleft()
            began(shop)
            running[shop] = start(shop, arguments)
        for shop, child in list(running.items()):
            how = child.ended()
            if how is not None:
                del running[shop]
                ended[shop] = how
                told(shop, how)
        if running:
            sleep(_LOOK_SECONDS)
    return ended


def common_code(ended: Mapping[str, Ended]) -> int:
    """0 if all ended with 0, the code of all if they ended alike, else incomplete."""
    codes = {how.exit_code for how in ended.values()}
    if len(codes) == 1:
        return codes.pop()
    return ExitCode.INCOMPLETE if codes else ExitCode.DONE
