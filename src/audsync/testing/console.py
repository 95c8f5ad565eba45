"""A fake in a process of its own: how to point a shop at it, and orders line by line."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from audsync.testing.loopback import Loopback


class Console(Protocol):
    """A fake platform that a person, or another process, gives orders to."""

    name: str
    orders: Sequence[str]  # such as `advance SECONDS`

    @property
    def secrets(self) -> Mapping[str, str]:
        """What it takes as secrets, by name."""

    @property
    def fake(self) -> Loopback:
        """The server."""

    def config(self, shop: str) -> str:
        """The part of config.toml that points a shop at it."""

    def obey(self, words: Sequence[str]) -> bool:
        """Carry out an order; False where it is none of `orders`."""

    def state(self) -> dict[str, Any]:
        """What it was asked and holds by now, without a value of a person."""
