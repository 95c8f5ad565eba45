"""The keyring of a desktop: asked in a thread of its own, since it may wait for a prompt."""

import threading
from collections.abc import Callable
from typing import Any, Final

from audsync.secrets.secret import Found, Missed, Secret

SERVICE: Final = "audsync"
WAIT_SECONDS: Final = 5.0

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
    place = "keyring"
    answer = _within(wait_seconds, lambda: _backend().get_password(SERVICE, f"{shop}/{name}"))
    match answer:
        case None:
            waited = f"no answer in {wait_seconds:g} s"
            return Missed(f"{place}: {waited} (locked and waiting for a desktop prompt?)")
        case Exception() as error:
            return Missed(f"{place}: {_fault(error)}")
        case (str(value),) if value:
            return Found(Secret(value), place)
        case _:
            return Missed(f"{place}: no entry {shop}/{name}")


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


def _fault(error: Exception) -> str:
    if isinstance(error, _NoneTrustedError):
        return "none on this machine that keeps secrets safely"
    return f"it cannot be asked ({type(error).__name__})"
