"""The fake panel on 127.0.0.1."""

from audsync.testing.idosell import faults
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.service import Service
from audsync.testing.loopback import Loopback


class FakeIdoSell(Service, Loopback):
    """Serves a panel over HTTP while it is entered; `url` is its address.

    What happens in the shop and which faults come is told to `panel` and `faults`; `calls`
    counts calls by endpoint, and `seen` lists them with their parameters and statuses.
    """

    def __init__(self, panel: Panel | None = None, *, port: int = 0) -> None:
        Service.__init__(self, panel or Panel())
        Loopback.__init__(self, port)

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with that HTTP status."""
        self.faults.plan(faults.http_error(status, retry_after=retry_after))
