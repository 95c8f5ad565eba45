"""Calls to Meta's Graph API through its SDK, which is imported with this module alone.

The SDK is made by hand: no global `init`, so no crash reporter and no default account. Its
session keeps the token out of addresses, has time limits, takes no proxy or password from the
environment, and every answer passes `answers.read` before the SDK sees it.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError
from facebook_business.session import FacebookSession

from audsync.contracts import Context
from audsync.errors import MissingSecretError, RejectedError, TransientError
from audsync.http import (
    CONNECT_SECONDS,
    PeerRefusedError,
    asked_host,
    header_text,
    listen,
    open_session,
)
from audsync_sink_meta.answers import (
    NAME,
    BlockedError,
    ThrottledError,
    read,
    rest_seconds,
    unreadable,
)
from audsync_sink_meta.audience import PAGE
from audsync_sink_meta.options import MetaOptions

if TYPE_CHECKING:
    from audsync_sink_meta.payload import Body

Answered = TypeVar("Answered")
Params = Mapping[str, Any]
_OK: Final = 200
_VERSION_WARNING: Final = "X-Ad-Api-Version-Warning"
_BLOCKED_SECONDS: Final = 3_600.0
_LIMIT: Final = "Meta's call limit for this account is nearly reached"
_REACHED: Final = "Meta's call limit for this account is reached"


class _Bearer(requests.auth.AuthBase):
    """The token as a header: an address ends up in logs and errors."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Session(FacebookSession):  # type: ignore[misc]  # the SDK has no types
    """The SDK's session with a `requests.Session` of ours inside."""

    def __init__(self, options: MetaOptions, token: str, app_secret: str | None) -> None:
        super().__init__(
            app_secret=app_secret,
            access_token=token,
            timeout=(CONNECT_SECONDS, options.read_seconds),
        )
        self.requests: requests.Session
        self.requests.close()
        self.GRAPH = options.base
        self.requests = open_session(
            is_local=options.is_local, allow_private=False, body_seconds=options.read_seconds
        )
        self.requests.auth = _Bearer(token)
        self.requests.max_redirects = 0
        if app_secret is not None:
            self.requests.params = {"appsecret_proof": self.appsecret_proof}


class Graph:
    """Calls for one ad account, one after the other; none while Meta wants a rest."""

    def __init__(
        self,
        options: MetaOptions,
        context: Context,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.page = PAGE
        self.is_outdated = False  # whether Meta answers in a newer version than was asked for
        self._account = options.account_id
        self._clock = clock
        self._rests_until = 0.0
        self._why = _LIMIT
        token = context.secret("meta_token").reveal()
        self._session = _Session(
            options,
            header_text(token, connector=NAME, secret="meta_token"),  # noqa: S106 -- its name
            _app_secret(context),
        )
        if options.ca_bundle is not None:
            self._session.requests.verify = str(context.resolve(options.ca_bundle))
        listen(self._session.requests, context.answered)
        self._session.requests.hooks["response"].append(self._guard)
        self._api = FacebookAdsApi(self._session, api_version=options.api_version)
        self._root = f"{options.base}/{options.api_version}"

    def get(self, *path: str, **params: Any) -> dict[str, Any]:
        """What a GET is answered with. Errors are those of `answers`, for all calls."""
        return self._json(lambda: self._api.call("GET", path, params))

    def post(self, *path: str, **params: Any) -> dict[str, Any]:
        """What a POST of a few parameters is answered with."""
        return self._json(lambda: self._api.call("POST", path, params))

    def delete(self, *path: str) -> dict[str, Any]:
        """What a DELETE without parameters is answered with."""
        return self._json(lambda: self._api.call("DELETE", path))

    def upload(self, *path: str, body: "Body") -> dict[str, Any]:
        """What a POST of a body is answered with that is too large to be made by the SDK."""

        def call() -> requests.Response:
            return self._session.requests.post(
                "/".join((self._root, *path)),
                data=body.content,
                headers={**self._api.HTTP_DEFAULT_HEADERS, "Content-Type": body.type},
                timeout=self._session.timeout,
            )

        return self._json(call)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.requests.close()

    def _json(self, call: Callable[[], Any]) -> dict[str, Any]:
        """The object that a call is answered with, which the guard has looked at."""
        found = self._explained(lambda: call().json())
        if not isinstance(found, dict):
            raise unreadable(_OK, "no JSON object")
        return found

    def _explained(self, call: Callable[[], Answered]) -> Answered:
        left = self._rests_until - self._clock()
        if left > 0:
            raise TransientError(
                f"{NAME}: {self._why}; the next call may be made in {left / 60:.1f} minutes",
                connector=NAME,
                retry_after=left,
            )
        try:
            return call()
        except PeerRefusedError as refused:
            remedy = "set `url` to the address of the Graph API"
            raise RejectedError(
                f"{NAME}: `url` {refused}; {remedy}", connector=NAME, remedy=remedy
            ) from None
        except requests.exceptions.SSLError:
            remedy = "set `ca_bundle`"
            raise RejectedError(
                f"{NAME}: Meta's certificate is not trusted; {remedy}",
                connector=NAME,
                remedy=remedy,
            ) from None
        except requests.RequestException as error:
            raise TransientError(
                f"{NAME}: Meta was not reached at {asked_host(error)}, or its answer was cut "
                "off",
                connector=NAME,
            ) from None
        except (FacebookError, TypeError, ValueError, AttributeError, KeyError) as error:
            kind = type(error).__name__
            raise TransientError(
                f"{NAME}: the SDK could not read an answer ({kind})", connector=NAME
            ) from None

    def _guard(self, response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
        self.is_outdated |= _VERSION_WARNING in response.headers
        rest, self._why = rest_seconds(response.headers), _LIMIT
        try:
            read(
                response.status_code, response.headers, response.content, account=self._account
            )
        except ThrottledError as error:
            rest, self._why = max(rest, error.retry_after or 0.0), _REACHED
            raise
        except BlockedError:
            rest, self._why = _BLOCKED_SECONDS, "Meta blocked this account's calls as abusive"
            raise
        finally:
            if rest:
                self._rests_until = self._clock() + rest


def _app_secret(context: Context) -> str | None:
    """The app's secret, where there is one: calls are signed with it."""
    try:
        return context.secret("meta_app_secret").reveal()
    except MissingSecretError:
        return None
