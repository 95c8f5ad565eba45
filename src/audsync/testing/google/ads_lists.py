"""User lists by way of the Google Ads API."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from audsync.testing.google.ads_call import AdsCall
from audsync.testing.google.ads_wire import enum_name
from audsync.testing.google.lists import CONTACT, LONGEST_DAYS, UserList
from audsync.testing.google.refusals import AdsError, Path, Refused, ads

_LONGEST_NAME: Final = 255
_MOST_OPERATIONS: Final = 10_000
_KINDS: Final = {
    "CONTACT_INFO": CONTACT,
    "CRM_ID": "user_id",
    "MOBILE_ADVERTISING_ID": "mobile",
}
_MUTABLE: Final = frozenset(
    {"name", "description", "membership_life_span", "membership_status", "integration_code"}
)
UPLOAD_KEY_TYPES: Final = {kind: name for name, kind in _KINDS.items()}


def resource_name(held: UserList) -> str:
    """The name of a list in the API."""
    return f"customers/{held.account}/userLists/{held.id}"


def mutate(call: AdsCall, request: Any) -> Any:
    """`MutateUserLists`."""
    if not request.operations:
        raise ads("request_error", "OPERATION_REQUIRED", ("operations", None))
    if len(request.operations) > _MOST_OPERATIONS:
        raise ads("mutate_error", "TOO_MANY_OPERATIONS")
    if not call.account.has_political_declaration:
        raise ads("mutate_error", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED")
    plans, errors = _plans(call, request.operations)
    if errors and not request.partial_failure:
        raise Refused("INVALID_ARGUMENT", errors=errors)
    answer = call.answer()
    if errors:
        answer.partial_failure_error.CopyFrom(call.partial_failure(errors))
    if not request.validate_only:
        for plan in plans:
            result = answer.results.add()
            if plan is not None:
                result.resource_name = plan()
    return answer


Plan: TypeAlias = Callable[[], str]


def _plans(call: AdsCall, operations: Any) -> tuple[list[Plan | None], list[AdsError]]:
    """What to do for each operation, None for a wrong one, and what is wrong."""
    errors: list[AdsError] = []
    plans: list[Plan | None] = []
    for index, operation in enumerate(operations):
        try:
            plans.append(_planned(call, operation, (("operations", index),)))
        except Refused as refused:
            errors += refused.errors
            plans.append(None)
    return plans, errors


def _planned(call: AdsCall, operation: Any, at: Path) -> Plan:
    kind = operation.WhichOneof("operation")
    if kind == "create":
        return _creation(call, operation.create, (*at, ("create", None)))
    if kind == "update":
        return _update(call, operation, (*at, ("update", None)))
    if kind == "remove":
        return _removal(call, _known(call, operation.remove, (*at, ("remove", None))))
    raise ads("request_error", "OPERATION_REQUIRED", *at)


def _removal(call: AdsCall, held: UserList) -> Plan:
    def remove() -> str:
        del call.platform.lists[held.id]
        return resource_name(held)

    return remove


def _creation(call: AdsCall, wanted: Any, at: Path) -> Plan:
    _check_name(call, wanted.name, None, at)
    if wanted.WhichOneof("user_list") != "crm_based_user_list":
        raise ads("user_list_error", "CONCRETE_TYPE_REQUIRED", *at)
    if not call.account.may_use_uploads:
        raise ads("user_list_error", "ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA", *at)
    key_type = enum_name(wanted.crm_based_user_list, "upload_key_type")
    if key_type not in _KINDS:
        path = (*at, ("crm_based_user_list", None), ("upload_key_type", None))
        raise ads("field_error", "REQUIRED", *path)
    days = wanted.membership_life_span if wanted.HasField("membership_life_span") else None
    _check_days(days, at)

    def create() -> str:
        made = call.platform.add_list(
            call.account.id,
            wanted.name,
            days=days,
            description=wanted.description,
            kind=_KINDS[key_type],
            integration_code=wanted.integration_code,
            is_open=enum_name(wanted, "membership_status") != "CLOSED",
        )
        return resource_name(made)

    return create


def _update(call: AdsCall, operation: Any, at: Path) -> Plan:
    wanted = operation.update
    held = _known(call, wanted.resource_name, at)
    paths = set(operation.update_mask.paths)
    if not paths:
        raise ads("field_mask_error", "FIELD_MASK_MISSING", *at)
    if not paths <= _MUTABLE:
        raise ads("field_error", "IMMUTABLE_FIELD", *at)
    if not held.is_owned:
        raise ads("user_list_error", "OWNERSHIP_REQUIRED_FOR_SET", *at)
    if held.is_read_only:
        raise ads("user_list_error", "USER_LIST_MUTATE_NOT_SUPPORTED", *at)
    if "name" in paths:
        _check_name(call, wanted.name, held, at)
    if "membership_life_span" in paths:
        _check_days(wanted.membership_life_span, at)
    values = {
        "name": ("name", wanted.name),
        "description": ("description", wanted.description),
        "membership_life_span": ("days", wanted.membership_life_span),
        "membership_status": ("is_open", enum_name(wanted, "membership_status") != "CLOSED"),
        "integration_code": ("integration_code", wanted.integration_code),
    }

    def update() -> str:
        for path in paths:
            setattr(held, *values[path])
        return resource_name(held)

    return update


def _known(call: AdsCall, name: str, at: Path) -> UserList:
    number = name.removeprefix(f"customers/{call.account.id}/userLists/")
    held = call.platform.lists.get(int(number)) if number.isdigit() else None
    if held is None or held.account != call.account.id:
        raise ads("request_error", "RESOURCE_NOT_FOUND", *at)
    return held


def _check_name(call: AdsCall, name: str, held: UserList | None, at: Path) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise ads("user_list_error", "INVALID_NAME", *at, ("name", None))
    for other in call.platform.lists_of(call.account.id):
        if other.name == name and other is not held:
            raise ads("user_list_error", "NAME_ALREADY_USED", *at, ("name", None))


def _check_days(days: int | None, at: Path) -> None:
    if days is not None and days > LONGEST_DAYS:
        raise ads("range_error", "TOO_HIGH", *at, ("membership_life_span", None))
    if days is not None and days < 0:
        raise ads("range_error", "TOO_LOW", *at, ("membership_life_span", None))
