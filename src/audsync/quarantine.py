"""Bad rows: masked, counted by reason, kept per run, and too many of them stop the run."""

import json
import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from audsync.contracts import Loss, Rejection
from audsync.errors import StateError, TableError
from audsync.files import disk_trouble, write_whole
from audsync.redaction import redact
from audsync.tables import TABLES

# A feed that is wrong in every row should not fill the disk, nor hide a rarer fault.
MOST_ENTRIES: Final = 10_000
MOST_ALIKE: Final = 1_000

_LONGEST = 60
_ADDRESS = re.compile(r"([^@\s])[^@\s]*@([^@\s.])[^@\s]*\.([A-Za-z]{2,6})\Z")
_KEPT = frozenset(string.punctuation + " ")
_REASON = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")


@dataclass(frozen=True, slots=True)
class QuarantineLimits:
    """Keys of `[shops.<id>.quarantine]`: shares of dropped rows of a table, in percent."""

    warn_percent: Annotated[float, "Above this share the run ends as incomplete (exit 3)."] = (
        1.0
    )
    stop_percent: Annotated[float, "Above this share the pull is refused (exit 7)."] = 5.0


@dataclass(frozen=True, slots=True, order=True)
class RejectionCount:
    """How often one table lost rows or values for one reason."""

    table: str
    reason: str
    loss: Loss
    count: int


def check_file(file: Path) -> None:
    """Raise StateError unless a quarantine file is whole: entries, then their counts."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        whole = bool(lines) and lines[-1]["shown"] == len(lines) - 1
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise StateError(f"{file} is damaged: it does not end with the count of its entries")


def mask(value: str) -> str:
    """A value as it may be kept: its shape and its first character, `j***@e***.cz`.

    Letters and digits after the first become `*`; a value of one letter or digit is masked
    whole. An address keeps its last label, so that `gmail.con` can be seen.
    """
    text = value.strip()
    address = _ADDRESS.match(text)
    if address:
        local, domain, last = address.groups()
        return f"{_first(local)}***@{_first(domain)}***.{last}"
    shown = text[:_LONGEST]
    signs = [sign if sign in _KEPT else "*" for sign in shown]
    if signs.count("*") > 1:
        first = signs.index("*")
        signs[first] = _first(shown[first])
    return "".join(signs) + ("…" if len(text) > _LONGEST else "")


def _first(sign: str) -> str:
    return sign if sign.isalnum() or sign in _KEPT else "*"


class _Kind(NamedTuple):
    """Rejections that are alike."""

    table: str
    column: str
    reason: str
    loss: Loss


class Quarantine:
    """The rejections of one pull: all counted, the first of each kind kept in masked form."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Loss]] = Counter()
        self._alike: Counter[tuple[str, str, str]] = Counter()
        self._first: dict[_Kind, str] = {}
        self._faults: Counter[_Kind] = Counter()
        self._entries: list[dict[str, str | None]] = []
        self._written = 0

    def add(self, rejections: Iterable[Rejection]) -> None:
        """Take rejections in; raises TableError for a table or reason that cannot be."""
        for rejection in rejections:
            if rejection.table not in TABLES:
                raise TableError("the source rejected a row of a table that does not exist")
            if not _REASON.match(rejection.reason):
                raise TableError(
                    f"{rejection.table}: a rejection's reason must be a short code such as "
                    "not_a_number"
                )
            self._keep(rejection)
            self._note(rejection, 1)
            self.count(rejection.table, rejection.reason, rejection.loss)

    def count(self, table: str, reason: str, loss: Loss, number: int = 1) -> None:
        """Count rejections, without an entry for each."""
        self._counts[table, reason, loss] += number

    def add_some(self, shown: Iterable[Rejection], *, of: int) -> None:
        """Take in `of` rejections of one kind, of which the first are shown."""
        first: Rejection | None = None
        for rejection in shown:
            first = first or rejection
            self._keep(rejection)
        if first is not None:
            self._note(first, of)
            self.count(first.table, first.reason, first.loss, of)

    @property
    def counts(self) -> tuple[RejectionCount, ...]:
        """Rejections by table, reason and loss, in that order."""
        return tuple(sorted(RejectionCount(*kind, n) for kind, n in self._counts.items()))

    def dropped(self, table: str) -> int:
        """Rows of the table that were lost."""
        return sum(
            number
            for (name, _, loss), number in self._counts.items()
            if name == table and loss is Loss.ROW
        )

    def values_lost(self) -> dict[tuple[str, str], int]:
        """Values that were lost, by table and column."""
        lost: Counter[tuple[str, str]] = Counter()
        for kind, number in self._faults.items():
            if kind.loss is Loss.VALUE:
                lost[kind.table, kind.column] += number
        return dict(lost)

    def most_frequent(self, table: str, *, column: str | None = None) -> str:
        """The fault that cost most rows of a table, or values of a column; where it begins."""
        loss = Loss.ROW if column is None else Loss.VALUE
        number, kind = max(
            (number, kind)
            for kind, number in self._faults.items()
            if (kind.table, kind.loss) == (table, loss) and column in (None, kind.column)
        )
        where = f" in {kind.column}" if kind.column and column is None else ""
        return f"{kind.reason}{where} {number:,} times, first at {self._first[kind]}"

    def write(self, file: Path) -> bool:
        """Keep the entries and counts as JSON lines, whole or not at all; False if none.

        The file has mode 0600 and its last line holds the counts. Where nothing was rejected
        since it was last written it stays. Raises StateError when it cannot be written.
        """
        if not self._counts:
            return False
        if self._counts.total() == self._written:
            return True
        lines = [json.dumps(entry, ensure_ascii=False) for entry in self._entries]
        lines.append(
            json.dumps({"shown": len(self._entries), "counts": self._counts_as_json()})
        )
        with disk_trouble(file):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(file, "\n".join(lines) + "\n")
        self._written = self._counts.total()
        return True

    def _note(self, rejection: Rejection, number: int) -> None:
        kind = _Kind(rejection.table, rejection.column, rejection.reason, rejection.loss)
        self._first.setdefault(kind, rejection.place)
        self._faults[kind] += number

    def _keep(self, rejection: Rejection) -> None:
        kind = (rejection.table, rejection.column, rejection.reason)
        self._alike[kind] += 1
        if self._alike[kind] > MOST_ALIKE or len(self._entries) >= MOST_ENTRIES:
            return
        self._entries.append(
            {
                "table": rejection.table,
                "place": redact(rejection.place),
                "column": rejection.column,
                "reason": rejection.reason,
                "loss": str(rejection.loss),
                "value": None if rejection.value is None else mask(rejection.value),
            }
        )

    def _counts_as_json(self) -> list[dict[str, object]]:
        return [
            {"table": c.table, "reason": c.reason, "loss": str(c.loss), "count": c.count}
            for c in self.counts
        ]
