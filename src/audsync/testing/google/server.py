"""The fake Google on 127.0.0.1: all its APIs, at ports that the system chooses."""

from types import TracebackType
from typing import Self

from audsync.testing.google import faults
from audsync.testing.google.access import service_account_json
from audsync.testing.google.ads_api import AdsApi
from audsync.testing.google.desk import Desk
from audsync.testing.google.dm_api import DataManagerApi
from audsync.testing.google.grpc_wire import GrpcServer, Wire
from audsync.testing.google.http_wire import HttpWire
from audsync.testing.google.lists import Identifier, UserList
from audsync.testing.google.platform import Platform
from audsync.testing.loopback import Loopback, Reply, Request


class FakeGoogle(Desk, Loopback):
    """Serves Google's APIs while it is entered.

    `grpc_endpoint` is for both APIs over gRPC (whose clients must trust the authority, see
    `trust_authority`), `url` for Data Manager as REST, `token_uri` for OAuth. What it holds is
    in `platform`, `jobs` and `requests`; which faults come is told to `faults`; what it was
    asked is in `seen` and `calls`.
    """

    def __init__(
        self, platform: Platform | None = None, *, port: int = 0, grpc_port: int = 0
    ) -> None:
        Desk.__init__(self, platform or Platform())
        Loopback.__init__(self, port)
        ads = AdsApi(self.platform)
        data_manager = DataManagerApi(self.platform)
        self.jobs = ads.jobs
        self.requests = data_manager.requests
        self._http = HttpWire(self, data_manager)
        self._grpc = GrpcServer(Wire(self, ads, data_manager, self.broke), grpc_port)

    @property
    def grpc_endpoint(self) -> str:
        """Host and port of both APIs over gRPC, with TLS."""
        return f"localhost:{self._grpc.port}"

    @property
    def token_uri(self) -> str:
        """Where access tokens are to be had."""
        return f"{self.url}/token"

    @property
    def service_account(self) -> str:
        """The key file of the invented service account, as JSON text."""
        return service_account_json(self.token_uri)

    def reply(self, request: Request) -> Reply:
        """The reply to one call over HTTP."""
        return self._http.reply(request)

    def __enter__(self) -> Self:
        self._grpc.start()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._grpc.stop()
        super().__exit__(kind, error, traceback)

    def list(self, list_id: str | int) -> UserList:
        """A list as it is by now; by its id, or its name in either API."""
        with self.lock:
            self.platform.settle()
            return self.platform.lists[int(str(list_id).rpartition("/")[2])]

    def members(self, list_id: str | int) -> frozenset[Identifier]:
        """The identifiers in a list by now, without those whose time is over."""
        with self.lock:
            return self.list(list_id).members(self.platform.clock.now)

    def people(self, list_id: str | int) -> frozenset[frozenset[Identifier]]:
        """The same, as they were last added together."""
        with self.lock:
            return self.list(list_id).people(self.platform.clock.now)

    def audiences(self) -> frozenset[str]:
        """The ids of all lists."""
        with self.lock:
            return frozenset(str(number) for number in self.platform.lists)

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call of an API with that HTTP status, or the code it stands for."""
        self.faults.plan(
            faults.http_error(status, retry_after=retry_after), endpoint=faults.API
        )

    def lose_next_reply(self, after: int = 0) -> None:
        """Carry out the next call of an API, or one `after` it, and end the connection then."""
        self.faults.plan(faults.lost_after(), endpoint=faults.API, after=after)

    def recover(self) -> None:
        """Forget the faults that were planned and have not happened."""
        self.faults.clear()
