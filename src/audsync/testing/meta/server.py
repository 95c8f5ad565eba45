"""The fake Graph API on 127.0.0.1."""

from audsync.testing.loopback import Loopback
from audsync.testing.meta import faults
from audsync.testing.meta.audiences import Row
from audsync.testing.meta.service import Service


class FakeMeta(Service, Loopback):
    """Serves the Graph API over HTTP while it is entered; `url` is its address.

    What it holds is in `graph`, which faults come is told to `faults`, what it was asked is in
    `log`, `calls` and `mistakes`.
    """

    def __init__(self, *, port: int = 0) -> None:
        Service.__init__(self)
        Loopback.__init__(self, port)

    def members(self, audience_id: str) -> frozenset[Row]:
        """The rows of keys in an audience, as it is by now."""
        with self.lock:
            return frozenset(self.graph.audience(audience_id).members)

    def audiences(self) -> frozenset[str]:
        """The ids of all audiences."""
        with self.lock:
            return frozenset(self.graph.audiences)

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with that HTTP status and the error that goes with it."""
        self.faults.plan(faults.http_error(status, retry_after=retry_after))

    def lose_next_reply(self, after: int = 0) -> None:
        """Carry out the next call, or one `after` it, and reset the connection then."""
        self.faults.plan(faults.reset_after(), after=after)

    def recover(self) -> None:
        """Forget the faults that were planned and have not happened."""
        self.faults.clear()
