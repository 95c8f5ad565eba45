"""Pulls of a shop whose identities are hidden: what is held, and when all is read anew."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from audsync.contracts import Cursor, Finding, Form, KeyRule, Page
from audsync.errors import AudsyncError, TransientError
from audsync.identity.digests import AUDSYNC_RULES, as_they_are, digest, digest_all
from audsync.identity.hiding import Hiding
from audsync.pull import PullReport, holds_values, is_partial, pull, wanted_basis, why_anew
from audsync.quarantine import QuarantineLimits
from audsync.tables import Kind
from audsync.testing.memory_source import MemorySource
from audsync.warehouse import Warehouse
from byte_scan import found

KEY = b"0123456789abcdef0123456789abcdef"
RULES = {f"files.{name}": rule for name, rule in AUDSYNC_RULES.items()}
HIDING = Hiding(KEY, RULES)
EMAIL, PHONE, NAME = "canary.one@example.com", "+420777123456", "Kanárková"
VALUES = (EMAIL, "777123456", NAME, "canary.two@example.com", "canary.three@example.com")
COUNTRY = "CZ"


class Shop:
    """A warehouse, a source, and pulls of one into the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = MemorySource()
        self.open()

    def open(self) -> None:
        self.warehouse = Warehouse(self.folder / "warehouse.duckdb", timezone="UTC")

    def pull(self, hiding: Hiding | None = HIDING, country: str = COUNTRY) -> PullReport:
        return pull(
            self.source,
            self.warehouse,
            until=datetime(2026, 6, 1, tzinfo=UTC),
            country=country,
            limits=QuarantineLimits(stop_percent=100),
            source_percent=0,
            quarantine_file=self.folder / "quarantine.jsonl",
            progress=lambda _table, _rows, _of: None,
            hiding=hiding,
        )

    def why_anew(self, hiding: Hiding | None, country: str = COUNTRY) -> str | None:
        return why_anew(self.warehouse, wanted_basis(country, hiding))

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.warehouse.engine.fetch(query).to_pylist()

    def digests(self) -> dict[str, str]:
        """Digests of e-mails by customer id, as the model finds them."""
        rows = self.rows(
            "SELECT c.customer_id, f.text FROM main.customers c JOIN main.identity_facts f "
            "ON f.kind = 'email' AND f.fact = 'sha256' AND f.value = c.email_normal"
        )
        return {row["customer_id"]: row["text"] for row in rows}

    def fact_names(self) -> set[str]:
        return {row["fact"] for row in self.rows("SELECT fact FROM main.identity_facts")}

    def values_on_disk(self) -> list[str]:
        return found(self.folder, VALUES)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    shop.source.put("customers", [person(1), {"customer_id": "2", "phone": "nobody"}])
    shop.source.put(
        "orders", [order("A", email=EMAIL.upper()), order("B", phone="601 123 456")]
    )
    yield shop
    shop.warehouse.close()


def person(number: int, **values: Any) -> dict[str, Any]:
    known = {"email": EMAIL, "phone": PHONE, "first_name": "Jana", "last_name": NAME}
    return {"customer_id": str(number), **known, **values}


def order(order_id: str, **values: Any) -> dict[str, Any]:
    stated = {"order_id": order_id, "created_at": "2026-01-01", "status": "finished"}
    return {**stated, "currency": "CZK", **values}


def test_nothing_of_a_person_is_on_disk_while_the_shop_is_open_and_after(shop: Shop) -> None:
    report = shop.pull()
    assert shop.values_on_disk() == []
    shop.warehouse.close()
    assert shop.values_on_disk() == []
    assert report.normal_dropped == {"invalid_phone": 1}
    assert report.read_anew is None


