"""Which secrets a shop asks for, as far as its connectors tell."""

import os
import shlex
from pathlib import Path
from typing import Final

from audsync.config import Config, Shop
from audsync.identity.hiding import Identities
from audsync.run.keys import IDENTITY_KEY, SUPPRESSION_KEY
from audsync.secrets import Found, Vault
from audsync.service_settings import NotifySettings

NOTIFY_URLS: Final = "notify_urls"


def secret_names(shop: Shop, notify: NotifySettings) -> list[str]:
    """Names of secrets, sorted: those that options name in `secrets`, and audsync's own.

    The suppression key is needed as soon as somebody is to be forgotten.
    """
    sources = (shop.source, *shop.sources.values())
    options = [
        *(source.options for source in sources),
        *(sink.options for sink in shop.sinks.values()),
    ]
    names = {name for one in options for name in getattr(one, "secrets", ())}
    if shop.identities is Identities.HASHED:
        names.add(IDENTITY_KEY)
    if notify.channels:
        names.add(NOTIFY_URLS)
    return sorted({*names, SUPPRESSION_KEY})


def secret_of(config: Config, shop: Shop, name: str) -> Found:
    """A secret that a connector of the shop asks for; MissingSecretError says how to keep it.

    CredentialError where it is in a place that cannot be read.
    """
    vault = Vault(os.environ, config.secret_command)
    return vault.get(name, shop=shop.id, to_keep=to_keep(name, shop, is_new=False))


def to_keep(
    name: str, shop: Shop, credentials: Path | None = None, *, is_new: bool = True
) -> str:
    """The command that a person keeps a secret with.

    In the keyring, or where there is a folder of files for systemd, in that. A key that is
    audsync's own is made up where it `is_new`. What a platform gives whoever signs in comes of
    the sign-in.
    """
    is_made = is_new and name in (IDENTITY_KEY, SUPPRESSION_KEY)
    if credentials is None:
        for sink, configured in shop.sinks.items():
            if name in getattr(configured.options, "sign_in_secrets", ()):
                return f"audsync secrets login {sink} --shop {shop.id}"
        return f"audsync secrets set {name} --shop {shop.id}{' --generate' if is_made else ''}"
    file = shlex.quote(str(credentials / f"{shop.id}.{name}"))
    script = f"umask 077; {'openssl rand -hex 32' if is_made else 'cat'} > {file}"
    return f"sudo sh -c {shlex.quote(script)}"
