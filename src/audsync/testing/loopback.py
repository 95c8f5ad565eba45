"""The HTTP server on 127.0.0.1 that fakes are built on."""

import os
import socket
import struct
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

_PIECES: Final = 10  # in which a slow body comes


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it came: method, path with query, headers by name in lower case, body."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """What stands before the question mark."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands behind it."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes over the wire, and what is to go wrong on the way.

    `seconds` pass before it, `body_seconds` while its body comes. A body that is cut ends in
    its middle, with the connection; a reset connection has no reply at all.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0
    body_seconds: float = 0
    is_cut: bool = False
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A call in the log: what it was, how long its address and body were, how it was answered.

    `status` is None where the connection was reset instead.
    """

    method: str
    target: str
    body_length: int
    status: int | None

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.target.partition("?")[0]

    @property
    def url_length(self) -> int:
        """Characters of path and query."""
        return len(self.target)


class Loopback(ABC):
    """Serves while it is entered; `url` is its address and `log` what it was asked.

    Its clock is `seconds_ahead` of the machine's in the `Date` of its answers.

    The port is one that is free unless another is named; OSError where that cannot be had.

    A mistake of the fake itself, or of what a test lets happen in it, is raised at the end.
    """

    def __init__(self, port: int = 0) -> None:
        self.log: list[Seen] = []
        self.seconds_ahead = 0.0
        self._open: set[socket.socket] = set()
        self._broken: list[BaseException] = []
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @abstractmethod
    def reply(self, request: Request) -> Reply:
        """The reply to one call; calls of several connections come at once."""

    @property
    def url(self) -> str:
        """Its address, such as `http://127.0.0.1:41234`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        for connection in [*self._open]:
            with suppress(OSError):  # it ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()
        if self._broken and error is None:
            raise self._broken[0]

    def broke(self, error: BaseException) -> None:
        """Remember what a call failed with, to raise it when the server ends."""
        self._broken.append(error)

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to end it with the server."""
        self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        self._open.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # they are waited for, so that no socket outlives the server
    fake: Loopback

    def handle_error(self, *_where: Any) -> None:
        """A caller that goes away is no news; a mistake of the fake, or of an event, is."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.fake.broke(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    fake: Loopback

    def setup(self) -> None:
        super().setup()
        self.fake.opened(self.connection)

    def finish(self) -> None:
        self.fake.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.fake.reply(Request(method, self.path, headers, body))
        status = None if reply.is_reset else reply.status
        self.fake.log.append(Seen(method, self.path, len(body), status))
        if reply.seconds:
            time.sleep(reply.seconds)
        if reply.is_reset:
            self._reset()
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            # UTF-8 bytes, which most clients take for Latin-1.
            self.send_header(name, value.encode().decode("latin-1"))
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body
        if reply.body_seconds:
            step = len(body) // _PIECES + 1
            for start in range(0, len(body), step):
                self.wfile.flush()
                time.sleep(reply.body_seconds / _PIECES)
                self.wfile.write(body[start : start + step])
        else:
            self.wfile.write(body)
        self.close_connection |= reply.is_cut

    def _reset(self) -> None:
        at_once = struct.pack("ii", 1, 0)  # linger for no time: the other side sees a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.close_connection = True
        os.close(self.connection.detach())

    def date_time_string(self, timestamp: float | None = None) -> str:
        now = time.time() if timestamp is None else timestamp
        return super().date_time_string(now + self.fake.seconds_ahead)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""
