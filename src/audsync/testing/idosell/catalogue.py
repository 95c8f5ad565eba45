"""Products of the panel, their categories, brands and series."""

from collections.abc import Mapping
from typing import Final

from audsync.testing.idosell.clock import Clock
from audsync.testing.idosell.records import Product

# Number → the one above it (0 for none), name.
CATEGORIES: Final[Mapping[int, tuple[int, str]]] = {
    10: (0, "Odzież"),
    11: (10, "Kurtki"),
    12: (10, "Czapki"),
    20: (0, "Obuwie"),
    21: (20, "Trekkingowe"),
    30: (0, "Sprzęt"),
    31: (30, "Linki na metry"),
    32: (30, "Impregnaty"),
}
BRANDS: Final = ("Halny", "Żleb", "Kosówka", "Świstak & Co")
SERIES: Final = ("Zima 2026", "Grań", "")


def category_path(category_id: int) -> tuple[str, ...]:
    """Names of the categories from the top down to that one."""
    above, name = CATEGORIES[category_id]
    return (*category_path(above), name) if above else (name,)


class Catalogue:
    """What the shops sell; each change happens at the clock's present moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.products: dict[int, Product] = {}

    def add(self, product: Product) -> Product:
        """A new product; its dates become the present moment."""
        product.added_at = product.changed_at = self._clock.happened()
        self.products[product.product_id] = product
        return product

    def change_price(self, product_id: int, price: int) -> None:
        """Another price with VAT, in minor units; orders keep theirs."""
        self._changed(product_id).price = price

    def rename(self, product_id: int, name: str) -> None:
        """Another name."""
        self._changed(product_id).name = name

    def move(self, product_id: int, *, category_id: int, series: str = "") -> None:
        """Into another category and series."""
        product = self._changed(product_id)
        product.category_id, product.series = category_id, series

    def delete(self, product_id: int) -> None:
        """Not sold any more; found only by who asks for deleted ones."""
        self._changed(product_id).is_deleted = True

    def _changed(self, product_id: int) -> Product:
        product = self.products[product_id]
        product.changed_at = self._clock.happened()
        return product
