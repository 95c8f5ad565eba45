"""One call to the Google Ads API: who calls, for which account, in which version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audsync.testing.google import ads_wire
from audsync.testing.google.access import ADS_SCOPE
from audsync.testing.google.accounts import Account, AccountType
from audsync.testing.google.lists import DAY
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import AdsError, Refused, ads

_DIGITS_OF_ID: Final = 10


@dataclass(frozen=True, slots=True)
class AdsCall:
    """What the methods of the API are told besides their request."""

    platform: Platform
    account: Account
    version: str
    service: str
    method: str
    request_id: str = field(repr=False)

    def answer(self) -> Any:
        """An empty answer of the method."""
        return ads_wire.service_message(self.version, self.service, f"{self.method}Response")()

    def partial_failure(self, errors: Sequence[AdsError]) -> Any:
        """What the answer says of operations that failed."""
        return ads_wire.partial_failure(self.version, errors, self.request_id)

    def gate(self, step: str) -> None:
        """Refuse uploads of accounts that may not make any, at the step that is set."""
        if step == "create" and not self.account.has_signed_terms:
            raise ads(
                "offline_user_data_job_error", "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"
            )
        if step == "create" and not self.account.may_use_uploads:
            raise ads("user_data_error", "OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED")
        if step == self.platform.quirks.gate and not self.account.is_allowlisted:
            raise ads("not_allowlisted_error", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE")


def check_caller(platform: Platform, version: str, headers: Mapping[str, str]) -> None:
    """Refuse versions that are gone and callers that nobody knows."""
    if version in platform.quirks.sunset_versions:
        raise ads("request_error", "UNSUPPORTED_VERSION")
    scopes = platform.access.scopes_of(headers.get("authorization", ""))
    if scopes is None:
        raise ads("authentication_error", "OAUTH_TOKEN_INVALID")
    if ADS_SCOPE not in scopes:
        raise ads("authentication_error", "OAUTH_TOKEN_INVALID")


def account_of(platform: Platform, customer_id: str, headers: Mapping[str, str]) -> Account:
    """The account that a call is for, if the caller may use it."""
    login = headers.get("login-customer-id")
    if login is not None and not (login.isdigit() and len(login) == _DIGITS_OF_ID):
        raise ads("header_error", "INVALID_LOGIN_CUSTOMER_ID")
    if not (customer_id.isdigit() and len(customer_id) == _DIGITS_OF_ID):
        raise ads("request_error", "INVALID_CUSTOMER_ID")
    account = platform.accounts.get(customer_id)
    if account is None or account.type is not AccountType.GOOGLE_ADS:
        raise ads("authentication_error", "CUSTOMER_NOT_FOUND")
    by_manager = login in account.managers
    if not (by_manager or (account.has_user and login in (None, customer_id))):
        raise ads("authorization_error", "USER_PERMISSION_DENIED")
    if not account.is_enabled:
        raise ads("authorization_error", "CUSTOMER_NOT_ENABLED")
    if not account.project_is_approved:
        raise ads("authorization_error", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION")
    return account


def use_quota(platform: Platform) -> None:
    """Count one operation of the day; a request is one, whatever it holds."""
    most = platform.quirks.daily_operations
    if not platform.use("ads operations", seconds=DAY, most=most):
        left = DAY - platform.clock.now % DAY
        error = AdsError("quota_error", "RESOURCE_EXHAUSTED", (), left)
        raise Refused("RESOURCE_EXHAUSTED", errors=[error])
