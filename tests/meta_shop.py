"""A sink of the fake Graph API, as a process makes it, and what the fake holds in the end."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from audsync.contracts import Context
from audsync.testing.meta import ACCOUNT, APP_SECRET, TOKEN, FakeMeta
from audsync_sink_meta import MetaOptions, MetaSink
from fakes.sink_context import context_with

KEYS = ("EMAIL", "PHONE", "FN", "LN", "ZIP", "CT", "COUNTRY")
SECRETS = {
    "meta_token": TOKEN,
    "meta_app_secret": APP_SECRET,
    "meta_extern_id_key": "invented-for-tests",
}


def leaping() -> Callable[[], float]:
    """A clock that is a day further each time, so that no rest is waited for."""
    return count(0.0, 86_400.0).__next__


def context(known: Mapping[str, str] = SECRETS) -> Context:
    return context_with(known)


def sink_of(
    fake: FakeMeta,
    *,
    clock: Callable[[], float] | None = None,
    known: Mapping[str, str] = SECRETS,
    **settings: Any,
) -> MetaSink:
    """A sink of that fake."""
    given = {"account": ACCOUNT, "url": fake.url, **settings}
    return MetaSink(MetaOptions(**given), context(known), clock=clock or leaping())
