"""Answers of Meta, none of which is taken for what it says it is; and the errors in them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.http import retry_after
from audsync_sink_meta.error_table import Kind, Meaning, meaning

NAME: Final = "meta"
_FULL_PERCENT: Final = 95.0
_REST_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = 60.0
_THROTTLED_SECONDS: Final = 300.0
_OURS: Final = "custom_audience"
_PERCENTS: Final = ("call_count", "total_cputime", "total_time")
_LONGEST_QUOTE: Final = 200

_VAGUE: Final = 1
_ABUSE: Final = 368
_CLOSED: Final = (2650, 1870159)
_GONE: Final = {(100, 33), (1487366, None)}

Headers = Mapping[str, str]


class ThrottledError(TransientError):
    """Meta wants no call of this account before `retry_after`."""


class ClosedError(TransientError):
    """A replacement had its last part already."""


class BlockedError(RejectedError):
    """Meta takes the calls for abuse: no more of them for hours."""


class VagueError(TransientError):
    """Meta did not say what went wrong; it may have been asked for too much at once."""


class GoneError(RejectedError):
    """The object is not there, for this token."""


def read(status: int, headers: Headers, body: bytes, *, account: str) -> dict[str, Any]:
    """The JSON object of a successful answer; the error for everything else.

    Raises TransientError for what is no answer of the API: a web page, nothing, a part.
    """
    try:
        parsed = json.loads(body)
    except ValueError:
        what = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise unreadable(status, what) from None
    if not isinstance(parsed, dict):
        raise unreadable(status, "no JSON object")
    error = parsed.get("error")
    if isinstance(error, dict):
        raise error_of(error, headers, account=account)
    if error is not None or status >= 400 or parsed.get("success") is False:  # noqa: PLR2004 -- an error without an error
        raise unreadable(status, "no answer of the API")
    return parsed


def unreadable(status: int, what: str) -> TransientError:
    """The error for an answer that some machine on the way has made."""
    return TransientError(
        f"{NAME}: the answer ({status}) is {what}; a gateway may have sent it", connector=NAME
    )


def error_of(error: Mapping[str, Any], headers: Headers, *, account: str) -> AudsyncError:
    """The error that Meta tells of, by code and subcode; its own words are quoted for few."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    shown = f"code {code}" if subcode is None else f"code {code}/{subcode}"
    row = meaning(code or 0, subcode, is_transient=error.get("is_transient") is True)
    if row is None:
        return _unknown(error, shown)
    shown += _trace(error) if row.kind is Kind.FATAL else ""
    what = f"{NAME}: {row.what.format(account=account)} ({shown}{_details(error, row)})"
    remedy = row.remedy.format(account=account)
    match row.kind:
        case Kind.RETRIED:
            wait = retry_after(headers.get("Retry-After"))
            vague = VagueError if row.code == _VAGUE else TransientError
            return vague(what, connector=NAME, retry_after=wait)
        case Kind.THROTTLED:
            wait = rest_seconds(headers, every_type=True) or _THROTTLED_SECONDS
            wait = retry_after(headers.get("Retry-After")) or wait
            message = f"{what}; the next attempt may be made in {wait / 60:.0f} minutes"
            return ThrottledError(message, connector=NAME, retry_after=wait)
        case Kind.WAITS:
            kind = ClosedError if (code, subcode) == _CLOSED else TransientError
            return kind(what, connector=NAME, retry_after=_WAIT_SECONDS)
        case Kind.TOKEN:
            return CredentialError(f"{what}; {remedy}")
        case Kind.PERSON | Kind.FATAL:
            refusal = GoneError if (code, subcode) in _GONE else RejectedError
            refusal = BlockedError if code == _ABUSE else refusal
            return refusal(f"{what}; {remedy}", connector=NAME, remedy=remedy)


def _unknown(error: Mapping[str, Any], shown: str) -> RejectedError:
    remedy = "look the code up in Meta's error reference, then run again"
    return RejectedError(
        f"{NAME}: Meta refused the call with an error that audsync does not know"
        f" ({shown}{_trace(error)}); {remedy}",
        connector=NAME,
        remedy=remedy,
    )


def _trace(error: Mapping[str, Any]) -> str:
    """What Meta's support finds the call by."""
    trace = error.get("fbtrace_id")
    return f", fbtrace_id {trace}" if isinstance(trace, str) and trace.isalnum() else ""


def _details(error: Mapping[str, Any], row: Meaning) -> str:
    """What Meta says of a value that it refuses, as far as it can hold no digest."""
    if row.kind is not Kind.FATAL:
        return ""
    text = error.get("error_user_msg") or error.get("message")
    told = " ".join(text.split()) if isinstance(text, str) else ""
    # A message may repeat what was sent; sentences do not have words of this length.
    is_plain = told and all(len(word) < 32 and "@" not in word for word in told.split())  # noqa: PLR2004 -- half a digest
    fields = _blamed(error.get("error_data"))
    return "".join(
        f": {part}" for part in (told[:_LONGEST_QUOTE] if is_plain else "", fields) if part
    )


def _blamed(data: object) -> str:
    """The parameters that Meta blames, by name."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return ""
    specs = data.get("blame_field_specs") if isinstance(data, dict) else None
    names = [str(part) for spec in specs or () if isinstance(spec, list) for part in spec]
    return ", ".join(name for name in names if name.replace("_", "").isalpha())


def rest_seconds(headers: Headers, *, every_type: bool = False) -> float:
    """How long no call should be made, as the headers of any answer say; 0 for not at all.

    Of the business use cases only that of audiences counts, unless `every_type`.
    """
    waits = [0.0]
    for usages in _object(headers.get("x-business-use-case-usage")).values():
        for usage in usages if isinstance(usages, list) else ():
            if isinstance(usage, dict) and (every_type or usage.get("type") in (None, _OURS)):
                waits.append(60 * _amount(usage.get("estimated_time_to_regain_access")))
                waits.append(_rest_of(usage, _PERCENTS))
    waits.append(_rest_of(_object(headers.get("x-app-usage")), _PERCENTS))
    account = _object(headers.get("x-ad-account-usage"))
    if _rest_of(account, ("acc_id_util_pct",)):
        waits.append(_amount(account.get("reset_time_duration")) or _REST_SECONDS)
    return max(waits)


def _rest_of(usage: Mapping[str, Any], names: tuple[str, ...]) -> float:
    is_full = any(_amount(usage.get(name)) >= _FULL_PERCENT for name in names)
    return _REST_SECONDS if is_full else 0.0


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _amount(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 0.0  # type: ignore[arg-type]  # is one


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
