"""Segments that ask in SQL, by the installed command."""

from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop

COLLECTORS = '''\
name = "Collectors"
sinks = ["files"]
sql = """
SELECT client_id
FROM order_lines
WHERE product_id = 'p1' AND ordered_on <= $as_of"""
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = make_shop(tmp_path / "shop")
    (folder / "segments" / "buyers.toml").write_text(COLLECTORS, encoding="utf-8")
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("[shops.kolo.consent]", "[engine]\nsql = true\n\n[shops.kolo.consent]"),
        encoding="utf-8",
    )
    return folder


def test_a_query_chooses_members_and_the_gate_follows(shop: Path) -> None:
    answers = dict.fromkeys(ids(10), "yes") | {"c002": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")
    assert audsync("check", "--strict", cwd=shop).returncode == 0
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    # Of c002, c005 and c008, who bought p1, one did not consent.
    assert audience(shop).count(b"\n") == 3
    explained = audsync("segments", "explain", "buyers", *AS_OF, cwd=shop)
    assert "sql { SELECT client_id FROM order_lines" in explained.stdout
    assert "members before consent: 3" in explained.stdout


@pytest.mark.slow
def test_a_query_that_goes_before_is_asked_for_the_one_after_it(shop: Path) -> None:
    for name, priority in (("after", 1), ("first", 2)):
        rule = "[all]\norder_count.at_least = 1\n"
        if name == "first":
            rule = 'sql = """select client_id from clients where order_count >= 1"""\n'
        head = f'sinks = ["files"]\ngroup = "life"\npriority = {priority}\n'
        (shop / "segments" / f"{name}.toml").write_text(head + rule, encoding="utf-8")
    done = audsync("run", *AS_OF, "--segment", "after", cwd=shop)
    assert done.returncode == 0, done.stderr
    rows = (shop / "out" / "after.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1  # the header: everybody is in the other


@pytest.mark.slow
def test_a_query_is_answered_where_the_configuration_allows_it(shop: Path) -> None:
    config = shop / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("sql = true\n", ""), encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert "segments/buyers.toml:3:1: error[S150]: the shop does not answer" in done.stdout
    assert "sql = true below [engine]" in done.stdout
    assert audsync("run", *AS_OF, cwd=shop).returncode == 4
    spark = 'type = "spark"\nmaster = "local[1]"\nlocation = "lake"\nsql = true\n'
    config.write_text(text.replace("sql = true\n", spark), encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert "error[S150]: a shop on Spark does not answer queries in SQL" in done.stdout


@pytest.mark.slow
def test_a_mistake_in_a_query_is_told_by_check_and_one_of_names_by_a_run(shop: Path) -> None:
    segment = shop / "segments" / "buyers.toml"
    text = segment.read_text(encoding="utf-8")
    segment.write_text(text.replace("FROM order_lines", "FORM order_lines"), encoding="utf-8")
    done = audsync("check", cwd=shop)
    assert done.returncode == 4
    assert 'segments/buyers.toml:5:6: error[S151]: syntax error at or near "order_lines"' in (
        done.stdout
    )
    segment.write_text(text.replace("product_id =", "article ="), encoding="utf-8")
    other = COLLECTORS.replace("p1", "p2")
    (shop / "segments" / "others.toml").write_text(other, encoding="utf-8")
    assert audsync("check", cwd=shop).returncode == 0
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 3
    assert "segments/buyers.toml:6:7: error[S151]: there is no column" in done.stderr
    assert "    6 | WHERE article = 'p1' AND ordered_on <= $as_of" in done.stderr
    # The other segment went on.
    assert (shop / "out" / "others.csv").read_bytes().count(b"\n") == 4


@pytest.mark.slow
def test_a_query_that_fails_on_a_value_does_not_tell_it(shop: Path) -> None:
    segment = shop / "segments" / "buyers.toml"
    text = segment.read_text(encoding="utf-8")
    segment.write_text(text.replace("product_id =", "CAST(sku AS INT) || name ="))
    config = shop / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            'product_id = "product"', 'product_id = "product"\nsku = "customer"\nname = "date"'
        ),
        encoding="utf-8",
    )
    done = audsync("run", *AS_OF, cwd=shop)
    assert done.returncode == 4
    assert "error[S152]: the query failed on a value (ConversionException)" in done.stderr
    assert "c001" not in done.stdout + done.stderr
