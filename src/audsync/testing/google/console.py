"""Orders to a fake Google in a process of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from audsync.testing.google.access import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from audsync.testing.google.accounts import CUSTOMER
from audsync.testing.google.certificates import ROOTS, write_authority
from audsync.testing.google.refusals import CODE_OF_STATUS
from audsync.testing.google.server import FakeGoogle

# What every account may be refused, and the switch that says so.
_SWITCHES: Final = {
    "access": "has_user",
    "activity": "is_enabled",
    "terms": "has_signed_terms",
    "uploads": "is_allowlisted",
    "customer-match": "may_use_uploads",
    "declaration": "has_political_declaration",
    "project": "project_is_approved",
}
_LISTS: Final[Mapping[str, Mapping[str, object]]] = {
    "mobile": {"kind": "mobile"},
    "closed": {"is_open": False},
    "read-only": {"is_read_only": True},
    "short": {"days": 30},
}


class GoogleConsole:
    """Accounts without lists, which fail as they are told.

    It tells how Data Manager is spoken to as REST unless it is to tell of gRPC.
    """

    name = "A fake of Google's Customer Match"
    orders: Sequence[str] = (
        "advance SECONDS",
        "fail STATUS",
        "expire",
        "revoke",
        f"refuse|allow {'|'.join(_SWITCHES)}",
        f"list {'|'.join(_LISTS)} NAME",
    )
    secrets: Final[Mapping[str, str]] = {
        "google_client_secret": CLIENT_SECRET,
        "google_refresh_token": REFRESH_TOKEN,
    }

    def __init__(self, *, port: int, grpc_port: int) -> None:
        self.fake = FakeGoogle(port=port, grpc_port=grpc_port)
        self._authority: Path | None = None

    def speak_grpc(self, authority: Path) -> None:
        """Write the certificate to a file, and tell of gRPC from now on."""
        write_authority(authority)
        self._authority = authority

    def config(self, shop: str) -> str:
        """A sink of a shop."""
        lines = [
            f"[shops.{shop}.sinks.google]",
            'type = "google"',
            f'account = "{CUSTOMER}"',
            f'client_id = "{CLIENT_ID}"',
            f'login_url = "{self.fake.token_uri}"',
        ]
        if self._authority is None:
            lines += ['transport = "rest"', f'endpoint = "{self.fake.url}"']
        else:
            lines += [
                f'endpoint = "{self.fake.grpc_endpoint}"',
                '# api = "google_ads"',
                f"# in the environment: {ROOTS}={self._authority.resolve()}",
            ]
        return "\n".join(lines) + "\n"

    def obey(self, words: Sequence[str]) -> bool:
        """Let time pass, a call fail or tokens end, refuse something, or make a list."""
        platform = self.fake.platform
        with self.fake.lock:
            match words:
                case ["advance", seconds] if seconds.isdigit():
                    platform.clock.advance(seconds=int(seconds))
                case ["fail", status] if status.isdigit() and int(status) in CODE_OF_STATUS:
                    self.fake.fail_next(int(status))
                case ["expire"]:
                    platform.access.expire_tokens()
                case ["revoke"]:
                    platform.access.revoke()
                case ["refuse" | "allow" as order, what] if what in _SWITCHES:
                    for account in platform.accounts.values():
                        setattr(account, _SWITCHES[what], order == "allow")
                case ["list", kind, *name] if kind in _LISTS and name:
                    held = platform.add_list(CUSTOMER, " ".join(name))
                    for field, value in _LISTS[kind].items():
                        setattr(held, field, value)
                case _:
                    return False
        return True

    def state(self) -> dict[str, Any]:
        """Calls, mistakes of the caller, the time, what is not settled, and each list."""
        platform = self.fake.platform
        with self.fake.lock:
            return {
                "calls": dict(self.fake.calls),
                "now": platform.clock.moment.isoformat(),
                "mistakes": dict(platform.mistakes),
                "identifiers": platform.identifiers_seen,
                "unsettled": platform.unsettled,
                "unrun_jobs": len(self.fake.jobs.unrun),
                "audiences": {
                    str(one.id): {
                        "name": one.name,
                        "members": len(one.people(platform.clock.now)),
                        "status": "open" if one.is_open else "closed",
                    }
                    for one in platform.lists.values()
                },
            }
