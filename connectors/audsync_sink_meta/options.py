"""Keys of `[shops.<id>.sinks.<id>]` with `type = "meta"`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from audsync.http import LOCAL_NAMES, address_fault
from audsync.identity.meta_keys import META_KEYS, META_RULES, Names

EXTERN_ID: Final = "EXTERN_ID"
EXTERN_ID_SECRET: Final = "meta_extern_id_key"  # noqa: S105 -- a name
Key = Literal[
    "EMAIL",
    "PHONE",
    "FN",
    "LN",
    "ZIP",
    "CT",
    "COUNTRY",
    "DOBY",
    "DOBM",
    "DOBD",
    "GEN",
    "EXTERN_ID",
]
FileSource = Literal[
    "USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED"
]

_ACCOUNT: Final = re.compile(r"(act_)?([0-9]{1,20})")
_VERSION: Final = re.compile(r"v[1-9][0-9]*\.[0-9]+")
_LONGEST_RETENTION: Final = 180
_LARGEST_BATCH: Final = 10_000
_LONGEST_WAIT: Final = 3600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaOptions:
    """The ad account, what is sent of a person, and how Meta is reached."""

    account: Annotated[str, "Number of the ad account, with or without act_ before it."]
    keys: Annotated[
        tuple[Key, ...],
        "Columns that are sent, for the life of an audience; EMAIL or PHONE among them.",
    ] = META_KEYS
    names: Annotated[
        Names, "`romanised`: names in a-z, which matches best; `utf8`: in their own letters."
    ] = "romanised"
    guess_gender: Annotated[
        bool, "GEN: by the name where the customer stated no gender; a wrong one finds nobody."
    ] = False
    customer_file_source: Annotated[FileSource, "Where the shop has the addresses from."] = (
        "USER_PROVIDED_ONLY"
    )
    delivery: Annotated[
        Literal["auto", "delta", "replace"],
        "`delta`: members are added and removed; `replace`: the audience is replaced as a "
        "whole whenever it changes; `auto`: where the changes are more than the members, or "
        "Meta refused a removal.",
    ] = "auto"
    erasure: Annotated[
        Literal["auto", "lists"],
        "How people are taken out everywhere. `auto`: by Meta's call for it, and list by list "
        "where Meta refuses that; `lists`: list by list.",
    ] = "auto"
    retention_days: Annotated[
        int | None, "Members leave after so many days, 1 to 180; they are added again in time."
    ] = None
    api_version: Annotated[str, "Version of the Graph API."] = "v26.0"
    max_batch: Annotated[int, "Members sent at once, 1 to 10000."] = _LARGEST_BATCH
    url: Annotated[str, "Address of the Graph API."] = "https://graph.facebook.com"
    read_seconds: Annotated[float, "How long an answer is waited for."] = 120.0
    ca_bundle: Annotated[str | None, "File of certificates that are trusted besides."] = None

    def __post_init__(self) -> None:
        """Refuse what no call could be made with."""
        for fault in self._faults():
            raise ValueError(fault)

    def _faults(self) -> Iterator[str]:
        yield from self._faults_of_keys()
        if _ACCOUNT.fullmatch(self.account) is None:
            yield "`account` is the number of an ad account, such as act_1234567890"
        if self.retention_days is not None and not (
            1 <= self.retention_days <= _LONGEST_RETENTION
        ):
            yield f"`retention_days` is 1 to {_LONGEST_RETENTION}"
        if _VERSION.fullmatch(self.api_version) is None:
            yield "`api_version` is written as v26.0"
        if not 1 <= self.max_batch <= _LARGEST_BATCH:
            yield f"`max_batch` is 1 to {_LARGEST_BATCH}"
        if not 0 < self.read_seconds <= _LONGEST_WAIT:
            yield f"`read_seconds` is above 0 and at most {_LONGEST_WAIT}"
        fault = address_fault(self.url)
        if fault is not None:
            yield f"`url` is refused: {fault.why}; {fault.remedy}"
        if "@" in urlsplit(self.url).netloc:
            yield "`url` has a user or password in it; leave them out"

    def _faults_of_keys(self) -> Iterator[str]:
        if not {"EMAIL", "PHONE"} & set(self.keys):
            yield "`keys` must have EMAIL or PHONE: nobody is found by the others alone"
        if self.guess_gender and "GEN" not in self.keys:
            yield "`guess_gender` is of use only where `keys` has GEN"
        if len(set(self.keys)) != len(self.keys):
            yield "`keys` names a column twice"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that are asked for, those that may be missing among them."""
        return (
            "meta_token",
            "meta_app_secret",
            *((EXTERN_ID_SECRET,) if EXTERN_ID in self.keys else ()),
        )

    @property
    def account_id(self) -> str:
        """The number of the ad account."""
        return self.account.removeprefix("act_")

    @property
    def schema(self) -> tuple[str, ...]:
        """The columns in the order in which they are sent."""
        return tuple(name for name in (*META_RULES, EXTERN_ID) if name in self.keys)

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether the address is this machine."""
        return urlsplit(self.url).hostname in LOCAL_NAMES

    @property
    def place(self) -> str:
        """The ad account; no two sinks may have the same."""
        return f"{self.base}/act_{self.account_id}"
