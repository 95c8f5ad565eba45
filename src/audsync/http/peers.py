"""Which machines may be talked to, checked on the open connection before anything is sent."""

import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final

from audsync.http.bodies import TimedBody
from audsync.http.clocks import Listener, listen

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

# Where clouds tell a machine its credentials, besides the link-local 169.254.169.254.
_METADATA: Final = frozenset({"fd00:ec2::254", "100.100.100.200", "168.63.129.16"})


class PeerRefusedError(Exception):
    """The connection leads where it must not; the text says where, without the address."""


def check_peer(address: str, *, loopback: bool, private: bool) -> None:
    """Raise PeerRefusedError unless the IP address may be talked to."""
    peer = ipaddress.ip_address(address.partition("%")[0])
    peer = getattr(peer, "ipv4_mapped", None) or peer
    if peer.is_loopback:
        if not loopback:
            raise PeerRefusedError("leads to this machine")
    elif peer.is_link_local or str(peer) in _METADATA:
        raise PeerRefusedError("leads to a link-local or metadata address")
    elif not peer.is_global and not private:
        raise PeerRefusedError("leads into a private network")


def open_session(
    *,
    is_local: bool,
    allow_private: bool,
    answered: Listener | None = None,
    body_seconds: float | None = None,
) -> "requests.Session":
    """A session that talks to the open internet, and further only where that is allowed.

    `answered` is told of each answer. Within `body_seconds` of its headers an answer has to
    have come whole; None where it may be as large as a file.
    """
    import requests

    from audsync import __version__

    session = requests.Session()
    session.headers["User-Agent"] = f"audsync/{__version__}"
    session.trust_env = False  # no password from ~/.netrc, no proxy that hides the peer
    adapter = guarded_adapter(
        loopback=is_local or allow_private, private=allow_private, body_seconds=body_seconds
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if answered is not None:
        listen(session, answered)
    return session


def guarded_adapter(
    *, loopback: bool, private: bool, body_seconds: float | None = None
) -> "HTTPAdapter":
    """An adapter of requests whose connections are checked before they are used."""
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    def checked(connection: socket.socket) -> socket.socket:
        try:
            check_peer(connection.getpeername()[0], loopback=loopback, private=private)
        except BaseException:
            connection.close()
            raise
        return connection

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return checked(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return checked(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            manager: Any = self.poolmanager
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

        def build_response(self, req: Any, resp: Any) -> "requests.Response":
            response = super().build_response(req, resp)
            if body_seconds is not None:
                response.raw = TimedBody(response.raw, body_seconds)
            return response

    return Adapter()
