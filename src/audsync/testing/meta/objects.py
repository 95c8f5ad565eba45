"""Making, changing, deleting and listing audiences."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from audsync.testing.meta import errors
from audsync.testing.meta.audiences import CUSTOM, LOOKALIKE, Audience
from audsync.testing.meta.errors import Refused, wrong
from audsync.testing.meta.graph import Account, Graph
from audsync.testing.meta.lookalikes import seed_of, spec_of
from audsync.testing.meta.params import is_true, structured, whole
from audsync.testing.meta.records import audience_record, lookalikes_of, wanted_fields

_SOURCES: Final = {
    "USER_PROVIDED_ONLY",
    "PARTNER_PROVIDED_ONLY",
    "BOTH_USER_AND_PARTNER_PROVIDED",
}
_LABELS: Final = frozenset(
    [
        "APP_USERS",
        "AT_RISK",
        "CART_ABANDONERS",
        "DISENGAGED",
        "DISQUALIFIED_LEADS",
        "ENGAGED_USERS",
        "GENERAL_CUSTOMERS",
        "HIGH_VALUE_CUSTOMERS",
        "LOW_VALUE_CUSTOMERS",
        "OTHER_1",
        "OTHER_2",
        "OTHER_3",
        "QUALIFIED_LEADS",
        "RECENT_PURCHASERS",
        "TRIAL_USERS",
    ]
)
_MOST_DAYS: Final = 180
_DEFAULT_PAGE: Final = 25
_TEXTS: Final = ("description", "opt_out_link")


def create(graph: Graph, account: Account, params: Mapping[str, Any]) -> dict[str, Any]:
    """Make an audience for a customer file, or a lookalike."""
    if not account.tos_accepted:
        raise Refused(errors.TERMS)
    if not account.may_create:
        raise Refused(errors.MAY_NOT_CREATE)
    if not account.is_in_business:
        raise Refused(errors.NO_BUSINESS)
    name, subtype = params.get("name"), params.get("subtype")
    if not name:
        raise wrong("The parameter name is required.")
    if subtype not in (CUSTOM, LOOKALIKE):
        raise wrong("Param subtype must be CUSTOM or LOOKALIKE.")
    fields = _fields(params)
    seed = seed_of(graph, account, params) if subtype == LOOKALIKE else None
    if seed is not None:
        fields["lookalike_spec"] = spec_of(params)
    elif params.get("customer_file_source") not in _SOURCES:
        raise wrong("Param customer_file_source is required for customer files.")
    there = [one for one in graph.of_account(account.id) if one.subtype == subtype]
    if len(there) >= graph.quirks.most_audiences:
        raise Refused(errors.TOO_MANY_AUDIENCES)
    made = graph.add(str(name), account_id=account.id, subtype=str(subtype))
    made.fields = fields
    made.is_value_based = is_true(params.get("is_value_based"))
    made.unready_calls = graph.quirks.unready_calls
    if seed is not None:
        made.origin_id, made.status = seed.id, 200
        made.next_statuses = [441] * graph.quirks.polls_of_lookalike
    _flag_words(graph, made)
    return {"id": made.id}


def update(graph: Graph, audience: Audience, params: Mapping[str, Any]) -> dict[str, Any]:
    """Change name, description and the like of an audience."""
    account = graph.account(audience.account_id)
    if not account.tos_accepted:
        raise Refused(errors.TERMS)
    if not audience.may_edit:
        raise Refused(errors.NO_PERMISSION)
    if audience.is_flagged:
        raise Refused(errors.FLAGGED_UPDATE)
    if audience.origin_id and graph.audiences[audience.origin_id].is_flagged:
        raise Refused(errors.FLAGGED_LOOKALIKE)
    fields = _fields(params)
    if "lookalike_spec" in params:
        if audience.subtype != LOOKALIKE:
            raise wrong("The audience is no lookalike.")
        fields["lookalike_spec"] = spec_of(params)
    audience.fields.update(fields)
    audience.name = str(params.get("name") or audience.name)
    audience.updated = graph.clock.now
    _flag_words(graph, audience)
    return {"success": True}


def delete(graph: Graph, audience: Audience) -> dict[str, Any]:
    """Delete an audience that has no lookalikes."""
    if not audience.may_edit:
        raise Refused(errors.NO_PERMISSION)
    if lookalikes_of(graph, audience):
        raise Refused(errors.HAS_LOOKALIKES)
    del graph.audiences[audience.id]
    return {"success": True}


def _fields(params: Mapping[str, Any]) -> dict[str, object]:
    """What may be set besides the name, with its limits."""
    fields: dict[str, object] = {
        name: str(params[name]) for name in _TEXTS if params.get(name) is not None
    }
    if "customer_file_source" in params:
        if params["customer_file_source"] not in _SOURCES:
            raise wrong("Param customer_file_source is invalid.")
        fields["customer_file_source"] = params["customer_file_source"]
    if "retention_days" in params:
        days = whole(params["retention_days"])
        if days is None or not 1 <= days <= _MOST_DAYS:
            raise wrong(f"Param retention_days must be between 1 and {_MOST_DAYS}.")
        fields["retention_days"] = days
    if "audience_labels" in params:
        labels = structured(params, "audience_labels")
        if not isinstance(labels, list) or not set(labels) <= _LABELS:
            raise wrong("Param audience_labels is invalid.")
        fields["audience_labels"] = labels
    return fields


def _flag_words(graph: Graph, audience: Audience) -> None:
    """Flag an audience whose texts hint at health or money."""
    texts = {"name": audience.name, "description": str(audience.fields.get("description", ""))}
    found = [
        field
        for field, text in texts.items()
        if any(word in text.lower() for word in graph.quirks.flagged_words)
    ]
    if found:
        audience.flag(*found)


def listing(graph: Graph, account: Account, params: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the audiences of an account, with cursors."""
    limit = whole(params.get("limit", _DEFAULT_PAGE))
    if not limit:
        raise wrong("Param limit must be a positive integer.")
    if graph.quirks.largest_page is not None and limit > graph.quirks.largest_page:
        raise Refused(errors.TOO_MUCH_DATA)
    audiences = graph.of_account(account.id)
    after = str(params.get("after", ""))
    start = 1 + _place(audiences, after) if after else 0
    shown = audiences[start : start + limit]
    fields = wanted_fields(params)
    found: dict[str, Any] = {"data": [audience_record(graph, one, fields) for one in shown]}
    if shown:
        cursors = {"before": _cursor(shown[0]), "after": _cursor(shown[-1])}
        found["paging"] = {"cursors": cursors}
        if start + limit < len(audiences):
            path = f"act_{account.id}/customaudiences"
            found["paging"]["next"] = f"{path}?limit={limit}&after={cursors['after']}"
    if is_true(params.get("summary")):
        found["summary"] = {"total_count": len(audiences)}
    return found


def _cursor(audience: Audience) -> str:
    return base64.urlsafe_b64encode(json.dumps(audience.id).encode()).decode()


def _place(audiences: list[Audience], cursor: str) -> int:
    for place, audience in enumerate(audiences):
        if _cursor(audience) == cursor:
            return place
    raise wrong("The cursor is invalid.")
