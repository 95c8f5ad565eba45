"""Wrong input: a clear message, the right exit code, and nothing lost from the day before."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop, orders, use_gzip

GOOD = orders(ids(10))


@dataclass(frozen=True)
class Fault:
    """What is done to the shop, and what the command answers."""

    break_it: Callable[[Path], object]
    exit_code: int
    says: tuple[str, ...]


def _orders(data: bytes | str) -> Callable[[Path], object]:
    raw = data if isinstance(data, bytes) else data.encode()
    return lambda folder: (folder / "orders.csv").write_bytes(raw)


def _truncated(folder: Path) -> None:
    use_gzip(folder)
    data = (folder / "orders.csv.gz").read_bytes()
    (folder / "orders.csv.gz").write_bytes(data[: len(data) // 2])


def _folder(folder: Path) -> None:
    (folder / "orders.csv").unlink()
    (folder / "orders.csv").mkdir()


def _config(old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        file = folder / "config.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return edit


FAULTS = {
    "no header": Fault(_orders(GOOD.partition("\n")[2]), 4, ("orders.csv", "order")),
    "another delimiter": Fault(_orders(GOOD.replace(",", "~")), 4, ("orders.csv", "order")),
    "NUL bytes": Fault(
        _orders(GOOD.replace("o3", "o\x003")),
        7,
        ("1 of 10 rows were refused", "nul_character", "orders.csv:5", ".jsonl"),
    ),
    "a first line of 100 MB": Fault(
        _orders("x" * 100_000_000 + "\n" + GOOD), 4, ("orders.csv:1: the first line",)
    ),
    "dates of another form": Fault(
        _config(
            'created_at = "date"', 'created_at = { column = "date", date_format = "%d/%m/%Y" }'
        ),
        7,
        ("not_a_time in created_at 10 times", "orders.csv:2"),
    ),
    "a form that is no form": Fault(
        _config(
            'created_at = "date"', 'created_at = { column = "date", date_format = "DD/MM" }'
        ),
        4,
        ("config.toml:25:", "error[C108]", "DD/MM"),
    ),
    "an address without encryption": Fault(
        _config('files = "orders.csv"', 'files = "http://shop.example/orders.csv"'),
        4,
        ("config.toml:20:1: error[C108]", "use an https address"),
    ),
    "orders of nobody": Fault(
        _config('customer_id = "customer"\n', ""), 4, ("error[C108]", "nobody could be found")
    ),
    "an empty zip": Fault(
        _orders(b"PK\x05\x06" + bytes(18)), 4, ("orders.csv: holds 0 files",)
    ),
    "a line of 100 MB": Fault(
        _orders(GOOD + "o99," + "x" * 100_000_000 + "\n"), 4, ("orders.csv:12",)
    ),
    "a truncated .gz": Fault(_truncated, 4, ("orders.csv.gz",)),
    "a folder": Fault(_folder, 4, ("orders.csv",)),
    "an empty file": Fault(_orders(b""), 4, ("orders.csv", "empty")),
    "no file": Fault(lambda folder: (folder / "orders.csv").unlink(), 4, ("orders.csv",)),
    "a column that is not there": Fault(
        _config('product_id = "product"', 'product_id = "prodct"'), 4, ("prodct", "product")
    ),
    "two currencies": Fault(
        _orders(GOOD + orders(ids(1), currency="EUR").partition("\n")[2].replace("o0", "o50")),
        4,
        ("EUR", "rates"),
    ),
    "half of the rows gone": Fault(
        _orders(orders(ids(4))), 7, ("orders", "--accept-smaller-source")
    ),
    "no rule of consent": Fault(
        _config('[shops.kolo.consent]\nfield = "ad_consent"\ngranted = ["yes"]\n', ""),
        8,
        ("consent", "ad_consent"),
    ),
    "an unknown key": Fault(
        _config("max_batch = 2", "max_bach = 2"), 4, ("config.toml:14:1", "max_batch")
    ),
    "a secret in the file": Fault(
        _config("max_batch = 2", 'api_key = "x"'), 4, ("config.toml:14:11", "secret")
    ),
}


@pytest.fixture(scope="module")
def yesterdays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_shop(tmp_path_factory.mktemp("yesterday") / "shop")
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_told_and_loses_nothing(
    name: str, yesterdays: Path, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    folder = shutil.copytree(yesterdays, tmp_path / "shop")
    yesterday = audience(folder)
    assert yesterday.count(b"\n") == 11
    kept = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    fault.break_it(folder)
    done = audsync("run", *AS_OF, cwd=folder)

    assert done.returncode == fault.exit_code, done.stderr
    for words in fault.says:
        assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "example.com" not in done.stdout + done.stderr
    assert audience(folder) == yesterday

    if (folder / "orders.csv").is_dir():
        (folder / "orders.csv").rmdir()
    for file, data in kept.items():
        (folder / file).write_bytes(data)
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    assert audience(folder) == yesterday


def test_a_windows_code_page_is_read_and_the_letters_are_right(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop")
    expected = tmp_path / "utf8"
    make_shop(expected)
    text = customers(dict.fromkeys(ids(10), "yes"))
    (folder / "customers.csv").write_bytes(text.encode("cp1250"))
    for shop in (folder, expected):
        assert audsync("run", *AS_OF, cwd=shop).returncode == 0
    assert audience(folder) == audience(expected)


def test_of_two_rows_with_one_id_the_last_counts_and_the_other_is_told(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop", count=400)
    feed = folder / "customers.csv"
    feed.write_text(feed.read_text() + "c001,second@example.com,Eva,yes\n")
    done = audsync("run", *AS_OF, "-v", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "1 duplicate_key" in done.stdout
    assert "second@example.com" not in done.stdout


def test_orders_of_the_future_do_not_count_and_are_told(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop")
    feed = folder / "orders.csv"
    feed.write_text(feed.read_text().replace("2026-10-01", "2126-10-01"))
    done = audsync("run", *AS_OF, "-v", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "orders.created_at: 1 time lies in the future" in done.stderr
    assert "1 in_the_future" in done.stdout
    assert audience(folder).count(b"\n") == 10


def test_a_column_of_words_for_prices_is_no_reason_to_empty_an_audience(
    tmp_path: Path,
) -> None:
    folder = make_shop(tmp_path / "shop", count=40)
    (folder / "segments" / "buyers.toml").write_text(
        'name = "Buyers"\nsinks = ["files"]\n[all]\ntotal_revenue.at_least = 50\n'
    )
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    yesterday = audience(folder)
    (folder / "orders.csv").write_text(orders(ids(40)).replace("99.90", "a lot"))
    done = audsync("run", *AS_OF, cwd=folder)
    assert done.returncode == 7
    assert "order_lines.unit_gross_minor: 40 of 40 values were refused" in done.stderr
    assert audience(folder) == yesterday


def test_a_few_bad_rows_are_told_and_make_the_run_incomplete(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop", count=100)
    with (folder / "orders.csv").open("a") as feed:
        feed.write("b1,c001,never,CZK,p1,1,9\nb2,c001,never,CZK,p1,1,9\n")
    done = audsync("run", *AS_OF, cwd=folder)
    assert done.returncode == 3
    assert "warning: orders: 2 of 102 rows were refused (2.0 %), more than 1 %" in done.stderr
    assert "not_a_time in created_at 2 times, first at orders.csv:102" in done.stderr


def test_bad_rows_are_told_also_where_nothing_else_is_new(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop", count=200)
    assert audsync("run", *AS_OF, cwd=folder).returncode == 0
    with (folder / "customers.csv").open("a") as feed:
        feed.write(",nobody@example.com,Eva,yes\n")
    done = audsync("run", *AS_OF, cwd=folder)
    assert "pulled: nothing new\nquarantine: 1 row, 0 values;" in done.stdout


def test_two_sinks_in_one_folder_are_refused(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop")
    config = folder / "config.toml"
    other = (
        '[shops.kolo.sinks.other]\ntype = "files"\nfolder = "./out/"\n\n[shops.kolo.source]\n'
    )
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[shops.kolo.source]\n", other, 1), encoding="utf-8")
    done = audsync("check", cwd=folder)
    assert done.returncode == 4
    assert "config.toml:16:19: error[C124]" in done.stdout
    assert "kolo.files and kolo.other" in done.stdout
