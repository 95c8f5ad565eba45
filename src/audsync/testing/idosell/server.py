"""The fake panel on 127.0.0.1, at a port that the system chooses."""

import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from audsync.testing.idosell import faults
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.service import Reply, Service


class FakeIdoSell(Service):
    """Serves a panel over HTTP while it is entered; `url` is its address.

    What happens in the shop and which faults come is told to `panel` and `faults`; `calls`
    counts calls by endpoint, and `seen` lists them with their parameters and statuses.
    """

    def __init__(self, panel: Panel | None = None) -> None:
        super().__init__(panel or Panel())
        self._open: set[socket.socket] = set()
        self._broken: list[BaseException] = []
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Address of the panel, such as `http://127.0.0.1:41234`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with that HTTP status."""
        self.faults.plan(faults.http_error(status, retry_after=retry_after))

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
    fake: FakeIdoSell

    def handle_error(self, *_where: Any) -> None:
        """A caller that goes away is no news; a mistake of the fake, or of an event, is."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.fake.broke(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    fake: FakeIdoSell

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

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.fake.reply(method, self.path, headers, body)
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
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
        self.close_connection |= reply.is_cut

    def _reset(self) -> None:
        at_once = struct.pack("ii", 1, 0)  # linger for no time: the other side sees a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.close_connection = True
        os.close(self.connection.detach())

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""
