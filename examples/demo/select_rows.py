"""Select the demo's feeds from the Online Retail data: a tenth of the customers, every line.

    python select_rows.py FOLDER_WITH_ORDERS_AND_CUSTOMERS

Writes feeds/orders.csv.gz and feeds/customers.csv beside this file; the same input gives the
same rows. Of the sales without a customer id every hundredth invoice is kept.
"""

import csv
import gzip
import hashlib
import io
import sys
from pathlib import Path


def _kept(key: str, share: int) -> bool:
    """Whether a key falls into one of `share` equal parts, the same part every time."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % share == 0


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)


def main(data: Path, feeds: Path) -> None:
    """Read both files of `data` and write the selected rows to `feeds`."""
    with gzip.open(data / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    invoice, customer = header.index("InvoiceNo"), header.index("CustomerID")
    orders = [
        row
        for row in rows
        if (_kept(row[customer], 10) if row[customer] else _kept(row[invoice], 100))
    ]
    with (data / "customers.csv").open(encoding="utf-8", newline="") as file:
        header_of_customers, *people = csv.reader(file)
    # Rows with a planted fault stay, so that the demo shows what becomes of them.
    faulty = {("birth_date", "1900-02-30"), ("registration", "yesterday"), ("customer_id", "")}
    faulty |= {("country", "Wonderland"), ("data_permission", "maybe")}
    customers = [
        row
        for row in people
        if _kept(f"{row[0]}.0", 10) or faulty & set(zip(header_of_customers, row, strict=True))
    ]
    _write(feeds / "orders.csv.gz", header, orders)
    _write(feeds / "customers.csv", header_of_customers, customers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent / "feeds")
