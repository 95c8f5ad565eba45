"""The installed command with a shop of XML feeds gives the audience of the same CSV feeds."""

import csv
from pathlib import Path

import pytest

from command import audsync
from small_shop import AS_OF, audience, make_shop

pytestmark = pytest.mark.slow


def _to_xml(shop: Path, name: str, rows: str) -> None:
    """Write a feed of the shop as XML, and say in its mapping what its rows are."""
    with (shop / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        records = [
            "".join(f"<{key}>{text}</{key}>" for key, text in row.items())
            for row in csv.DictReader(file)
        ]
    root, row = rows.split("/")
    lines = "".join(f"  <{row}>{record}</{row}>\n" for record in records)
    (shop / f"{name}.xml").write_text(f"<{root}>\n{lines}</{root}>\n", encoding="utf-8")
    (shop / f"{name}.csv").unlink()
    config = (shop / "config.toml").read_text(encoding="utf-8")
    mapped = config.replace(f'"{name}.csv"', f'"{name}.xml"\nrow = "{rows}"')
    (shop / "config.toml").write_text(mapped, encoding="utf-8")


def test_the_audience_is_that_of_the_same_shop_in_delimited_text(tmp_path: Path) -> None:
    text, xml = make_shop(tmp_path / "text"), make_shop(tmp_path / "xml")
    _to_xml(xml, "orders", "ORDERS/LINE")
    _to_xml(xml, "customers", "CUSTOMERS/CUSTOMER")
    for shop in (text, xml):
        done = audsync("run", *AS_OF, cwd=shop)
        assert done.returncode == 0, done.stderr
    assert audience(xml) == audience(text)
    people = (xml / "customers.xml").read_text(encoding="utf-8")
    # Whoever withdraws leaves; a row that is no customer is quarantined with its line.
    people = people.replace("<ads>yes</ads>", "<ads>no</ads>", 1)
    (xml / "customers.xml").write_text(
        people.replace("</CUSTOMERS>", "  <CUSTOMER><name>X</name></CUSTOMER>\n</CUSTOMERS>"),
        encoding="utf-8",
    )
    done = audsync("run", *AS_OF, cwd=xml)
    assert done.returncode == 7
    assert "customers: 1 of 11 rows were refused (9.1 %)" in done.stderr
    assert "missing_key" in done.stderr
    assert audience(xml) == audience(text)
    (xml / "customers.xml").write_text(people[: len(people) // 2], encoding="utf-8")
    done = audsync("run", *AS_OF, cwd=xml)
    assert done.returncode == 4
    assert "the file ends before its last element does; is it cut off?" in done.stderr
    assert audience(xml) == audience(text)
    (xml / "customers.xml").write_text(people, encoding="utf-8")
    assert audsync("run", *AS_OF, cwd=xml).returncode == 0
    assert audience(xml).count(b"\n") == audience(text).count(b"\n") - 1
