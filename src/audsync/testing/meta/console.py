"""Orders to a fake Graph API in a process of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from audsync.testing.meta import errors, faults
from audsync.testing.meta.graph import ACCOUNT, APP_SECRET, TOKEN, Account
from audsync.testing.meta.records import lookalikes_of
from audsync.testing.meta.server import FakeMeta

_SUBTYPES: Final = ("CUSTOM", "WEBSITE", "LOOKALIKE")


class MetaConsole:
    """An empty ad account, which fails as it is told."""

    name = "A fake of Meta's Graph API"
    orders: Sequence[str] = (
        "advance SECONDS",
        "throttle MINUTES",
        "fail STATUS",
        "refuse CODE[/SUBCODE] [METHOD EDGE]",
        "without terms | permission | portfolio",
        "expire",
        "recover",
        "add CUSTOM | WEBSITE | LOOKALIKE NAME",
        "flag | lock | delete AUDIENCE_ID",
    )
    secrets: Final[Mapping[str, str]] = {"meta_token": TOKEN, "meta_app_secret": APP_SECRET}

    def __init__(self, *, port: int) -> None:
        self.fake = FakeMeta(port=port)

    def config(self, shop: str) -> str:
        """A sink of a shop."""
        sink = f'type = "meta"\naccount = "{ACCOUNT}"\nurl = "{self.fake.url}"'
        return f"[shops.{shop}.sinks.meta]\n{sink}\n"

    def obey(self, words: Sequence[str]) -> bool:
        """Let time pass, calls fail, or somebody change the account."""
        with self.fake.lock:
            return self._passes(words) or self._of_account(words) or self._of_audience(words)

    def _passes(self, words: Sequence[str]) -> bool:
        """Time, and what fails for a time."""
        graph = self.fake.graph
        match words:
            case ["advance", seconds] if seconds.isdigit():
                graph.clock.advance(seconds=int(seconds))
            case ["throttle", minutes] if minutes.isdigit():
                graph.throttle(int(minutes))
            case ["fail", status] if status.isdigit():
                self.fake.fail_next(int(status))
            case ["refuse", code, *endpoint] if len(endpoint) in {0, 2} and _is_code(code):
                told = faults.error(*(int(part) for part in code.split("/")))
                self.fake.faults.plan(told, endpoint=" ".join(endpoint) or "*", times=None)
            case _:
                return False
        return True

    def _of_account(self, words: Sequence[str]) -> bool:
        """What is allowed in the account."""
        graph = self.fake.graph
        match words:
            case ["without", "terms"]:
                graph.accounts[ACCOUNT].tos_accepted = False
            case ["without", "permission"]:
                graph.accounts[ACCOUNT].refusal = errors.NO_PERMISSION
            case ["without", "portfolio"]:
                graph.accounts[ACCOUNT].is_in_business = False
            case ["expire"]:
                graph.access.tokens[TOKEN] = errors.dead_token()
            case ["recover"]:
                graph.accounts[ACCOUNT] = Account(ACCOUNT)
                graph.access.tokens[TOKEN] = None
                self.fake.recover()
            case _:
                return False
        return True

    def _of_audience(self, words: Sequence[str]) -> bool:
        """What somebody does to an audience."""
        graph = self.fake.graph
        match words:
            case ["add", subtype, *name] if subtype in _SUBTYPES and name:
                graph.add(" ".join(name), subtype=subtype)
            case ["flag", audience_id] if audience_id in graph.audiences:
                graph.audiences[audience_id].flag()
            case ["lock", audience_id] if audience_id in graph.audiences:
                graph.audiences[audience_id].may_edit = False
            case ["delete", audience_id] if audience_id in graph.audiences:
                for one in lookalikes_of(graph, graph.audiences[audience_id]):
                    del graph.audiences[one.id]
                del graph.audiences[audience_id]
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


def _is_code(text: str) -> bool:
    """Whether a text is a code, or a code and a subcode."""
    code, slash, subcode = text.partition("/")
    return code.isdigit() and (subcode.isdigit() if slash else True)
