"""The CSV source keeps the contract of sources, with delimited text and with XML."""

import csv
from pathlib import Path

import pytest

from audsync.contracts import Source
from audsync.testing.memory_source import CANARIES
from audsync.testing.source_contract import SourceContract
from csv_feeds import source

EMAIL, PHONE, FIRST, LAST = CANARIES
MAPPING = """
[orders]
files = "orders.csv"
[orders.columns]
order_id = "id"
customer_id = "customer"
email = "email"
created_at = "at"
status = { column = "status", map = { done = "finished" } }
total_gross = "total"

[order_lines]
files = "lines.csv"
[order_lines.columns]
order_id = "id"
line_number = "line"
product_id = "product"
quantity = "units"
unit_gross = "price"

[customers]
files = "customers.csv"
[customers.columns]
customer_id = "id"
email = "email"
phone = "phone"
first_name = "first"
last_name = "last"
born_on = "born"
tags = "tags"
[customers.params]
points = { column = "points", type = "number" }

[products]
files = "products.csv"
[products.columns]
product_id = "id"
title = "name"
price = "price"

[returns]
files = "returns.csv"
[returns.columns]
return_id = "id"
line_number = "line"
product_id = "product"
quantity = "units"
returned_at = "at"
"""
FILES = {
    "orders": (
        "id,customer,email,at,status,total",
        [f"{n},{n},{EMAIL},2024-01-0{n},done,{n}.50" for n in range(1, 8)],
    ),
    "lines": ("id,line,product,units,price", [f"{n},1,p{n},2,1.50" for n in range(1, 8)]),
    "customers": (
        "id,email,phone,first,last,born,tags,points",
        [
            *(f'{n},{EMAIL},{PHONE},{FIRST},{LAST},,"a,b",{n}' for n in range(1, 8)),
            f",{EMAIL},{PHONE},{FIRST},{LAST},,,",
            f"8,{EMAIL},{PHONE},{FIRST},{LAST},1990-02-30,,",
        ],
    ),
    "products": ("id,name,price", ["p1,Tea,1.50", "p2,Cup,2.00"]),
    "returns": ("id,line,product,units,at", ["r1,1,p1,1,2024-02-01", "r2,1,p2,1,2024-02-01"]),
}


def _shop(folder: Path, *, step: int) -> Source:
    texts = {name: "\n".join([head, *rows[::step], ""]) for name, (head, rows) in FILES.items()}
    return source(folder, MAPPING, **texts)


class TestCsvSource(SourceContract):
    @pytest.fixture
    def source(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _shop(tmp_path_factory.mktemp("shop"), step=1)

    @pytest.fixture
    def reordered(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _shop(tmp_path_factory.mktemp("reordered"), step=-1)

    @pytest.fixture
    def unreadable(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        folder = tmp_path_factory.mktemp("unreadable")
        made = _shop(folder, step=1)
        text = (folder / "customers.csv").read_text().partition("\n")[2]
        (folder / "customers.csv").write_text(text)
        return made


def _xml_shop(folder: Path, *, step: int) -> Source:
    """The same shop, its files as XML: an element a row, and in it one for each cell."""
    toml = MAPPING.replace('.csv"', '.xml"\nrow = "rows/row"')
    for name, (head, rows) in FILES.items():
        names = head.split(",")
        lines = [
            "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(names, cells, strict=True))
            for cells in csv.reader(rows[::step])
        ]
        text = "".join(f"<row>{line}</row>\n" for line in lines)
        (folder / f"{name}.xml").write_text(f"<rows>\n{text}</rows>\n")
    return source(folder, toml)


@pytest.mark.slow
class TestXmlFeeds(SourceContract):
    @pytest.fixture
    def source(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _xml_shop(tmp_path_factory.mktemp("shop"), step=1)

    @pytest.fixture
    def reordered(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        return _xml_shop(tmp_path_factory.mktemp("reordered"), step=-1)

    @pytest.fixture
    def unreadable(self, tmp_path_factory: pytest.TempPathFactory) -> Source:
        folder = tmp_path_factory.mktemp("unreadable")
        made = _xml_shop(folder, step=1)
        text = (folder / "customers.xml").read_text()
        (folder / "customers.xml").write_text(text[: text.rindex(LAST)])
        return made

    def test_it_gives_the_rows_of_the_same_shop_in_delimited_text(
        self, source: Source, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        text = _shop(tmp_path_factory.mktemp("text"), step=1)
        folder = tmp_path_factory.mktemp("held")
        assert self.held(source, folder / "xml") == self.held(text, folder / "text")
