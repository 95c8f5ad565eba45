"""Answers calls as the API would, or as a planned fault says; counts them."""

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from audsync.testing.idosell.access import TOKEN_SECONDS, Access
from audsync.testing.idosell.faults import Fault, Faults, Kind
from audsync.testing.idosell.listing import MOST, Answer, Dialect, Listing, Pages, fault
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import body_params, number, query_params, words
from audsync.testing.idosell.route import Route
from audsync.testing.idosell.routes import MAJORS, route_for, routes_of
from audsync.testing.idosell.shapes import Json
from audsync.testing.loopback import Reply, Request

_ADMIN: Final = "/api/admin/v"
_TOKEN: Final = "/api/authorize/1/authorize/accessToken"  # noqa: S105 -- a path


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came in, and the status it was answered with."""

    endpoint: str
    major: int
    page: int
    params: Json = field(repr=False)
    status: int


class Service:
    """The API of a panel, without its wire."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.access = Access()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.seen: list[Call] = []
        self._routes = routes_of(panel)
        self._pages = Pages(panel)
        self.lock = threading.RLock()

    def reply(self, request: Request) -> Reply:
        """The reply to one call."""
        path, method, headers = request.path, request.method, request.headers
        sent = request.body if method == "POST" else None
        with self.lock:
            if path == _TOKEN and method == "POST":
                faults = self.faults.due("accessToken")
                return _written(self._token(headers, faults), faults)
            version, _, endpoint = path.removeprefix(_ADMIN).partition("/")
            major = int(version) if path.startswith(_ADMIN) and version.isdigit() else 0
            if sent is None:
                params = query_params(request.query, self.panel.quirks.repeated_array)
            else:
                params = body_params(sent)
            route = (
                route_for(self._routes, major, method, endpoint) if major in MAJORS else None
            )
            page = _page(route, params)
            faults = self.faults.due(route.path if route else endpoint, page)
            for one in faults:
                one.event()
            answer = self._answer(route, major, headers, params, sent, faults)
            self.calls[route.path if route else endpoint] += 1
            self.seen.append(
                Call(route.path if route else endpoint, major, page, params, answer.status)
            )
            return _written(answer, faults)

    def _token(self, headers: Mapping[str, str], faults: Sequence[Fault]) -> Answer:
        for one in faults:
            if one.takes_over:
                return Answer(one.status, one.body, tuple(one.headers.items()))
        token = self.access.token(headers.get("authorization", ""), self.panel.clock)
        if token is None:
            return _refusal(401, "Nieprawidłowy login lub hasło")
        body = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": token}
        return Answer(200, body)

    def _answer(
        self,
        route: Route | None,
        major: int,
        headers: Mapping[str, str],
        params: Json,
        sent: bytes | None,
        faults: Sequence[Fault],
    ) -> Answer:
        for one in faults:
            if one.kind is Kind.ANSWER:
                return Answer(one.status, one.body, tuple(one.headers.items()))
        refusal = self._refused(route, headers, params, sent)
        if refusal is not None or route is None:
            return refusal or _refusal(404, "Nie znaleziono zasobu")
        if any(one.kind is Kind.IGNORED_FILTERS for one in faults):
            params = {name: value for name, value in params.items() if name in _PAGING}
        return _damaged(route, self._right_answer(route, params, major), faults)

    def _refused(
        self, route: Route | None, headers: Mapping[str, str], params: Json, sent: bytes | None
    ) -> Answer | None:
        """What the gateway refuses before anybody looks at the call."""
        quota = self.panel.quirks.quota
        if quota is not None and self.calls.total() >= quota:
            return _refusal(429, "Przekroczono limit zapytań")
        scope = route.scope if route else None
        if denial := self.access.denial(headers, scope, self.panel.clock):
            return _refusal(denial.status, denial.text)
        if route and (wrong := _malformed(route, params, sent)):
            return _refusal(422, wrong)
        return None

    def _right_answer(self, route: Route, params: Json, major: int) -> Answer:
        quirks = self.panel.quirks
        if quirks.is_blocked:
            return fault(route.blocked_code, "Sklep zablokowany z powodu nieopłaconych faktur")
        asks = any(params.get(name) for name in route.filters)
        if route.filters and not asks and quirks.lists_need_a_filter:
            return fault(3, "Nie podano żadnych parametrów")
        if isinstance(route.answers, Listing):
            return self._pages.answer(route.path, route.answers, params, major)
        return route.answers(params, major)


_PAGING: Final = frozenset(f"{Dialect.CAMEL} {Dialect.SNAKE} ordersBy".split())


def _page(route: Route | None, params: Json) -> int:
    if route is None or not isinstance(route.answers, Listing):
        return 0
    names = route.answers.dialect.split()
    return number(params.get(names[0]), 0) if names else 0


def _malformed(route: Route, params: Json, sent: bytes | None) -> str | None:
    """What is wrong with the form of a call, whose body is `sent` if it may have one."""
    if sent is not None:
        try:
            json.loads(sent)
        except ValueError:
            return "Niepoprawny JSON"
    if route.one_of and not any(params.get(name) for name in route.one_of):
        return f"Wymagany jeden z parametrów: {', '.join(route.one_of)}"
    if any(len(words(params.get(name))) > MOST for name in route.one_of):
        return "Zbyt wiele identyfikatorów"
    return None


def _refusal(status: int, text: str) -> Answer:
    return Answer(status, {"errors": [{"message": text}]}, (("x-error", text),))


def _damaged(route: Route, answer: Answer, faults: Sequence[Fault]) -> Answer:
    """The answer as the faults change it."""
    if not isinstance(route.answers, Listing) or not isinstance(answer.body, dict):
        return answer
    status, body, key = answer.status, dict(answer.body), route.answers.key
    for one in faults:
        if one.kind is Kind.NO_LIST:
            body.pop(key, None)
        elif one.kind is Kind.ELEMENT_ERRORS and key in body:
            body[key] = [
                _with_errors(element, one) if place in one.places else element
                for place, element in enumerate(body[key])
            ]
            status = 207
        elif one.kind is Kind.OTHER_COUNT:
            for name in ("resultsNumberAll", "results_number_all"):
                if name in body:
                    body[name] = type(body[name])(int(body[name]) + int(one.amount))
    return Answer(status, body, answer.headers)


_NUMBERS: Final = ("orderSerialNumber", "clientId", "client_number", "productId", "id")


def _with_errors(element: Json, fault: Fault) -> Json:
    kept = [name for name in element if name in _NUMBERS] if fault.is_bare else [*element]
    said = [{"faultCode": 1, "faultString": "Błąd odczytu elementu"}]
    return {**{name: element[name] for name in kept}, "errors": said}


def _written(answer: Answer, faults: Sequence[Fault]) -> Reply:
    is_page = isinstance(answer.body, bytes)
    data = (
        answer.body
        if isinstance(answer.body, bytes)
        else json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    )
    kinds = {one.kind for one in faults}
    if Kind.TRUNCATED in kinds:
        data = data[: len(data) * 2 // 3]
    kind = "text/html; charset=utf-8" if is_page else "application/json; charset=utf-8"
    return Reply(
        answer.status,
        {"Content-Type": kind, **dict(answer.headers)},
        data,
        seconds=sum(one.amount for one in faults if one.kind is Kind.SLOW),
        body_seconds=sum(one.amount for one in faults if one.kind is Kind.SLOW_BODY),
        is_cut=Kind.CUT_OFF in kinds,
        is_reset=Kind.RESET in kinds,
    )
