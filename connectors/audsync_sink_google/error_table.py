"""What Google's errors mean and who acts, by the name of the value: one table for both APIs.

A name is `<field of ErrorCode>.<value>` of the Google Ads API, such as
`quota_error.RESOURCE_EXHAUSTED`, or `reason.<value>` of the Data Manager API. A value that
stands nowhere has the meaning of its family, and one of a part of the APIs that audsync never
calls that of `OTHER`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Who acts on an error, and when."""

    RETRIED = "retried"  # nobody: it may pass
    QUOTA = "quota"  # nobody: later, when the quota is there again
    SPLIT = "split"  # the sink: it sends less at once
    ROW = "row"  # nobody: the member is left out and counted
    EXISTS = "exists"  # the sink: it looks for what is there already
    MISSING = "missing"  # the sink: it makes anew what is gone
    LOGIN = "login"  # the user: another login
    PERSON = "person"  # the user: something to do at Google
    FATAL = "fatal"  # a developer


@dataclass(frozen=True, slots=True)
class Meaning:
    """An error in our words: who acts, what happened, and what to do."""

    kind: Kind
    what: str
    remedy: str = ""


CLOUD: Final = "https://console.cloud.google.com/apis/library"
DATA_MANAGER_API: Final = f"{CLOUD}/datamanager.googleapis.com"
GOOGLE_ADS_API: Final = f"{CLOUD}/googleads.googleapis.com"
CUSTOMER_MATCH: Final = (
    "https://developers.google.com/data-manager/api/devguides/audiences/google-ads/"
    "customer-match/upload-data"
)

_SIGN_IN: Final = "sign in again: audsync secrets login google, or set the service account anew"
_REPORT: Final = "report it as a bug of audsync, with the request id"

