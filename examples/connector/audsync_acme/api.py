"""One call of Acme's API, and which of audsync's errors its answers are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import requests

from audsync.contracts import Context
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.http import retry_after

NAME = "acme"
SECONDS = (10, 60)  # to connect, to wait for an answer


@dataclass(frozen=True, slots=True)
class AcmeOptions:
    """Keys of `[shops.<id>.source]` and of `[shops.<id>.sinks.<id>]` with type = "acme"."""

    url: Annotated[str, "Address of the API, such as https://api.acme.example."]
    key_file: Annotated[str, "File that holds the key of the API, and nothing else."]

    def __post_init__(self) -> None:
        """Refuses what no call could be made with; the message names the key."""
        if not self.url.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError("url begins with https://")


class AcmeApi:
    """Calls with the key of one account."""

    def __init__(self, options: AcmeOptions, context: Context) -> None:
        self._url = options.url.rstrip("/")
        self._key_file = context.resolve(options.key_file)
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **given: Any) -> Any:
        """What Acme answers, as JSON. No answer and no value that was sent is ever quoted."""
        try:
            answer = self._session.request(
                method, self._url + path, headers=self._headers(), timeout=SECONDS, **given
            )
            status = answer.status_code
            if status < requests.codes.bad_request:
                return answer.json()
        except (requests.ConnectionError, requests.Timeout):
            raise TransientError("Acme did not answer", connector=NAME) from None
        except requests.RequestException as error:
            kind = type(error).__name__
            raise TransientError(f"Acme's answer was cut: {kind}", connector=NAME) from None
        raise _error(status, answer.headers)

    def _headers(self) -> dict[str, str]:
        try:
            key = self._key_file.read_text("utf-8").strip()
        except OSError:
            raise CredentialError(f"{NAME}: key_file cannot be read; make it anew") from None
        return {"Authorization": f"Bearer {key}"}


def _error(
    status: int, headers: Mapping[str, str]
) -> CredentialError | TransientError | RejectedError:
    """Who has to act: whoever holds the key, nobody, or a developer."""
    answered = f"Acme answered {status}"
    match status:
        case 401 | 403:
            return CredentialError(f"{NAME}: {answered}; put another key into key_file")
        case 408 | 429 | 500 | 502 | 503 | 504:
            wait = retry_after(headers.get("Retry-After"))
            return TransientError(answered, connector=NAME, retry_after=wait)
        case _:
            remedy = "look the status up in Acme's manual"
            return RejectedError(answered, connector=NAME, remedy=remedy)
