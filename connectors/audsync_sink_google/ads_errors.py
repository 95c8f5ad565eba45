"""Typed errors of the Google Ads API, also where the client's exception has lost them."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final, TypeVar

from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import GoogleAPICallError, exception_class_for_grpc_status

from audsync_sink_google.errors import (
    Fault,
    Faults,
    call_error,
    error_of,
    explained,
    http_status,
)

_FAILURE: Final = "googleadsfailure-bin"
_SERVER_ERROR: Final = 500

Answered = TypeVar("Answered")


def ads_explained(call: Callable[[], Answered], *, version: str) -> Answered:
    """What a call of the Google Ads API returns; its errors as those of audsync."""

    def typed() -> Answered:
        try:
            return call()
        except GoogleAdsException as error:
            made: Any = exception_class_for_grpc_status
            status = made(error.error.code()).code
            faults = list(faults_of(error.failure))
            told = Faults(int(status or _SERVER_ERROR), faults, error.request_id or "")
            raise error_of(told) from None
        except GoogleAPICallError as error:
            trailing = dict(_trailing(error))
            packed = [one for key, one in trailing.items() if key.endswith(_FAILURE)]
            if not packed:
                raise call_error(error) from None
            faults = list(faults_of(unpacked(packed[0], version=version)))
            request = str(trailing.get("request-id", ""))
            raise error_of(Faults(http_status(error), faults, request)) from None

    return explained(typed)


def unpacked(packed: bytes, *, version: str) -> Any:
    """A `GoogleAdsFailure` of its bytes."""
    types = import_module(f"google.ads.googleads.{version}.errors.types.errors")
    return types.GoogleAdsFailure.deserialize(packed)


def _trailing(error: GoogleAPICallError) -> Iterator[tuple[str, Any]]:
    # Which of the two has the metadata depends on how the call was made.
    for one in (error.response, *error.errors):
        if hasattr(one, "trailing_metadata"):
            yield from ((str(key), value) for key, value in one.trailing_metadata() or ())


def faults_of(failure: Any) -> Iterator[Fault]:
    """The errors of a `GoogleAdsFailure`, each with the place of its operation."""
    plain = type(failure).pb(failure) if hasattr(type(failure), "pb") else failure
    for error in plain.errors:
        path = [one for one in error.location.field_path_elements if one.HasField("index")]
        delay = error.details.quota_error_details.retry_delay
        yield Fault(
            _name(error.error_code),
            row=path[0].index if path and path[0].field_name == "operations" else None,
            retry_seconds=delay.seconds + delay.nanos / 1e9 or None,
        )


def _name(code: Any) -> str:
    family = code.WhichOneof("error_code")
    if family is None:  # of a part of the API that this version of the client does not know
        return "request_error.UNKNOWN"
    values = code.DESCRIPTOR.fields_by_name[family].enum_type.values_by_number
    number = getattr(code, family)
    return f"{family}.{values[number].name if number in values else 'UNKNOWN'}"
