"""The keyring of a desktop: asked in a thread of its own, since it may wait for a prompt."""

import threading
from collections.abc import Callable
from typing import Any, Final

from audsync.errors import CredentialError
from audsync.secrets.secret import Found, Missed, Secret

SERVICE: Final = "audsync"
WAIT_SECONDS: Final = 5.0
_PERSON_SECONDS: Final = 120.0  # in which somebody at the desk answers its prompt
_PLACE: Final = "keyring"

# Backends that encrypt, and ask in a window; others keep plain text, or ask on the terminal.
_TRUSTED: Final = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


def in_keyring(name: str, shop: str, *, wait_seconds: float = WAIT_SECONDS) -> Found | Missed:
    """The entry `<shop>/<name>` of the service `audsync`."""
    answer = _within(wait_seconds, lambda: _backend().get_password(SERVICE, f"{shop}/{name}"))
    match answer:
        case (str(value),) if value:
            return Found(Secret(value), _PLACE)
        case (_,):
            return Missed(f"{_PLACE}: no entry {shop}/{name}")
        case _:
            return Missed(f"{_PLACE}: {_trouble(answer, wait_seconds)}")


def put_in_keyring(secret: Secret, name: str, shop: str) -> None:
    """Keep a secret as the entry `<shop>/<name>`, and read it back.

    Raises CredentialError where there is no keyring that keeps secrets safely, or it did not
    take the secret.
    """
    user = f"{shop}/{name}"

    def work() -> Any:
        backend = _backend()
        backend.set_password(SERVICE, user, secret.reveal())
        return backend.get_password(SERVICE, user)

    answer = _within(_PERSON_SECONDS, work)
    if not isinstance(answer, tuple):
        raise CredentialError(f"{_PLACE}: {_trouble(answer, _PERSON_SECONDS)}")
    if answer[0] is None or Secret(answer[0]) != secret:
        raise CredentialError(f"{_PLACE}: it took the secret and does not give it back")


def drop_from_keyring(name: str, shop: str) -> bool:
    """Delete the entry `<shop>/<name>`; whether there was one. Raises CredentialError."""
    user = f"{shop}/{name}"

    def work() -> Any:
        backend = _backend()
        is_there = backend.get_password(SERVICE, user) is not None
        if is_there:
            backend.delete_password(SERVICE, user)
        return is_there

    answer = _within(_PERSON_SECONDS, work)
    if not isinstance(answer, tuple):
        raise CredentialError(f"{_PLACE}: {_trouble(answer, _PERSON_SECONDS)}")
    return bool(answer[0])


def keyring_name(*, wait_seconds: float = WAIT_SECONDS) -> str | None:
    """The backend that is used, such as `SecretService`; None where none is to be trusted."""
    answer = _within(wait_seconds, lambda: type(_backend()).__module__)
    return answer[0].removeprefix("keyring.backends.") if isinstance(answer, tuple) else None


class _NoneTrustedError(Exception):
    """There is no keyring here, or none that keeps secrets well."""


def _backend() -> Any:
    import keyring

    chosen: Any = keyring.get_keyring()
    for backend in (chosen, *getattr(chosen, "backends", ())):
        if type(backend).__module__.startswith(_TRUSTED):
            return backend
    raise _NoneTrustedError


def _within(seconds: float, ask: Callable[[], Any]) -> "tuple[Any] | Exception | None":
    """What was answered, the error it ended with, or None when it took too long.

    The thread is a daemon: one that waits for a prompt does not hold up the end of the process.
    """
    answers: list[tuple[Any] | Exception] = []

    def work() -> None:
        try:
            answers.append((ask(),))
        except Exception as error:  # noqa: BLE001 -- backends raise what they like
            answers.append(error)

    thread = threading.Thread(target=work, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else None


def _trouble(error: Exception | None, seconds: float) -> str:
    """Why the keyring did not answer: an error, or None where it took too long."""
    if error is None:
        return f"no answer in {seconds:g} s (locked and waiting for a desktop prompt?)"
    if isinstance(error, _NoneTrustedError):
        return "none on this machine that keeps secrets safely"
    return f"it cannot be asked ({type(error).__name__})"
