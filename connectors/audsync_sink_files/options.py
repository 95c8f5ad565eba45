"""What `[shops.<id>.sinks.<id>]` with type = "files" may say."""

from dataclasses import dataclass
from os.path import normpath
from typing import Annotated, Literal

from audsync.identity.google_keys import GOOGLE_MOST, GOOGLE_SEVERAL


@dataclass(frozen=True, slots=True)
class FilesOptions:
    """Keys of a sink of type `files`."""

    folder: Annotated[str, "Folder of the files, from the folder of config.toml."] = "out"
    layout: Annotated[
        Literal["hashed", "retail"],
        "hashed: match keys for an upload; retail: names, addresses and spend in plain text.",
    ] = "hashed"
    keys: Annotated[
        Literal["audsync", "google", "meta"],
        "Of a hashed file: audsync: its own columns; google, meta: the digests that they take, "
        "for an upload by hand in Audience manager or Ads Manager.",
    ] = "audsync"
    per_person: Annotated[
        int,
        'With keys = "google": e-mail addresses and phones of one person at most, as the sink '
        f"google has them; 1 to {GOOGLE_MOST}.",
    ] = GOOGLE_SEVERAL
    max_batch: Annotated[int, "Members written at once."] = 1_000_000

    def __post_init__(self) -> None:
        """Refuse keys of a file that has none or more than Google takes, batches of nobody."""
        if self.layout != "hashed" and self.keys != "audsync":
            raise ValueError('`keys` is for layout = "hashed"')
        if not 1 <= self.per_person <= GOOGLE_MOST:
            raise ValueError(f"`per_person` is 1 to {GOOGLE_MOST}")
        if self.max_batch < 1:
            raise ValueError("`max_batch` is 1 or more")

    @property
    def place(self) -> str:
        """The folder in one spelling; no two sinks may have the same."""
        return normpath(self.folder)
