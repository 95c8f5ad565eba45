"""One feed's mapping applied to one file: from cells to typed columns of a table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from audsync.money import exponent
from audsync.tables import PARAM_PREFIX, Column, Kind, arrow_type
from audsync_source_csv.arrays import distinct, mask
from audsync_source_csv.cells import Cells, Wanted, changed, fold
from audsync_source_csv.draft import Draft, Typed
from audsync_source_csv.options import Cell
from audsync_source_csv.targets import SHAPES
from audsync_source_csv.values import numbers, times, words

if TYPE_CHECKING:
    from audsync.contracts import Context
    from audsync_source_csv.arrays import Texts, Values
    from audsync_source_csv.options import Feed

_PARAM_KINDS: Final = {"text": Kind.TEXT, "number": Kind.NUMBER, "date": Kind.DATE}
# Texts that may be long numbers, which tell people or goods apart.
_NUMBERS_AS_TEXT: Final = frozenset(
    {"customer_id", "phone", "order_id", "return_id", "product_id", "parent_id", "sku"}
)
# Spreadsheets keep digits as text behind an apostrophe: Shopify writes '7210448301122.
_GUARD: Final = r"^'([0-9+=@-])"


def param_kind(cell: Cell) -> Kind:
    """The type of the shop's own parameter."""
    return _PARAM_KINDS[cell.type]


