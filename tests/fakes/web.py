"""A web server on 127.0.0.1 that holds files, and answers wrongly on request."""

import hashlib
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Fault:
    """An answer other than the file; `cut` sends only so many bytes of the file."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]


class FakeWeb:
    """Serves `files` by path with ETags; the next answers are the planned faults."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: deque[Fault] = deque()
        self.seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
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
        self._server.server_close()
        self._thread.join()

    def fail_next(self, *faults: Fault) -> None:
        self.faults.extend(faults)


def _handler(web: FakeWeb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.seen.append(Seen(self.path, dict(self.headers.items())))
            data = web.files.get(self.path.partition("?")[0])
            fault = web.faults.popleft() if web.faults else Fault(404 if data is None else 200)
            if fault.status != 200 or data is None:
                self._answer(fault.status, fault.headers)
                return
            etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(304, {"ETag": etag})
                return
            self._answer(200, {"ETag": etag, **fault.headers}, data, cut=fault.cut)

        def _answer(
            self,
            status: int,
            headers: Mapping[str, str],
            data: bytes = b"",
            *,
            cut: int | None = None,
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data[:cut])

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    return Handler
