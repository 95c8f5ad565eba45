"""One call to the panel: who asks, the rest between calls, trying again, statuses."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from audsync.contracts import Context
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.http import (
    ATTEMPTS,
    CONNECT_SECONDS,
    LATER,
    LOCAL_NAMES,
    READ_SECONDS,
    PeerRefusedError,
    open_session,
    retried,
    retry_after,
)
from audsync_source_idosell.access import Access, BearerAccess, KeyAccess
from audsync_source_idosell.answers import NAME, Answer, read, unreadable
from audsync_source_idosell.endpoints import Endpoint
from audsync_source_idosell.options import IdoSellOptions

if TYPE_CHECKING:
    import requests

_MAX_BYTES: Final = 256 << 20
_PIECE: Final = 1 << 20
_BODY_SECONDS: Final = 300.0  # which a large page takes on a slow line, and no longer
_SCOPE: Final = re.compile(r"scope:\s*([a-z]+)\s*,\s*level:\s*(rw?)", re.IGNORECASE)
_READABLE: Final = frozenset({200, 207})


class Transport:
    """Calls to one panel, one after the other."""

    def __init__(
        self,
        options: IdoSellOptions,
        context: Context,
        *,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._options = options
        self._context = context
        self._sleep = sleep
        self._attempts = attempts
        self._access: Access = (
            KeyAccess(context)
            if options.access == "key"
            else BearerAccess(context, options.base)
        )
        self._opened: requests.Session | None = None
        self._rests_until = 0.0

    def ask(self, endpoint: Endpoint, params: Mapping[str, Any]) -> Answer:
        """The answer to a question, tried again for as long as that may help.

        Raises CredentialError, RejectedError, TransientError, and PausedError where no more
        calls may be made.
        """
        return retried(
            lambda: self._once(endpoint, params), attempts=self._attempts, sleep=self._sleep
        )

    def close(self) -> None:
        """Let go of the connection."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _once(self, endpoint: Endpoint, params: Mapping[str, Any]) -> Answer:
        status, headers, body = self._answered(endpoint, params)
        if status == 401 and self._access.forget():  # noqa: PLR2004 -- a token may have ended
            status, headers, body = self._answered(endpoint, params)
        if status not in _READABLE:
            self._raise_for(endpoint, status, headers, body)
        try:
            parsed = json.loads(body, parse_float=Decimal)
        except ValueError:
            is_page = body.lstrip()[:1] == b"<"
            raise unreadable(
                endpoint, "a web page" if is_page else "cut off, or no JSON"
            ) from None
        return read(endpoint, parsed)

    def _answered(
        self, endpoint: Endpoint, params: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one call."""
        import requests

        session = self._session()
        given: dict[str, Any] = (
            {"json": {"params": params}} if endpoint.posts else {"params": query(params)}
        )
        try:
            headers = self._access.headers(session)
            self._context.calls.take()
            self._rest()
            with session.request(
                "POST" if endpoint.posts else "GET",
                self._options.base + endpoint.place(self._options.api_version),
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **given,
            ) as answer:
                return answer.status_code, answer.headers, _body(answer, endpoint)
        except PeerRefusedError as refused:
            self._refuse(str(refused), "allow_private_network allows private ones")
        except requests.exceptions.SSLError:
            self._refuse("its certificate is not trusted", "set `ca_bundle`")
        except requests.RequestException:
            host = urlsplit(self._options.base).netloc
            raise TransientError(
                f"idosell: {endpoint.name}: {host} was not reached, or its answer was cut off; "
                "see that `url` is the address of the panel",
                connector=NAME,
            ) from None
        finally:
            self._rests_until = time.monotonic() + self._options.pause_seconds

    def _session(self) -> "requests.Session":
        if self._opened is None:
            parts = urlsplit(self._options.base)
            self._opened = open_session(
                is_local=parts.hostname in LOCAL_NAMES,
                allow_private=self._options.allow_private_network,
                answered=self._context.answered,
                body_seconds=_BODY_SECONDS,
            )
            self._opened.headers["Accept"] = "application/json"
            if self._options.ca_bundle is not None:
                self._opened.verify = str(self._context.resolve(self._options.ca_bundle))
        return self._opened

    def _rest(self) -> None:
        left = self._rests_until - time.monotonic()
        if left > 0:
            self._sleep(left)

    def _raise_for(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> NoReturn:
        shown = f"idosell: {endpoint.name}: the panel answered {status}"
        if status == 401:  # noqa: PLR2004 -- Unauthorized
            raise CredentialError(f"idosell: {self._access.refused}")
        if status == 403:  # noqa: PLR2004 -- Forbidden
            raise CredentialError(f"idosell: {_missing_permission(endpoint, headers, body)}")
        if status in LATER or status >= 500:  # noqa: PLR2004 -- server errors
            later = (
                "it takes no more calls now; run again later, and raise `pause_seconds` if "
                "this stays so"
                if status == 429  # noqa: PLR2004 -- Too Many Requests
                else "run again later"
            )
            wait = retry_after(headers.get("Retry-After"))
            raise TransientError(f"{shown}; {later}", connector=NAME, retry_after=wait)
        if 300 <= status < 400:  # noqa: PLR2004 -- redirects
            self._refuse("leads to another address", "write the panel's own address")
        remedy = (
            "there is no such API at this address; see that `url` is the panel's and that it "
            "has this `api_version`"
            if status == 404  # noqa: PLR2004 -- Not Found
            else "tell the authors of audsync"
        )
        raise RejectedError(f"{shown}; {remedy}", connector=NAME, remedy=remedy)

    def _refuse(self, why: str, remedy: str) -> NoReturn:
        message = f"idosell: {self._options.base}: {why}; {remedy}"
        raise RejectedError(message, connector=NAME, remedy=remedy) from None


def query(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of a GET: lists joined by commas, objects in brackets."""
    found: dict[str, str] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            found |= {f"{key}{_bracketed(inner)}": text for inner, text in query(value).items()}
        elif isinstance(value, Sequence) and not isinstance(value, str):
            found[key] = ",".join(map(str, value))
        else:
            found[key] = str(value)
    return found


def _bracketed(key: str) -> str:
    first, bracket, rest = key.partition("[")
    return f"[{first}]{bracket}{rest}"


def _body(answer: "requests.Response", endpoint: Endpoint) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > _MAX_BYTES:
            raise unreadable(endpoint, f"larger than {_MAX_BYTES >> 20} MB")
    return bytes(body)


def _missing_permission(endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> str:
    """What to tick in the panel. The panel's own words are looked through, and not quoted."""
    told = headers.get("x-error", "")
    # The header carries UTF-8 that was read as Latin-1.
    text = told.encode("latin-1", "replace").decode("utf-8", "replace")
    found = _SCOPE.search(f"{text} {body[:10_000].decode('utf-8', 'replace')}")
    if found is None:
        return (
            f"the key may not read {endpoint.name}: it lacks the permission {endpoint.scope} "
            "(read), or may not be used from this machine's address; see the key in the panel "
            "under Administration → API → Access keys to Admin API"
        )
    level = "read and write" if found[2].lower() == "rw" else "read"
    return (
        f"the key lacks the permission {found[1].upper()} ({level}), without which it may not "
        f"read {endpoint.name}; tick it in the panel under Administration → API → Access keys "
        "to Admin API"
    )