class Mapping:
    """The mapping of one feed, for one of its files.

    It remembers what the file has shown so far of its decimal signs and of the order of day
    and month, so that a column is read in one way from its first cell to its last.
    """

    def __init__(self, feed: "Feed", context: "Context") -> None:
        self.feed = feed
        self.cells = feed.cells()
        self.shape = SHAPES[feed.KIND]
        for name, cell in self.cells.items():
            if cell.dated is not None:
                self.cells[name] = replace(
                    cell, date_format=cell.date_format or feed.date_format
                )
        self._context = context
        self._signs: dict[str, str] = {}
        self._day_first: dict[str, bool] = {}
        if "currency" in self.shape.targets:
            self.cells.setdefault("currency", Cell(value=context.currency))

    def __contains__(self, name: str) -> bool:
        """Whether a column is mapped."""
        return name in self.cells

    def headers(self, names: Sequence[str] | None = None) -> tuple[str, ...]:
        """The headers that these columns, or all of them, read."""
        cells = self.cells if names is None else [name for name in names if name in self.cells]
        return tuple(header for name in cells for header in self.cells[name].headers())

    def wanted(self) -> list[Wanted]:
        """Every header that is read; one that a cell must have may not be lacking."""
        found: dict[str, Wanted] = {}
        for cell in self.cells.values():
            for header in cell.headers():
                before = found.get(fold(header))
                may_lack = cell.optional and (before is None or before.may_lack)
                found[fold(header)] = Wanted(header, cell.split, may_lack)
        return list(found.values())

    def column(self, name: str) -> Column:
        """The column of the table that a mapped name fills."""
        if name.startswith(PARAM_PREFIX):
            return Column(name, param_kind(self.cells[name]), "a parameter of the shop")
        return self.shape.targets[name].column

    def texts(self, name: str, cells: Cells) -> "Texts":
        """The texts of a mapped column."""
        import pyarrow.compute as pc

        texts = cells.text(self.cells[name])
        return changed(texts, lambda values: pc.replace_substring_regex(values, _GUARD, r"\1"))

    def fill(self, draft: Draft, *, skip: Sequence[str] = ()) -> None:
        """Add every mapped column of the draft's table that is neither skipped nor money."""
        for name in self.cells:
            is_param = name.startswith(PARAM_PREFIX)
            column = self.column(name) if is_param else draft.table.column(name)
            if column is None or name in skip or column.kind is Kind.MONEY:
                continue
            draft.add(name, self.typed(name, draft.cells))

    def typed(self, name: str, cells: Cells) -> Typed:
        """A mapped column as values of its type."""
        column, texts = self.column(name), self.texts(name, cells)
        match column.kind:
            case Kind.TEXT:
                return self._words(column, texts)
            case Kind.BOOLEAN:
                return _by_word(texts, words.boolean, column.kind, "not_a_boolean")
            case Kind.TIME | Kind.DATE:
                return self._times(name, column.kind, texts, cells.shown)
            case Kind.TEXTS:
                return _labels(texts, self.cells[name].split)
            case _:
                return self._number(name, column.kind, texts, cells.shown)

    def exact(self, name: str, cells: Cells) -> Typed:
        """A mapped number as an exact decimal, percent signs dropped."""
        import pyarrow.compute as pc

        texts = changed(
            self.texts(name, cells),
            lambda values: pc.replace_substring_regex(values, r"\s*%$", ""),
        )
        sign = self._sign(name, texts, cells.shown)
        values = numbers.decimals(texts.dictionary, sign)
        return _spread(texts, values, {"not_a_number": values.is_null()})

    def minor_scale(self, cells: Cells) -> "Values":
        """How many minor units make one of the row's currency, as exact decimals."""
        import pyarrow as pa

        texts = self.texts("currency", cells)
        codes = [words.currency(text) for text in distinct(texts)]
        scales = [None if code is None else 10 ** exponent(code) for code in codes]
        return pa.array(scales, pa.decimal256(4, 0)).take(texts.indices)

    def amount(self, name: str, cells: Cells, scale: "Values") -> Typed:
        """A mapped amount in exact minor units, not yet rounded."""
        import pyarrow.compute as pc

        typed = self.exact(name, cells)
        if not self.shape.targets[name].major:
            return typed
        return Typed(pc.multiply(typed.values, scale), typed.texts, typed.wrong)

    def _words(self, column: Column, texts: "Texts") -> Typed:
        if column.name == "country":
            return _by_word(texts, words.country, column.kind, "unknown_country")
        if column.name == "currency":
            return _by_word(texts, words.currency, column.kind, "unknown_currency")
        if word := words.closed(column):
            reason = "unknown_status" if column.name == "status" else "unknown_value"
            return _by_word(texts, word, column.kind, reason)
        if column.name in _NUMBERS_AS_TEXT:
            return _by_word(texts, words.uncut, column.kind, "cut_number")
        return Typed(texts.dictionary_decode(), texts)

    def _times(self, name: str, kind: Kind, texts: "Texts", shown: str) -> Typed:
        import pyarrow as pa

        words_of = distinct(texts)
        parse = times.parser(
            self._formats(name), day_before_month=self._day(name, words_of, shown)
        )
        if kind is Kind.DATE:
            days, wrong = times.days(words_of, parse)
            values, reason = pa.array(days, arrow_type(kind)), "not_a_date"
        else:
            zone = self.cells[name].zone or self.feed.zone or self._context.timezone
            moments, wrong = times.moments(words_of, parse, ZoneInfo(zone))
            values, reason = pa.array(moments, arrow_type(kind)), "not_a_time"
        return _spread(texts, values, {reason: pa.array(wrong, pa.bool_())})

    def _formats(self, name: str) -> tuple[str, ...]:
        formats = self.cells[name].date_format or self.feed.date_format
        return (formats,) if isinstance(formats, str) else tuple(formats)

    def _day(self, name: str, texts: Sequence[str], shown: str) -> bool | None:
        if name in self._day_first or self._formats(name):
            return self._day_first.get(name)
        try:
            found = times.day_first(texts)
        except ValueError:
            raise times.undecidable(self._header(name), shown) from None
        if found is not None:
            self._day_first[name] = found
        return found

    def _number(self, name: str, kind: Kind, texts: "Texts", shown: str) -> Typed:
        import pyarrow.compute as pc

        values = numbers.decimals(texts.dictionary, self._sign(name, texts, shown))
        wrong = values.is_null()
        if kind is Kind.INTEGER:
            made = numbers.whole(values)
            fraction = pc.not_equal(pc.round(values, 0), values)
            return _spread(
                texts,
                pc.if_else(fraction, None, made),
                {"not_a_number": pc.or_kleene(wrong, fraction)},
            )
        limit = numbers.QUANTITY_LIMIT if kind is Kind.QUANTITY else numbers.NUMBER_LIMIT
        beyond = numbers.beyond(values, limit)
        places = 3 if kind is Kind.QUANTITY else 4
        made = numbers.to_places(pc.if_else(beyond, None, values), places)
        return _spread(texts, made, {"not_a_number": wrong, "out_of_range": beyond})

    def _sign(self, name: str, texts: "Texts", shown: str) -> str | None:
        cell = self.cells[name]
        if cell.value is not None:
            return "."
        if sign := cell.decimal or self.feed.decimal or self._signs.get(name):
            return sign
        found = numbers.decimal_sign(texts.dictionary)
        if found == "?":
            raise numbers.undecidable(self._header(name), shown)
        if found is not None:
            self._signs[name] = found
        return found

    def _header(self, name: str) -> str:
        return ", ".join(self.cells[name].headers())


def _spread(texts: "Texts", values: "Values", wrong: "dict[str, Values]") -> Typed:
    """Values of the distinct texts, laid out over the rows."""
    import pyarrow.compute as pc

    rows = {
        reason: mask(marks.take(texts.indices))
        for reason, marks in wrong.items()
        if pc.any(marks).as_py()
    }
    return Typed(values.take(texts.indices), texts, rows)


def _by_word(texts: "Texts", word: words.Word, kind: Kind, reason: str) -> Typed:
    import pyarrow as pa

    values = pa.array([word(text) for text in distinct(texts)], arrow_type(kind))
    return _spread(texts, values, {reason: values.is_null()})


def _labels(texts: "Texts", mark: str) -> Typed:
    import pyarrow as pa

    lists = [
        [label for part in text.split(mark) if (label := part.strip())] or None
        for text in distinct(texts)
    ]
    return _spread(texts, pa.array(lists, arrow_type(Kind.TEXTS)), {})
