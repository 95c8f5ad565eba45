"""One shop's warehouse: its tables, where its source continues, and what has changed."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from audsync import __version__
from audsync.contracts import Cursor
from audsync.errors import AudsyncError, StateError
from audsync.sql_text import identifier, literal
from audsync.tables import Kind
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.file import make_private, open_file, rewrite_file
from audsync.warehouse.identities import drop_identities
from audsync.warehouse.people import resolve_clients
from audsync.warehouse.schema import migrate, text_pairs


class Warehouse:
    """The DuckDB file of one shop; a context manager, for one process at a time.

    Holds every table of `tables.TABLES` with its parameters, the normal forms of identifiers in
    `customers` and `orders`, facts about these in `identity_facts`, and `account_clients` and
    `order_clients`, which say whose they are. Opening makes the file, adds new columns, and
    finishes what a killed pull left undone. `timezone` is the shop's, an IANA name;
    `memory_limit` is DuckDB's, such as `4GB`, by default 2 GB or half of the machine, and so is
    `threads`, by default every core. Raises LockedError and StateError.
    """

    def __init__(
        self,
        file: Path,
        *,
        timezone: str,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.file = file
        self._timezone = timezone
        self._memory_limit = memory_limit
        self._threads = threads
        self._about: dict[str, str] = {}
        self._in_transaction = False
        self._open()

    def _open(self) -> None:
        self._connection = open_file(
            self.file, memory_limit=self._memory_limit, threads=self._threads
        )
        try:
            self.engine = DuckEngine(self._connection, timezone=self._timezone)
            migrate(self.engine, str(self.file))
            self._read_about()
            self.resolve_if_stale()
        except BaseException:
            self._connection.close()
            raise

    def rewrite(self) -> None:
        """Leave nothing in the file of what was deleted or changed.

        Temporary tables go with it, and so do engines that were taken from here before.
        """
        self.close()
        rewrite_file(self.file)
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(StateError) if error else nullcontext():  # the first error says more
            self.close()

    def close(self) -> None:
        """Write what is committed into the file and let go of it; may be called twice."""
        self._connection.close()
        make_private(self.file)

    @property
    def cursor(self) -> Cursor | None:
        """Where the source continues; None before the first committed cursor."""
        cursor: Cursor | None = self.recall("cursor")
        return cursor

    @property
    def generation(self) -> int:
        """Grows by one with every committed change of rows."""
        return int(self.recall("generation") or 0)

    @property
    def revision(self) -> str | None:
        """Another text after every committed change of rows, also in a file that was restored.

        The generation of a file from a backup grows through the same numbers once more.
        """
        revision: str | None = self.recall("revision")
        return revision

    @property
    def provided(self) -> frozenset[str]:
        """What the source fills as of the last pull, as `table.column`."""
        return frozenset(self.recall("provided") or ())

    @property
    def params(self) -> Mapping[str, Kind]:
        """Types of the shop's parameters as of the last pull, by `<table>.param.<name>`."""
        return {name: Kind(kind) for name, kind in (self.recall("params") or {}).items()}

    @property
    def resolution(self) -> Mapping[str, int]:
        """Counts of how accounts and orders became clients."""
        counts: Mapping[str, int] = self.recall("resolution") or {}
        return counts

    def recall(self, item: str) -> Any:
        """What was remembered under that name; None where there is nothing."""
        text = self._about.get(item)
        return None if text is None else json.loads(text)

    def remember(self, item: str, value: object) -> None:
        """Keep a JSON value with the rows, as part of the transaction that is open.

        Of None nothing is kept.
        """
        text = None if value is None else json.dumps(value, sort_keys=True)
        if self._about.get(item) == text:
            return
        self.engine.execute(f"DELETE FROM main.about WHERE item = {literal(item)}")
        self._about.pop(item, None)
        if text is not None:
            row = f"({literal(item)}, {literal(text)})"
            self.engine.execute(f"INSERT INTO main.about VALUES {row}")
            self._about[item] = text

    def rows(self, table: str) -> int:
        """How many rows a table of the file has."""
        return self.engine.rows(f"main.{identifier(table)}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's changes become durable together, or none of them."""
        if self._in_transaction:
            raise AudsyncError("a transaction of the warehouse is open already")
        self.engine.execute("BEGIN TRANSACTION")
        self._in_transaction = True
        try:
            yield
            self.engine.execute("COMMIT")
        except BaseException:
            with suppress(AudsyncError):  # a commit that failed has left nothing to take back
                self.engine.execute("ROLLBACK")
            # What was remembered in the block is forgotten, also where the file cannot be read.
            self._about = {}
            with suppress(AudsyncError):  # the first error says more
                self._read_about()
            raise
        finally:
            self._in_transaction = False
        make_private(self.file)

    def drop_identities(self) -> None:
        """Null what names a person in all rows, in the transaction that is open."""
        drop_identities(self.engine)
        self.note_changed_rows()

    def note_changed_rows(self) -> None:
        """Raise the generation, in the transaction that changed rows."""
        self.remember("generation", self.generation + 1)
        self.remember("revision", secrets.token_hex(8))

    def resolve_if_stale(self) -> bool:
        """Resolve accounts and orders into clients unless that is done for these rows.

        A release may know better who is one person, so it is done anew by each.
        """
        basis = {"generation": self.generation, "release": __version__}
        if self.generation == 0 or self.recall("resolved") == basis:
            return False
        with self.transaction():
            self.remember("resolution", resolve_clients(self.engine))
            self.remember("resolved", basis)
        return True

    def _read_about(self) -> None:
        rows = self.engine.fetch("SELECT item, value FROM main.about")
        self._about = text_pairs(rows)
