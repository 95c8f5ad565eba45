"""The advertising accounts that the platform knows, and who may use them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

CUSTOMER: Final = "1234567890"  # Google Ads; the credentials are a user of it
CLIENT: Final = "2345678901"  # Google Ads; only by way of the manager
MANAGER: Final = "9876543210"
ADVERTISER: Final = "4444444"  # Display & Video 360
PARTNER: Final = "5555555"  # owns the advertiser


class AccountType(IntEnum):
    """Kinds of accounts, numbered as by the Data Manager API."""

    GOOGLE_ADS = 1
    DISPLAY_VIDEO_PARTNER = 2
    DISPLAY_VIDEO_ADVERTISER = 3
    DATA_PARTNER = 4


@dataclass(slots=True)
class Account:
    """An account; `has_user` says whether the credentials are a user of it themselves.

    Else they come in by one of `managers`. What follows may be switched off by a test.
    """

    id: str
    type: AccountType
    has_user: bool = True
    managers: frozenset[str] = frozenset()
    has_signed_terms: bool = True
    is_allowlisted: bool = True  # for uploads by the Google Ads API
    may_use_uploads: bool = True
    has_political_declaration: bool = True
    is_enabled: bool = True
    project_is_approved: bool = True


def known_accounts() -> dict[str, Account]:
    """The accounts of a new platform, by id."""
    accounts = (
        Account(CUSTOMER, AccountType.GOOGLE_ADS, managers=frozenset({MANAGER})),
        Account(CLIENT, AccountType.GOOGLE_ADS, has_user=False, managers=frozenset({MANAGER})),
        Account(MANAGER, AccountType.GOOGLE_ADS),
        Account(
            ADVERTISER, AccountType.DISPLAY_VIDEO_ADVERTISER, managers=frozenset({PARTNER})
        ),
        Account(PARTNER, AccountType.DISPLAY_VIDEO_PARTNER),
    )
    return {account.id: account for account in accounts}