RETRIED: Final = Meaning(Kind.RETRIED, "Google has a fault or is too busy")
_BUSY_LIST: Final = Meaning(Kind.RETRIED, "the list is being changed by somebody else")
_QUOTA_SOON: Final = Meaning(Kind.QUOTA, "too many calls in a short time")
_QUOTA_DAY: Final = Meaning(Kind.QUOTA, "the quota of the Cloud project is used up")
_SPLIT: Final = Meaning(Kind.SPLIT, "one request held too much")
_ROW: Final = Meaning(Kind.ROW, "an identifier is not as Google wants it")
_EXISTS: Final = Meaning(Kind.EXISTS, "it is there already")
_LOGIN: Final = Meaning(Kind.LOGIN, "the login is refused", _SIGN_IN)
_SECURITY: Final = Meaning(
    Kind.LOGIN,
    "the Google account lacks a protection that the advertising account asks for",
    "switch on 2-step verification for that Google account, then sign in again: audsync "
    "secrets login google",
)
_ACCESS: Final = Meaning(
    Kind.PERSON,
    "the login may not use this account",
    "give the Google account (or the service account's address) access to it, and where that "
    "goes through a manager or partner, set `login_account` to its number",
)
_ACCOUNT: Final = Meaning(
    Kind.PERSON,
    "there is no such account, or it is not active",
    "check `account`, and that it is not cancelled or suspended, at https://ads.google.com",
)
_PROJECT: Final = Meaning(
    Kind.PERSON,
    "the Cloud project may not call the API of production accounts",
    "apply for Explorer access on the project's overview page of the Google Ads API "
    f'({GOOGLE_ADS_API}), or set api = "data_manager"',
)
_API_OFF: Final = Meaning(
    Kind.PERSON,
    "the API is not enabled in the Cloud project, or the project is not as it should be",
    f'enable it: {DATA_MANAGER_API} for api = "data_manager", {GOOGLE_ADS_API} for '
    '"google_ads"',
)
_TOKEN_ERA: Final = Meaning(
    Kind.PERSON,
    "the developer token is refused; since September 2026 none is needed",
    "remove the secret google_developer_token, and give the Cloud project access instead "
    f"({GOOGLE_ADS_API})",
)
_TERMS: Final = Meaning(
    Kind.PERSON,
    "the Customer Match terms are not accepted in this account",
    "accept them once: in Google Ads open Tools, Audience manager, and begin a customer list",
)
_POLITICS: Final = Meaning(
    Kind.PERSON,
    "campaigns of the account lack the declaration on EU political advertising",
    "declare it in the settings of each campaign in Google Ads (EU political ads)",
)
SWITCH: Final = Meaning(
    Kind.PERSON,
    "this account may not upload customer lists through the Google Ads API, which is closed to "
    "new uploads since April 2026",
    'set api = "data_manager" in this sink: the lists and their ids stay the same and nothing '
    f"is sent twice; enable the Data Manager API ({DATA_MANAGER_API}) and sign in again, since "
    "it has a scope of its own: audsync secrets login google",
)
_MAY_NOT_MATCH: Final = Meaning(
    Kind.PERSON,
    "this account may not use Customer Match, or not with this data",
    f"see what Customer Match asks of an account: {CUSTOMER_MATCH}",
)
_LIST_GONE: Final = Meaning(
    Kind.MISSING,
    "there is no such list in the account",
    "run again: the next run makes it anew",
)
_LIST_KIND: Final = Meaning(
    Kind.PERSON,
    "the list is of a kind that takes no contact data",
    "rename the segment or that list, so that a new list is made",
)
_LIST_CLOSED: Final = Meaning(
    Kind.PERSON,
    "the list may not be changed by this account",
    "rename the segment, so that a list of its own is made, or use the account that owns it",
)
_LIST_NAME: Final = Meaning(
    Kind.PERSON,
    "Google does not allow the name of the list",
    "give the segment another name",
)
_DURATION: Final = Meaning(
    Kind.PERSON,
    "the membership duration is out of range",
    "set `membership_days` to at most 540",
)
_VERSION: Final = Meaning(
    Kind.PERSON,
    "this version of the Google Ads API has ended",
    "set `api_version` to a newer one, or leave it out",
)
_ACCOUNT_KIND: Final = Meaning(
    Kind.PERSON,
    "the account is of another kind than the config says",
    "check `product`, `owner`, `account` and `login_account`",
)
_OURS: Final = Meaning(Kind.FATAL, "the request was not as it must be", _REPORT)
_TOO_OLD: Final = Meaning(
    Kind.FATAL, "the status of a request is not known any more; its members are sent again"
)
OTHER: Final = Meaning(
    Kind.FATAL, "an error of a part of the API that audsync does not use", _REPORT
)
UNKNOWN: Final = Meaning(
    Kind.FATAL,
    "an error that audsync does not know",
    "look it up in Google's reference, then run again",
)


def _all(meaning: Meaning, family: str, names: str) -> dict[str, Meaning]:
    return {f"{family}.{name}": meaning for name in names.split()}


