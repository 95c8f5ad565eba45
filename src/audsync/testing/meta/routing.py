"""Which call a method and a path are, and what carries it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audsync.testing.meta import errors, membership, objects, records
from audsync.testing.meta.errors import Refused
from audsync.testing.meta.graph import Account, Graph


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its method after any override, the node and the edge that it goes to."""

    method: str
    node: str
    edge: str
    is_overridden: bool = False

    @property
    def endpoint(self) -> str:
        """What the call is known by, such as `POST users` or `GET audience`."""
        return f"{self.method} {self.edge or self._kind}"

    @property
    def _kind(self) -> str:
        if not self.node:
            return "root"
        return "account" if self.node.startswith("act_") else "audience"


def call_of(method: str, segments: list[str], params: Mapping[str, Any]) -> Call:
    """The call to a path below the version; a POST may say that it is another method."""
    node, edge = ([*segments, "", ""])[:2]
    said = str(params.get("method", "")).upper()
    if method == "POST" and said in {"GET", "POST", "DELETE"}:
        return Call(said, node, edge, said != method)
    return Call(method, node, edge)


def carry_out(graph: Graph, call: Call, params: Mapping[str, Any]) -> object:
    """The JSON that answers a call; Refused with the error otherwise."""
    if call.node.startswith("act_"):
        return _of_account(graph, graph.account(call.node.removeprefix("act_")), call, params)
    if not call.node.isdigit():
        raise Refused(errors.UNKNOWN_PATH)
    return _of_audience(graph, call, params)


def _of_account(
    graph: Graph, account: Account, call: Call, params: Mapping[str, Any]
) -> object:
    match call.method, call.edge:
        case "GET", "":
            return records.account_record(account, records.wanted_fields(params))
        case "GET", "customaudiences":
            return objects.listing(graph, account, params)
        case "POST", "customaudiences":
            return objects.create(graph, account, params)
        case "DELETE", "usersofanyaudience" if (
            graph.quirks.overrides_any_audience or not call.is_overridden
        ):
            return membership.remove_everywhere(graph, account, params)
        case _:
            raise Refused(errors.NOT_THERE)


def _of_audience(graph: Graph, call: Call, params: Mapping[str, Any]) -> object:
    audience = graph.audience(call.node)
    match call.method, call.edge:
        case "GET", "":
            return records.audience_record(graph, audience, records.wanted_fields(params))
        case "POST", "":
            return objects.update(graph, audience, params)
        case "DELETE", "":
            return objects.delete(graph, audience)
        case "POST" | "DELETE" as method, "users":
            return membership.change(graph, audience, params, removes=method == "DELETE")
        case "POST", "usersreplace":
            return membership.replace(graph, audience, params)
        case "GET", "sessions":
            return {"data": membership.session_records(audience, params)}
        case _:
            raise Refused(errors.NOT_THERE)
