"""Limits of RFM scores that a command wrote into the settings, and may take out again."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from audsync.config.answers import shop_place
from audsync.config.schema import Config, Shop
from audsync.errors import ConfigError
from audsync.files import OF_THE_DISK, disk_trouble, write_whole
from audsync.toml_file import KeyPath, TomlFile, edited, line_comment

MEASURES: Final = ("recency", "frequency", "monetary")
_MARK: Final = "frozen on "


@dataclass(frozen=True)
class RfmLimits:
    """The limits of a shop's scores as its file states them, by measure."""

    path: Path
    file: TomlFile
    table: KeyPath

    @cached_property
    def frozen(self) -> dict[str, date]:
        """The measures whose limits the command wrote, and the day whose scores they keep."""
        found = {}
        for measure in MEASURES:
            comment = line_comment(self.file, (*self.table, _key(measure))) or ""
            try:
                found[measure] = date.fromisoformat(comment.removeprefix(_MARK)[:10])
            except ValueError:
                continue
        return found

    @cached_property
    def stated(self) -> tuple[str, ...]:
        """The measures whose limits a person wrote."""
        return tuple(
            measure
            for measure in MEASURES
            if measure not in self.frozen and self.file.has((*self.table, _key(measure)))
        )

    def freeze(self, limits: Mapping[str, str], on: date) -> "Change":
        """Write these limits, each a list as TOML, in the place of those of an earlier day."""
        lines = {
            _key(one): f"{_key(one)} = {text}  # {_MARK}{on}" for one, text in limits.items()
        }
        return self._change(lines, lines)

    def thaw(self) -> "Change":
        """Take out what the command wrote."""
        return self._change({_key(measure): "" for measure in self.frozen}, {})

    def _change(self, take_out: Mapping[str, str], add: Mapping[str, str]) -> "Change":
        text = edited(self.file, self.table, take_out=[*take_out], add=add)
        if text is None:
            header, lines = ".".join(map(str, self.table)), "\n".join(add.values() or take_out)
            what = "write below" if add else "take out of"
            raise ConfigError(
                f"{self.file.shown}: the settings of RFM are not written as a table with a "
                f"header and a line for each key; {what} [{header}] by hand:\n{lines}"
            )
        return Change(self.path, self.file, text)


@dataclass(frozen=True, slots=True)
class Change:
    """A file of the configuration as it is and as it would be."""

    path: Path
    file: TomlFile
    text: str

    @property
    def difference(self) -> Iterator[str]:
        """The lines that differ, as `diff -u` shows them."""
        before, after = self.file.text.splitlines(), self.text.splitlines()
        return difflib.unified_diff(
            before, after, self.file.shown, self.file.shown, lineterm="", n=1
        )

    def write(self) -> Path:
        """Write the file, and beside it what it was, whose path is returned.

        StateError where the disk refuses, ConfigError where nothing can be written there.
        """
        path = self.path.resolve()
        kept = path.with_name(f"{path.name}.bak")
        try:
            with disk_trouble(path, only=OF_THE_DISK):
                data, mode = path.read_bytes(), path.stat().st_mode & 0o777
                end = "\r\n" if b"\r\n" in data else "\n"
                write_whole(kept, data, mode=mode)
                write_whole(path, self.text.replace("\n", end), mode=mode)
        except OSError as error:
            raise ConfigError(
                f"{self.file.shown} cannot be written ({error.strerror}); see who owns it"
            ) from None
        return kept


def rfm_limits(config: Config, shop: Shop, *, shown_from: Path | None = None) -> RfmLimits:
    """What the shop's file states of the limits of its scores."""
    path, file, table = shop_place(config, shop, shown_from or Path.cwd())
    return RfmLimits(path, file, (*table, "model", "rfm"))


def _key(measure: str) -> str:
    return f"{measure}_bands"
