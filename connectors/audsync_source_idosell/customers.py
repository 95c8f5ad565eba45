"""Clients of the panel, and subscribers who are none, as rows of `customers`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from audsync.contracts import Page
from audsync.identity.digests import digest
from audsync.tables import Gender
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record, element_faults, note_unread
from audsync_source_idosell.cells import dig, elements
from audsync_source_idosell.consents import (
    COLUMNS,
    EMAIL,
    Consents,
    put_answer,
)
from audsync_source_idosell.drafts import Draft, Row
from audsync_source_idosell.orders import number_of

CUSTOMER_COLUMNS: Final = (
    *("customer_id", "email", "phone", "first_name", "last_name", "registered_at"),
    *("updated_at", "born_on", "gender", "zip", "city", "country", "customer_type"),
    "price_category",
    *COLUMNS,
)
# What else a client may be says nothing of it: a private person, or a company.
_GENDERS: Final = {
    **dict.fromkeys(("female", "person_female"), Gender.FEMALE),
    **dict.fromkeys(("male", "person_male"), Gender.MALE),
}
_SUBSCRIBER: Final = "s-"
_DIGITS: Final = 24
# Below a name that can be nobody's, so that a number is hidden as an address is.
_OF_PHONES: Final = "@sms.invalid"


@dataclass(frozen=True, slots=True)
class Customers:
    """Turns clients and subscribers of one shop of the panel into rows.

    Numbers of clients that the panel could not read are kept in `unread`. `kept` is how a text
    is kept that may be hidden.
    """

    shop_id: int
    zone: ZoneInfo
    consents: Consents
    unread: set[int]
    kept: Callable[[str], str] = str

    def page(
        self, records: Iterable[Record], *, asked: Iterable[int] = (), expected: int | None
    ) -> Page:
        """A page of clients; of those `asked` for by number who did not come is gone."""
        draft = Draft("customers")
        for one in asked:
            draft.own(str(one))
        for record in records:
            number = client_number(record)
            if number is not None:
                draft.own(str(number))
                note_unread(self.unread, number, record)
            if self.is_of_shop(record) or element_faults(record):
                draft.add(self._client(record, number), owner=str(number))
        return draft.page(CUSTOMER_COLUMNS, expected=expected)

    def is_of_shop(self, record: Record) -> bool:
        """Whether the client is active in the shop that is read, or agreed to its messages.

        Of whom nobody knows where, yes. Who has neither login nor address was deleted, and is
        listed by some panels still.
        """
        if not (record.get("clientLogin") or record.get("clientEmail")):
            return False
        shops = elements(record, "clientActiveInShops")
        is_active = any(str(dig(one, "shopId")) == str(self.shop_id) for one in shops)
        return is_active or not shops or self.consents.has_agreed(record)

    def _client(self, record: Record, number: int | None) -> Row:
        row = Row("customers", f"client {number}")
        if element_faults(record):
            row.refuse("", "refused_by_the_panel", None, loses_row=True)
        billing = dig(record, "clientBillingAddress")
        preferences = dig(record, "clientPreferences")
        row.put("customer_id", cells.text, number)
        row.put("email", cells.text, record.get("clientEmail"))
        row.put("phone", cells.text, dig(billing, "clientPhone1"))
        row.put("first_name", cells.text, dig(billing, "clientFirstName"))
        row.put("last_name", cells.text, dig(billing, "clientLastName"))
        row.put("registered_at", cells.moment, record.get("clientRegistrationDate"), self.zone)
        row.put(
            "updated_at", cells.moment, record.get("clientsLastModificationDate"), self.zone
        )
        row.put("born_on", cells.day, dig(record, "clientPersonalData", "clientBirthDate"))
        row.values["gender"] = _GENDERS.get(str(record.get("clientType")))
        row.put("zip", cells.text, dig(billing, "clientZipCode"))
        row.put("city", cells.text, dig(billing, "clientCity"))
        row.put("country", cells.country, dig(billing, "clientCountryId"))
        is_wholesale = cells.yes(dig(preferences, "clientIsWholesaler"))
        row.values["customer_type"] = "wholesale" if is_wholesale else "retail"
        row.put("price_category", _group, preferences)
        self.consents.put(row, record, str(number))
        return row

    def subscribers(self, records: Iterable[Record], channel: str) -> Page:
        """A page of newsletter records: rows of those without an account who agree.

        Of a client with an account, and of who was not asked by this shop, nothing is said.
        Who refuses has no row: nobody may be used without a yes.
        """
        draft = Draft("customers")
        for record in records:
            key, answer = self._key(record, channel), self.consents.of_newsletter(record)
            if key is None or answer is None:
                continue
            draft.own(key)
            if not answer.granted:
                continue
            row = Row("customers", "a subscriber without an account")
            row.values["customer_id"] = key
            name = "email" if channel == EMAIL else "phone"
            row.put(name, cells.text, address_of(record, channel))
            put_answer(row, channel, answer)
            draft.add(row, owner=key)
        return draft.page(CUSTOMER_COLUMNS)

    def keys(self, records: Iterable[Record], channel: str) -> set[str]:
        """The keys of subscribers without an account, as they are kept."""
        keys = (self._key(record, channel) for record in records)
        return {key for key in keys if key is not None}

    def _key(self, record: Record, channel: str) -> str | None:
        """What a subscriber without an account is known by; None for a client, and for nothing.

        Never the address itself, since keys get into lists of members: what stands for it
        where identities are hidden, else a digest.
        """
        address = None if client_number(record) else _plain_address(record, channel)
        if address is None:
            return None
        hidden = self.kept(address)
        if hidden != address:
            return hidden
        made = digest(address)
        return f"{_SUBSCRIBER}{made[:_DIGITS]}"


def _group(preferences: object) -> str | None:
    """The name of the group for special prices, else its number; 0 is none."""
    name = cells.text(dig(preferences, "clientGroupDiscountName"))
    return name or number_of(dig(preferences, "clientGroupDiscountNumber"))


def gone(keys: Iterable[str]) -> Page:
    """A page that says that subscribers, by their keys as they are kept, are there no more."""
    draft = Draft("customers")
    for key in keys:
        draft.own(key)
    return draft.page(CUSTOMER_COLUMNS)


def client_number(record: Record) -> int | None:
    """A client's number; None where there is none, which newsletters write as 0 or nothing."""
    value = record.get("clientId", record.get("client_number"))
    try:
        return cells.whole(value) or None
    except cells.BadCellError:
        return None


def address_of(record: Record, channel: str) -> Any:
    """The e-mail address or phone number of a newsletter record."""
    if channel != EMAIL:
        return record.get("phone_cellular")
    login = record.get("login")
    return record.get("email") or (login if "@" in str(login) else None)


def _plain_address(record: Record, channel: str) -> str | None:
    """The address in one spelling; a phone number in the form of an address, to be hidden."""
    address = address_of(record, channel)
    if not isinstance(address, str | int) or isinstance(address, bool):
        return None
    if channel == EMAIL:
        return str(address).strip().casefold() or None
    digits = "".join(sign for sign in str(address) if sign.isdigit())
    return f"{digits}{_OF_PHONES}" if digits else None


def is_subscriber(key: str) -> bool:
    """Whether a key of `customers`, as it is kept, is that of one without an account."""
    return not key.isdigit()
