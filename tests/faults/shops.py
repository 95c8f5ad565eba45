"""Small shops as they stand before the run that is disturbed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faults.runner import Kind, Runner
from small_shop import AS_OF, customers, ids, make_shop, orders

RUN = ("run", *AS_OF, "--no-progress")
_SINKS = """
[shops.kolo.quarantine]
warn_percent = 60
stop_percent = 60

[shops.kolo.guard]
shrink_percent = 100
source_percent = 50
consent_points = 100

[shops.kolo.sinks.direct]
type = "platform"
folder = "direct"

[shops.kolo.sinks.later]
type = "platform"
folder = "later"
is_slow = true
"""
_DAYS = """
[shops.kolo.source]
type = "days"
"""
NEWER = "faults.release:take_over"
AUDIENCES = ("files", "direct", "later")
PLATFORMS = ("direct", "later")


def csv_shop(folder: Path) -> None:
    """A shop of feeds, with three sinks, that was never run."""
    make_shop(folder)
    _edit(folder / "config.toml", lambda text: text + _SINKS)
    _edit(
        folder / "segments" / "buyers.toml",
        lambda text: text.replace('["files"]', json.dumps(AUDIENCES)),
    )


def large_shop(folder: Path) -> None:
    """So many order lines that DuckDB writes some of them before the transaction ends."""
    csv_shop(folder)
    _edit(folder / "orders.csv", lambda text: text + "".join(map(_line, range(130_000))))


def _line(number: int) -> str:
    return (
        f"l{number // 10},c{1 + number % 9:03d},2026-10-01 10:00:00,CZK,p{number % 7},1,9.90\n"
    )


def change(folder: Path) -> None:
    """Two withdraw, one is gone from the feed, one has a new address, three are new.

    One row of the orders is bad.
    """
    answers = dict.fromkeys(ids(13), "yes") | {"c002": "no", "c003": ""}
    del answers["c004"]
    text = customers(answers).replace("c005@example.com", "c005.new@example.com")
    (folder / "customers.csv").write_text(text, encoding="utf-8")
    more = [f"n{name},{name},2026-11-01 10:00:00,CZK,p1,1,50.00\n" for name in ids(13)[10:]]
    bad = "n999,c011,yesterday,CZK,p1,1,50.00\n"
    _edit(folder / "orders.csv", lambda text: text + "".join(more) + bad)


def change_back(folder: Path) -> None:
    """Everybody and everything is as at first."""
    (folder / "customers.csv").write_text(
        customers(dict.fromkeys(ids(10), "yes")), encoding="utf-8"
    )
    (folder / "orders.csv").write_text(orders(ids(10)), encoding="utf-8")


def days_shop(folder: Path) -> None:
    """The same people from a source that says what changed, in pages with a cursor each."""
    csv_shop(folder)
    _edit(
        folder / "config.toml",
        lambda text: text[: text.index("[shops.kolo.source]")] + _SINKS + _DAYS,
    )
    (folder / "days").mkdir()
    _day(folder, 1, ids(10), changed={})


def next_day(folder: Path) -> None:
    """What `change` does, but for the one who is gone, in pages."""
    _day(folder, 2, ids(13), changed={"c002": "no", "c003": "", "c005": "yes"})


def _day(folder: Path, number: int, people: Sequence[str], *, changed: dict[str, str]) -> None:
    wanted = [who for who in people if number == 1 or who in changed or who > "c010"]
    accounts = [
        {
            "customer_id": who,
            "email": f"{who}{'.new' * (who == 'c005' and number > 1)}@example.com",
            "ad_consent": changed.get(who, "yes"),
        }
        for who in wanted
    ]
    orders = [
        {
            "order_id": f"o{number}{who}",
            "customer_id": who,
            "created_at": "2026-10-01T10:00:00+00:00",
            "status": "finished",
            "currency": "CZK",
            "total_gross_minor": 9990,
        }
        for who in wanted
    ]
    pages = [{"table": "customers", "rows": accounts}, {"table": "orders", "rows": orders}]
    (folder / "days" / f"{number}.json").write_text(json.dumps(pages))


def _edit(file: Path, edit: Callable[[str], str]) -> None:
    file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Scene:
    """A shop and the command that is disturbed in it.

    `before` is done in each process, `then` to the shop before the next run. `compares` names
    the parts of the portrait that must be equal in the end, all where it is empty; `kinds` are
    the ways in which a step goes wrong.
    """

    name: str
    make: Callable[[Path], None]
    arguments: Sequence[str] = RUN
    change: Callable[[Path], None] | None = None
    then: Callable[[Path], None] = lambda _folder: None
    before: Sequence[str] = ()
    compares: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset(Kind)

    def prepare(self, folder: Path, runner: Runner) -> None:
        """Write the shop, and bring it to where the disturbed command begins."""
        self.make(folder)
        if self.change is not None:
            done = runner.command(folder, RUN)
            assert done.code == 0, done.stderr
            self.change(folder)


SCENES = (
    Scene("first run", csv_shop),
    Scene("later run", csv_shop, change=change),
    Scene("pull alone", csv_shop, ("pull", "--no-progress"), change=change),
    Scene("run in pages", days_shop, change=next_day),
    Scene("first run of a newer release", csv_shop, change=change, before=(NEWER,)),
    Scene(
        "later run, then the feeds as before it",
        csv_shop,
        change=change,
        then=change_back,
        compares=frozenset({"sinks", "audiences", "open plans", "open batches"}),
        kinds=frozenset({Kind.KILL}),
    ),
    Scene(
        "pull of 130,000 order lines",
        large_shop,
        ("pull", "--no-progress"),
        kinds=frozenset({Kind.KILL, Kind.NO_SPACE}),
    ),
)
