"""Products: those that were changed, and those that order lines name and nobody knows yet."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from audsync_source_idosell.answers import ignored
from audsync_source_idosell.endpoints import PRODUCTS
from audsync_source_idosell.position import Step
from audsync_source_idosell.products import product_number
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.spans import to_text

PART: Final = "products"


def product_steps(reading: Reading, known: Mapping[str, Any]) -> Iterator[Step]:
    """Products changed since what is held, then those that lines lack."""
    products = reading.products
    if "through" in known:
        for found, after in reading.changed(
            known,
            timedelta(days=reading.options.product_overlap_days),
            reading.panel.changed_products,
            by_days=True,
        ):
            yield Step([products.page(found.records)] if found.records else (), {PART: after})
    else:
        yield Step((), {PART: {"through": to_text(reading.now)}})
    yield Step(is_due=True)
    yield from _lacking(reading)


def unread_product_steps(reading: Reading) -> Iterator[Step]:
    """Products that the panel could not read before."""
    products = reading.products
    for asked in reading.batches(products.unread):
        records = reading.panel.products_by_number([*map(str, asked)]).records
        products.unread.difference_update(asked)
        yield Step([products.page(one for one in records if product_number(one) in asked)])


def _lacking(reading: Reading) -> Iterator[Step]:
    """The products of order lines that have no row, a page of numbers at a time."""
    products = reading.products
    size, after = reading.options.page_size, ""
    while numbers := reading.held.texts(
        "order_lines", "product_id", but_not_in="products", after=after, limit=size
    ):
        after = numbers[-1]
        records = reading.panel.products_by_number(numbers).records
        if any(str(record.get("productId")) not in numbers for record in records):
            raise ignored(PRODUCTS, "number")
        yield Step([products.page(records, numbers)])
