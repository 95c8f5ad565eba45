"""HTTP on 127.0.0.1: the token endpoint of OAuth, and Data Manager as REST."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from audsync.testing.google import dm_api, oauth
from audsync.testing.google.desk import Desk, Outcome
from audsync.testing.google.dm_api import DataManagerApi
from audsync.testing.google.refusals import HTTP_STATUS
from audsync.testing.loopback import Reply, Request

_JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}
_HTML: Final = {"Content-Type": "text/html; charset=UTF-8"}
_ACCOUNT: Final = r"accountTypes/\w+/accounts/[^/]+"
# Method, path, endpoint; the field that the path names and the field that the body is.
_ROUTES: Final = tuple(
    (method, re.compile(path), endpoint, named, body)
    for method, path, endpoint, named, body in (
        ("POST", r"audienceMembers:ingest", "IngestionService/IngestAudienceMembers", "", ""),
        ("POST", r"audienceMembers:remove", "IngestionService/RemoveAudienceMembers", "", ""),
        (
            "POST",
            r"audienceMembers:removeAll",
            "IngestionService/RemoveAllAudienceMembers",
            "",
            "",
        ),
        ("GET", r"requestStatus:retrieve", "IngestionService/RetrieveRequestStatus", "", ""),
        (
            "POST",
            rf"({_ACCOUNT})/userLists",
            "UserListService/CreateUserList",
            "parent",
            "userList",
        ),
        ("GET", rf"({_ACCOUNT})/userLists", "UserListService/ListUserLists", "parent", ""),
        ("GET", rf"({_ACCOUNT}/userLists/[^/]+)", "UserListService/GetUserList", "name", ""),
        (
            "PATCH",
            rf"({_ACCOUNT}/userLists/[^/]+)",
            "UserListService/UpdateUserList",
            "",
            "userList",
        ),
        (
            "DELETE",
            rf"({_ACCOUNT}/userLists/[^/]+)",
            "UserListService/DeleteUserList",
            "name",
            "",
        ),
    )
)
_VERSION: Final = "/v1/"


class HttpWire:
    """Finds who answers an address, and puts answers and refusals on the wire."""

    def __init__(self, desk: Desk, data_manager: DataManagerApi) -> None:
        self._desk = desk
        self._data_manager = data_manager

    def reply(self, request: Request) -> Reply:
        """The reply to one call."""
        if request.path == "/token":
            return self._token(request)
        for method, path, endpoint, named, body in _ROUTES:
            found = path.fullmatch(unquote(request.path.removeprefix(_VERSION)))
            if found and method == request.method and request.path.startswith(_VERSION):
                sent = _sent(request, body)
                if named:
                    sent[named] = found[1]
                elif found.groups():
                    sent.setdefault("userList", {})["name"] = found[1]
                return self._answered(request, endpoint, sent)
        return Reply(404, _HTML, b"<html><title>Error 404</title></html>")

    def _token(self, request: Request) -> Reply:
        outcome = self._desk.take(
            "token",
            "http",
            request.body,
            {**request.headers},
            lambda _: oauth.answer(
                self._desk.platform.access,
                request.body,
                request.headers.get("authorization", ""),
            ),
        )
        if outcome.refusal is not None or outcome.answer is None:
            status = HTTP_STATUS[outcome.refusal.code] if outcome.refusal else 502
            return _reply(outcome, status, b'{"error": "internal_failure"}')
        return _reply(outcome, *outcome.answer)

    def _answered(self, request: Request, endpoint: str, sent: dict[str, Any]) -> Reply:
        from google.protobuf import json_format

        message = self._data_manager.request_class(endpoint)()
        headers = {**request.headers}
        try:
            json_format.ParseDict(sent, message)
        except json_format.ParseError:
            told = {"error": {"code": 400, "message": "", "status": "INVALID_ARGUMENT"}}
            return Reply(400, _JSON, json.dumps(told).encode())
        outcome = self._desk.take(
            endpoint,
            "http",
            request.body,
            headers,
            lambda _: self._data_manager.answer(endpoint, message, headers),
        )
        if outcome.refusal is not None:
            status, told = dm_api.http_error(outcome.refusal, outcome.request_id)
            return _reply(outcome, status, json.dumps(told).encode())
        if outcome.answer is None:
            return _reply(outcome, 502, b"")
        text = json_format.MessageToJson(
            outcome.answer, use_integers_for_enums=True, indent=None
        )
        return _reply(outcome, 200, text.encode())


def _sent(request: Request, body: str) -> dict[str, Any]:
    query = {
        name: value for name, value in parse_qsl(request.query) if not name.startswith("$")
    }
    told: dict[str, Any] = {}
    for name, value in query.items():
        told[name] = value == "true" if value in ("true", "false") else value
    if request.body:
        held = json.loads(request.body)
        told.update({body: held} if body else held)
    return told


def _reply(outcome: Outcome, status: int, body: bytes) -> Reply:
    page = next((fault.page for fault in outcome.faults if fault.page is not None), None)
    headers = dict(_JSON)
    refusal = outcome.refusal
    if refusal is not None and refusal.retry_seconds is not None:
        headers["Retry-After"] = f"{refusal.retry_seconds:g}"
    if page is not None:
        status, body, headers = 502, page, dict(_HTML)
    return Reply(
        status,
        headers,
        body,
        seconds=outcome.seconds,
        is_cut=any(fault.is_cut for fault in outcome.faults),
        is_reset=outcome.is_lost,
    )
