"""One shop of a fake panel, pulled into a warehouse and compared with what the panel knows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest

from audsync.contracts import Calls, Context, Source
from audsync.errors import AudsyncError, ExitCode
from audsync.identity.hiding import Hiding
from audsync.pull import PullReport, pull
from audsync.quarantine import QuarantineLimits
from audsync.testing.idosell import KEY, FakeIdoSell, LivingShop, Truth
from audsync.testing.idosell.records import Channel
from audsync.testing.idosell.truth import Reading
from audsync.warehouse import HeldRows, Warehouse
from audsync_source_idosell import IdoSellOptions, IdoSellSource

SHOP = 2
ALL_LOSSES = QuarantineLimits(warn_percent=100, stop_percent=100)
_IDENTITY = ("email", "phone", "first_name", "last_name")
_FREQUENCY = {Channel.EMAIL: "newsletter_frequency", Channel.SMS: "sms_frequency"}

Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Key:
    """A secret as the core hands it over."""

    text: str

    def reveal(self) -> str:
        return self.text


def secrets(name: str) -> Key:
    return {
        "idosell_api_key": Key(KEY),
        "idosell_login": Key("integration"),
        "idosell_password": Key("invented-for-tests"),
    }[name]


@dataclass
class Pulls:
    """Pulls of one shop of the panel into the warehouse of a folder."""

    fake: FakeIdoSell
    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 5
    source_class: type[IdoSellSource] = IdoSellSource
    calls: Calls = field(default_factory=Calls)
    slept: list[float] = field(default_factory=list)
    hiding: Hiding | None = None

    @property
    def options(self) -> IdoSellOptions:
        given = {"url": self.fake.url, "shop_id": SHOP, "pause_seconds": 0.0, **self.settings}
        return IdoSellOptions(**given)

    def source(self, warehouse: Warehouse | None = None, calls: Calls | None = None) -> Source:
        self.calls = calls or Calls()
        context = Context(
            *("shop", "Europe/Warsaw", "PL", "PLN"),
            self.folder,
            lambda text: self.folder / text,
            secret=secrets,
            calls=self.calls,
        )
        if warehouse is not None:
            context = replace(context, held=HeldRows(warehouse.engine, self.hiding))
        return self.source_class(
            self.options, context, sleep=self.slept.append, attempts=self.attempts
        )

    def warehouse(self) -> Warehouse:
        self.folder.mkdir(exist_ok=True)
        return Warehouse(self.folder / "warehouse.duckdb", timezone="Europe/Warsaw")

    def pull(self, limit: int | None = None, calls: Calls | None = None) -> PullReport:
        with self.warehouse() as warehouse:
            return pull(
                self.source(warehouse, calls or Calls(limit)),
                warehouse,
                until=datetime.now(UTC),
                country="PL",
                limits=ALL_LOSSES,
                source_percent=0,
                quarantine_file=self.folder / "quarantine.jsonl",
                progress=lambda *_: None,
                hiding=self.hiding,
            )

    def tables(self) -> Tables:
        """What is held, in the columns that the truth knows."""
        with self.warehouse() as warehouse:
            return {
                table: warehouse.engine.fetch(
                    f"SELECT * FROM main.{table} ORDER BY ALL"
                ).to_pylist()
                for table in (*Truth(self.fake.panel, SHOP).tables, "rates")
            }


# Makes a shop of a panel with so many orders, and its pulls.
Made = Callable[..., tuple[LivingShop, Pulls]]


def failing(pulls: Pulls, code: ExitCode) -> str:
    """What a pull says that has to end with that code."""
    with pytest.raises(AudsyncError) as caught:
        pulls.pull()
    assert caught.value.exit_code is code
    return str(caught.value)


def differences(pulls: Pulls, *, is_swept: bool = True) -> list[str]:
    """Where what is held differs from the panel's truth, in words without a value.

    Before a sweep, clients that were deleted may still be held.
    """
    finished: Literal["dispatch", "status_change"] = (
        "dispatch" if pulls.options.finished_by == "dispatch" else "status_change"
    )
    shop = pulls.options.shop_id or SHOP
    truth = Truth(pulls.fake.panel, shop, Reading(finished=finished))
    held = pulls.tables()
    wanted = truth.tables
    if not is_swept:
        deleted = {str(number) for number in pulls.fake.panel.customers.deleted}
        held["customers"] = [
            row for row in held["customers"] if row["customer_id"] not in deleted
        ]
    active = {row["customer_id"] for row in wanted["customers"]}
    agreed = {str(one.client_id) for one in truth.consents if one.is_given}
    # Clients of another shop of the panel who agreed to this one's messages are held besides.
    accounts = [
        row
        for row in held["customers"]
        if row["customer_id"].isdigit() and row["customer_id"] not in agreed - active
    ]
    for row in wanted["orders"]:
        if row["order_id"] in truth.marketplace_orders:
            row.update(dict.fromkeys(_IDENTITY))  # nobody is found by such an order
    # The panel's products of other shops are held besides, and others only when they are sold.
    bought = {row["product_id"] for row in held["order_lines"]}
    products = [row for row in wanted["products"] if row["product_id"] in bought]
    known = {row["product_id"] for row in products}
    kept = [row for row in held["products"] if row["product_id"] in known]
    found = [
        *_rows("customers", ("customer_id",), wanted["customers"], accounts),
        *_rows("orders", ("order_id",), wanted["orders"], held["orders"]),
        *_rows(
            "order_lines",
            ("order_id", "line_number"),
            wanted["order_lines"],
            held["order_lines"],
        ),
        *_rows("returns", ("return_id", "line_number"), wanted["returns"], held["returns"]),
        *_rows("products", ("product_id",), products, kept),
    ]
    return [*found, *_consents(truth, held["customers"]), *_rates(truth, held["rates"])]


def _rows(
    table: str,
    key: Iterable[str],
    wanted: list[dict[str, Any]],
    held: list[dict[str, Any]],
) -> list[str]:
    names = tuple(key)
    there = {tuple(row[name] for name in names): _plain(row) for row in held}
    right = {tuple(row[name] for name in names): _plain(row) for row in wanted}
    found = [f"{table} {one}: missing" for one in right if one not in there]
    found += [f"{table} {one}: too much" for one in there if one not in right]
    for one, row in right.items():
        if one in there:
            wrong = [name for name in row if row[name] != there[one].get(name)]
            found += [f"{table} {one}: {', '.join(wrong)}"] if wrong else []
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _consents(truth: Truth, held: list[dict[str, Any]]) -> list[str]:
    """Consents held and true; a no needs no row, a yes needs its date."""
    right: dict[tuple[str, str], datetime] = {}
    for one in truth.consents:
        if one.is_given:
            right[_key(one.channel, one.client_id, one.contact), _FREQUENCY[one.channel]] = (
                one.changed_at.replace(tzinfo=None)
            )
    there = {
        (row["customer_id"], name): row[f"{name}_at"]
        for row in held
        for name in _FREQUENCY.values()
        if row[name] == "every_day"
    }
    found = [f"consent {name}: missing" for key, name in right.keys() - there.keys()]
    found += [f"consent {name}: too much" for key, name in there.keys() - right.keys()]
    return found + [
        f"{name}_at: wrong"
        for key, name in right.keys() & there.keys()
        if right[key, name] != there[key, name]
    ]


def _rates(truth: Truth, held: list[dict[str, Any]]) -> list[str]:
    there = {row["currency"]: row["price"] / row["units"] for row in held}
    return [] if there == truth.rates else ["rates: wrong"]


def _key(channel: Channel, client: int | None, contact: str | None) -> str:
    if client is not None:
        return str(client)
    text = str(contact).casefold()
    if channel is Channel.SMS:
        text = "".join(filter(str.isdigit, text)) + "@sms.invalid"
    return f"s-{sha256(text.encode()).hexdigest()[:24]}"