def test_visits_messages_and_decisions_are_hidden_and_belong_to_the_same_people(
    shop: Shop,
) -> None:
    shop.source.put("visits", [visit(1, email=EMAIL), visit(2, customer_id="1")])
    event = {"event_id": "m", "channel": "sms", "event": "sent", "happened_at": "2026-05-01"}
    shop.source.put("messages", [{**event, "phone": "777 123 456", "email": EMAIL.upper()}])
    said = {"consent_id": "d", "purpose": "sms", "answer": "denied"}
    shop.source.put("consents", [{**said, "phone": "777 123 456", "email": EMAIL.upper()}])
    for hiding in (None, HIDING):
        shop.pull(hiding)
        (known,) = shop.rows(
            "SELECT email_normal, phone_e164 FROM main.customers WHERE customer_id = '1'"
        )
        (message,) = shop.rows("SELECT email_normal, phone_e164 FROM main.messages")
        assert message == known
        assert shop.rows("SELECT email_normal, phone_e164 FROM main.consents") == [known]
        visits = shop.rows("SELECT email_normal FROM main.visits ORDER BY view_id")
        assert [row["email_normal"] for row in visits] == [known["email_normal"], None]
    shop.warehouse.close()
    assert shop.values_on_disk() == []


def visit(number: int, **values: Any) -> dict[str, Any]:
    return {"view_id": str(number), "visited_at": "2026-05-01", **values}


def test_where_values_are_stored_the_same_look_finds_them(shop: Shop) -> None:
    shop.pull(None)
    shop.warehouse.close()
    assert shop.values_on_disk() == ["warehouse.duckdb"]


def test_the_counts_and_clients_are_those_of_stored_values(shop: Shop, tmp_path: Path) -> None:
    other = Shop(tmp_path / "stored")
    other.source = shop.source
    for number in range(3):
        shop.source.put("customers", [person(number), person(number, phone="1")])
        one, two = shop.pull().to_json(), other.pull(None).to_json()
        assert one.pop("seconds") != two.pop("seconds")
        assert one == two
    for table in ("account_clients", "order_clients"):
        query = f"SELECT * FROM main.{table} ORDER BY ALL"
        assert shop.rows(query) == other.rows(query)
    clients = shop.rows("SELECT client_id FROM main.order_clients")
    assert {"client_id": f"g-{digest('+420601123456')[:16]}"} in clients
    other.warehouse.close()


def test_the_same_rows_again_change_nothing_and_a_new_address_does(shop: Shop) -> None:
    shop.pull()
    shop.source.put("customers", [person(1)])
    assert not shop.pull().changed
    shop.source.put("customers", [person(1, email="canary.two@example.com")])
    report = shop.pull()
    assert report.tables["customers"].changed == 1
    assert shop.digests() == {"1": digest("canary.two@example.com")}


def test_facts_go_with_the_last_row_that_has_their_value(shop: Shop) -> None:
    shop.pull()
    shop.source.put("customers", [person(1, email=None, last_name=None)])
    shop.pull()
    kinds = {row["kind"] for row in shop.rows("SELECT kind FROM main.identity_facts")}
    assert kinds == {"email", "phone", "first_name"}  # an order has the address still
    shop.source.put("orders", [order("A"), order("B")], replaces=True)
    shop.pull()
    kinds = {row["kind"] for row in shop.rows("SELECT kind FROM main.identity_facts")}
    assert kinds == {"phone", "first_name"}


def test_a_duplicate_key_is_told_without_the_address_in_it(shop: Shop) -> None:
    twice = [person(1, customer_id=EMAIL), person(1, customer_id=EMAIL, city="Brno")]
    shop.source.put("customers", twice)
    (rejection,) = shop.pull().rejections
    assert rejection.reason == "duplicate_key"
    assert shop.values_on_disk() == []


# What takes reading everything anew


