"""gRPC over TLS on 127.0.0.1: both APIs, each version, at one port."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from audsync.testing.google import ads_api, ads_wire, dm_api
from audsync.testing.google.ads_api import AdsApi
from audsync.testing.google.certificates import certificates
from audsync.testing.google.desk import Desk, Outcome
from audsync.testing.google.dm_api import DataManagerApi

_ADS: Final = "/google.ads.googleads."
_DATA_MANAGER: Final = "/google.ads.datamanager.v1."
_THREADS: Final = 8
_NO_LIMIT: Final = -1
_STREAM: Final = "SearchStream"


class Wire(grpc.GenericRpcHandler):  # type: ignore[misc]  # no types
    """Finds who answers a path, and puts answers and refusals on the wire."""

    def __init__(
        self,
        desk: Desk,
        ads: AdsApi,
        data_manager: DataManagerApi,
        broke: Callable[[BaseException], None],
    ) -> None:
        self._desk = desk
        self._broke = broke
        self._ads = ads
        self._data_manager = data_manager

    def service(self, details: Any) -> Any:
        """The handler of a path; None if there is no such method."""
        path = details.method
        headers = {
            name: value for name, value in details.invocation_metadata if name[-4:] != "-bin"
        }
        if path.startswith(_DATA_MANAGER):
            endpoint = path.removeprefix(_DATA_MANAGER)
            if self._data_manager.knows(endpoint):
                return self._data_manager_handler(endpoint, headers)
        elif path.startswith(_ADS):
            version, _, rest = path.removeprefix(_ADS).partition(".services.")
            if self._ads.knows(rest) and ads_wire.is_known(version):
                return self._ads_handler(version, rest, headers)
        return None

    def _data_manager_handler(self, endpoint: str, headers: dict[str, str]) -> Any:
        request_class = self._data_manager.request_class(endpoint)

        def handle(body: bytes, context: Any) -> Any:
            request = request_class.FromString(body)
            outcome = self._outcome(
                endpoint,
                body,
                headers,
                lambda _: self._data_manager.answer(endpoint, request, headers),
            )
            return _told(outcome, context, _status_details)

        return grpc.unary_unary_rpc_method_handler(handle, None, _written)

    def _outcome(
        self, endpoint: str, body: bytes, headers: dict[str, str], work: Callable[[str], Any]
    ) -> Outcome:
        try:
            return self._desk.take(endpoint, "grpc", body, headers, work)
        except Exception as error:
            self._broke(error)  # a mistake of the fake, or of an event
            raise

    def _ads_handler(self, version: str, endpoint: str, headers: dict[str, str]) -> Any:
        request_class = self._ads.request_class(version, endpoint)

        def metadata(outcome: Outcome) -> list[tuple[str, bytes | str]]:
            assert outcome.refusal is not None
            if outcome.refusal.reason and not outcome.refusal.errors:
                return _status_details(outcome)
            return ads_api.refused(outcome.refusal, version, outcome.request_id)

        def handle(body: bytes, context: Any) -> Any:
            request = request_class.FromString(body)
            outcome = self._outcome(
                endpoint,
                body,
                headers,
                lambda request_id: self._ads.answer(
                    version, endpoint, request, headers, request_id
                ),
            )
            answer = _told(outcome, context, metadata)
            context.set_trailing_metadata([("request-id", outcome.request_id)])
            return answer

        def stream(body: bytes, context: Any) -> Any:
            yield from handle(body, context)

        if endpoint.endswith(_STREAM):
            return grpc.unary_stream_rpc_method_handler(stream, None, _written)
        return grpc.unary_unary_rpc_method_handler(handle, None, _written)


def _written(answer: Any) -> bytes:
    data: bytes = answer.SerializeToString()
    return data


def _status_details(outcome: Outcome) -> list[tuple[str, bytes | str]]:
    assert outcome.refusal is not None
    if not (outcome.refusal.reason or outcome.refusal.retry_seconds is not None):
        return []
    status = dm_api.status_message(outcome.refusal, outcome.request_id)
    return [("grpc-status-details-bin", status.SerializeToString())]


def _told(outcome: Outcome, context: Any, metadata: Any) -> Any:
    """The answer of an outcome; a refusal or loss ends the call instead."""
    if outcome.seconds:
        time.sleep(outcome.seconds)
    if outcome.is_lost:
        # What a client is told when the connection ends before the answer.
        context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    if outcome.refusal is not None:
        context.set_trailing_metadata(metadata(outcome))
        context.abort(grpc.StatusCode[outcome.refusal.code], outcome.refusal.text)
    return outcome.answer


class GrpcServer:
    """Serves while it is started; `port` is the port on 127.0.0.1 and localhost.

    The port is one that is free unless another is named; OSError where that cannot be had.
    """

    def __init__(self, wire: Wire, port: int = 0) -> None:
        self._threads = ThreadPoolExecutor(_THREADS)
        options = [
            ("grpc.max_receive_message_length", _NO_LIMIT),
            ("grpc.max_send_message_length", _NO_LIMIT),
            ("grpc.so_reuseport", 0),
        ]
        self._server = grpc.server(self._threads, handlers=[wire], options=options)
        made = certificates()
        credentials = grpc.ssl_server_credentials([(made.key, made.server)])
        try:
            self.port: int = self._server.add_secure_port(f"127.0.0.1:{port}", credentials)
        except RuntimeError:
            self._threads.shutdown()
            raise OSError(f"port {port} cannot be had") from None

    def start(self) -> None:
        """Begin to serve."""
        self._server.start()

    def stop(self) -> None:
        """End all connections."""
        self._server.stop(None).wait()
        self._threads.shutdown()
