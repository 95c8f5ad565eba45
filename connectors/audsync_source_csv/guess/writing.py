"""Guesses as commented TOML."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from audsync.errors import SourceDataError
from audsync_source_csv.cells import fold
from audsync_source_csv.guess.reading import Guess, read, read_xml
from audsync_source_csv.guess.sample import is_xml, look
from audsync_source_csv.guess.shop import shop_tables
from audsync_source_csv.guess.xml_sample import xml_samples
from audsync_source_csv.options import Cell
from audsync_source_csv.targets import SHAPES

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_WIDTH: Final = 94
_EXAMPLE: Final = """\
# Write the names of your files and of their columns (docs/how-to/own-csv-feeds.md).
[shops.{shop}.source]
type = "csv"

[shops.{shop}.source.order_rows]      # one row per order line
files = "orders.csv"

[shops.{shop}.source.order_rows.columns]
order_id = "order_id"
customer_id = "customer_id"
created_at = "created_at"
status = {{ value = "finished" }}
product_id = "product_id"
quantity = "quantity"
unit_gross = "price"                # of one unit, with VAT

[shops.{shop}.source.customers]
files = "customers.csv"

[shops.{shop}.source.customers.columns]
customer_id = "customer_id"
email = "email"
phone = "phone"
ad_consent = "ad_consent"
"""


def guess(files: Sequence[Path], *, folder: Path, shop: str = "shop") -> str:
    """The source of a shop as TOML, guessed from files; without any, an example to fill in.

    Raises SourceDataError for a file that cannot be read or that cannot feed audiences.
    """
    if not files:
        return _EXAMPLE.format(shop=shop)
    found: dict[str, Guess] = {}
    for file in files:
        one = read_xml(xml_samples(file), file.name) if is_xml(file) else read(look(file))
        if one.kind in found:
            other = found[one.kind].sample.path.name
            raise SourceDataError(
                f"{other} and {file.name}: both look like {one.kind}; name one of "
                "them, and add the other to its `files` afterwards"
            )
        found[one.kind] = one
    if "order_rows" in found and {"orders", "order_lines"} & set(found):
        raise SourceDataError(
            f"{found['order_rows'].sample.path.name} has orders with their lines; leave out "
            "the file of orders or of lines"
        )
    if "order_lines" in found and "orders" not in found:
        raise SourceDataError(
            f"{found['order_lines'].sample.path.name}: lines of orders, but nothing says when "
            "and by whom they were placed; give the file of orders too, or, where a column of "
            "this one is the date of the order, rename its header to created_at"
        )
    feeds = [found[kind] for kind in SHAPES if kind in found]
    head = f'[shops.{shop}.source]\ntype = "csv"\n'
    texts = [_feed(one, folder, shop) for one in feeds]
    return "\n".join([*shop_tables(feeds, shop), head, *texts])


def _feed(one: Guess, folder: Path, shop: str) -> str:
    table = f"shops.{shop}.source.{one.kind}"
    lines = [f"# {one.sample.path.name}: {one.name}."]
    for note in one.notes:
        lines += textwrap.wrap(f"# Look: {note}", _WIDTH, subsequent_indent="# ")
    lines += [f"[{table}]", f"files = {_text(_place(one.sample.path, folder))}"]
    lines += [f"{key} = {_value(value)}" for key, value in one.settings.items()]
    lines += ["", f"[{table}.columns]"]
    lines += [f"{name} = {_cell(cell)}" for name, cell in one.columns.items()]
    used = {fold(header) for cell in one.columns.values() for header in cell.headers()}
    unused = [
        name for name in one.sample.names if name and fold(one.sample.header(name)) not in used
    ]
    if unused:
        text = f"# Not used: {', '.join(unused)}"
        lines += textwrap.wrap(text, _WIDTH, subsequent_indent="# ", break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def _place(path: Path, folder: Path) -> str:
    full, base = path.resolve(), folder.resolve()
    return (full.relative_to(base) if full.is_relative_to(base) else full).as_posix()


def _cell(cell: Cell) -> str:
    default = Cell(value="")
    given = {
        field.name: value
        for field in fields(cell)
        if (value := getattr(cell, field.name)) not in (None, (), {})
        and (field.name == "value" or value != getattr(default, field.name))
    }
    if set(given) == {"column"}:
        return _value(given["column"])
    return _inline(given)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Iterable):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)


def _inline(values: Mapping[str, object]) -> str:
    pairs = (
        f"{key if _BARE.match(key) else _text(key)} = {_value(value)}"
        for key, value in values.items()
    )
    return f"{{ {', '.join(pairs)} }}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
