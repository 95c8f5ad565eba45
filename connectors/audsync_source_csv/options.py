"""Keys of `[shops.<id>.source]` with `type = "csv"`, and which mappings make sense."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from audsync.http import address_fault, shown_url
from audsync.tables import PARAM_NAME, Column
from audsync_source_csv.files import is_address
from audsync_source_csv.targets import SHAPES, Shape, nearest
from audsync_source_csv.values import words
from audsync_source_csv.xml_paths import check_paths

_A_DAY = datetime(2026, 1, 31, tzinfo=UTC)
Sign = Literal[",", "."]


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the values of one column come from, and how their cells are read.

    One of `column`, `first`, `join` and `value` is given.
    """

    column: Annotated[str | None, "Header of the column in the file."] = None
    first: Annotated[tuple[str, ...], "Headers; the first cell that is not blank counts."] = ()
    join: Annotated[tuple[str, ...], "Headers; the cells that are not blank, joined."] = ()
    by: Annotated[str, "What stands between joined cells."] = " "
    value: Annotated[str | int | float | bool | None, "The same value in every row."] = None
    strip_prefix: Annotated[str, "Text dropped from the start of a cell."] = ""
    strip_suffix: Annotated[str, "Text dropped from the end of a cell, such as `.0`."] = ""
    dated: Annotated[
        str | None, "What a cell means that holds a date, whichever; such as `yes`."
    ] = None
    map: Annotated[
        Mapping[str, str | int | float | bool],
        "Words of the file and what they mean; an empty text means no value.",
    ] = field(default_factory=dict)
    default: Annotated[str | int | float | bool | None, "Value of a blank cell."] = None
    decimal: Annotated[Sign | None, "Decimal sign of numbers: `,` or `.`."] = None
    date_format: Annotated[
        str | tuple[str, ...], "How dates are written, such as `%d.%m.%Y %H:%M`."
    ] = ()
    zone: Annotated[str | None, "Time zone of times that name none."] = None
    split: Annotated[str, "What separates the labels in one cell."] = ","
    type: Annotated[Literal["text", "number", "date"], "Of a parameter."] = "text"
    optional: Annotated[bool, "Whether a file may be without it."] = False

    def __post_init__(self) -> None:
        """Refuse a cell without a source or with two of them."""
        given = (self.column is not None, bool(self.first), bool(self.join))
        if sum(given) + (self.value is not None) != 1:
            raise ValueError("give one of `column`, `first`, `join` and `value`")
        check_zone(self.zone)
        _check_forms(self.date_format)

    def headers(self) -> tuple[str, ...]:
        """The headers that this cell reads."""
        return (self.column,) if self.column is not None else self.first + self.join


def check_zone(zone: str | None) -> None:
    """Refuse a time zone that the zone database does not know."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("`zone` is a name such as Europe/Prague") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Files of one kind, and how their columns become those of a table."""

    KIND: ClassVar[str] = ""

    files: Annotated[str | tuple[str, ...], "Paths, patterns such as `x-*.csv`, or addresses."]
    columns: Annotated[Mapping[str, str | Cell], "Column of the table: header in the file."]
    row: Annotated[
        str | tuple[str, ...] | None,
        "Of XML: path of the elements that are rows, such as `ORDERS/ORDER`.",
    ] = None
    delimiter: Annotated[str | None, "Between cells; found by looking when left out."] = None
    encoding: Annotated[str | None, "Such as `cp1250`; found by looking when left out."] = None
    decimal: Annotated[Sign | None, "Decimal sign of numbers; decided per column."] = None
    zone: Annotated[str | None, "Zone of times that name none; default the shop's."] = None
    date_format: Annotated[str | tuple[str, ...], "How dates are written."] = ()
    mode: Annotated[
        Literal["full", "append"], "`full`: the files say everything; `append`: rows add up."
    ] = "full"

    def __post_init__(self) -> None:
        """Refuse settings and mappings that cannot work."""
        if not all(map(_is_name, self.patterns() or ("",))):
            raise ValueError("`files` names no file")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise ValueError("`delimiter` is one character")
        check_zone(self.zone)
        _check_forms(self.date_format)
        _check_addresses(self.patterns())
        _check_encoding(self.encoding)
        _check_targets(self, SHAPES[self.KIND])
        if self.rows():
            if self.delimiter is not None:
                raise ValueError("`delimiter` is of text; a feed with `row` is XML")
            headers = (header for cell in self.cells().values() for header in cell.headers())
            check_paths(self.rows(), headers)

    def rows(self) -> tuple[str, ...]:
        """Paths of the elements that are rows; none where the files are delimited text."""
        if self.row is None:
            return ()
        return (self.row,) if isinstance(self.row, str) else tuple(self.row)

    def patterns(self) -> tuple[str, ...]:
        """The paths, patterns and addresses of this feed."""
        return (self.files,) if isinstance(self.files, str) else tuple(self.files)

    def cells(self) -> dict[str, Cell]:
        """Every mapped column and parameter, plain headers made into cells."""
        return {
            name: Cell(column=cell) if isinstance(cell, str) else cell
            for name, cell in self.targets()
        }

    def targets(self) -> Iterator[tuple[str, str | Cell]]:
        """Names of the columns, parameters with their prefix, and their mappings."""
        yield from self.columns.items()


