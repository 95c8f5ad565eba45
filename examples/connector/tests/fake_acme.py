"""Acme on 127.0.0.1: keeps changes, lists and jobs, and answers wrongly on request."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

KEY = "invented-key"
PAGE = 3


@dataclass
class Fault:
    """A wrong answer: before the call is carried out, or a lost one after it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    is_carried_out: bool = False
    after: int = 0


class FakeAcme:
    """The shop's changes and the account's lists, for a test to look at."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.lists: dict[str, dict[str, str]] = {}
        self.held: dict[str, set[tuple[str, str]]] = {}
        self.jobs: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

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

    def put(self, table: str, row: Mapping[str, object]) -> None:
        number = len(self.changes) + 1
        self.changes.append({"number": number, "table": table, "row": dict(row)})

    def members(self, remote_id: str) -> frozenset[tuple[str, str]]:
        return frozenset(self.held[remote_id])

    def audiences(self) -> frozenset[str]:
        return frozenset(self.lists)

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        self.faults.append(Fault(status, headers))

    def lose_next_reply(self, after: int = 0) -> None:
        self.faults.append(Fault(504, is_carried_out=True, after=after))

    def recover(self) -> None:
        self.faults.clear()

    def work(self) -> None:
        """Do the jobs that wait, in the order they came."""
        for job in self.jobs:
            if not job["done"]:
                found = {(name, key) for row in job["rows"] for name, key in row.items() if key}
                members = self.held[job["list"]]
                (members.update if job["add"] else members.difference_update)(found)
                job["done"] = True

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        match method, path.strip("/").split("/"):
            case "GET", ["shop"]:
                return {"name": "Acme"}
            case "GET", ["changes"]:
                after = int(query["after"])
                found = self.changes[after : after + PAGE]
                return {"changes": found, "last": after + len(found)}
            case "GET", ["lists"]:
                return list(self.lists.values())
            case "POST", ["lists"]:
                made = {"id": f"L{len(self.lists) + 1}", "kind": "members", **body}
                self.lists[made["id"]] = made
                self.held[made["id"]] = set()
                return made
            case "POST", ["lists", one, operation]:
                job = {"list": one, "add": operation == "add", "rows": body["rows"]}
                self.jobs.append({**job, "done": False})
                return {"job": len(self.jobs) - 1}
            case "GET", ["jobs", number]:
                job = self.jobs[int(number)]
                return {"done": job["done"], "accepted": len(job["rows"]), "invalid": []}
            case _:
                raise LookupError(path)

    def fault(self) -> Fault | None:
        """The fault of this call, if it has one."""
        if self.faults and self.faults[0].after:
            self.faults[0].after -= 1
            return None
        return self.faults.pop(0) if self.faults else None


def _handler(acme: FakeAcme) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET", None)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._do("POST", json.loads(self.rfile.read(length)))

        def _do(self, method: str, body: Any) -> None:
            path, _, text = self.path.partition("?")
            query = dict(part.split("=", 1) for part in text.split("&") if part)
            if self.headers["Authorization"] != f"Bearer {KEY}":
                self._answer(401, {}, None)
                return
            fault = acme.fault()
            if fault is None or fault.is_carried_out:
                answer = acme.answer(method, path, query, body)
            if fault is None:
                self._answer(200, {}, answer)
            else:
                self._answer(fault.status, fault.headers, body)

        def _answer(self, status: int, headers: Mapping[str, str], body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    return Handler
