"""What a look at an audience or an account shows, field by field."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from audsync.testing.meta.audiences import CUSTOM, DESCRIPTIONS, LOOKALIKE, Audience
from audsync.testing.meta.errors import wrong
from audsync.testing.meta.graph import Account, Graph

_USABLE: Final = {200, 411, 412, 414, 415}
_DELIVERY: Final = {
    200: "This audience is ready for use.",
    300: "This audience is too small.",
    500: "This audience cannot be used.",
}
# Fields that audiences have, and that are not there unless somebody gave them.
_UNFILLED: Final = frozenset(
    [
        "audience_labels",
        "customer_file_source",
        "description",
        "retention_days",
        "data_source",
        "data_source_types",
        "datafile_custom_audience_uploading_status",
        "delete_time",
        "excluded_custom_audiences",
        "external_event_source",
        "household_audience",
        "included_custom_audiences",
        "is_eligible_for_sac_campaigns",
        "is_household",
        "is_snapshot",
        "messenger_marketing_messages_page",
        "owner_business",
        "page_deletion_marked_delete_time",
        "pixel_id",
        "regulated_audience_spec",
        "rev_share_policy_id",
        "rule",
        "rule_aggregation",
        "rule_v2",
        "seed_audience",
        "sharing_status",
        "opt_out_link",
        "usage_restriction",
    ]
)


def wanted_fields(params: Mapping[str, Any]) -> list[str]:
    """The fields that are asked for; of nothing, the id alone comes."""
    return [name for name in str(params.get("fields", "")).replace(" ", "").split(",") if name]


def audience_record(graph: Graph, audience: Audience, fields: Iterable[str]) -> dict[str, Any]:
    """The fields of an audience; asking for its status is what makes the next one come."""
    asked = [*fields]
    known = _record(graph, audience)
    _refuse_unknown(asked, known.keys() | _UNFILLED | {"operation_status"})
    if "operation_status" in asked:
        code = audience.shown_status()
        description = DESCRIPTIONS.get(code, f"Status {code}")
        known["operation_status"] = {"code": code, "description": description}
    found = {name: known[name] for name in asked if known.get(name) is not None}
    return {**found, "id": audience.id}


def account_record(account: Account, fields: Iterable[str]) -> dict[str, Any]:
    """The fields of an ad account."""
    asked = [*fields]
    known: dict[str, Any] = {
        "account_id": account.id,
        "name": account.name,
        "account_status": 1,
        "currency": account.currency,
        "timezone_name": account.timezone,
        "business": {"id": "3030303030", "name": account.name}
        if account.is_in_business
        else None,
        "tos_accepted": {"custom_audience_tos": int(account.tos_accepted)},
    }
    _refuse_unknown(asked, known.keys() | {"id"})
    found = {name: known[name] for name in asked if known.get(name) is not None}
    return {**found, "id": f"act_{account.id}"}


def _refuse_unknown(asked: Iterable[str], known: Iterable[str]) -> None:
    for name in asked:
        if name not in known:
            raise wrong(f"Tried accessing nonexisting field ({name})")


def _record(graph: Graph, audience: Audience) -> dict[str, Any]:
    lower, upper = _bounds(graph, audience)
    is_usable = audience.status in _USABLE and lower >= 0
    delivery = 500 if audience.is_flagged else 200 if is_usable else 300
    return {
        **audience.fields,
        "id": audience.id,
        "account_id": audience.account_id,
        "name": audience.name,
        "subtype": audience.subtype,
        "is_value_based": audience.is_value_based,
        "delivery_status": {"code": delivery, "description": _DELIVERY[delivery]},
        "approximate_count_lower_bound": lower,
        "approximate_count_upper_bound": upper,
        "time_created": audience.created,
        "time_updated": audience.updated,
        "time_content_updated": audience.content_updated,
        "fields_violating_integrity_policy": audience.flagged_fields or None,
        "permission_for_actions": {"can_edit": audience.may_edit},
        "lookalike_audience_ids": [one.id for one in lookalikes_of(graph, audience)] or None,
        "lookalike_spec": _spec(graph, audience),
    }


def lookalikes_of(graph: Graph, audience: Audience) -> list[Audience]:
    """The lookalikes that were made from an audience."""
    return [one for one in graph.audiences.values() if one.origin_id == audience.id]


def _spec(graph: Graph, audience: Audience) -> dict[str, Any] | None:
    spec = audience.fields.get("lookalike_spec")
    if not isinstance(spec, dict) or audience.subtype != LOOKALIKE:
        return None
    origin = graph.audiences[audience.origin_id or ""]
    shown = {"id": origin.id, "name": origin.name, "type": "custom_audience"}
    return {"type": "custom_ratio", **spec, "origin": [shown]}


def _bounds(graph: Graph, audience: Audience) -> tuple[int, int]:
    """Two round numbers around the size; -1 where there are few people, or none were asked."""
    size = audience.size
    if audience.subtype != CUSTOM or size < max(1, graph.quirks.smallest_bounds):
        return -1, -1
    step = max(1, 10 ** (len(str(size)) - 2))
    lower = size // step * step
    return lower, lower + step