def test_from_stored_to_hidden_no_value_is_left_on_disk(shop: Shop) -> None:
    shop.source.put("customers", [person(3, customer_id="canary.three@example.com")])
    shop.pull(None)
    assert holds_values(shop.warehouse)
    shop.source.put("customers", [person(4, email="canary.two@example.com")])
    shop.pull(None)
    shop.source.put("customers", [person(1)], replaces=True)
    report = shop.pull()
    assert report.read_anew == '[privacy] identities is "hashed" from now on'
    assert not holds_values(shop.warehouse)
    assert shop.values_on_disk() == []
    shop.warehouse.close()
    assert shop.values_on_disk() == []
    shop.open()
    assert shop.digests() == {"1": digest(EMAIL)}
    assert shop.pull().read_anew is None


def test_rows_that_the_source_no_longer_sends_lose_their_names_and_nothing_else(
    shop: Shop,
) -> None:
    shop.source.put("orders", [order("C", customer_id="1", email=EMAIL, store="Brno")])
    shop.pull(None)
    shop.source = MemorySource()
    shop.source.put("customers", [person(1)])
    shop.source.put("orders", [order("D", customer_id="1")])
    with shop.warehouse.transaction():
        shop.warehouse.remember("cursor", None)
    shop.pull()
    assert shop.rows("SELECT order_id, store FROM main.orders WHERE store IS NOT NULL") == [
        {"order_id": "C", "store": "Brno"}
    ]
    assert {row["order_id"] for row in shop.rows("SELECT order_id FROM main.orders")} == {
        *"ABCD"
    }
    assert shop.values_on_disk() == []
    assert {"order_id": "C", "client_id": "1"} in shop.rows("SELECT * FROM main.order_clients")


def test_back_to_stored_everything_is_read_anew_as_well(shop: Shop) -> None:
    shop.source.put("customers", [person(3, customer_id="canary.three@example.com")])
    shop.pull()
    report = shop.pull(None)
    assert report.read_anew == '[privacy] identities is "stored" from now on'
    emails = shop.rows("SELECT customer_id, email, email_normal FROM main.customers ORDER BY 1")
    assert emails[0] == {"customer_id": "1", "email": EMAIL, "email_normal": EMAIL}
    assert [row["customer_id"] for row in emails] == ["1", "2", "canary.three@example.com"]
    assert shop.fact_names() == {"country"}


def test_another_key_makes_other_pseudonyms_and_the_same_digests(shop: Shop) -> None:
    shop.pull()
    before = shop.rows("SELECT email_normal FROM main.customers ORDER BY customer_id")
    other = Hiding(KEY[::-1], RULES)
    assert shop.why_anew(other) == "the secret identity_key is another one than before"
    report = shop.pull(other)
    assert report.read_anew == "the secret identity_key is another one than before"
    after = shop.rows("SELECT email_normal FROM main.customers ORDER BY customer_id")
    assert before[0] != after[0]
    assert shop.digests() == {"1": digest(EMAIL)}


def test_a_key_of_a_new_sink_is_made_by_reading_anew_and_goes_with_its_sink(shop: Shop) -> None:
    shop.pull()
    more = Hiding(KEY, {**RULES, "meta.email": KeyRule(("email",), digest_all)})
    assert shop.why_anew(more) == "sinks take keys that were not made before (meta.email)"
    assert shop.pull(more).read_anew is not None
    assert "meta.email" in shop.fact_names()
    assert shop.why_anew(more) is None
    assert shop.why_anew(HIDING) is None
    assert shop.pull().read_anew is None
    assert "meta.email" not in shop.fact_names()
    assert shop.why_anew(more) is not None


def test_another_country_reads_numbers_anew(shop: Shop) -> None:
    shop.source.put("customers", [{"customer_id": "3", "phone": "601 123 456"}])
    shop.pull()
    report = shop.pull(country="SK")
    assert report.read_anew == "the country of the shop is another one than before"


def test_while_values_are_stored_another_country_takes_no_source(shop: Shop) -> None:
    shop.pull(None)
    assert shop.why_anew(None, country="SK") is None
    assert shop.pull(None, country="SK").read_anew is None


