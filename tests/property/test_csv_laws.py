"""Laws of the CSV source against Python's csv module and its decimals."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audsync_source_csv import records
from audsync_source_csv.numbering import firsts, places
from audsync_source_csv.reader import open_text
from audsync_source_csv.values import numbers
from csv_feeds import ROWS, order_rows, pull, source

CELLS = st.text(alphabet='ab",;\n\r é', max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)


@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n"]), size=st.integers(1, 60))
def test_rows_cells_and_lines_are_those_of_the_csv_module(
    rows: list[list[str]], end: str, size: int
) -> None:
    text = io.StringIO(newline="")
    # Quoting only where needed, the module leaves a CR bare that is not of its line ends.
    writer = (
        csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
        if end == "\n"
        else csv.writer(text, lineterminator=end)
    )
    writer.writerows([["one", "two", "three"], *rows])
    data = text.getvalue()
    reader = csv.reader(io.StringIO(data, newline=""))
    before, expected = 0, []
    for row in reader:
        expected.append((before + 1, [cell.strip() or None for cell in row]))
        before = reader.line_num
    opened = open_text(io.BytesIO(data.encode()), delimiter=",", encoding=None, shown="x")
    found = []
    for cells in opened.cells({"one": 0, "two": 1, "three": 2}, size):
        assert cells.bad == ()
        columns = [
            cells.columns[name].dictionary_decode().to_pylist()
            for name in ("one", "two", "three")
        ]
        found += list(
            zip(cells.lines.tolist(), map(list, zip(*columns, strict=True)), strict=True)
        )
    assert found == [(line, cells) for line, cells in expected[1:] if any(cells)]


@given(
    data=st.binary(max_size=200).map(lambda raw: raw.replace(b"\0", b'"')),
    size=st.integers(1, 50),
)
def test_blocks_lose_no_row_whatever_the_text(data: bytes, size: int) -> None:
    whole = records.rows_of(data, b",", line=1)
    if len(whole.marks) % 2:
        return
    made = []
    for block in records.blocks(io.BytesIO(data), b",", shown="x", size=size):
        spans = zip(block.layout.starts, block.layout.ends, block.layout.lines, strict=True)
        made += [(block.data[start:end], int(line)) for start, end, line in spans]
    spans = zip(whole.starts, whole.ends, whole.lines, strict=True)
    assert made == [(data[start:end], int(line)) for start, end, line in spans]


AMOUNTS = st.decimals(min_value=-(10**7), max_value=10**7, places=5, allow_nan=False)


@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=20), sign=st.sampled_from(".,"))
def test_a_number_is_read_as_it_was_written(amounts: list[Decimal], sign: str) -> None:
    other = "," if sign == "." else "."
    swap = str.maketrans(".,", sign + other)
    texts = [f"{amount:,f}".translate(swap) for amount in amounts]
    found = numbers.decimals(pa.array(texts), sign).to_pylist()
    assert found == amounts
    spaced = [text.replace(other, "\u00a0") for text in texts]
    assert numbers.decimals(pa.array(spaced), sign).to_pylist() == amounts


@given(
    price=st.decimals(min_value=0, max_value=10_000, places=4, allow_nan=False),
    units=st.integers(1, 5000),
    vat=st.decimals(min_value=0, max_value=30, places=2, allow_nan=False),
)
def test_values_of_lines_are_exact_decimals_rounded_once(
    price: Decimal, units: int, vat: Decimal
) -> None:
    def minor(amount: Decimal) -> int:
        return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    vat_line = f'vat_percent = {{ value = "{vat:f}" }}\n'
    with TemporaryDirectory() as folder:
        text = order_rows(f"1 tea {units} {price:f}")
        net = pull(source(Path(folder), ROWS + vat_line, orders=text)).rows("order_lines")[0]
        gross_mapping = ROWS.replace("unit_net", "unit_gross") + vat_line
        gross = pull(source(Path(folder), gross_mapping)).rows("order_lines")[0]
    factor = 1 + vat / 100
    assert net["net_minor"] == gross["gross_minor"] == minor(price * units)
    assert net["gross_minor"] == minor(price * units * factor)
    # A quotient has no end; far more digits than a half needs are enough.
    assert gross["net_minor"] == minor(price * units / factor)


@given(codes=st.lists(st.integers(0, 5), max_size=40))
def test_lines_are_numbered_by_appearance(codes: list[int]) -> None:
    array = pa.array(codes, pa.int64()).to_numpy()
    assert places(array).tolist() == [codes[: n + 1].count(c) for n, c in enumerate(codes)]
    assert firsts(array, 6).tolist() == [
        codes.index(code) if code in codes else -1 for code in range(6)
    ]
