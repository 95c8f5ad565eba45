"""Messages of any version of the Google Ads API, without a description of our own."""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from audsync.testing.google.refusals import AdsError

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@cache
def message_class(version: str, module: str, name: str) -> Any:
    """The plain protobuf class of a message, such as `services.types.user_list_service`."""
    found = importlib.import_module(f"google.ads.googleads.{version}.{module}")
    wrapper = getattr(found, name)
    return type(wrapper.pb(wrapper()))


def service_message(version: str, service: str, name: str) -> Any:
    """The class of a request or answer of a service."""
    module = _WORD.sub("_", service).lower()
    return message_class(version, f"services.types.{module}", name)


@cache
def is_known(version: str) -> bool:
    """Whether the installed client has this version."""
    return find_spec(f"google.ads.googleads.{version}") is not None


def set_field(message: Any, path: str, value: object) -> None:
    """Set the field of a dotted path; enum values are given by name, None leaves it unset."""
    *parts, last = path.split(".")
    for part in parts:
        message = getattr(message, field_name(message, part))
    name = field_name(message, last)
    enum = message.DESCRIPTOR.fields_by_name[name].enum_type
    if enum is not None and isinstance(value, str):
        value = enum.values_by_name[value].number
    if value is not None:
        setattr(message, name, value)


def field_name(message: Any, part: str) -> str:
    """The name of a field in the message, where `type` is `type_`."""
    return part if part in message.DESCRIPTOR.fields_by_name else f"{part}_"


def enum_name(message: Any, field: str) -> str:
    """The name of an enum field's value."""
    name = field_name(message, field)
    values = message.DESCRIPTOR.fields_by_name[name].enum_type.values_by_number
    found: str = values[getattr(message, name)].name
    return found


def failure(version: str, errors: Sequence[AdsError], request_id: str) -> Any:
    """A `GoogleAdsFailure` with these errors."""
    made = message_class(version, "errors.types.errors", "GoogleAdsFailure")()
    made.request_id = request_id
    for told in errors:
        error = made.errors.add()
        error.message = error.trigger.string_value = told.text
        _set_code(error.error_code, told)
        for field, index in told.path:
            element = error.location.field_path_elements.add()
            element.field_name = field
            if index is not None:
                element.index = index
        if told.field == "quota_error":
            _set_quota(error.details.quota_error_details, told)
    return made


def _set_code(error_code: Any, told: AdsError) -> None:
    names = error_code.DESCRIPTOR.fields_by_name[told.field].enum_type.values_by_name
    # A value that came with a later version is told as UNKNOWN in this one.
    setattr(
        error_code, told.field, names[told.name if told.name in names else "UNKNOWN"].number
    )


def _set_quota(details: Any, told: AdsError) -> None:
    details.rate_scope = (
        details.DESCRIPTOR.fields_by_name["rate_scope"]
        .enum_type.values_by_name["DEVELOPER"]
        .number
    )
    details.rate_name = "Operations"
    if told.retry_seconds is not None:
        details.retry_delay.FromMilliseconds(round(told.retry_seconds * 1000))


def partial_failure(version: str, errors: Sequence[AdsError], request_id: str) -> Any:
    """The `google.rpc.Status` that tells of some operations and not of the call."""
    from google.rpc.status_pb2 import Status

    status = Status(code=3, message="Multiple errors in some operations.")
    detail = status.details.add()
    name = f"google.ads.googleads.{version}.errors.GoogleAdsFailure"
    detail.type_url = f"type.googleapis.com/{name}"
    detail.value = failure(version, errors, request_id).SerializeToString()
    return status
