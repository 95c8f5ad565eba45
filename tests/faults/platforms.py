"""Connectors that outlive the process: a platform in a file, and a source that says days.

Installed for the server by `audsync_faults-1.dist-info`, which `install` writes.
"""

import json
import pickle
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Capabilities,
    Context,
    Outcome,
    Receipt,
)
from audsync.files import write_whole
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from audsync.testing.memory_source import MemorySource

MAX_BATCH = 2
_PLATFORM = "platform.pickle"


def install(folder: Path) -> None:
    """Make these connectors known to processes that have `folder` on their path."""
    package = folder / "audsync_faults-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: audsync-faults\nVersion: 1\n"
    )
    (package / "entry_points.txt").write_text(
        "[audsync.sinks]\nplatform = faults.platforms:PlatformSink\n"
        "[audsync.sources]\ndays = faults.platforms:DaysSource\n"
    )


def platform_in(folder: Path) -> MemoryPlatform:
    """The platform as the last process left it."""
    file = folder / _PLATFORM
    if not file.exists():
        return MemoryPlatform()
    platform: MemoryPlatform = pickle.loads(file.read_bytes())  # noqa: S301 -- our own file
    return platform


@dataclass(frozen=True, slots=True)
class PlatformOptions:
    """Keys of a sink of type `platform`."""

    folder: Annotated[str, "Where the platform is kept."] = "platform"
    is_slow: Annotated[bool, "It says what became of a batch only when it is asked later."] = (
        False
    )

    @property
    def place(self) -> str:
        return self.folder


class PlatformSink(MemorySink):
    """A `MemorySink` whose platform is on disk, outside of the folders where steps go wrong."""

    Options: ClassVar[type] = PlatformOptions

    def __init__(self, options: PlatformOptions, context: Context) -> None:
        self._folder = context.resolve(options.folder)
        platform = platform_in(self._folder)
        platform.delay = int(options.is_slow)
        super().__init__(platform=platform, max_batch=MAX_BATCH)

    @property
    def capabilities(self) -> Capabilities:
        """Carried out is what it received, in the order in which it came, and nothing else."""
        return replace(super().capabilities, lingers=timedelta(0))

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        info = super().open(spec, remote_id)
        self._keep()
        return info

    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        self._keep()
        return receipt

    def settle(self, receipt: Receipt) -> Outcome | None:
        if self.platform.delay:
            self.platform.advance()
        outcome = super().settle(receipt)
        self._keep()
        return outcome

    def _keep(self) -> None:
        self._folder.mkdir(exist_ok=True)
        write_whole(self._folder / _PLATFORM, pickle.dumps(self.platform))


@dataclass(frozen=True, slots=True)
class DaysOptions:
    """Keys of a source of type `days`."""

    folder: Annotated[str, "Files of changes, a JSON list of pages each."] = "days"


class DaysSource(MemorySource):
    """A source that says what changed, page after page, each with a cursor of its own."""

    Options: ClassVar[type] = DaysOptions

    def __init__(self, options: DaysOptions, context: Context) -> None:
        super().__init__(page_rows=3)
        for file in sorted(context.resolve(options.folder).glob("*.json")):
            for page in json.loads(file.read_text()):
                self.put(page["table"], page["rows"])
