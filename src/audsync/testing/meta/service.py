"""Answers calls as the Graph API would, or as a planned fault says; counts them."""

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

from audsync.testing.loopback import Reply, Request
from audsync.testing.meta import membership
from audsync.testing.meta.access import admit, check_version, is_dead
from audsync.testing.meta.errors import GraphError, Refused, wrong
from audsync.testing.meta.faults import GATEWAY_PAGE, Fault, Faults
from audsync.testing.meta.graph import ACCOUNT, Graph
from audsync.testing.meta.params import Params, form, params_of, structured
from audsync.testing.meta.routing import Call, call_of, carry_out
from audsync.testing.meta.uploads import DIGEST_OF_NOTHING

_MOST_IN_BATCH: Final = 50
_JSON: Final = "application/json; charset=UTF-8"
_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 0


class Service:
    """The Graph API without its wire.

    `calls` counts calls by endpoint, such as `POST users`; `mistakes` counts what no caller may
    do: put the token or a payload into an address, report crashes, hash nothing.
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.mistakes: Counter[str] = Counter()
        self.instruments: list[bytes] = []
        self.lock = threading.RLock()

    def reply(self, request: Request) -> Reply:
        """The reply to one call."""
        with self.lock:
            return self._reply(request)

    def _reply(self, request: Request) -> Reply:
        self._look_for_mistakes(request)
        version, *segments = request.path.strip("/").split("/")
        if len(request.target) > self.graph.quirks.longest_url:
            self.calls["too long"] += 1
            return self._written(_Answer(414, GATEWAY_PAGE, _HTML), version, ())
        try:
            params = params_of(request)
            call = call_of(request.method, segments, params)
        except Refused as refused:
            return self._written(self._refusal(refused.error), version, ())
        self.calls[call.endpoint] += 1
        faults = self.faults.due(call.endpoint)
        for one in faults:
            one.event()
        answer = _Answer(200, b"")
        if all(one.is_carried_out for one in faults):
            answer = self._answer(request, version, call, params, faults)
        for one in faults:
            if one.error is not None:
                refusal = self._refusal(one.error)
                answer = _Answer(refusal.status, refusal.body, _JSON, one.headers, one.minutes)
            elif one.body is not None:
                answer = _Answer(one.status, one.body, one.content_type, one.headers)
        return self._written(answer, version, faults)

    def _answer(
        self,
        request: Request,
        version: str,
        call: Call,
        params: Params,
        faults: Sequence[Fault],
    ) -> _Answer:
        try:
            quirks = self.graph.quirks
            check_version(version, quirks.oldest_version, upgrades=quirks.upgrades)
            if call.edge == "instruments":
                self.instruments.append(request.body)
                return _json({"success": True})
            admit(self.graph.access, params, request.headers)
            self.graph.refuse_if_throttled()
            if not call.node and "batch" in params:
                return _json(self._batch(params))
            if any(one.breaks_replacement for one in faults):
                membership.break_replacement(self.graph, self.graph.audience(call.node))
            return _json(carry_out(self.graph, call, params))
        except Refused as refused:
            return self._refusal(refused.error)

    def _upgrade(self, version: str) -> dict[str, str]:
        """The header that tells of a newer version in place of the one that was asked for."""
        try:
            quirks = self.graph.quirks
            upgraded = quirks.upgrades and is_dead(version, quirks.oldest_version)
        except Refused:
            upgraded = False
        told = {"x-ad-api-version-warning": "The call has been auto-upgraded to v26.0."}
        return told if upgraded else {}

    def _batch(self, params: Params) -> list[dict[str, Any]]:
        calls = structured(params, "batch")
        if not isinstance(calls, list) or not 1 <= len(calls) <= _MOST_IN_BATCH:
            raise wrong(f"A batch has 1 to {_MOST_IN_BATCH} calls.")
        return [self._one_of_batch(one) for one in calls]

    def _one_of_batch(self, told: Mapping[str, Any]) -> dict[str, Any]:
        path, _, query = str(told.get("relative_url", "")).partition("?")
        segments = path.strip("/").split("/")
        if segments[0].startswith("v"):
            segments = segments[1:]
        params: Params = dict(parse_qsl(query, keep_blank_values=True))
        method = str(told.get("method", "GET"))
        if method == "POST":  # the body of a DELETE gets lost
            params.update(form(str(told.get("body", "")).encode()))
        call = call_of(method, segments, params)
        self.calls[call.endpoint] += 1
        try:
            answer = _json(carry_out(self.graph, call, params))
        except Refused as refused:
            answer = self._refusal(refused.error)
        headers = [{"name": "Content-Type", "value": answer.content_type}]
        return {"code": answer.status, "headers": headers, "body": answer.body.decode()}

    def _refusal(self, error: GraphError) -> _Answer:
        status = self.graph.quirks.error_status or error.status
        return _json(error.body(self._trace_id()), status)

    def _trace_id(self) -> str:
        return sha256(str(self.calls.total()).encode()).hexdigest()[:11]

    def _look_for_mistakes(self, request: Request) -> None:
        if "access_token=" in request.query:
            self.mistakes["token in an address"] += 1
        if "payload=" in request.query:
            self.mistakes["payload in an address"] += 1
        if DIGEST_OF_NOTHING.encode() in request.body:
            self.mistakes["digest of nothing"] += 1
        if request.path.rstrip("/").endswith("/instruments"):
            self.mistakes["crash report"] += 1

    def _written(self, answer: _Answer, version: str, faults: Sequence[Fault]) -> Reply:
        data = answer.body
        if any(one.is_truncated for one in faults):
            data = data[: len(data) * 2 // 3]
        headers = {
            "Content-Type": answer.content_type,
            "facebook-api-version": version,
            "x-fb-trace-id": self._trace_id(),
            **self._usage(answer.minutes),
            **self._upgrade(version),
            **answer.headers,
        }
        return Reply(
            answer.status,
            headers,
            data,
            seconds=sum(one.seconds for one in faults),
            body_seconds=sum(one.body_seconds for one in faults),
            is_cut=any(one.is_cut for one in faults),
            is_reset=any(one.is_reset for one in faults),
        )

    def _usage(self, minutes: int) -> dict[str, str]:
        usage = self.graph.usage
        percents = {
            "call_count": usage.call_count,
            "total_cputime": usage.total_cputime,
            "total_time": usage.total_time,
        }
        wait = max(minutes, self.graph.minutes_to_wait())
        of_case = {
            "type": "custom_audience",
            **percents,
            "estimated_time_to_regain_access": wait,
        }
        return {
            "x-business-use-case-usage": json.dumps({ACCOUNT: [of_case]}),
            "x-app-usage": json.dumps(percents),
        }


def _json(body: object, status: int = 200) -> _Answer:
    return _Answer(status, json.dumps(body, separators=(",", ":")).encode())
