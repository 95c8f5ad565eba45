"""Which addresses may be fetched, told from their text alone, and how messages show them."""

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from requests import RequestException

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class AddressFault(NamedTuple):
    """Why an address is refused, and what to do about it."""

    why: str
    remedy: str


def shown_url(url: str) -> str:
    """The address without user, password, query and fragment, as messages may show it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return SplitResult(parts.scheme, host, parts.path, "", "").geturl()


def asked_host(error: "RequestException") -> str:
    """Host, with its port if it has one, that a failed request went to; "" for none."""
    url = error.request.url if error.request is not None else None
    return urlsplit(url or "").netloc.rpartition("@")[2]


def address_fault(url: str, *, may_be_local: bool = True) -> AddressFault | None:
    """What forbids the address; None where it may be fetched.

    Plain http is for names of this machine alone, where `may_be_local`.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return AddressFault("not an address", "write it as https://host/path")
    is_local = parts.scheme == "http" and may_be_local and host in LOCAL_NAMES
    if parts.scheme != "https" and not is_local:
        return AddressFault("not https", "use an https address")
    if parts.username is not None or parts.password is not None:
        return AddressFault("has a user or password in it", "leave them out")
    if not host:
        return AddressFault("names no host", "write it as https://host/path")
    return None
