"""Keys of `[shops.<id>.sinks.<id>]` with `type = "google"`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, TypeAlias

from audsync.http import address_fault
from audsync.identity.google_keys import GOOGLE_MOST, GOOGLE_SEVERAL

_DASHES: Final = str.maketrans("", "", "- ")
_LONGEST_WAIT: Final = 3600  # seconds
# Days. Whoever stays for one only has left before a run of the next day has added him again;
# Google cuts longer ones.
SHORTEST_MEMBERSHIP: Final = 2
_LONGEST_MEMBERSHIP: Final = 540
_LARGEST_REQUEST: Final = 10_000  # members, of the Data Manager API
_MOST_LISTS: Final = 10  # of one request of the Data Manager API
_LARGEST_JOB: Final = 1_000_000  # people, of the Google Ads API
_LONGEST_ACCOUNT: Final = 20


Way: TypeAlias = Literal["data_manager", "google_ads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleOptions:
    """Which account, by which API, with whose credentials, and what of a person is sent."""

    account: Annotated[str, "Number of the account that owns the lists; dashes do not matter."]
    product: Annotated[
        Literal["google_ads", "display_video"], "What the account belongs to."
    ] = "google_ads"
    owner: Annotated[
        Literal["advertiser", "partner"],
        "Of Display & Video 360: what `account` is; a partner's lists lose all of the EEA.",
    ] = "advertiser"
    api: Annotated[
        Way,
        "`google_ads` only where Customer Match was used through it before April 2026.",
    ] = "data_manager"
    login_account: Annotated[
        str | None,
        "Number of the manager account (or partner) that gives access, where there is one.",
    ] = None
    credentials: Annotated[
        Literal["user", "service_account", "application_default"],
        "`user`: the secrets google_client_secret and google_refresh_token; `service_account`: "
        "the secret google_service_account; `application_default`: those of the machine.",
    ] = "user"
    client_id: Annotated[str | None, "OAuth client; with `user` only."] = None
    keys: Annotated[
        tuple[Literal["email", "phone", "address"], ...],
        "What of a person is sent; an address is first and last name, country and post code.",
    ] = ("email", "phone", "address")
    per_person: Annotated[
        int,
        "E-mail addresses of one person, and phones, that are sent at most: the latest, and "
        f"others of the person's accounts; 1 to {GOOGLE_MOST}.",
    ] = GOOGLE_SEVERAL
    delivery: Annotated[
        Literal["delta", "auto", "replace"],
        "`delta`: members are added and removed; `replace`: all are sent at each change, "
        "and whoever else is in the list goes; `auto`: the latter where it is less.",
    ] = "delta"
    membership_days: Annotated[int, "Days that a member stays unless added again."] = 540
    max_batch: Annotated[
        int | None, "Members of one request, or people of one job; none: what Google advises."
    ] = None
    lists_per_request: Annotated[
        int,
        "Lists that a request of the Data Manager API goes to at most: whoever is in several "
        "is sent once; 1 to 10.",
    ] = 10
    requests_per_minute: Annotated[int, "Requests of members in one minute at most."] = 300
    timeout_seconds: Annotated[float, "How long Google may take to answer."] = 90.0
    api_version: Annotated[
        Literal["v23", "v24", "v25", "v26"], "Version of the Google Ads API."
    ] = "v26"
    transport: Annotated[Literal["grpc", "rest"], "How the Data Manager API is spoken to."] = (
        "grpc"
    )
    endpoint: Annotated[
        str | None, "Host and port in place of Google's; with `rest` an address may stand here."
    ] = None
    login_url: Annotated[str, "Where access tokens are made."] = (
        "https://oauth2.googleapis.com/token"
    )

    def __post_init__(self) -> None:
        """Refuse what no call could be made with."""
        for fault in self._faults():
            raise ValueError(fault)

    def _faults(self) -> Iterator[str]:
        yield from self._account_faults()
        yield from self._number_faults()
        yield from self._address_faults()
        if not {"email", "phone"} & set(self.keys):
            yield "`keys` must have email or phone: others alone find hardly anybody"
        if len(set(self.keys)) != len(self.keys):
            yield "`keys` names one twice"

    def _account_faults(self) -> Iterator[str]:
        for name in ("account", "login_account"):
            value = getattr(self, name)
            if value is not None and not _is_number(value):
                yield f"`{name}` is a number such as 123-456-7890"
        if self.product == "display_video" and self.api == "google_ads":
            yield 'Display & Video 360 is reached with api = "data_manager" only'
        if self.delivery != "delta" and self.api == "google_ads":
            yield '`delivery` other than "delta" needs api = "data_manager"'
        if self.product == "google_ads" and self.owner == "partner":
            yield '`owner` = "partner" is for product = "display_video"'
        if self.credentials == "user" and not self.client_id:
            yield '`client_id` is needed with credentials = "user"'

    def _number_faults(self) -> Iterator[str]:
        if not SHORTEST_MEMBERSHIP <= self.membership_days <= _LONGEST_MEMBERSHIP:
            yield f"`membership_days` is {SHORTEST_MEMBERSHIP} to {_LONGEST_MEMBERSHIP}"
        if not 1 <= self.per_person <= GOOGLE_MOST:
            yield f"`per_person` is 1 to {GOOGLE_MOST}; Google takes ten identifiers a member"
        if self.max_batch is not None and not 1 <= self.max_batch <= self._largest:
            yield f"`max_batch` is 1 to {self._largest}"
        if not 1 <= self.lists_per_request <= _MOST_LISTS:
            yield f"`lists_per_request` is 1 to {_MOST_LISTS}"
        if self.requests_per_minute < 1:
            yield "`requests_per_minute` is 1 or more"
        if not 0 < self.timeout_seconds <= _LONGEST_WAIT:
            yield f"`timeout_seconds` is above 0 and at most {_LONGEST_WAIT}"

    def _address_faults(self) -> Iterator[str]:
        fault = address_fault(self.login_url)
        if fault is not None:
            yield f"`login_url` is refused: {fault.why}; {fault.remedy}"
        if self.endpoint is None:
            return
        is_rest = self.api == "data_manager" and self.transport == "rest"
        if "://" in self.endpoint and not is_rest:
            yield "`endpoint` is host:port, without https://"
        address = self.endpoint if "://" in self.endpoint else f"https://{self.endpoint}"
        fault = address_fault(address)
        if fault is not None:
            yield f"`endpoint` is refused: {fault.why}; {fault.remedy}"

    def by(self, api: Way | None) -> "GoogleOptions":
        """The same account by another API, to ask about what was handed over by that."""
        if api in (None, self.api) or self.product != "google_ads":
            return self
        endpoint = None if self.endpoint and "://" in self.endpoint else self.endpoint
        return replace(self, api=api, delivery="delta", max_batch=None, endpoint=endpoint)

    @property
    def _largest(self) -> int:
        return _LARGEST_REQUEST if self.api == "data_manager" else _LARGEST_JOB

    @property
    def batch_size(self) -> int:
        """Members that one call of `send` takes."""
        return self.max_batch or self._largest

    @property
    def lists_at_once(self) -> int:
        """Lists that members are sent to at once; a job has one."""
        return self.lists_per_request if self.api == "data_manager" else 1

    @property
    def account_id(self) -> str:
        """The number of the account, digits alone."""
        return self.account.translate(_DASHES)

    @property
    def login_id(self) -> str | None:
        """The number of the account that gives access, digits alone."""
        return self.login_account and self.login_account.translate(_DASHES)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that are asked for."""
        match self.credentials:
            case "user":
                return ("google_client_secret", "google_refresh_token")
            case "service_account":
                return ("google_service_account",)
            case "application_default":
                return ()

    @property
    def sign_in_secrets(self) -> tuple[str, ...]:
        """Names of those of them that a sign-in with the browser gives."""
        return ("google_refresh_token",) if self.credentials == "user" else ()

    @property
    def place(self) -> str:
        """The account; no two sinks may have the same."""
        return f"{self.product}/{self.account_id}"


def _is_number(text: str) -> bool:
    digits = text.translate(_DASHES)
    return digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_ACCOUNT
