"""What Google's errors mean and who acts, by the name of the value: one table for both APIs.

A name is `<field of ErrorCode>.<value>` of the Google Ads API, such as
`quota_error.RESOURCE_EXHAUSTED`, or `reason.<value>` of the Data Manager API and of the gate
that stands before both (`google.api.ErrorReason`). A value that stands nowhere has the meaning
of its family, and one of a part of the APIs that audsync never calls that of `OTHER`.
"""

from collections.abc import Mapping
from typing import Final

from audsync_sink_google import meanings as means
from audsync_sink_google.meanings import Kind, Meaning


def _all(meaning: Meaning, family: str, names: str) -> dict[str, Meaning]:
    return {f"{family}.{name}": meaning for name in names.split()}


def _of_ads() -> dict[str, Meaning]:
    """Values of the Google Ads API that mean something else than their family."""
    login, may = "authentication_error", "authorization_error"
    job, lists = "offline_user_data_job_error", "user_list_error"
    ask = "request_error"
    return {
        **_all(means.ACCOUNT, login, "CLIENT_CUSTOMER_ID_INVALID CUSTOMER_NOT_FOUND"),
        **_all(
            means.ACCESS,
            login,
            "NOT_ADS_USER ORGANIZATION_NOT_RECOGNIZED ORGANIZATION_NOT_APPROVED",
        ),
        **_all(
            means.SECURITY,
            login,
            "TWO_STEP_VERIFICATION_NOT_ENROLLED ADVANCED_PROTECTION_NOT_ENROLLED",
        ),
        **_all(
            means.TOKEN_ERA,
            login,
            "ORGANIZATION_NOT_ASSOCIATED_WITH_DEVELOPER_TOKEN DEVELOPER_TOKEN_INVALID",
        ),
        **_all(
            means.TOKEN_ERA,
            may,
            "DEVELOPER_TOKEN_PROHIBITED DEVELOPER_TOKEN_NOT_APPROVED "
            "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST",
        ),
        **_all(means.API_OFF, may, "PROJECT_DISABLED CLOUD_PROJECT_NOT_UNDER_ORGANIZATION"),
        **_all(
            means.PROJECT, may, "ACTION_NOT_PERMITTED CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"
        ),
        **_all(
            means.ACCOUNT,
            may,
            "INCOMPLETE_SIGNUP MISSING_TOS CUSTOMER_NOT_ENABLED "
            "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT",
        ),
        **_all(means.ACCOUNT_KIND, may, "ACCESS_DENIED_FOR_ACCOUNT_TYPE"),
        **_all(
            means.ACCESS, "header_error", "INVALID_LOGIN_CUSTOMER_ID INVALID_LINKED_CUSTOMER_ID"
        ),
        **_all(means.BUSY_LIST, "database_error", "CONCURRENT_MODIFICATION"),
        **_all(means.SPLIT, "database_error", "REQUEST_TOO_LARGE"),
        **_all(means.SPLIT, "size_limit_error", "REQUEST_SIZE_LIMIT_EXCEEDED"),
        **_all(
            means.QUOTA_SOON,
            "quota_error",
            "RESOURCE_TEMPORARILY_EXHAUSTED EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        ),
        **_all(means.PROJECT, "quota_error", "ACCESS_PROHIBITED"),
        **_all(means.SPLIT, job, "TOO_MANY_USER_IDENTIFIERS"),
        **_all(
            means.ROW,
            job,
            "MISSING_USER_IDENTIFIER INVALID_ENCODING INVALID_COUNTRY_CODE "
            "INVALID_SHA256_FORMAT INVALID_MOBILE_ID_FORMAT INCOMPATIBLE_USER_IDENTIFIER",
        ),
        **_all(means.EXISTS, job, "EXTERNAL_UPDATE_ID_ALREADY_EXISTS JOB_ALREADY_STARTED"),
        **_all(means.LIST_GONE, job, "INVALID_USER_LIST_ID"),
        **_all(means.LIST_KIND, job, "INVALID_USER_LIST_TYPE INCOMPATIBLE_UPLOAD_KEY_TYPE"),
        **_all(means.TERMS, job, "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"),
        **_all(
            means.MAY_NOT_MATCH,
            job,
            "NOT_ON_ALLOWLIST_FOR_USER_ID CUSTOMER_IDENTIFIER_NOT_ALLOWED",
        ),
        **_all(
            means.MAY_NOT_MATCH, "user_data_error", "OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED"
        ),
        **_all(means.SPLIT, "user_data_error", "TOO_MANY_USER_IDENTIFIERS"),
        **_all(means.LIST_KIND, "user_data_error", "USER_LIST_NOT_APPLICABLE"),
        **_all(means.EXISTS, lists, "NAME_ALREADY_USED INVALID_NAME"),
        **_all(
            means.LIST_NAME,
            lists,
            "INVALID_DESCRIPTION USERLIST_NAME_IS_RESERVED_FOR_SYSTEM_LIST",
        ),
        **_all(
            means.LIST_CLOSED,
            lists,
            "OWNERSHIP_REQUIRED_FOR_SET CAN_NOT_MUTATE_SENSITIVE_USERLIST "
            "CANNOT_MUTATE_SYSTEM_LIST USER_LIST_MUTATE_NOT_SUPPORTED "
            "EXTERNAL_REMARKETING_USER_LIST_MUTATE_NOT_SUPPORTED",
        ),
        **_all(
            means.MAY_NOT_MATCH, lists, "ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA"
        ),
        **_all(means.TERMS, lists, "ADVERTISER_TOS_NOT_ACCEPTED"),
        **_all(means.DURATION, "range_error", "TOO_HIGH TOO_LOW"),
        **_all(means.LIST_NAME, "string_length_error", "TOO_SHORT TOO_LONG EMPTY"),
        **_all(means.LIST_NAME, "string_format_error", "ILLEGAL_CHARS INVALID_FORMAT"),
        **_all(means.LIST_GONE, "mutate_error", "RESOURCE_NOT_FOUND"),
        **_all(means.EXISTS, "mutate_error", "RESOURCE_ALREADY_EXISTS"),
        **_all(means.LIST_CLOSED, "mutate_error", "MUTATE_NOT_ALLOWED RESOURCE_READ_ONLY"),
        **_all(means.POLITICS, "mutate_error", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"),
        **_all(means.VERSION, ask, "UNSUPPORTED_VERSION"),
        **_all(means.ACCOUNT, ask, "INVALID_CUSTOMER_ID"),
        **_all(means.ACCOUNT_KIND, ask, "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"),
        **_all(means.ACCESS, ask, "LOGIN_CUSTOMER_ID_PARAMETER_MISSING"),
        **_all(means.TOKEN_ERA, ask, "DEVELOPER_TOKEN_PARAMETER_MISSING"),
        **_all(means.API_OFF, ask, "CLOUD_PROJECT_NOT_FOUND"),
        **_all(means.LIST_GONE, ask, "RESOURCE_NOT_FOUND"),
        **_all(means.SPLIT, ask, "TOO_MANY_MUTATE_OPERATIONS"),
        **_all(means.RETRIED, ask, "RPC_DEADLINE_TOO_SHORT EXPIRED_PAGE_TOKEN"),
    }


def _of_data_manager() -> dict[str, Meaning]:
    """Reasons of the Data Manager API that its audience calls can have."""
    by_meaning = {
        means.RETRIED: "INTERNAL_ERROR DEADLINE_EXCEEDED",
        means.QUOTA_DAY: "RESOURCE_EXHAUSTED",
        means.LIST_GONE: "NOT_FOUND INVALID_USER_LIST_ID",
        means.OUT_OF_REACH: "PERMISSION_DENIED",
        means.ACCESS: "DIFFERENT_LOGIN_ACCOUNTS_NOT_ALLOWED_FOR_DATA_PARTNER "
        "UNSUPPORTED_OPERATING_ACCOUNT_FOR_DATA_PARTNER "
        "UNSUPPORTED_LINKED_ACCOUNT_FOR_DATA_PARTNER REQUIRED_PREREQUISITE_LINK_MISSING "
        "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT "
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
        means.ROW: "REQUIRED_FIELD_MISSING INVALID_FORMAT INVALID_HEX_ENCODING "
        "INVALID_BASE64_ENCODING INVALID_SHA256_FORMAT INVALID_POSTAL_CODE "
        "INVALID_COUNTRY_CODE INVALID_REGION_CODE INVALID_AUDIENCE_MEMBER "
        "INVALID_MOBILE_ID_FORMAT NO_IDENTIFIERS_PROVIDED FIELD_VALUE_TOO_LONG "
        "FIELD_VALUE_TOO_SHORT",
        means.SPLIT: "TOO_MANY_AUDIENCE_MEMBERS TOO_MANY_USER_IDENTIFIERS "
        "TOO_MANY_DESTINATIONS TOO_MANY_ELEMENTS TOO_MANY_USERS",
        means.LIST_KIND: "INVALID_USER_LIST_TYPE UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES "
        "UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG "
        "UNSUPPORTED_ACCOUNT_TYPES_FOR_USER_LIST_TYPE",
        means.LIST_CLOSED: "DATA_PARTNER_USER_LIST_MUTATE_NOT_ALLOWED "
        "OWNERSHIP_REQUIRED_FOR_UPDATE USER_LIST_MUTATION_NOT_SUPPORTED "
        "SENSITIVE_USER_LIST_IMMUTABLE",
        means.LIST_NAME: "INVALID_DESCRIPTION INVALID_DISPLAY_NAME USER_LIST_NAME_RESERVED",
        means.DURATION: "MEMBERSHIP_DURATION_TOO_LONG",
        means.EXISTS: "ALREADY_EXISTS DISPLAY_NAME_ALREADY_USED",
        means.TERMS: "TERMS_AND_CONDITIONS_NOT_SIGNED ADVERTISER_TOS_NOT_ACCEPTED",
        means.POLITICS: "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED",
        means.MAY_NOT_MATCH: "NOT_ALLOWLISTED ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA "
        "THIRD_PARTY_USER_DATA_NOT_ALLOWED USER_LIST_TYPE_NOT_SUPPORTED_FOR_ACCOUNT",
        means.ACCOUNT_KIND: "INVALID_DESTINATION DESTINATION_ACCOUNT_TYPE_MISMATCH "
        "MISMATCHED_ACCOUNT_TYPE",
        means.TOO_OLD: "INVALID_REQUEST_ID REQUEST_TOO_OLD",
        means.OURS: "ERROR_REASON_UNSPECIFIED INVALID_ARGUMENT INVALID_ENUM_VALUE "
        "MULTIPLE_DATA_TYPES_NOT_ALLOWED DUPLICATE_DESTINATION_REFERENCE INVALID_NUMBER_FORMAT "
        "TOO_FEW_ELEMENTS IMMUTABLE_FIELD_FOR_UPDATE INVALID_RESOURCE_NAME INVALID_FILTER "
        "INVALID_UPDATE_MASK INVALID_PAGE_TOKEN INVALID_REMOVE_AS_OF_TIME",
        # Of events, conversions, licences and insights, which audsync does not use.
        means.OTHER: "INVALID_CONVERSION_ACTION_ID INVALID_CONVERSION_ACTION_TYPE "
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
    return _reasons(by_meaning)


def _of_gate() -> dict[str, Meaning]:
    """Reasons of `google.api.ErrorReason`: refusals before a call comes to either API."""
    by_meaning = {
        means.API_OFF: "SERVICE_DISABLED SERVICE_NOT_VISIBLE CONSUMER_INVALID "
        "RESOURCE_PROJECT_INVALID",
        means.PROJECT_USE: "USER_PROJECT_DENIED IAM_PERMISSION_DENIED",
        means.PROJECT_STOPPED: "BILLING_DISABLED CONSUMER_SUSPENDED GCP_SUSPENDED",
        means.QUOTA_SOON: "RATE_LIMIT_EXCEEDED",
        means.QUOTA_DAY: "RESOURCE_QUOTA_EXCEEDED",
        means.LOGIN: "ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_TYPE_UNSUPPORTED CREDENTIALS_MISSING "
        "OVERLOADED_CREDENTIALS JWT_TOKEN_INVALID CREDENTIAL_TYPE_UNSUPPORTED "
        "ACCOUNT_TYPE_UNSUPPORTED ACCOUNT_STATE_INVALID USER_BLOCKED_BY_ADMIN",
        means.SCOPE: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        means.ORGANISATION: "SECURITY_POLICY_VIOLATED RESOURCE_USAGE_RESTRICTION_VIOLATED "
        "ORG_RESTRICTION_VIOLATION ORG_RESTRICTION_HEADER_INVALID "
        "LOCATION_POLICY_VIOLATED LOCATION_ORG_POLICY_VIOLATED LOCATION_TAX_POLICY_VIOLATED "
        "ENDPOINT_USAGE_RESTRICTION_VIOLATED TLS_ORG_POLICY_VIOLATED "
        "TLS_CIPHER_RESTRICTION_VIOLATED",
        means.OURS: "SYSTEM_PARAMETER_UNSUPPORTED",
        # Of API keys, browsers, phones and emulators.
        means.OTHER: "API_KEY_INVALID API_KEY_SERVICE_BLOCKED API_KEY_HTTP_REFERRER_BLOCKED "
        "API_KEY_IP_ADDRESS_BLOCKED API_KEY_ANDROID_APP_BLOCKED API_KEY_IOS_APP_BLOCKED "
        "CREDENTIAL_ANDROID_APP_INVALID SESSION_COOKIE_INVALID MISSING_ORIGIN "
        "EMULATOR_QUOTA_EXCEEDED MCP_SERVER_DISABLED",
    }
    return _reasons(by_meaning)


def _reasons(by_meaning: Mapping[Meaning, str]) -> dict[str, Meaning]:
    return {
        name: meaning
        for meaning, names in by_meaning.items()
        for name in _all(meaning, "reason", names)
    }


VALUES: Final[Mapping[str, Meaning]] = {
    **_of_ads(),
    **_of_data_manager(),
    **_of_gate(),
    "not_allowlisted_error.CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE": means.SWITCH,
}
# What the rest of a family means: of all families that calls on lists and jobs can have.
FAMILIES: Final[Mapping[str, Meaning]] = {
    "authentication_error": means.LOGIN,
    "authorization_error": means.ACCESS,
    "header_error": means.ACCESS,
    "internal_error": means.RETRIED,
    "database_error": means.RETRIED,
    "quota_error": means.QUOTA_DAY,
    "not_allowlisted_error": means.SWITCH,
    "resource_access_denied_error": means.LIST_CLOSED,
    "operation_access_denied_error": means.LIST_CLOSED,
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
        means.OURS,
    ),
}
_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
# What a status says where no value comes with it, by HTTP status.
STATUSES: Final[Mapping[int, Meaning]] = {
    400: means.OURS,
    401: means.LOGIN,
    403: means.ACCESS,
    404: means.LIST_GONE,
    408: means.RETRIED,
    409: means.BUSY_LIST,
    429: means.QUOTA_SOON,
    499: means.RETRIED,
    500: means.RETRIED,
    501: means.VERSION,
    502: means.RETRIED,
    503: means.RETRIED,
    504: means.RETRIED,
}


def meaning(name: str, status: int = 400) -> Meaning:
    """The meaning of a value; where it is unknown, a new one of its family perhaps, of that.

    Of a reason that nobody knows, what the HTTP status says that came with it; 400 says
    nothing.
    """
    found = VALUES.get(name) or FAMILIES.get(name.partition(".")[0])
    if found is None and name.startswith("reason."):
        return means.UNKNOWN if status == _BAD_REQUEST else of_status(status)
    return found or means.OTHER


def of_status(status: int) -> Meaning:
    """The meaning of an HTTP status that came alone."""
    is_theirs = status >= _SERVER_ERROR
    return STATUSES.get(status) or (means.RETRIED if is_theirs else means.UNKNOWN)
