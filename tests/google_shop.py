"""A sink of the fake Google, as a process makes it."""

from collections.abc import Mapping
from typing import Any

from audsync.contracts import Context
from audsync.testing.google import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER,
    REFRESH_TOKEN,
    FakeGoogle,
)
from audsync_sink_google import GoogleOptions, GoogleSink
from fakes.sink_context import context_with

SECRETS = {"google_refresh_token": REFRESH_TOKEN, "google_client_secret": CLIENT_SECRET}


def context(known: Mapping[str, str] = SECRETS) -> Context:
    return context_with(known)


def options_of(fake: FakeGoogle, **settings: Any) -> GoogleOptions:
    is_rest = settings.get("transport") == "rest"
    given = {
        "account": CUSTOMER,
        "client_id": CLIENT_ID,
        "endpoint": fake.url if is_rest else fake.grpc_endpoint,
        "login_url": fake.token_uri,
        "timeout_seconds": 60.0,
        **settings,
    }
    return GoogleOptions(**given)


def sink_of(
    fake: FakeGoogle, *, known: Mapping[str, str] = SECRETS, **settings: Any
) -> GoogleSink:
    """A sink of that fake, which lives by its clock and waits by moving it."""
    clock = fake.platform.clock
    return GoogleSink(
        options_of(fake, **settings),
        context(known),
        clock=lambda: float(clock.now),
        sleep=lambda seconds: clock.advance(seconds=int(seconds) + 1),
    )
