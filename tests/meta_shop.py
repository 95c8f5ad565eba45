"""A sink of the fake Graph API, as a process makes it, and what the fake holds in the end."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from audsync.contracts import Context, Secret
from audsync.errors import CredentialError
from audsync.secrets import Secret as Text
from audsync.testing.meta import ACCOUNT, APP_SECRET, TOKEN, FakeMeta
from audsync_sink_meta import MetaOptions, MetaSink

KEYS = ("EMAIL", "PHONE", "FN", "LN", "ZIP", "CT", "COUNTRY")
SECRETS = {
    "meta_token": TOKEN,
    "meta_app_secret": APP_SECRET,
    "meta_extern_id_key": "invented-for-tests",
}


def leaping() -> Callable[[], float]:
    """A clock that is a day further each time, so that no rest is waited for."""
    return count(0.0, 86_400.0).__next__


def secrets_of(known: Mapping[str, str]) -> Callable[[str], Secret]:
    def secret(name: str) -> Secret:
        if name not in known:
            raise CredentialError(f'secret "{name}" is not set')
        return Text(known[name])

    return secret


def context(known: Mapping[str, str] = SECRETS) -> Context:
    folder = Path("/nowhere")
    return Context(
        *("shop", "Europe/Warsaw", "PL", "PLN", folder),
        lambda text: folder / text,
        secret=secrets_of(known),
    )


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