def test_a_source_that_fails_meanwhile_goes_on_where_it_was(shop: Shop) -> None:
    shop.source = MemorySource(page_rows=1)
    for number in range(4):
        shop.source.put("customers", [person(number, email=f"canary.{number}@example.com")])
    shop.pull(None)
    shop.source.fail_next(TransientError("later", connector="memory"), after_pages=2)
    with pytest.raises(TransientError):
        shop.pull()
    assert is_partial(shop.warehouse)
    assert shop.why_anew(HIDING) is not None
    assert shop.warehouse.cursor == {"changes": 2}
    shop.warehouse.close()
    assert found(shop.folder, [f"canary.{number}@example.com" for number in range(4)]) == []
    shop.open()
    assert shop.pull().read_anew is not None
    assert not is_partial(shop.warehouse)
    assert shop.why_anew(HIDING) is None
    assert shop.digests() == {
        str(number): digest(f"canary.{number}@example.com") for number in range(4)
    }


def test_whoever_goes_back_before_it_is_done_gets_everything_back(shop: Shop) -> None:
    shop.pull(None)
    shop.source.fail_next(TransientError("later", connector="memory"))
    with pytest.raises(TransientError):
        shop.pull()
    assert shop.pull(None).read_anew is not None
    assert shop.rows("SELECT email FROM main.customers WHERE customer_id = '1'") == [
        {"email": EMAIL}
    ]
    assert not is_partial(shop.warehouse)


def test_a_rule_that_leaks_stops_the_pull_and_writes_nothing(shop: Shop) -> None:
    leaky = Hiding(KEY, {"bad.email": KeyRule(("email",), as_they_are, form=Form.DIGEST)})
    with pytest.raises(AudsyncError, match="are no SHA-256 digests") as caught:
        shop.pull(leaky)
    assert EMAIL not in str(caught.value)
    shop.warehouse.close()
    assert shop.values_on_disk() == []


# More rows than memory


class WideSource:
    """Pages of accounts that together are larger than the memory they may take."""

    Options: ClassVar[type] = object
    params: ClassVar[dict[str, Kind]] = {}
    provides = frozenset({"customers.customer_id", "customers.email", "customers.city"})

    def check(self) -> list[Finding]:
        return []

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        assert cursor is None
        assert until.tzinfo
        for number in range(6):
            ids = [str(number * 30_000 + one) for one in range(30_000)]
            columns = {
                "customer_id": ids,
                "email": [f"canary.person{one}@example.com" for one in ids],
                "city": ["x" * 200 + one for one in ids],
            }
            end = {"page": 5} if number == 5 else None
            yield Page("customers", pa.table(columns), cursor=end, replaces=True)


@contextmanager
def looked_at_all_the_time(folder: Path, seen: set[str]) -> Iterator[None]:
    """Adds to `seen` the files that hold a value at any moment: some live only for a step."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.02):
            with suppress(FileNotFoundError):
                seen.update(found(folder, ["canary.person"]))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


@pytest.mark.slow
@pytest.mark.parametrize("hiding", [None, HIDING])
def test_rows_that_are_written_for_want_of_memory_are_hidden_too(
    hiding: Hiding | None, tmp_path: Path
) -> None:
    spilled: set[str] = set()
    file = tmp_path / "warehouse.duckdb"
    with (
        looked_at_all_the_time(tmp_path, spilled),
        Warehouse(file, timezone="UTC", memory_limit="80MB", threads=2) as warehouse,
    ):
        pull(
            WideSource(),
            warehouse,
            until=datetime(2026, 6, 1, tzinfo=UTC),
            country=COUNTRY,
            limits=QuarantineLimits(),
            source_percent=0,
            quarantine_file=tmp_path / "quarantine.jsonl",
            progress=lambda *_: None,
            hiding=hiding,
        )
    if hiding is None:
        assert any(name.startswith("warehouse.spill/") for name in spilled)
    else:
        assert spilled == set()
        assert found(tmp_path, ["canary.person"]) == []
