"""Fetching files over https: time limits, retries, size limits, and where it never goes.

An address is https (http for the local machine only), holds no user or password, and does not
lead to link-local addresses; to private networks only where that is allowed. What is checked is
the address that was connected to, so a name that resolves differently the second time changes
nothing. A redirect to another host takes no credentials along. Messages name the address
without its query, which may hold a key.
"""

from audsync.http.addresses import LOCAL_NAMES, address_fault, asked_host, shown_url
from audsync.http.clocks import Clocks, Listener, listen
from audsync.http.fetching import CONNECT_SECONDS, READ_SECONDS, Fetched, fetch
from audsync.http.headers import header_text
from audsync.http.peers import PeerRefusedError, open_session
from audsync.http.retries import ATTEMPTS, LATER, retried, retry_after

__all__ = [
    "ATTEMPTS",
    "CONNECT_SECONDS",
    "LATER",
    "LOCAL_NAMES",
    "READ_SECONDS",
    "Clocks",
    "Fetched",
    "Listener",
    "PeerRefusedError",
    "address_fault",
    "asked_host",
    "fetch",
    "header_text",
    "listen",
    "open_session",
    "retried",
    "retry_after",
    "shown_url",
]
