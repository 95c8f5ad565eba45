"""A folder that the command sets up, and what it says of one that is not right."""

import json
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, CONFIG, ids, make_shop, orders


def test_a_new_folder_is_set_up_from_feeds_and_runs(tmp_path: Path) -> None:
    feeds = make_shop(tmp_path / "feeds")
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("orders.csv", "customers.csv"):
        text = (feeds / name).read_text(encoding="utf-8")
        (empty / name).write_text(text.replace(",ads\n", ",ad_consent\n"), encoding="utf-8")
    done = audsync("init", ".", "--from", "orders.csv", "--from", "customers.csv", cwd=empty)
    assert done.returncode == 0, done.stderr
    checked = audsync("check", cwd=empty)
    assert checked.returncode == 0, checked.stdout
    ran = audsync("run", *AS_OF, cwd=empty)
    assert ran.returncode == 0, ran.stderr
    assert audsync("init", ".", "--from", "orders.csv", cwd=empty).returncode == 4


def test_a_shop_of_a_segment_that_is_not_there_is_a_mistake(shop: Path) -> None:
    segment = shop / "segments" / "buyers.toml"
    segment.write_text('shops = ["kolo", "koloo"]\n' + segment.read_text(encoding="utf-8"))
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert 'segments/buyers.toml:1:18: error[S133]: there is no shop "koloo"' in done.stdout
    assert 'did you mean "kolo"?' in done.stdout


@pytest.mark.parametrize("own_file", [False, True])
def test_a_consent_field_that_no_column_fills_is_told_by_check(
    shop: Path, *, own_file: bool
) -> None:
    config = shop / "config.toml"
    text = config.read_text(encoding="utf-8").replace('ad_consent = "ads"\n', "")
    place = "config.toml:9:9"
    if own_file:
        head, _, tables = text.partition("[shops.kolo.consent]")
        (shop / "shops").mkdir()
        (shop / "shops" / "kolo.toml").write_text(
            ("[consent]" + tables).replace("[shops.kolo.", "["), encoding="utf-8"
        )
        text, place = head, "shops/kolo.toml:2:9"
    config.write_text(text, encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 0, done.stdout
    assert f"{place}: warning[C125]: the source does not provide" in done.stdout
    assert audsync("check", "--strict", cwd=shop).returncode == 4


def test_a_currency_without_a_rate_is_told_at_the_shop_with_the_key_to_write(
    shop: Path,
) -> None:
    (shop / "orders.csv").write_text(orders(ids(3), currency="EUR"), encoding="utf-8")
    inline = audsync("run", *AS_OF, cwd=shop)
    assert inline.returncode == 4
    assert (
        "config.toml:8:8: error[C127]: shop kolo: no rate to CZK for EUR (3 orders)"
        in inline.stderr
    )
    advice = 'below [{}] write the price of one in CZK, such as EUR = "4.31"'
    assert advice.format("shops.kolo.rates") in inline.stderr
    head, _, own = CONFIG.partition("[shops.kolo.consent]")
    own = ("[consent]" + own).replace("[shops.kolo.", "[")
    (shop / "config.toml").write_text(head, encoding="utf-8")
    (shop / "shops").mkdir()
    text = f'name = "Kolo"\n[rates]\nUSD = "23.5"\n{own}'
    (shop / "shops" / "kolo.toml").write_text(text, encoding="utf-8")
    apart = audsync("segments", "explain", "buyers", *AS_OF, cwd=shop)
    assert apart.returncode == 4
    assert "shops/kolo.toml:2:2: error[C127]: shop kolo: no rate" in apart.stderr
    assert advice.format("rates") in apart.stderr


def test_a_new_folder_for_customers_alone_has_a_segment_that_they_answer(
    tmp_path: Path,
) -> None:
    (tmp_path / "people.csv").write_text("customer_id,email,ad_consent\n1,a@example.com,ano\n")
    done = audsync("init", "new", "--from", "people.csv", cwd=tmp_path)
    assert "Next: cd new, read config.toml" in done.stderr
    ran = audsync("run", *AS_OF, cwd=tmp_path / "new")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "new" / "out" / "everyone.csv").read_bytes().count(b"\n") == 2


def test_a_new_folder_takes_currency_and_vat_from_its_feeds(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "order_id,email,date,product_id,quantity,unit_net,currency\n"
        "1,a@example.com,2026-05-01,tea,1,5,EUR\n"
    )
    assert audsync("init", "new", "--from", "rows.csv", cwd=tmp_path).returncode == 0
    checked = audsync("check", cwd=tmp_path / "new")
    assert checked.returncode == 0, checked.stdout
    planned = audsync("plan", *AS_OF, cwd=tmp_path / "new")
    assert planned.returncode == 8, planned.stderr  # no consent, and nothing else
    assert "clients: 1, with orders 1" in planned.stdout


def test_a_new_segment_is_right_as_it_is(shop: Path) -> None:
    assert audsync("segments", "new", "sleepers", cwd=shop).returncode == 0
    assert audsync("check", "--strict", cwd=shop).returncode == 0
    assert audsync("segments", "new", "sleepers", cwd=shop).returncode == 4


def test_feeds_beside_the_new_folder_can_be_read(tmp_path: Path) -> None:
    feeds = make_shop(tmp_path / "feeds")
    text = (feeds / "customers.csv").read_text(encoding="utf-8")
    (feeds / "customers.csv").write_text(
        text.replace(",ads\n", ",ad_consent\n"), encoding="utf-8"
    )
    done = audsync(
        *("init", "new", "--from", "feeds/orders.csv", "--from", "feeds/customers.csv"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    planned = audsync("plan", *AS_OF, cwd=tmp_path / "new")
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize("name", ["Bad_Name", "../config", "-x-", ""])
def test_a_new_segment_needs_an_id(shop: Path, name: str) -> None:
    before = sorted(shop.rglob("*.toml"))
    done = audsync("segments", "new", "--", name, cwd=shop)
    assert done.returncode == 2
    assert "an id has lower-case letters" in done.stderr
    assert sorted(shop.rglob("*.toml")) == before


@pytest.mark.parametrize("command", [("segments", "new", "sleepers"), ("schema", "write")])
def test_files_that_were_written_are_told_as_json(shop: Path, command: tuple[str, ...]) -> None:
    done = audsync(*command, "--json", cwd=shop)
    files = json.loads(done.stdout)["files"]
    assert files
    assert all(Path(file).is_file() for file in files)


def test_a_config_of_todays_version_needs_no_migration_and_another_is_refused(
    shop: Path,
) -> None:
    file = shop / "config.toml"
    text = file.read_text("utf-8") + "unheard_of = true\n"
    file.write_text(text, "utf-8")
    done = audsync("config", "migrate", "--write", cwd=shop)
    assert (done.returncode, done.stdout) == (
        0,
        f"{file}: version 1 is today's; nothing is to be changed\n",
    )
    assert file.read_text("utf-8") == text
    assert not list(shop.glob("*.bak"))
    file.write_text(text.replace("version = 1", "version = 2"), "utf-8")
    newer = audsync("config", "migrate", cwd=shop)
    assert (newer.returncode, "made for a newer audsync" in newer.stderr) == (4, True)
    file.write_text(text.replace("version = 1\n", ""), "utf-8")
    assert audsync("config", "migrate", cwd=shop).returncode == 4
