"""People who were forgotten: told by marks in every spelling, kept out of a pull."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from audsync.identity.digests import digest
from audsync.identity.hiding import Hiding
from audsync.identity.suppression import Suppression, Trace, digests_of, told_by
from audsync.pull import PullReport, erase_people, pull
from audsync.quarantine import QuarantineLimits
from audsync.testing.memory_source import MemorySource
from audsync.warehouse import Warehouse

if TYPE_CHECKING:
    from audsync.columns import Text

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = b"k" * 32
Record = Mapping[str, object]


def of(*emails: str, key: bytes = KEY) -> Suppression:
    """The marks of these addresses."""
    made = Suppression(key, set())
    for email in emails:
        made.marks |= made.marks_of(Trace.EMAIL, digests_of(Trace.EMAIL, email, ()))
    return made


def column(*texts: str | None) -> "Text":
    return pa.chunked_array([texts], pa.string())


@pytest.mark.parametrize(
    "form", ["anna.k+shop@gmail.com", "annak@gmail.com", "a.n.n.a.k@googlemail.com"]
)
def test_a_mailbox_at_gmail_is_told_in_every_spelling(form: str) -> None:
    assert of("anna.k+shop@gmail.com").marked_forms(Trace.EMAIL, column(form)) == [form]


def test_dots_of_other_mailboxes_count() -> None:
    marks = of("anna.k@example.com")
    assert marks.marked_forms(Trace.EMAIL, column("annak@example.com", None)) == []


def test_the_keys_of_every_platform_are_told() -> None:
    made = Suppression(KEY, set())
    number = "+420601987303"
    made.marks |= made.marks_of(Trace.PHONE, digests_of(Trace.PHONE, number, ()))
    of_meta, of_google = digest(number[1:]), digest(number)
    keys = column(of_meta, of_google, number, digest("+420601987304"), None)
    assert set(made.marked_keys(keys)) == {of_meta, of_google, number}


def test_another_key_tells_nobody() -> None:
    marks, other = of("a@example.com"), of(key=b"x" * 32)
    other.marks = marks.marks
    assert other.marked_forms(Trace.EMAIL, column("a@example.com")) == []
    assert other.key_mark != marks.key_mark


def test_a_mark_is_no_digest_of_a_value() -> None:
    assert not of("a@example.com").marks & set(told_by(Trace.EMAIL, "a@example.com").values())


def test_new_marks_are_kept_before_they_are_used() -> None:
    kept: list[set[str]] = []
    made = Suppression(KEY, {"one"}, lambda marks: kept.append(set(marks)))
    assert not made.learn({"one"})
    assert made.learn({"one", "two"})
    assert (kept, made.marks) == ([{"two"}], {"one", "two"})


def customer(key: str, email: str | None = None, phone: str | None = None) -> Record:
    return {"customer_id": key, "email": email, "phone": phone}


def order(key: str, customer_id: str | None = None, email: str | None = None) -> Record:
    return {
        "order_id": key,
        "customer_id": customer_id,
        "email": email,
        "created_at": "2026-10-01T10:00:00",
        "status": "finished",
        "currency": "CZK",
    }


def line(key: str) -> Record:
    return {"order_id": key, "line_number": 1, "product_id": "p", "quantity": "1"}


def view(key: str, customer_id: str | None = None, email: str | None = None) -> Record:
    return {
        "view_id": key,
        "customer_id": customer_id,
        "email": email,
        "visited_at": "2026-10-01T10:00:00",
    }


def message(key: str, email: str) -> Record:
    return {
        "event_id": key,
        "email": email,
        "channel": "email",
        "event": "sent",
        "happened_at": "2026-10-01T10:00:00",
    }


class Shop:
    """A warehouse and a source whose pages are commits of their own."""

    def __init__(self, folder: Path, suppression: Suppression, hiding: Hiding | None) -> None:
        self.folder, self.suppression, self.hiding = folder, suppression, hiding
        self.source = MemorySource()
        self.warehouse = Warehouse(folder / "warehouse.duckdb", timezone="UTC")

    def pull(self) -> PullReport:
        return pull(
            self.source,
            self.warehouse,
            until=NOW,
            country="CZ",
            limits=QuarantineLimits(),
            source_percent=0,
            quarantine_file=self.folder / "quarantine.jsonl",
            progress=lambda _table, _rows, _of: None,
            hiding=self.hiding,
            suppression=self.suppression,
        )

    def ids(self, table: str, column: str) -> list[str]:
        rows = self.warehouse.engine.fetch(
            f"SELECT {column} AS id FROM main.{table} ORDER BY 1"
        )
        return [str(one) for one in rows["id"].to_pylist()]

    def close(self) -> set[Path]:
        """The files in which the person stands."""
        self.warehouse.close()
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return {
            path for path, data in files.items() if EMAIL.encode() in data or b"mine-7" in data
        }


EMAIL = "anna@example.com"


@pytest.fixture(params=[None, Hiding(b"h" * 32, {})], ids=["stored", "hidden"])
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    return Shop(tmp_path, of(EMAIL), request.param)


def test_what_belongs_to_a_forgotten_person_is_kept_out(shop: Shop) -> None:
    shop.source.put(
        "customers", [customer("mine-7", " ANNA@example.com"), customer("c2", "b@example.com")]
    )
    shop.source.put(
        "orders",
        [order("mine-71", "mine-7"), order("mine-72", email=EMAIL), order("o2", "c2")],
    )
    shop.source.put("order_lines", [line("mine-71"), line("mine-72"), line("o2")])
    shop.source.put(
        "visits", [view("mine-73", email=EMAIL), view("mine-74", "mine-7"), view("v")]
    )
    shop.source.put("messages", [message("mine-75", EMAIL), message("m", "b@example.com")])
    said = {"purpose": "all", "answer": "denied"}
    shop.source.put(
        "consents",
        [
            {"consent_id": "mine-76", "email": EMAIL, **said},
            {"consent_id": "mine-77", "customer_id": "mine-7", **said},
            {"consent_id": "d", "email": "b@example.com", **said},
        ],
    )
    counts = shop.pull().tables
    assert [counts[name].kept_out for name in ("customers", "orders", "order_lines")] == [
        1,
        2,
        2,
    ]
    assert shop.ids("customers", "customer_id") == ["c2"]
    assert shop.ids("orders", "order_id") == ["o2"]
    assert shop.ids("order_lines", "order_id") == ["o2"]
    assert shop.ids("consents", "consent_id") == ["d"]
    assert shop.ids("identity_facts", "text").count(digest(EMAIL)) == 0
    # What is sent again is no change.
    shop.source.put("customers", [customer("mine-7", EMAIL), customer("c2", "b@example.com")])
    again = shop.pull()
    assert (again.changed, again.tables["customers"].kept_out) == (False, 1)
    assert shop.close() == set()


def test_an_order_that_came_before_its_account_was_known_goes_with_it(shop: Shop) -> None:
    shop.source.put("orders", [order("mine-71", "mine-7"), order("o2", "c2")])
    assert shop.pull().tables["orders"].held == 2
    shop.source.put("customers", [customer("mine-7", EMAIL)])
    shop.pull()
    assert shop.ids("orders", "order_id") == ["o2"]
    assert shop.ids("order_clients", "order_id") == ["o2"]
    assert shop.close() == set()


def test_a_household_keeps_its_members_without_the_number(shop: Shop) -> None:
    number = "+420601987303"
    marks = shop.suppression
    marks.learn(marks.marks_of(Trace.PHONE, digests_of(Trace.PHONE, number, ())))
    shop.source.put(
        "customers",
        [
            customer("c2", "b@example.com", "601 987 303"),
            customer("c3", "c@example.com", "601 987 304"),
            customer("mine-7", phone="00420601987303"),
        ],
    )
    shop.pull()
    assert shop.ids("customers", "customer_id") == ["c2", "c3"]
    shown = shop.warehouse.engine.fetch(
        "SELECT customer_id FROM main.customers WHERE phone_e164 IS NOT NULL"
    )
    assert shown["customer_id"].to_pylist() == ["c3"]
    shop.source.put("customers", [customer("c2", "b@example.com", "601 987 303")])
    assert not shop.pull().changed
    assert shop.close() == set()


def test_erasing_takes_all_rows_of_the_person_out_of_the_file(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Suppression(KEY, set()), None)
    shop.source.put("customers", [customer("mine-7", EMAIL), customer("c2", "b@example.com")])
    shop.source.put("orders", [order("mine-71", "mine-7"), order("o2", "c2")])
    shop.source.put("order_lines", [line("mine-71"), line("o2")])
    shop.pull()
    erased = erase_people(shop.warehouse, of(EMAIL), hides=False)
    assert erased == {"customers": 1, "orders": 1, "order_lines": 1}
    assert erase_people(shop.warehouse, of(EMAIL), hides=False) == {}
    assert shop.ids("account_clients", "customer_id") == ["c2"]
    assert shop.close() == set()
