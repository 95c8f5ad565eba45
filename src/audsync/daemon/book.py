"""The book of all shops' health: a small file in each shop's state folder."""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from audsync.daemon.children import Ended
from audsync.daemon.health import Health
from audsync.files import drop_unfinished, write_whole
from audsync.logs import log

FILE: Final = "health.json"


class Book:
    """Health by shop, as it was read first and as it changes; written through.

    What cannot be read is begun anew, what cannot be written is kept in memory: neither keeps
    a shop from running.
    """

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder
        self._known: dict[str, Health] = {}

    def of(self, shop: str) -> Health:
        """The health of a shop."""
        if shop not in self._known:
            self._known[shop] = self._read(shop)
        return self._known[shop]

    def all(self) -> Mapping[str, Health]:
        """The health of every shop that was asked for."""
        return dict(self._known)

    def started(self, shop: str, run: str, at: datetime) -> None:
        """Note the start of a run."""
        self.put(shop, self.of(shop).started(run, at))

    def ended(self, shop: str, how: Ended, at: datetime) -> tuple[Health, Health]:
        """Note the end of a run; the health before and after."""
        before = self.of(shop)
        after = before.ended(how, at)
        self.put(shop, after)
        return before, after

    def put(self, shop: str, health: Health) -> None:
        """Keep the health of a shop."""
        self._known[shop] = health
        path = self._folder / shop / FILE
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            drop_unfinished(path)
            write_whole(path, health.to_json())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            log(
                "health cannot be written",
                level=logging.WARNING,
                shop=shop,
                message=f"{path} cannot be written ({reason}); it is remembered until the end",
            )

    def _read(self, shop: str) -> Health:
        path = self._folder / shop / FILE
        try:
            return Health.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Health()
        except (OSError, ValueError, TypeError) as error:
            log(
                "health cannot be read",
                level=logging.WARNING,
                shop=shop,
                message=f"{path} cannot be read ({type(error).__name__}); it is begun anew",
            )
            return Health()
