"""Orders to a fake Graph API in a process of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from audsync.testing.meta.graph import ACCOUNT, APP_SECRET, TOKEN
from audsync.testing.meta.server import FakeMeta


class MetaConsole:
    """An empty ad account, which fails as it is told."""

    name = "A fake of Meta's Graph API"
    orders: Sequence[str] = (
        "advance SECONDS",
        "throttle MINUTES",
        "fail STATUS",
        "flag AUDIENCE_ID",
    )
    secrets: Final[Mapping[str, str]] = {"meta_token": TOKEN, "meta_app_secret": APP_SECRET}

    def __init__(self, *, port: int) -> None:
        self.fake = FakeMeta(port=port)

    def config(self, shop: str) -> str:
        """A sink of a shop."""
        sink = f'type = "meta"\naccount = "{ACCOUNT}"\nurl = "{self.fake.url}"'
        return f"[shops.{shop}.sinks.meta]\n{sink}\n"

    def obey(self, words: Sequence[str]) -> bool:
        """Let time pass or a call fail."""
        graph = self.fake.graph
        with self.fake.lock:
            match words:
                case ["advance", seconds] if seconds.isdigit():
                    graph.clock.advance(seconds=int(seconds))
                case ["throttle", minutes] if minutes.isdigit():
                    graph.throttle(int(minutes))
                case ["fail", status] if status.isdigit():
                    self.fake.fail_next(int(status))
                case ["flag", audience_id] if audience_id in graph.audiences:
                    graph.audiences[audience_id].flag()
                case _:
                    return False
        return True

    def state(self) -> dict[str, Any]:
        """Calls and their bytes, mistakes, the time, and each audience with its size."""
        with self.fake.lock:
            return {
                "calls": dict(self.fake.calls),
                "bytes": sum(one.body_length for one in self.fake.log),
                "now": self.fake.graph.clock.moment.isoformat(),
                "mistakes": dict(self.fake.mistakes),
                "audiences": {
                    one.id: {
                        "name": one.name,
                        "members": len(one.members),
                        "status": one.status,
                    }
                    for one in self.fake.graph.audiences.values()
                },
            }
