"""Keys of `[shops.<id>.source]` with `type = "idosell"`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audsync.http import LOCAL_NAMES, address_fault
from audsync.tables import PARAM_NAME

OrderType = Literal["retail", "wholesale", "dropshipping", "deliverer"]

_LARGEST_PAGE = 100
_LONGEST = 36_500  # a century of days
_LONGEST_PAUSE = 3600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class IdoSellOptions:
    """Where the panel is, which of its shops is read, and what is assumed of it."""

    url: Annotated[str, "Address of the panel or of a shop in it; only its host is used."]
    shop_id: Annotated[int | None, "The shop's number, where the panel holds several."] = None
    api_version: Annotated[Literal[3, 4, 5, 6, 7, 8], "Major version of the Admin API."] = 8
    access: Annotated[
        Literal["key", "bearer"],
        "`key`: the secret idosell_api_key; `bearer`: the secrets idosell_login and "
        "idosell_password.",
    ] = "key"
    timezone: Annotated[str, "Time zone that the panel writes its times in."] = "Europe/Warsaw"
    page_size: Annotated[int, "Records asked for at once, 1 to 100."] = 100
    pause_seconds: Annotated[float, "Rest between two calls."] = 0.5
    order_types: Annotated[
        tuple[OrderType, ...],
        "Types of orders asked for one by one; none: one question for all of them.",
    ] = ("retail", "wholesale", "dropshipping", "deliverer")
    amounts: Annotated[
        Literal["order", "shop"],
        "`order`: in the currency of each order; `shop`: in the shop's own, at the rate that "
        "the order was made at.",
    ] = "order"
    unit_prices: Annotated[
        Literal["after_rebate", "before_rebate"],
        "`after_rebate`: the price of a unit has the rebate of the whole order in it; "
        "`before_rebate`: it has not, and a line is worth that much less.",
    ] = "after_rebate"
    goods_cost: Annotated[
        Literal["gross", "as_settled"],
        "`gross`: goods cost what they do with VAT in every order; `as_settled`: without it in "
        "orders that are settled by net amounts.",
    ] = "gross"
    finished_by: Annotated[
        Literal["status", "dispatch"],
        "When an order was finished. `status`: when its status was last changed, which takes a "
        "call for each page of finished orders; `dispatch`: when it was sent.",
    ] = "status"
    overlap_minutes: Annotated[
        int, "Changes of so long before the last pull are read again."
    ] = 15
    client_overlap_hours: Annotated[int, "The same for clients."] = 24
    product_overlap_days: Annotated[int, "The same for products, which have days only."] = 2
    deep_days: Annotated[
        int, "Orders changed within so many days are read once more, each night a part."
    ] = 7
    deep_calls: Annotated[
        int, "About so many pages of them a night; the next night goes on from there."
    ] = 2
    returns_days: Annotated[int, "Returns opened within so many days are read each time."] = 60
    sweep_days: Annotated[
        int, "Every so many days everything that can vanish is looked at; 0: never."
    ] = 30
    product_parameters: Annotated[
        Mapping[str, int], "Parameters of products to read: our name and the panel's number."
    ] = field(default_factory=dict)
    language: Annotated[str, "Language of product names, three letters."] = "pol"
    ca_bundle: Annotated[str | None, "File of certificates that are trusted besides."] = None
    allow_private_network: Annotated[bool, "The panel may be in a private network."] = False

    def __post_init__(self) -> None:
        """Refuse what no call could be made with."""
        for fault in self._faults():
            raise ValueError(fault)

    def _faults(self) -> Iterator[str]:
        fault = address_fault(self.base)
        if fault is not None:
            yield f"`url` is refused: {fault.why}; {fault.remedy}"
        if "@" in urlsplit(self._address).netloc:
            yield "`url` has a user or password in it; leave them out"
        yield from self._numeric_faults()
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield "`timezone` is a name such as Europe/Warsaw"
        for name in self.product_parameters:
            if not PARAM_NAME.fullmatch(name):
                yield f'`product_parameters`: "{name}" is no name: letters, digits, _ and -'

    def _numeric_faults(self) -> Iterator[str]:
        if not 1 <= self.page_size <= _LARGEST_PAGE:
            yield f"`page_size` is 1 to {_LARGEST_PAGE}"
        lengths = ("overlap_minutes", "client_overlap_hours", "product_overlap_days")
        for name in (*lengths, "deep_days", "returns_days", "sweep_days"):
            if not 0 <= getattr(self, name) <= _LONGEST:
                yield f"`{name}` is 0 to {_LONGEST}"
        if not 0 <= self.pause_seconds <= _LONGEST_PAUSE:
            yield f"`pause_seconds` is 0 to {_LONGEST_PAUSE}"
        for name in ("shop_id", "deep_calls"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                yield f"`{name}` is 1 or more"

    @property
    def _address(self) -> str:
        return self.url if "://" in self.url else f"https://{self.url}"

    @property
    def base(self) -> str:
        """Scheme and host: https, and http for this machine alone."""
        parts = urlsplit(self._address)
        host = parts.netloc.rpartition("@")[2]
        is_local = parts.scheme == "http" and parts.hostname in LOCAL_NAMES
        return f"{'http' if is_local else 'https'}://{host}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that are asked for."""
        if self.access == "key":
            return ("idosell_api_key",)
        return ("idosell_login", "idosell_password")

    @property
    def zone(self) -> ZoneInfo:
        """The panel's time zone."""
        return ZoneInfo(self.timezone)
