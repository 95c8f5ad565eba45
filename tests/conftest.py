"""What holds for every test: loopback only, no settings of the machine, warnings are errors."""

import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from audsync.testing.google import FakeGoogle

settings.register_profile(
    "audsync",
    deadline=None,  # the machine is shared; a slow example is no failure
    suppress_health_check=[HealthCheck.too_slow],
    # The same examples each time where nobody is there to look; a person's runs look further.
    derandomize="CI" in os.environ,
)
settings.load_profile("audsync")

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else "127.0.0.1"
    if not (host == "::1" or host.startswith("127.")):
        raise AssertionError("a test may talk to loopback only")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        is_ours = name.startswith(("AUDSYNC_", "NO_COLOR", "FORCE_COLOR"))
        if is_ours or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def google_authority(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let gRPC trust the fakes; it reads its roots once, at its first secure channel."""
    from audsync.testing.google import trust_authority

    os.environ["GRPC_VERBOSITY"] = "NONE"  # its core tells of ended connections on stderr
    trust_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def google(google_authority: None) -> Iterator["FakeGoogle"]:  # noqa: ARG001 -- must be first
    from audsync.testing.google import FakeGoogle

    with FakeGoogle() as fake:
        yield fake
