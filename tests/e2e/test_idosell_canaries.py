"""Values planted in every text that a panel holds are seen in nothing that is said or kept."""

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from audsync.testing.idosell import KEY, FakeIdoSell, LivingShop, Panel, faults
from audsync.testing.idosell.records import Address, Channel, Line, Origin, Terms
from byte_scan import forms, found
from command import audsync
from halny_shop import make_shop
from hidden_shop import KEY as IDENTITY_KEY

SHOP = 2
EMAIL, PHONE = "canary.mail@example.com", "+48601987321"
# Of an address every field; of goods, orders and the shop itself what a panel lets be written.
ADDRESS = Address(
    first_name="Canarynka",
    last_name="Canaryowska",
    city="Canarytown",
    zip_code="98-765",
    street="Canarystreet 7",
    phone=PHONE,
    firm="Canaryfirm",
    tax_number="7654canary",
)
GOODS = ("Canarytea", "Canarybrand", "canarycode", "canaryseries", "canarysize", "canaryvalue")
ORDERS = ("CANARYCODE", "canarymarket", "canaryexternal")
OTHERS = (
    ADDRESS.city,
    ADDRESS.zip_code,
    "canarytag",
    "canarykind",
    "canary-birthday",
    "canaryfault",
)
# What a shop that hides identities keeps in no file, and any other in its warehouse alone.
IDENTITY = (EMAIL, "601987321", ADDRESS.first_name, ADDRESS.last_name)
# What nobody asks a panel for.
UNREAD = (ADDRESS.street, ADDRESS.firm, ADDRESS.tax_number, "canarylogin")
BROKEN = f"a bug at {EMAIL} canaryfault"
SEGMENT = {"buyers": "[all]\norder_count.at_least = 1\n"}
HASHED = '\n[shops.halny.privacy]\nidentities = "hashed"\n'


def canary_panel() -> Panel:
    """A few people and orders with such texts, of whom some cannot be taken as they are."""
    panel = Panel()
    shop = LivingShop(panel, seed=5)
    product = shop.stock(1, everywhere=True)
    product.name, product.brand, product.code, product.series = GOODS[:4]
    product.sizes, product.parameters = (GOODS[4],), {GOODS[5]: GOODS[5]}
    terms = Terms(
        currency="PLN",
        discount_code=ORDERS[0],
        origin=Origin("marketplace", ORDERS[1], "", ORDERS[2]),
    )
    for number in range(6):
        account = panel.customers.register(
            SHOP,
            f"{number}.{EMAIL}" if number else "canary(at)example.com",
            ADDRESS,
            login=f"{UNREAD[3]}{number}",
            agrees_to=[Channel.EMAIL],
        )
        account.tags[OTHERS[2]] = 1
        account.kind = OTHERS[3] if number == 1 else account.kind
        account.born_on = OTHERS[4] if number == 2 else "1980-05-04"
        line = Line(1, GOODS[0], Decimal(1), 2460, 2000, size=GOODS[4])
        order = panel.sales.place(account, SHOP, [line], terms)
        panel.sales.set_status(order.serial, EMAIL if number == 3 else "finished")
    panel.sales.place_as_guest(SHOP, f"guest.{EMAIL}", ADDRESS, [line], terms)
    panel.customers.subscribe(Channel.EMAIL, f"reader.{EMAIL}", SHOP)
    panel.customers.subscribe(Channel.SMS, PHONE, SHOP)
    panel.clock.advance(hours=1)
    return panel


@pytest.fixture
def fake() -> Iterator[FakeIdoSell]:
    with FakeIdoSell(canary_panel()) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("identities", ["stored", "hashed"])
def test_nothing_that_a_panel_holds_is_said_or_left_where_it_does_not_belong(
    fake: FakeIdoSell, tmp_path: Path, identities: str
) -> None:
    sections = [HASHED] if identities == "hashed" else []
    folder = make_shop(tmp_path / "shop", fake, *sections, segments=SEGMENT)
    config = folder / "config.toml"
    config.write_text(config.read_text().replace('"retail"', '"hashed"'))
    said: list[str] = []

    def say(*arguments: str) -> int:
        done = audsync(
            *arguments,
            cwd=folder,
            AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY=KEY,
            AUDSYNC_SECRET__HALNY__IDENTITY_KEY=IDENTITY_KEY,
        )
        said.extend((done.stdout, done.stderr))
        return done.returncode

    assert say("run", "-v", "--as-of", "2026-06-01") in (0, 3), said
    assert say("plan", "-v", "--json", "-o", "plan.json", "--as-of", "2026-06-01") == 0
    fake.faults.plan(faults.fault_code(9, BROKEN), times=None)
    assert say("run", "-v", "--as-of", "2026-06-01") != 0
    spoken = "".join(said).encode()
    planted = (*IDENTITY, *UNREAD, *GOODS, *ORDERS, *OTHERS, KEY, IDENTITY_KEY)
    assert [text for text in planted if any(form in spoken for form in forms(text))] == []
    assert found(folder, [*UNREAD, KEY, IDENTITY_KEY]) == []
    is_hidden = identities == "hashed"
    assert found(folder, IDENTITY) == ([] if is_hidden else ["state/halny/warehouse.duckdb"])


def test_each_text_of_each_record_is_planted() -> None:
    """Also one that a record learns to hold."""
    panel = canary_panel()
    everything = (panel.customers.accounts, panel.catalogue.products, panel.sales.orders)
    made: list[Any] = [next(iter(records.values())) for records in everything]
    for record in (ADDRESS, *made):
        values = dataclasses.asdict(record)
        texts = {name for name, value in values.items() if isinstance(value, str)}
        plain = {name for name in texts if "canary" not in values[name].lower()}
        assert plain <= {
            *("country", "zip_code", "phone"),
            *("kind", "born_on", "currency", "status"),
        }