def _of_ads() -> dict[str, Meaning]:
    """Values of the Google Ads API that mean something else than their family."""
    login, may = "authentication_error", "authorization_error"
    job, lists = "offline_user_data_job_error", "user_list_error"
    ask = "request_error"
    return {
        **_all(_ACCOUNT, login, "CLIENT_CUSTOMER_ID_INVALID CUSTOMER_NOT_FOUND"),
        **_all(
            _ACCESS, login, "NOT_ADS_USER ORGANIZATION_NOT_RECOGNIZED ORGANIZATION_NOT_APPROVED"
        ),
        **_all(
            _SECURITY,
            login,
            "TWO_STEP_VERIFICATION_NOT_ENROLLED ADVANCED_PROTECTION_NOT_ENROLLED",
        ),
        **_all(
            _TOKEN_ERA,
            login,
            "ORGANIZATION_NOT_ASSOCIATED_WITH_DEVELOPER_TOKEN DEVELOPER_TOKEN_INVALID",
        ),
        **_all(
            _TOKEN_ERA,
            may,
            "DEVELOPER_TOKEN_PROHIBITED DEVELOPER_TOKEN_NOT_APPROVED "
            "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST",
        ),
        **_all(_API_OFF, may, "PROJECT_DISABLED CLOUD_PROJECT_NOT_UNDER_ORGANIZATION"),
        **_all(_PROJECT, may, "ACTION_NOT_PERMITTED CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"),
        **_all(
            _ACCOUNT,
            may,
            "INCOMPLETE_SIGNUP MISSING_TOS CUSTOMER_NOT_ENABLED "
            "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT",
        ),
        **_all(_ACCOUNT_KIND, may, "ACCESS_DENIED_FOR_ACCOUNT_TYPE"),
        **_all(_ACCESS, "header_error", "INVALID_LOGIN_CUSTOMER_ID INVALID_LINKED_CUSTOMER_ID"),
        **_all(_BUSY_LIST, "database_error", "CONCURRENT_MODIFICATION"),
        **_all(_SPLIT, "database_error", "REQUEST_TOO_LARGE"),
        **_all(_SPLIT, "size_limit_error", "REQUEST_SIZE_LIMIT_EXCEEDED"),
        **_all(
            _QUOTA_SOON,
            "quota_error",
            "RESOURCE_TEMPORARILY_EXHAUSTED EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        ),
        **_all(_PROJECT, "quota_error", "ACCESS_PROHIBITED"),
        **_all(_SPLIT, job, "TOO_MANY_USER_IDENTIFIERS"),
        **_all(
            _ROW,
            job,
            "MISSING_USER_IDENTIFIER INVALID_ENCODING INVALID_COUNTRY_CODE "
            "INVALID_SHA256_FORMAT INVALID_MOBILE_ID_FORMAT INCOMPATIBLE_USER_IDENTIFIER",
        ),
        **_all(_EXISTS, job, "EXTERNAL_UPDATE_ID_ALREADY_EXISTS JOB_ALREADY_STARTED"),
        **_all(_LIST_GONE, job, "INVALID_USER_LIST_ID"),
        **_all(_LIST_KIND, job, "INVALID_USER_LIST_TYPE INCOMPATIBLE_UPLOAD_KEY_TYPE"),
        **_all(_TERMS, job, "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"),
        **_all(
            _MAY_NOT_MATCH, job, "NOT_ON_ALLOWLIST_FOR_USER_ID CUSTOMER_IDENTIFIER_NOT_ALLOWED"
        ),
        **_all(_MAY_NOT_MATCH, "user_data_error", "OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED"),
        **_all(_SPLIT, "user_data_error", "TOO_MANY_USER_IDENTIFIERS"),
        **_all(_LIST_KIND, "user_data_error", "USER_LIST_NOT_APPLICABLE"),
        **_all(_EXISTS, lists, "NAME_ALREADY_USED INVALID_NAME"),
        **_all(
            _LIST_NAME, lists, "INVALID_DESCRIPTION USERLIST_NAME_IS_RESERVED_FOR_SYSTEM_LIST"
        ),
        **_all(
            _LIST_CLOSED,
            lists,
            "OWNERSHIP_REQUIRED_FOR_SET CAN_NOT_MUTATE_SENSITIVE_USERLIST "
            "CANNOT_MUTATE_SYSTEM_LIST USER_LIST_MUTATE_NOT_SUPPORTED "
            "EXTERNAL_REMARKETING_USER_LIST_MUTATE_NOT_SUPPORTED",
        ),
        **_all(_MAY_NOT_MATCH, lists, "ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA"),
        **_all(_TERMS, lists, "ADVERTISER_TOS_NOT_ACCEPTED"),
        **_all(_DURATION, "range_error", "TOO_HIGH TOO_LOW"),
        **_all(_LIST_NAME, "string_length_error", "TOO_SHORT TOO_LONG EMPTY"),
        **_all(_LIST_NAME, "string_format_error", "ILLEGAL_CHARS INVALID_FORMAT"),
        **_all(_LIST_GONE, "mutate_error", "RESOURCE_NOT_FOUND"),
        **_all(_EXISTS, "mutate_error", "RESOURCE_ALREADY_EXISTS"),
        **_all(_LIST_CLOSED, "mutate_error", "MUTATE_NOT_ALLOWED RESOURCE_READ_ONLY"),
        **_all(_POLITICS, "mutate_error", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"),
        **_all(_VERSION, ask, "UNSUPPORTED_VERSION"),
        **_all(_ACCOUNT, ask, "INVALID_CUSTOMER_ID"),
        **_all(_ACCOUNT_KIND, ask, "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"),
        **_all(_ACCESS, ask, "LOGIN_CUSTOMER_ID_PARAMETER_MISSING"),
        **_all(_TOKEN_ERA, ask, "DEVELOPER_TOKEN_PARAMETER_MISSING"),
        **_all(_API_OFF, ask, "CLOUD_PROJECT_NOT_FOUND"),
        **_all(_LIST_GONE, ask, "RESOURCE_NOT_FOUND"),
        **_all(_SPLIT, ask, "TOO_MANY_MUTATE_OPERATIONS"),
        **_all(RETRIED, ask, "RPC_DEADLINE_TOO_SHORT EXPIRED_PAGE_TOKEN"),
    }


def _of_data_manager() -> dict[str, Meaning]:
    """Reasons of the Data Manager API that its audience calls can have."""
    by_meaning = {
        RETRIED: "INTERNAL_ERROR DEADLINE_EXCEEDED",
        _QUOTA_DAY: "RESOURCE_EXHAUSTED",
        _LIST_GONE: "NOT_FOUND INVALID_USER_LIST_ID",
        _ACCESS: "PERMISSION_DENIED DIFFERENT_LOGIN_ACCOUNTS_NOT_ALLOWED_FOR_DATA_PARTNER "
        "UNSUPPORTED_OPERATING_ACCOUNT_FOR_DATA_PARTNER "
        "UNSUPPORTED_LINKED_ACCOUNT_FOR_DATA_PARTNER REQUIRED_PREREQUISITE_LINK_MISSING "
        "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT "
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
        _ROW: "REQUIRED_FIELD_MISSING INVALID_FORMAT INVALID_HEX_ENCODING "
        "INVALID_BASE64_ENCODING INVALID_SHA256_FORMAT INVALID_POSTAL_CODE "
        "INVALID_COUNTRY_CODE INVALID_REGION_CODE INVALID_AUDIENCE_MEMBER "
        "INVALID_MOBILE_ID_FORMAT NO_IDENTIFIERS_PROVIDED FIELD_VALUE_TOO_LONG "
        "FIELD_VALUE_TOO_SHORT",
        _SPLIT: "TOO_MANY_AUDIENCE_MEMBERS TOO_MANY_USER_IDENTIFIERS TOO_MANY_DESTINATIONS "
        "TOO_MANY_ELEMENTS TOO_MANY_USERS",
        _LIST_KIND: "INVALID_USER_LIST_TYPE UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES "
        "UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG "
        "UNSUPPORTED_ACCOUNT_TYPES_FOR_USER_LIST_TYPE",
        _LIST_CLOSED: "DATA_PARTNER_USER_LIST_MUTATE_NOT_ALLOWED OWNERSHIP_REQUIRED_FOR_UPDATE "
        "USER_LIST_MUTATION_NOT_SUPPORTED SENSITIVE_USER_LIST_IMMUTABLE",
        _LIST_NAME: "INVALID_DESCRIPTION INVALID_DISPLAY_NAME USER_LIST_NAME_RESERVED",
        _DURATION: "MEMBERSHIP_DURATION_TOO_LONG",
        _EXISTS: "ALREADY_EXISTS DISPLAY_NAME_ALREADY_USED",
        _TERMS: "TERMS_AND_CONDITIONS_NOT_SIGNED ADVERTISER_TOS_NOT_ACCEPTED",
        _POLITICS: "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED",
        _MAY_NOT_MATCH: "NOT_ALLOWLISTED ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA "
        "THIRD_PARTY_USER_DATA_NOT_ALLOWED USER_LIST_TYPE_NOT_SUPPORTED_FOR_ACCOUNT",
        _ACCOUNT_KIND: "INVALID_DESTINATION DESTINATION_ACCOUNT_TYPE_MISMATCH "
        "MISMATCHED_ACCOUNT_TYPE",
        _TOO_OLD: "INVALID_REQUEST_ID REQUEST_TOO_OLD",
        _OURS: "ERROR_REASON_UNSPECIFIED INVALID_ARGUMENT INVALID_ENUM_VALUE "
        "MULTIPLE_DATA_TYPES_NOT_ALLOWED DUPLICATE_DESTINATION_REFERENCE INVALID_NUMBER_FORMAT "
        "TOO_FEW_ELEMENTS IMMUTABLE_FIELD_FOR_UPDATE INVALID_RESOURCE_NAME INVALID_FILTER "
        "INVALID_UPDATE_MASK INVALID_PAGE_TOKEN INVALID_REMOVE_AS_OF_TIME",
        # Of events, conversions, licences and insights, which audsync does not use.
        OTHER: "INVALID_CONVERSION_ACTION_ID INVALID_CONVERSION_ACTION_TYPE "
        "INVALID_CURRENCY_CODE INVALID_EVENT TOO_MANY_EVENTS "
        "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS "
        "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS "
        "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED INVALID_PROPERTY_TYPE "
        "INVALID_STREAM_TYPE EVENT_TIME_INVALID RESERVED_NAME_USED INVALID_EVENT_NAME "
        "MULTIPLE_DESTINATIONS_FOR_GOOGLE_ANALYTICS_EVENT CANNOT_UPDATE_DISABLED_LICENSE "
        "CANNOT_CREATE_LICENSE_FOR_SENSITIVE_USERLIST INSUFFICIENT_COST "
        "CANNOT_DISABLE_LICENSE INVALID_CLIENT_ACCOUNT_ID PRICING_ONLY_ZERO_COST_ALLOWED "
        "PRICE_TOO_HIGH CUSTOMER_NOT_ALLOWED_TO_CREATE_LICENSE INVALID_PRICING_END_DATE "
        "CANNOT_LICENSE_LOGICAL_LIST_WITH_LICENSED_OR_SHARED_SEGMENT "
        "MEDIA_SHARE_COST_NOT_ALLOWED_FOR_LICENSE_TYPE "
        "MEDIA_SHARE_COST_NOT_ALLOWED_FOR_CLIENT_CUSTOMER INVALID_MEDIA_SHARE_COST "
        "INVALID_COST_TYPE MEDIA_SHARE_COST_NOT_ALLOWED_FOR_NON_COMMERCE_USER_LIST "
        "MAX_COST_NOT_ALLOWED COMMERCE_AUDIENCE_CAN_ONLY_BE_DIRECTLY_LICENSED "
        "BILLABLE_RECORD_COUNT_IMMUTABLE UNSUPPORTED_PARTNER_AUDIENCE_SOURCE "
        "COMMERCE_PARTNER_NOT_ALLOWED UNSUPPORTED_PARTNER_AUDIENCE_INFO "
        "PARTNER_MATCH_FOR_MANAGER_ACCOUNT_DISALLOWED "
        "DATA_PARTNER_NOT_ALLOWLISTED_FOR_THIRD_PARTY_PARTNER_DATA "
        "ADVERTISER_NOT_ALLOWLISTED_FOR_THIRD_PARTY_PARTNER_DATA INVALID_COMMERCE_PARTNER "
        "CUSTOMER_NOT_ALLOWLISTED_FOR_COMMERCE_AUDIENCE "
        "UNSUPPORTED_ACCOUNT_TYPE_FOR_PARTNER_LINK INVALID_MERCHANT_ID "
        "ACCOUNT_INELIGIBLE_FOR_STORE_SALES INVALID_MERCHANT_FEED_LANGUAGE_CODE "
        "INVALID_SUBDIVISION_CODE INVALID_SUBCONTINENT_CODE INVALID_CONTINENT_CODE "
        "INVALID_DEVICE_CATEGORY BOTH_CLIENT_ID_AND_APP_INSTANCE_ID_NOT_ALLOWED "
        "GOOGLE_ANALYTICS_SUBPROPERTY_OR_ROLLUP_PROPERTY_NOT_ALLOWED INVALID_COUPON_CODE "
        "EVENT_SOURCE_AND_DESTINATION_MISMATCH CUSTOM_VARIABLE_VALUE_CONTAINS_PII "
        "CUSTOM_VARIABLE_NOT_ENABLED INVALID_CUSTOM_VARIABLE_VALUE "
        "CUSTOM_VARIABLE_NOT_FOUND BASELINE_LOCATION_AUTO_DETECTION_FAILED "
        "INSIGHTS_MISSING_FOR_DIMENSION CONVERSION_ACTION_TOO_RECENTLY_CREATED "
        "INVALID_AD_IDENTIFIER_FOR_ACCOUNT",
    }
    return {
        name: meaning
        for meaning, names in by_meaning.items()
        for name in _all(meaning, "reason", names)
    }


VALUES: Final[Mapping[str, Meaning]] = {
    **_of_ads(),
    **_of_data_manager(),
    "not_allowlisted_error.CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE": SWITCH,
}
# What the rest of a family means: of all families that calls on lists and jobs can have.
FAMILIES: Final[Mapping[str, Meaning]] = {
    "authentication_error": _LOGIN,
    "authorization_error": _ACCESS,
    "header_error": _ACCESS,
    "internal_error": RETRIED,
    "database_error": RETRIED,
    "quota_error": _QUOTA_DAY,
    "not_allowlisted_error": SWITCH,
    "resource_access_denied_error": _LIST_CLOSED,
    "operation_access_denied_error": _LIST_CLOSED,
    "resource_count_limit_exceeded_error": Meaning(
        Kind.PERSON,
        "the account has as many lists as it may have",
        "remove lists that nobody uses in Audience manager",
    ),
    **dict.fromkeys(
        (
            *("offline_user_data_job_error", "user_list_error", "user_data_error"),
            *("request_error", "mutate_error", "query_error", "field_error", "enum_error"),
            *("size_limit_error", "collection_size_error", "distinct_error", "id_error"),
            *("null_error", "not_empty_error", "operator_error", "range_error"),
            *("string_length_error", "string_format_error", "new_resource_creation_error"),
            *("partial_failure_error", "region_code_error", "date_error", "context_error"),
            *("field_mask_error", "url_field_error", "policy_violation_error"),
        ),
        _OURS,
    ),
}
# What a status says where no value comes with it, by HTTP status.
STATUSES: Final[Mapping[int, Meaning]] = {
    400: _OURS,
    401: _LOGIN,
    403: _ACCESS,
    404: _LIST_GONE,
    408: RETRIED,
    409: _BUSY_LIST,
    429: _QUOTA_SOON,
    499: RETRIED,
    500: RETRIED,
    501: _VERSION,
    502: RETRIED,
    503: RETRIED,
    504: RETRIED,
}


def meaning(name: str) -> Meaning:
    """The meaning of a value; where it is unknown, a new one of its family perhaps, of that."""
    found = VALUES.get(name) or FAMILIES.get(name.partition(".")[0])
    return found or (UNKNOWN if name.startswith("reason.") else OTHER)
