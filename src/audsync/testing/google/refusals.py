"""Refusals of Google's two APIs, before they are put into the form of a wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

# Names of fields, each with the index in it or None.
Path: TypeAlias = tuple[tuple[str, int | None], ...]

_TEXT: Final = "As the fake was told or must."
# Canonical codes of Google's APIs: their HTTP statuses.
HTTP_STATUS: Final[Mapping[str, int]] = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
CODE_OF_STATUS: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True, slots=True)
class AdsError:
    """One error of the Google Ads API: the field of `ErrorCode`, the value's name, where.

    `text` is its message, in which Google may repeat what it was sent.
    """

    field: str
    name: str
    path: Path = ()
    retry_seconds: float | None = None
    text: str = _TEXT

    def at(self, *path: tuple[str, int | None]) -> "AdsError":
        """The same at another place."""
        return replace(self, path=path)


@dataclass(frozen=True, slots=True)
class Violation:
    """A field of a Data Manager request that cannot be right, and why."""

    path: str
    reason: str


class Refused(Exception):  # noqa: N818 -- it carries the answer
    """A call that is answered with an error.

    `errors` are for the Google Ads API, `reason`, `metadata` and `violations` for Data
    Manager; without either the status comes alone.
    """

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[AdsError] = (),
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_seconds: float | None = None,
        text: str = "",
    ) -> None:
        super().__init__(code, reason)
        self.code = code
        self.errors = tuple(errors)
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_seconds = retry_seconds
        self.text = text or _TEXT


def ads(field: str, name: str, *path: tuple[str, int | None], code: str = "") -> Refused:
    """A refusal of the Google Ads API with one error."""
    return Refused(
        code or _CODES.get(field, "INVALID_ARGUMENT"), errors=[AdsError(field, name, path)]
    )


def data_manager(
    reason: str, *paths: str, code: str = "INVALID_ARGUMENT", **metadata: str
) -> Refused:
    """A refusal of Data Manager with the fields that it is about."""
    violations = [Violation(path, reason) for path in paths]
    return Refused(code, reason=reason, violations=violations, metadata=metadata)


_CODES: Final[Mapping[str, str]] = {
    "authentication_error": "UNAUTHENTICATED",
    "authorization_error": "PERMISSION_DENIED",
    "not_allowlisted_error": "PERMISSION_DENIED",
    "quota_error": "RESOURCE_EXHAUSTED",
    "internal_error": "INTERNAL",
}
