"""Where a Data Manager request goes, and whether its caller may send there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audsync.testing.google.access import DATA_MANAGER_SCOPE
from audsync.testing.google.accounts import Account, AccountType
from audsync.testing.google.lists import UserList
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import Refused, data_manager

MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Destination:
    """A list of an account, as a request names it."""

    account: Account
    held: UserList
    reference: str
    message: Any = field(repr=False)


def check_caller(platform: Platform, headers: Mapping[str, str]) -> None:
    """Refuse callers that nobody knows, or that were given no right to this API."""
    for name in ("login-customer-id", "developer-token"):
        if name in headers:
            platform.mistakes[f"{name} sent to Data Manager"] += 1
    scopes = platform.access.scopes_of(headers.get("authorization", ""))
    if scopes is None:
        raise Refused("UNAUTHENTICATED")
    if DATA_MANAGER_SCOPE not in scopes:
        told = {"service": "datamanager.googleapis.com"}
        raise Refused(
            "PERMISSION_DENIED", reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata=told
        )


def account_of(
    platform: Platform, account_type: int, account_id: str, login: tuple[int, str] | None
) -> Account:
    """The account, if the caller may use it by way of the account that he is a user of."""
    account = platform.accounts.get(account_id)
    if account is None:
        raise data_manager("PERMISSION_DENIED", code="PERMISSION_DENIED")
    if account.type != account_type:
        raise data_manager("DESTINATION_ACCOUNT_TYPE_MISMATCH")
    is_itself = login is None or login == (account.type, account.id)
    way = None if login is None else platform.accounts.get(login[1])
    by_manager = (
        way is not None and way.id in account.managers and way.type == (login or (0,))[0]
    )
    if not (by_manager or (is_itself and account.has_user)):
        raise data_manager("PERMISSION_DENIED", code="PERMISSION_DENIED")
    if not account.is_enabled:  # it has no reason of its own for that
        raise data_manager("PERMISSION_DENIED", code="PERMISSION_DENIED")
    if not account.project_is_approved:
        raise data_manager("NOT_ALLOWLISTED", code="PERMISSION_DENIED")
    return account


def destinations(platform: Platform, sent: Sequence[Any]) -> list[Destination]:
    """The destinations of a request; refused if one of them is wrong."""
    if not sent:
        raise data_manager("REQUIRED_FIELD_MISSING", "destinations")
    if len(sent) > MOST:
        raise data_manager("TOO_MANY_DESTINATIONS", "destinations")
    named = [one.reference for one in sent if one.reference]
    if len(set(named)) < len(named):
        raise data_manager("DUPLICATE_DESTINATION_REFERENCE", "destinations")
    return [_destination(platform, one, f"destinations[{n}]") for n, one in enumerate(sent)]


def _destination(platform: Platform, one: Any, at: str) -> Destination:
    operating = one.operating_account
    if not operating.account_id or not operating.account_type:
        raise data_manager("REQUIRED_FIELD_MISSING", f"{at}.operating_account")
    if not operating.account_id.isdigit():
        raise data_manager("INVALID_NUMBER_FORMAT", f"{at}.operating_account.account_id")
    if one.HasField("linked_account"):
        raise data_manager(
            "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT",
            f"{at}.linked_account",
        )
    login = None
    if one.HasField("login_account"):
        login = (one.login_account.account_type, one.login_account.account_id)
    account = account_of(platform, operating.account_type, operating.account_id, login)
    number = one.product_destination_id
    held = platform.lists.get(int(number)) if number.isdigit() else None
    if held is None or held.account != account.id:
        raise data_manager("INVALID_USER_LIST_ID", f"{at}.product_destination_id")
    if not account.has_political_declaration:
        raise data_manager("EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", at)
    if not account.may_use_uploads:
        raise data_manager("ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA", at)
    return Destination(account, held, one.reference, one)


def is_of_partner(destination: Destination) -> bool:
    """Whether the list belongs to a Display & Video 360 partner and not to an advertiser."""
    return destination.account.type is AccountType.DISPLAY_VIDEO_PARTNER
