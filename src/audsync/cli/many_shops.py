"""`audsync run --all-shops`: a process for each shop, and one word about all of them."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audsync.cli.process import signals
from audsync.cli.session import Session
from audsync.cli.watching import watch_of

if TYPE_CHECKING:
    from audsync.cli.output import Output
    from audsync.daemon.children import Child, Ended, Starter
    from audsync.daemon.watch import Watch

_OF_EVENTS = frozenset({"schema", "event"})
_HEADERS = ("shop", "exit_code", "message")


def run_all_shops(
    session: Session,
    arguments: Sequence[str],
    *,
    segments: Sequence[str],
    run_id: str,
    jobs: int,
    metrics_file: Path | None,
    is_told: bool,
) -> int:
    """Run every shop, tell how each ended, and return the code of all.

    With `segments` only the shops that one of them is meant for, each with its own; a shop with
    mistakes tells them in any case. Whoever is to be notified hears of it where `is_told`.
    """
    shops, wrong = session.shops()
    asked = _asked(session, [*shops.shops], segments) | {name: [] for name in wrong}
    if not is_told:
        return _run_all(session, asked, arguments, run_id, jobs, None)
    with watch_of(shops, sorted({*shops.shops, *wrong}), metrics_file) as watch:
        return _run_all(session, asked, arguments, run_id, jobs, watch)


def _asked(
    session: Session, shops: Sequence[str], segments: Sequence[str]
) -> dict[str, list[str]]:
    """What each shop's own command says of segments; NotFoundError where no shop has one."""
    if not segments:
        return {shop: [] for shop in shops}
    from audsync.run.asked import check_asked, check_there, meant_for

    loaded = session.all_segments()
    check_there(loaded, segments)
    meant = {shop: meant_for(loaded, shop, segments) for shop in shops}
    for name in segments:
        if shops and not any(name in names for names in meant.values()):
            check_asked(loaded, shops[0], [name])
    return {
        shop: [word for name in names for word in ("--segment", name)]
        for shop, names in meant.items()
        if names
    }


def _run_all(
    session: Session,
    asked: Mapping[str, Sequence[str]],
    arguments: Sequence[str],
    run_id: str,
    jobs: int,
    watch: "Watch | None",
) -> int:
    from audsync.daemon.all_shops import common_code, run_all
    from audsync.daemon.children import Processes

    output, shops = session.output, sorted(asked)
    output.streams = True
    start = Processes(session.config().file, output.logs_json, dict(os.environ))
    runs = _Runs(output, asked, run_id, start, watch)
    output.event("start", run=run_id, command="run", shops=shops)
    signals.at_the_second = runs.leave
    signals.stop_at_batch_boundaries()
    ended = run_all(
        shops,
        ("run", *arguments, "--run-id", run_id),
        jobs=jobs,
        start=runs.start,
        stopped_by=lambda: signals.number,
        sleep=time.sleep,
        told=runs.tell,
        began=runs.begin,
    )
    code = signals.exit_code or common_code(ended)
    rows = [_row(shop, ended.get(shop)) for shop in shops]
    output.event("summary", command="run", run=run_id, exit_code=int(code), shops=rows)
    output.table(_HEADERS, [[row[header] for header in _HEADERS] for row in rows])
    return code


@dataclass(slots=True)
class _Runs:
    """The processes of one run of all shops, and who is told of them."""

    output: "Output"
    asked: Mapping[str, Sequence[str]]
    run_id: str
    processes: "Starter"
    watch: "Watch | None"
    children: "list[Child]" = field(default_factory=list)

    def start(self, shop: str, words: Sequence[str], /) -> "Child":
        """Begin a shop's own run, with what it alone is asked for."""
        self.children.append(self.processes(shop, [*words, *self.asked[shop]]))
        return self.children[-1]

    def begin(self, shop: str) -> None:
        """Write down that a shop's run is to begin."""
        if self.watch is not None:
            self.watch.began(shop, self.run_id, datetime.now(UTC))

    def tell(self, shop: str, how: "Ended") -> None:
        """Tell everybody how a shop's run ended."""
        tell_end(self.output, shop, how, run=self.run_id)
        if self.watch is not None:
            self.watch.ended(shop, how, datetime.now(UTC), is_final=True)
        self.output.happened("shop ended", **_row(shop, how))

    def leave(self) -> None:
        """End every process at once."""
        for child in self.children:
            with suppress(OSError):
                child.signal(signal.SIGKILL)  # a run may be killed at any moment


def tell_end(output: "Output", shop: str, how: "Ended", *, run: str | None) -> None:
    """Pass on what a child had to say, as far as it has not written it to the log itself."""
    if not output.logs_json:
        for warning in how.warnings:
            output.warn(f"{shop}: {warning}")
    summary = how.summary or {}
    told = {key: value for key, value in summary.items() if key not in _OF_EVENTS}
    output.event("shop", **{**told, **_row(shop, how), "run": run})


def _row(shop: str, how: "Ended | None") -> Mapping[str, Any]:
    """A shop's own code and, where it failed, its first sentence; null where it never began."""
    message = None if how is None or how.message is None else how.message.splitlines()[0]
    return {
        "shop": shop,
        "exit_code": None if how is None else how.exit_code,
        "message": message,
    }