def _is_name(pattern: str) -> bool:
    """Whether a file can be called so."""
    return bool(pattern.strip()) and "\0" not in pattern


def _check_forms(forms: str | tuple[str, ...]) -> None:
    """Refuse what is no form of dates, or says no year."""
    for form in (forms,) if isinstance(forms, str) else forms:
        try:
            year = datetime.strptime(_A_DAY.strftime(form), form).year  # noqa: DTZ007 -- only its year is looked at
        except ValueError:
            year = None
        if year != _A_DAY.year:
            raise ValueError(
                f'`date_format`: "{form}" is no form of a date; write it as in %d.%m.%Y %H:%M'
            )


def _check_addresses(patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        if is_address(pattern) and (fault := address_fault(pattern)):
            raise ValueError(f"`files`: {shown_url(pattern)}: {fault.why}; {fault.remedy}")


def _check_encoding(encoding: str | None) -> None:
    import codecs

    if encoding is None:
        return
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ValueError("`encoding` is not known; try utf-8, cp1250 or utf-16") from None


def _check_targets(feed: Feed, shape: Shape) -> None:
    for name in feed.columns:
        if name not in shape.targets:
            raise ValueError(f'no column "{name}"{nearest(name, shape.targets)}')
        other = name.removesuffix("_minor")
        if other != name and other in feed.columns:
            raise ValueError(f'"{other}" and "{name}" say the same; map one of them')
    missing = [name for name in shape.required if name not in feed.columns]
    if missing:
        raise ValueError(f"`columns` lacks {', '.join(missing)}")
    if shape.lacks_identity(feed.columns):
        raise ValueError(
            "`columns` maps neither customer_id, email nor phone, so nobody could be found"
        )
    for name, cell in feed.cells().items():
        if name in feed.columns:
            _check_words(shape.targets[name].column, cell)


def _check_words(column: Column, cell: Cell) -> None:
    """Refuse words that a mapping gives and the column does not take; a blank is no value."""
    word = words.closed(column)
    given = (cell.value, cell.dated, cell.default, *cell.map.values())
    for text in (str(one).strip() for one in given if one is not None):
        if word is not None and text and word(text) is None:
            choices = ", ".join(column.allowed)
            raise ValueError(
                f'{column.name}: "{text}" is none of {choices}{nearest(text, column.allowed)}'
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamFeed(Feed):
    """A feed whose table takes the shop's own parameters."""

    params: Annotated[
        Mapping[str, str | Cell], "The shop's own parameters: name and mapping."
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse parameter names that a segment file could not write."""
        Feed.__post_init__(self)
        for name in self.params:
            if not PARAM_NAME.fullmatch(name):
                raise ValueError(f'parameter "{name}": letters, digits, `_` and `-` only')

    def targets(self) -> Iterator[tuple[str, str | Cell]]:
        """Columns, then parameters named `param.<name>`."""
        yield from self.columns.items()
        for name, cell in self.params.items():
            yield f"param.{name}", cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers(ParamFeed):
    """`[shops.<id>.source.customers]`: one row per account."""

    KIND: ClassVar[str] = "customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Products(ParamFeed):
    """`[shops.<id>.source.products]`: one row per product or variant."""

    KIND: ClassVar[str] = "products"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns(Feed):
    """`[shops.<id>.source.returns]`: one row per product given back."""

    KIND: ClassVar[str] = "returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits(Feed):
    """`[shops.<id>.source.visits]`: one row per page that a customer looked at."""

    KIND: ClassVar[str] = "visits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages(Feed):
    """`[shops.<id>.source.messages]`: one row per event of an e-mail or text message."""

    KIND: ClassVar[str] = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents(Feed):
    """`[shops.<id>.source.consents]`: one row per decision about the use of data."""

    KIND: ClassVar[str] = "consents"

    def __post_init__(self) -> None:
        """Refuse files that add up: one that takes another's name would take a no with it."""
        Feed.__post_init__(self)
        if self.mode != "full":
            raise ValueError(
                "`mode`: files of consents always say everything; keep the earlier ones, and "
                'let `files` name them all, as in "consents-*.csv"'
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates(Feed):
    """`[shops.<id>.source.rates]`: one row per currency."""

    KIND: ClassVar[str] = "rates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders(Feed):
    """`[shops.<id>.source.orders]`: one row per order."""

    KIND: ClassVar[str] = "orders"

    cancelled_prefix: Annotated[
        str, "Start of an order id that marks the cancellation of another order."
    ] = ""
    excluded_prefix: Annotated[
        str, "Start of an order id that is no purchase, such as a correction."
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLines(Orders):
    """`[shops.<id>.source.order_lines]`: one row per line of an order."""

    KIND: ClassVar[str] = "order_lines"

    not_goods: Annotated[
        tuple[str, ...], "Product ids of postage, fees and the like, spelled exactly."
    ] = ()

    def __post_init__(self) -> None:
        """Refuse cancellations that would have no date."""
        Orders.__post_init__(self)
        dated = {"created_at", "returned_at"} & set(self.columns)
        if self.cancelled_prefix and not dated:
            raise ValueError("`cancelled_prefix` makes returns: map returned_at too")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRows(OrderLines):
    """`[shops.<id>.source.order_rows]`: one row per line, with the order's cells in it."""

    KIND: ClassVar[str] = "order_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """Keys of `[shops.<id>.source]` with `type = "csv"`."""

    order_rows: Annotated[OrderRows | None, "Orders and their lines in one file."] = None
    orders: Annotated[Orders | None, "Orders without their lines."] = None
    order_lines: Annotated[OrderLines | None, "Lines of the orders."] = None
    customers: Annotated[Customers | None, "Accounts."] = None
    products: Annotated[Products | None, "Products and variants."] = None
    returns: Annotated[Returns | None, "Goods given back."] = None
    rates: Annotated[Rates | None, "What other currencies cost."] = None
    visits: Annotated[Visits | None, "Pages that customers looked at."] = None
    messages: Annotated[Messages | None, "What became of e-mails and text messages."] = None
    consents: Annotated[Consents | None, "What people decided, in a log of its own."] = None
    max_size_mb: Annotated[int, "Largest file, also after decompression, in MB."] = 4096
    allow_private_network: Annotated[bool, "Allow addresses in private networks."] = False
    ca_bundle: Annotated[str | None, "File of certificates to trust for https."] = None

    def __post_init__(self) -> None:
        """Refuse feeds that would fill one table twice."""
        if not self.feeds():
            raise ValueError(f"give one of {', '.join(SHAPES)}")
        if self.order_rows and (self.orders or self.order_lines):
            raise ValueError("`order_rows` fills orders and order_lines; leave those out")
        returning = (self.order_rows, self.order_lines, self.returns)
        if len({feed.mode for feed in returning if feed}) > 1:
            raise ValueError("feeds that fill `returns` must have the same `mode`")
        if self.max_size_mb < 1:
            raise ValueError("`max_size_mb` is 1 or more")

    def feeds(self) -> dict[str, Feed]:
        """The feeds that are configured, by kind."""
        return {kind: feed for kind in SHAPES if (feed := getattr(self, kind)) is not None}
