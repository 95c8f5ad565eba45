"""Products with brand, category, series and price; a product is all of its sizes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from audsync.contracts import Page
from audsync.tables import PARAM_PREFIX
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record, element_faults, note_unread
from audsync_source_idosell.cells import dig, elements
from audsync_source_idosell.drafts import Draft, Row
from audsync_source_idosell.orders import number_of

PRODUCT_COLUMNS: Final = (
    *("product_id", "sku", "title", "brand", "product_line", "category", "price_minor"),
    "currency",
)
# Asked for by name, so that no stock, text or picture is sent.
RETURN_ELEMENTS: Final = (
    *("code", "producer_name", "category_name", "iaiCategoryName", "iaiCategoryPath"),
    *("series", "retail_price", "currency", "lang_data", "parameters", "modification_time"),
)
_LEVELS: Final = " | "


@dataclass(frozen=True, slots=True)
class Products:
    """Turns products of the panel into rows.

    Numbers of products that the panel could not read are kept in `unread`.
    """

    language: str
    parameters: Mapping[str, int]
    unread: set[int]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are filled."""
        return (*PRODUCT_COLUMNS, *(f"{PARAM_PREFIX}{name}" for name in self.parameters))

    def page(self, records: Iterable[Record], asked: Iterable[str] = ()) -> Page:
        """A page of products.

        Of the numbers `asked` for, each has a row even where the panel knows it no more, so
        that it is not asked for again, unless it could not be read.
        """
        draft = Draft("products")
        told = set()
        for record in records:
            row = self._product(record)
            draft.add(row)
            told.add(row.values["product_id"])
            if (found := product_number(record)) is not None:
                note_unread(self.unread, found, record)
        for number in sorted(set(asked) - told):
            unknown = Row("products", f"product {number}")
            unknown.values["product_id"] = number
            draft.add(unknown)
        return draft.page(self.columns)

    def _product(self, record: Record) -> Row:
        number = record.get("productId")
        row = Row("products", f"product {number}")
        if element_faults(record):
            row.refuse("", "refused_by_the_panel", None, loses_row=True)
        row.put("product_id", number_of, number)
        row.put("sku", cells.text, record.get("productDisplayedCode"))
        row.put("title", cells.text, self._title(record))
        row.put("brand", cells.text, record.get("producerName"))
        row.put("product_line", cells.text, dig(record, "productSeries", "seriesPanelName"))
        row.put("category", _category, record)
        currency = row.put("currency", cells.currency, record.get("currencyId"))
        if currency is not None:
            row.put("price_minor", cells.minor, record.get("productRetailPrice"), currency)
        for name, parameter in self.parameters.items():
            row.put(f"{PARAM_PREFIX}{name}", self._parameter, record, parameter)
        return row

    def _title(self, record: Record) -> Any:
        return self._worded(elements(record, "productDescriptionsLangData"), "productName")

    def _worded(self, texts: list[Any], name: str) -> Any:
        """The text in the language asked for, else the first."""
        own = [one for one in texts if dig(one, "langId") == self.language]
        return dig(next(iter([*own, *texts]), None), name)

    def _parameter(self, record: Record, number: int) -> str | None:
        values = [
            cells.text(
                self._worded(
                    elements(value, "parameterValueDescriptionsLangData"), "parameterValueName"
                )
            )
            for one in elements(record, "productParameters")
            if str(dig(one, "parameterId")) == str(number)
            for value in elements(one, "parameterValues")
        ]
        return ", ".join(filter(None, values)) or None


def product_number(record: Record) -> int | None:
    """The number of a product; None where it has none that can be read."""
    try:
        return cells.whole(record.get("productId"))
    except cells.BadCellError:
        return None


def _category(record: Record) -> str | None:
    """The path in the platform's tree, else the shop's own category."""
    path = cells.text(record.get("categoryIdoSellPath"))
    if path is None:
        return cells.text(record.get("categoryName"))
    return _LEVELS.join(filter(None, (part.strip() for part in path.split(">")))) or None
