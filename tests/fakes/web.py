"""A web server on 127.0.0.1 that holds files, and answers wrongly on request."""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from audsync.testing.loopback import Loopback, Reply, Request


@dataclass(frozen=True)
class Fault:
    """An answer other than the file; one that is cut sends only the first half of it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


class FakeWeb(Loopback):
    """Serves `files` by path with ETags; the next answers are the planned faults."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.faults: deque[Fault] = deque()
        self.seen: list[Request] = []

    def fail_next(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def reply(self, request: Request) -> Reply:
        self.seen.append(request)
        data = self.files.get(request.path)
        fault = self.faults.popleft() if self.faults else Fault(404 if data is None else 200)
        if fault.status != 200 or data is None:
            return Reply(fault.status, fault.headers)
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag})
        headers = {"ETag": etag, **fault.headers}
        return Reply(200, headers, data, is_cut=fault.is_cut)
