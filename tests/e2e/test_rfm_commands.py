"""`audsync rfm`: limits of scores are kept, and then nobody moves because others buy."""

import json
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop

CHEAP = 'name = "Cheap"\nsinks = ["files"]\n\n[all]\nmonetary_score.at_most = 2\n'
HEAD = "order,customer,date,currency,product,quantity,price\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = make_shop(tmp_path / "shop")
    (made / "segments" / "buyers.toml").write_text(CHEAP, encoding="utf-8")
    orders(made, range(1, 11))
    return made


def orders(shop: Path, numbers: range) -> None:
    """One order of as many crowns, hundreds of them, as the customer's number says."""
    lines = [f"o{n},c{n:03d},2026-10-01 10:00:00,CZK,p1,1,{n}00.00\n" for n in numbers]
    (shop / "orders.csv").write_text(HEAD + "".join(lines), encoding="utf-8")


def test_limits_are_shown_and_then_written(shop: Path) -> None:
    before = (shop / "config.toml").read_bytes()
    assert audsync("pull", cwd=shop).returncode == 0
    done = audsync("rfm", "freeze", *AS_OF, cwd=shop)
    assert done.returncode == 0
    assert "kolo: limits of 2026-11-20, from 10 clients" in done.stdout
    line = "monetary_bands = [300.00, 500.00, 700.00, 900.00]  # frozen on 2026-11-20"
    assert f"\n+{line}\n" in done.stdout
    assert (shop / "config.toml").read_bytes() == before
    done = audsync("rfm", "freeze", *AS_OF, "--write", "--json", cwd=shop)
    told = json.loads(done.stdout)
    assert told["limits"]["monetary"] == [30_000, 50_000, 70_000, 90_000]
    assert (told["written"], told["stated"]) == (True, [])
    assert f"\n{line}\n" in (shop / "config.toml").read_text("utf-8")


@pytest.mark.slow
def test_whoever_buys_later_moves_nobody_else(shop: Path) -> None:
    def members() -> bytes:
        done = audsync("run", *AS_OF, "--max-removed", "9", cwd=shop)
        assert done.returncode == 0, done.stderr
        return audience(shop)

    config = (shop / "config.toml").read_bytes()
    first = members()
    new = dict.fromkeys(ids(30), "yes")
    (shop / "customers.csv").write_text(customers(new), encoding="utf-8")
    assert audsync("rfm", "freeze", *AS_OF, "--write", cwd=shop).returncode == 0
    orders(shop, range(1, 31))
    assert members() == first
    done = audsync("rfm", "thaw", "--write", cwd=shop)
    assert "limits that move again: recency of 2026-11-20" in done.stdout
    assert (shop / "config.toml").read_bytes() == config + b"\n[shops.kolo.model.rfm]\n"
    assert members().count(b"\n") > first.count(b"\n")
