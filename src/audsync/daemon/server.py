"""`/healthz`, `/readyz` and `/metrics` on this machine's own address."""

import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from audsync.errors import ConfigError

_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Answers:
    """What is asked: whether the loop is alive, whether the files are right, the metrics."""

    is_alive: Callable[[], bool]
    is_ready: Callable[[], bool]
    metrics: Callable[[], str]


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of a text such as `127.0.0.1:9464`; ValueError unless it is loopback.

    Whoever reaches the port reads ids and counts, and nobody is asked who they are.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        is_loopback = ipaddress.ip_address(
            "127.0.0.1" if host == "localhost" else host
        ).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004 -- ports
        raise ValueError("it takes a port of this machine itself, as 127.0.0.1:9464")
    return host, int(port)


@contextmanager
def serving(address: tuple[str, int], answers: Answers) -> Iterator[int]:
    """Answer within the block; gives the port. ConfigError where it cannot be had."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            status, text = _answer(self.path.partition("?")[0], answers)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Whoever asks is not written down."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever hangs up is no trouble."""

    try:
        server = Server(address, Handler)
    except OSError as error:
        raise ConfigError(
            f"--listen: port {address[1]} cannot be had ({error.strerror}); take another"
        ) from None
    with server:
        threading.Thread(target=server.serve_forever, name="answers", daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _answer(path: str, answers: Answers) -> tuple[int, str]:
    match path:
        case "/healthz":
            return (200, "alive\n") if answers.is_alive() else (503, "the loop stands still\n")
        case "/readyz":
            return (
                (200, "ready\n") if answers.is_ready() else (503, "the files have mistakes\n")
            )
        case "/metrics":
            return 200, answers.metrics()
        case _:
            return 404, "/healthz, /readyz, /metrics\n"
