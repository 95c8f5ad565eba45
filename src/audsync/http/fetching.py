"""Fetching one file, with retries; see the package for where it never goes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urljoin, urlsplit

from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.http.addresses import LOCAL_NAMES, address_fault, shown_url
from audsync.http.clocks import Listener
from audsync.http.peers import PeerRefusedError, open_session
from audsync.http.retries import LATER, retried, retry_after

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
MAX_BYTES: Final = 4 << 30
_MOST_REDIRECTS: Final = 5
_PIECE: Final = 1 << 20
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Headers that may follow a redirect to another host; all others may be credentials.
_HARMLESS: Final = frozenset({"accept", "accept-encoding", "if-none-match", "user-agent"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server gave: `size` bytes in the file that was asked for, or nothing new."""

    status: int
    size: int = 0
    etag: str | None = None

    @property
    def not_modified(self) -> bool:
        """The file is the one of the `If-None-Match` header; nothing was written."""
        return self.status == 304  # noqa: PLR2004 -- Not Modified


def fetch(  # noqa: PLR0913 -- keyword-only, and most are left out
    url: str,
    *,
    connector: str,
    to: Path,
    headers: Mapping[str, str] | None = None,
    allow_private: bool = False,
    ca_bundle: Path | None = None,
    max_bytes: int = MAX_BYTES,
    answered: Listener | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Write what is at `url` to the file `to`, trying again for as long as it may help.

    Raises TransientError after the last attempt (time-outs, 408, 425, 429, 5xx, cut-off
    answers), CredentialError for 401 and 403, RejectedError for all else. `answered` is told of
    each answer.
    """
    request = _Request(connector, allow_private, ca_bundle, max_bytes, answered)
    return retried(lambda: request.fetch(url, to, dict(headers or {})), sleep=sleep)


@dataclass(frozen=True, slots=True)
class _Request:
    """One attempt, redirects included."""

    connector: str
    allow_private: bool
    ca_bundle: Path | None
    max_bytes: int
    answered: Listener | None

    def fetch(self, url: str, to: Path, headers: Mapping[str, str]) -> Fetched:
        kept = {"Accept-Encoding": "identity", **headers}
        is_local = urlsplit(url).hostname in LOCAL_NAMES
        for _ in range(_MOST_REDIRECTS + 1):
            if fault := address_fault(url, may_be_local=is_local):
                self._refuse(url, fault.why, fault.remedy)
            found = self._asked(url, to, kept, is_local=is_local)
            if isinstance(found, Fetched):
                return found
            if _origin(found) != _origin(url):
                kept = {name: v for name, v in kept.items() if name.lower() in _HARMLESS}
            url = found
        return self._refuse(url, "too many redirects", "give the address it leads to")

    def _asked(
        self, url: str, to: Path, headers: Mapping[str, str], *, is_local: bool
    ) -> Fetched | str:
        """What one address gives, or the address that it leads on to."""
        import requests

        try:
            with (
                open_session(
                    is_local=is_local, allow_private=self.allow_private, answered=self.answered
                ) as session,
                session.get(
                    url,
                    headers=dict(headers),
                    stream=True,
                    allow_redirects=False,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    verify=str(self.ca_bundle) if self.ca_bundle else True,
                ) as answer,
            ):
                if answer.status_code in _REDIRECTS:
                    return urljoin(url, answer.headers.get("Location", ""))
                return self._received(answer, url, to)
        except PeerRefusedError as refused:
            self._refuse(url, str(refused), "allow_private_network allows private ones")
        except requests.exceptions.SSLError:
            self._refuse(url, "its certificate is not trusted", "set `ca_bundle`")
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            self._refuse(url, "not an address", "write it as https://host/path")
        except requests.RequestException:
            raise TransientError(
                f"{shown_url(url)}: not reached, or the answer was cut off",
                connector=self.connector,
            ) from None

    def _received(self, answer: "requests.Response", url: str, to: Path) -> Fetched:
        status = answer.status_code
        etag = answer.headers.get("ETag")
        if status == 304:  # noqa: PLR2004 -- Not Modified
            return Fetched(status, etag=etag)
        if status != 200:  # noqa: PLR2004 -- OK
            self._raise_for(status, answer, url)
        size = 0
        with to.open("wb") as file:
            to.chmod(0o600)
            for piece in answer.iter_content(_PIECE):
                size += len(piece)
                if size > self.max_bytes:
                    limit = f"larger than {self.max_bytes >> 20} MB"
                    self._refuse(url, limit, "raise the limit of its size")
                file.write(piece)
        return Fetched(status, size, etag)

    def _raise_for(self, status: int, answer: "requests.Response", url: str) -> NoReturn:
        shown = f"{shown_url(url)}: the server answered {status}"
        if status in (401, 403):
            raise CredentialError(f"{shown}; it wants a login or refuses this machine")
        if status in LATER or status >= 500:  # noqa: PLR2004 -- server errors
            raise TransientError(
                shown,
                connector=self.connector,
                retry_after=retry_after(answer.headers.get("Retry-After")),
            )
        raise RejectedError(shown, connector=self.connector, remedy="look at the address")

    def _refuse(self, url: str, why: str, remedy: str) -> NoReturn:
        raise RejectedError(
            f"{shown_url(url)}: {why}; {remedy}", connector=self.connector, remedy=remedy
        ) from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
