"""A secret that cannot be said by accident."""

import hmac
from dataclasses import dataclass
from typing import Final, NoReturn

_SHOWN: Final = "Secret(***)"


class Secret:
    """A text that shows itself only when asked by `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return _SHOWN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Found:
    """A secret, the place it was found in, and what is wrong with that place, if anything."""

    secret: Secret
    place: str
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A place where a secret is not, as a line of the message says it."""

    place: str
