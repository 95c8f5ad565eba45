"""How people and watchmen are reached: a heartbeat address, and channels of Apprise."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from audsync.daemon.notices import Notice
from audsync.errors import CredentialError, MissingSecretError
from audsync.http import LOCAL_NAMES, PeerRefusedError, open_session
from audsync.logs import log
from audsync.redaction import hide
from audsync.run.secrets import NOTIFY_URLS
from audsync.service_settings import NotifySettings

# Whose secret holds for shops that have none of their own.
COMMON: Final = "audsync"
_SECONDS: Final = (5.0, 10.0)
_ATTEMPTS: Final = 2
_OK: Final = range(200, 300)

Reveal = Callable[[str, str], str]  # name and shop → the secret; raises CredentialError


@dataclass(frozen=True, slots=True)
class Channels:
    """Where to tell; nothing here raises, since nobody to tell is no failure of a run."""

    settings: NotifySettings
    reveal: Reveal

    def beat(self, shop: str, what: str, text: str) -> None:
        """Ask the heartbeat address: `what` is start, success or fail."""
        if self.settings.heartbeat_url is None:
            return
        url = self.settings.heartbeat_url.replace("{shop}", shop)
        if what != "success":
            parts = urlsplit(url)
            url = parts._replace(path=f"{parts.path.rstrip('/')}/{what}").geturl()
        hide(urlsplit(url).path)
        trouble = ""
        for _ in range(_ATTEMPTS):
            trouble = self._asked(url, text)
            if not trouble:
                return
        # The address is as good as a password, so that no more than its host is named.
        message = f"heartbeat at {urlsplit(url).hostname}: {trouble}"
        log("heartbeat was not heard", level=logging.WARNING, shop=shop, message=message)

    def tell(self, shop: str, notices: Sequence[Notice]) -> None:
        """Send notices through Apprise."""
        if not self.settings.channels or not notices:
            return
        trouble = self._told(shop, notices)
        if trouble:
            log("nobody could be told", level=logging.WARNING, shop=shop, message=trouble)

    def _asked(self, url: str, text: str) -> str:
        """Why the address could not be asked; empty where it was."""
        import requests

        is_local = urlsplit(url).hostname in LOCAL_NAMES
        private = self.settings.allow_private_network
        try:
            with (
                open_session(is_local=is_local, allow_private=private) as session,
                session.post(
                    url,
                    data=text.encode(),
                    headers={"Content-Type": "text/plain; charset=utf-8"},
                    timeout=_SECONDS,
                    allow_redirects=False,
                    stream=True,  # what it answers is not read
                ) as answer,
            ):
                return "" if answer.status_code in _OK else f"it answered {answer.status_code}"
        except PeerRefusedError as refused:
            return f"{refused}; allow_private_network allows private ones"
        except requests.RequestException as error:
            return f"not reached ({type(error).__name__})"

    def _told(self, shop: str, notices: Sequence[Notice]) -> str:
        try:
            import apprise
        except ImportError:
            return "Apprise is not installed; pip install 'audsync[notify]'"
        try:
            addresses = self._addresses(shop)
            for address in addresses:
                hide(address)
        except CredentialError as error:
            return str(error)
        channels = apprise.Apprise()
        wrong = sum(not channels.add(address) for address in addresses)
        failed = sum(
            not channels.notify(title=one.title, body=one.text) for one in notices if channels
        )
        if wrong:
            return f"{NOTIFY_URLS}: {wrong} of {len(addresses)} addresses cannot be used"
        return f"{failed} of {len(notices)} notices were not sent" if failed else ""

    def _addresses(self, shop: str) -> list[str]:
        """The shop's own addresses, else those for all shops."""
        try:
            return self.reveal(NOTIFY_URLS, shop).split()
        except MissingSecretError as missing:
            try:
                return self.reveal(NOTIFY_URLS, COMMON).split()
            except MissingSecretError:
                raise missing from None
