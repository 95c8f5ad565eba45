"""From the bytes of a file to UTF-8: byte order marks, UTF-16, cp1250, and what is neither."""

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audsync.errors import SourceDataError
from audsync_source_csv.records import Block, Readable, rows_of

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Mask


_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FALLBACK: Final = "cp1250"  # Central European Windows, what shops there export


def marked_encoding(start: bytes) -> tuple[str | None, int]:
    """The encoding that a byte order mark says, and the length of the mark."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name, len(mark)
    return None, 0


class Recoded:
    """A binary stream of text in a known encoding, read as UTF-8."""

    def __init__(self, stream: Readable, encoding: str, shown: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self._shown = shown
        self._line = 1

    def read(self, size: int, /) -> bytes:
        """About `size` bytes of the file as UTF-8; empty at its end."""
        while True:
            chunk = self._stream.read(size)
            try:
                text = self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = self._line + chunk[: error.start].count(b"\n")
                raise SourceDataError(
                    f"{self._shown}:{at}: not {self._encoding} text from about here; "
                    "set `encoding` to the right one"
                ) from None
            self._line += text.count("\n")
            if text or not chunk:
                return text.encode()


@dataclass(slots=True)
class Detection:
    """What the blocks of one file have shown of their encoding; None is plain ASCII so far."""

    encoding: str | None = None
    assumed: bool = False

    def utf8(self, block: Block, delimiter: bytes, shown: str) -> "tuple[Block, Mask]":
        """The block as UTF-8, and which of its rows are not text in the file's encoding."""
        import numpy as np

        good = np.zeros(len(block.layout), np.bool_)
        if self.encoding == FALLBACK:
            return self._recoded(block, delimiter, shown), good
        if block.data.isascii():
            return block, good
        try:
            block.data.decode()
        except UnicodeDecodeError:
            pass
        else:
            self.encoding = "utf-8"
            return block, good
        bad, foreign = _undecodable(block)
        if self.encoding is None and int(bad.sum()) * 2 > foreign:
            self.encoding, self.assumed = FALLBACK, True
            return self._recoded(block, delimiter, shown), good
        self.encoding = "utf-8"
        return block, bad

    def _recoded(self, block: Block, delimiter: bytes, shown: str) -> Block:
        try:
            data = block.data.decode(FALLBACK).encode()
        except UnicodeDecodeError as error:
            at = block.line + block.data[: error.start].count(b"\n")
            raise SourceDataError(
                f"{shown}:{at}: neither UTF-8 nor {FALLBACK}; set `encoding`, such as cp1252"
            ) from None
        return Block(data, block.line, rows_of(data, delimiter, line=block.line))


def _undecodable(block: Block) -> "tuple[Mask, int]":
    """Rows that are not UTF-8, and how many rows have letters beyond ASCII at all."""
    import numpy as np

    bad = np.zeros(len(block.layout), np.bool_)
    foreign = 0
    spans = zip(block.layout.starts.tolist(), block.layout.ends.tolist(), strict=True)
    for number, (start, end) in enumerate(spans):
        row = block.data[start:end]
        if row.isascii():
            continue
        foreign += 1
        try:
            row.decode()
        except UnicodeDecodeError:
            bad[number] = True
    return bad, foreign


def is_utf8(encoding: str) -> bool:
    """Whether text in that encoding needs no change."""
    return codecs.lookup(encoding).name in ("utf-8", "ascii")
