"""Rows of digests as the messages of both APIs, filled without a wrapper in between."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from audsync.identity.google_keys import ADDRESS_PARTS, GOOGLE_RULES

if TYPE_CHECKING:
    import pyarrow as pa

_CODE: Final = re.compile("[A-Z]{2}")
Address = tuple[str, str, str, str]
Member = tuple[str | None, str | None, Address | None]


def members(rows: "pa.Table") -> Iterator[Member]:
    """E-mail, phone and whole address of each row; what is not sent is None.

    An address that Google would refuse the whole request for is left out: one that lacks a
    part, or has another country than two capital letters.
    """
    columns: dict[str, Sequence[str | None]] = {
        name: rows[name].to_pylist() if name in rows.column_names else [None] * rows.num_rows
        for name in GOOGLE_RULES
    }
    addresses = zip(*(columns[name] for name in ADDRESS_PARTS), strict=True)
    for email, phone, address in zip(
        columns["email"], columns["phone"], addresses, strict=True
    ):
        yield email, phone, address if _is_whole(address) else None


def _is_whole(address: Sequence[str | None]) -> TypeGuard[Address]:
    country = address[2]
    return all(address) and country is not None and _CODE.fullmatch(country) is not None


def nameless(rows: "pa.Table") -> list[int]:
    """The rows with nothing that Google could find a person by."""
    return [
        row
        for row, (email, phone, address) in enumerate(members(rows))
        if not (email or phone or address)
    ]


def fill_audience(audience_members: Any, rows: "pa.Table") -> None:
    """Add the members to a repeated `AudienceMember` of the Data Manager API."""
    add = audience_members.add
    for email, phone, address in members(rows):
        identifiers = add().user_data.user_identifiers
        if email:
            identifiers.add().email_address = email
        if phone:
            identifiers.add().phone_number = phone
        if address:
            one = identifiers.add().address
            one.given_name, one.family_name, one.region_code, one.postal_code = address


def fill_operations(operations: Any, rows: "pa.Table", *, removes: bool) -> None:
    """Add the members to repeated operations of a job of the Google Ads API."""
    add = operations.add
    for email, phone, address in members(rows):
        operation = add()
        identifiers = (operation.remove if removes else operation.create).user_identifiers
        if email:
            identifiers.add().hashed_email = email
        if phone:
            identifiers.add().hashed_phone_number = phone
        if address:
            one = identifiers.add().address_info
            one.hashed_first_name, one.hashed_last_name, one.country_code, one.postal_code = (
                address
            )
