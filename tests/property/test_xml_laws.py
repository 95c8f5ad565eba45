"""Laws of XML feeds against Python's own tree of the same file."""

import io
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from audsync_source_csv.cells import Wanted
from audsync_source_csv.xml_paths import row_path
from audsync_source_csv.xml_reader import XmlText

TEXTS = st.text(alphabet="až<&'] \n", max_size=5)
Leaf = tuple[str, str, str | None]
Order = tuple[list[Leaf], list[list[Leaf]]]
LEAVES = st.tuples(st.sampled_from("pq"), TEXTS, st.none() | TEXTS)
ITEMS = st.lists(LEAVES, max_size=3)
ORDERS = st.lists(st.tuples(ITEMS, st.lists(ITEMS, max_size=3)), max_size=4)
ORDER_VALUES = ("p", "q/@k", "i/p")
ITEM_VALUES = ("p", "@n", "../p", "../@n", "../i[q='a']/p")


def _document(orders: Sequence[Order]) -> bytes:
    root = ET.Element("s")
    for number, (own, items) in enumerate(orders):
        order = ET.SubElement(root, "o", {"n": str(number)})
        _fill(order, own[:1])
        for item in items:
            _fill(ET.SubElement(order, "i", {"n": f"{number}i"}), item)
            ET.SubElement(order, "x").text = "between"
        _fill(order, own[1:])
    data: bytes = ET.tostring(root, encoding="utf-8")
    return data


def _fill(parent: ET.Element, leaves: Sequence[Leaf]) -> None:
    for name, text, key in leaves:
        ET.SubElement(parent, name, {} if key is None else {"k": key}).text = text


def _plain(texts: Sequence[str | None]) -> str | None:
    said = [text.strip() for text in texts if text and text.strip()]
    return "|".join(said) or None


def _expected(data: bytes, row: str) -> list[tuple[str | None, ...]]:
    root = ET.fromstring(data)  # noqa: S314 -- made above
    rows: list[tuple[str | None, ...]]
    if row == "s/o":
        rows = [
            (
                _plain([one.text for one in order.findall("p")]),
                _plain([one.get("k") for one in order.findall("q")]),
                _plain([one.text for one in order.findall("i/p")]),
            )
            for order in root.findall("o")
        ]
    else:
        rows = [
            (
                _plain([one.text for one in item.findall("p")]),
                item.get("n"),
                _plain([one.text for one in order.findall("p")]),
                order.get("n"),
                _plain(
                    [
                        one.text
                        for other in order.findall("i")
                        if "a" in [(q.text or "").strip() for q in other.findall("q")]
                        for one in other.findall("p")
                    ]
                ),
            )
            for order in root.findall("o")
            for item in order.findall("i")
        ]
    return [values for values in rows if any(values)]


@settings(max_examples=30)
@given(orders=ORDERS, row=st.sampled_from(["s/o", "s/o/i"]), size=st.integers(1, 200))
@example(orders=[([("p", "a", None)], [[("q", "a", None)]])], row="s/o/i", size=1)
def test_rows_and_values_are_those_of_the_tree_however_the_file_comes(
    orders: list[Order], row: str, size: int
) -> None:
    data = _document(orders)
    values = ORDER_VALUES if row == "s/o" else ITEM_VALUES
    wanted = [Wanted(value, "|", may_lack=True) for value in values]
    if row == "s/o/i" and not any(items for _, items in orders):
        orders = []
        data = _document(orders)
    found: list[tuple[str | None, ...]] = []
    for cells in XmlText(io.BytesIO(data), [row_path(row)], None, "x").blocks(wanted, size):
        columns = [cells.columns[value].dictionary_decode().to_pylist() for value in values]
        found += zip(*columns, strict=True)
    assert found == _expected(data, row)
