"""What an error of Google may mean to us: who acts, what happened, and what to do."""

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
BUSY_LIST: Final = Meaning(Kind.RETRIED, "the list is being changed by somebody else")
_LATER: Final = "nothing is to be done: a later run goes on"
QUOTA_SOON: Final = Meaning(Kind.QUOTA, "too many calls in a short time", _LATER)
QUOTA_DAY: Final = Meaning(Kind.QUOTA, "the quota of the Cloud project is used up", _LATER)
SPLIT: Final = Meaning(Kind.SPLIT, "one request held too much")
ROW: Final = Meaning(Kind.ROW, "an identifier is not as Google wants it")
EXISTS: Final = Meaning(Kind.EXISTS, "it is there already")
LOGIN: Final = Meaning(Kind.LOGIN, "the login is refused", _SIGN_IN)
SCOPE: Final = Meaning(
    Kind.LOGIN,
    "the login was given for another of Google's APIs",
    "sign in again for this one: audsync secrets login google; or, with "
    'credentials = "application_default", gcloud auth application-default login with its scope',
)
SECURITY: Final = Meaning(
    Kind.LOGIN,
    "the Google account lacks a protection that the advertising account asks for",
    "switch on 2-step verification for that Google account, then sign in again: audsync "
    "secrets login google",
)
ACCESS: Final = Meaning(
    Kind.PERSON,
    "the login may not use this account",
    "give the Google account (or the service account's address) access to it, and where that "
    "goes through a manager or partner, set `login_account` to its number",
)
# The Data Manager API has no reason of its own for an account that is not active.
OUT_OF_REACH: Final = Meaning(
    Kind.PERSON,
    "the login may not use this account, or the account is not active",
    f"{ACCESS.remedy}; if it has access, see whether the account is cancelled or suspended",
)
ACCOUNT: Final = Meaning(
    Kind.PERSON,
    "there is no such account, or it is not active",
    "check `account`, and that it is not cancelled or suspended, at https://ads.google.com",
)
PROJECT: Final = Meaning(
    Kind.PERSON,
    "the Cloud project may not call the API of production accounts",
    "apply for Explorer access on the project's overview page of the Google Ads API "
    f'({GOOGLE_ADS_API}), or set api = "data_manager"',
)
API_OFF: Final = Meaning(
    Kind.PERSON,
    "the API is not enabled in the Cloud project, or the project is not as it should be",
    f'enable it: {DATA_MANAGER_API} for api = "data_manager", {GOOGLE_ADS_API} for '
    '"google_ads"',
)
PROJECT_USE: Final = Meaning(
    Kind.PERSON,
    "the login may not use the Cloud project",
    "give it the role Service Usage Consumer in that project, under IAM & Admin",
)
PROJECT_STOPPED: Final = Meaning(
    Kind.PERSON,
    "the Cloud project is suspended, or its billing is switched off",
    "see what the project says at https://console.cloud.google.com, or use another",
)
ORGANISATION: Final = Meaning(
    Kind.PERSON,
    "a rule of the Cloud organisation forbids the call",
    "let whoever looks after the organisation allow it, or use a project elsewhere",
)
TOKEN_ERA: Final = Meaning(
    Kind.PERSON,
    "the developer token is refused; since September 2026 none is needed",
    "remove the secret google_developer_token, and give the Cloud project access instead "
    f"({GOOGLE_ADS_API})",
)
TERMS: Final = Meaning(
    Kind.PERSON,
    "the Customer Match terms are not accepted in this account",
    "accept them once: in Google Ads open Tools, Audience manager, and begin a customer list",
)
POLITICS: Final = Meaning(
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
MAY_NOT_MATCH: Final = Meaning(
    Kind.PERSON,
    "this account may not use Customer Match, or not with this data",
    f"see what Customer Match asks of an account: {CUSTOMER_MATCH}",
)
LIST_GONE: Final = Meaning(
    Kind.MISSING,
    "there is no such list in the account",
    "run again: the next run makes it anew",
)
LIST_KIND: Final = Meaning(
    Kind.PERSON,
    "the list is of a kind that takes no contact data",
    "rename the segment or that list, so that a new list is made",
)
LIST_CLOSED: Final = Meaning(
    Kind.PERSON,
    "the list may not be changed by this account",
    "rename the segment, so that a list of its own is made, or use the account that owns it",
)
LIST_NAME: Final = Meaning(
    Kind.PERSON,
    "Google does not allow the name of the list",
    "give the segment another name",
)
DURATION: Final = Meaning(
    Kind.PERSON,
    "the membership duration is out of range",
    "set `membership_days` to at most 540",
)
VERSION: Final = Meaning(
    Kind.PERSON,
    "this version of the Google Ads API has ended",
    "set `api_version` to a newer one, or leave it out",
)
ACCOUNT_KIND: Final = Meaning(
    Kind.PERSON,
    "the account is of another kind than the config says",
    "check `product`, `owner`, `account` and `login_account`",
)
OURS: Final = Meaning(Kind.FATAL, "the request was not as it must be", _REPORT)
TOO_OLD: Final = Meaning(
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
