"""The table of errors as a page of the documentation."""

from collections.abc import Iterable, Mapping
from typing import Final

from audsync_sink_google.error_table import FAMILIES, VALUES
from audsync_sink_google.meanings import OTHER, Kind, Meaning

_WHO: Final[Mapping[Kind, str]] = {
    Kind.RETRIED: "nobody: audsync tries again",
    Kind.QUOTA: "nobody: audsync tries again later",
    Kind.SPLIT: "nobody: audsync sends less at once",
    Kind.ROW: "nobody: the member is left out and counted",
    Kind.EXISTS: "nobody: audsync looks for what is there",
    Kind.MISSING: "nobody: audsync makes it anew",
    Kind.LOGIN: "you, with another login",
    Kind.PERSON: "you, at Google or in the config",
    Kind.FATAL: "the authors of audsync",
}


def errors_page() -> str:
    """What audsync does about each error, those with one meaning together."""
    lines = [
        "# Errors of Google",
        "",
        "What audsync does about each error of the Data Manager API (its reasons), of the",
        "Google Ads API (by field of `ErrorCode`), and of the gate before both (the reasons of",
        "`google.api.ErrorReason`). Members of a refused request count as not delivered. No",
        "answer and a server error are tried again. A reason that is not here is taken by the",
        "status that it came with, and shown with its name and the id of the request.",
        "",
        "| errors | what happened | who acts | what to do |",
        "|---|---|---|---|",
    ]
    shown: dict[Meaning, list[str]] = {}
    for name, one in VALUES.items():
        shown.setdefault(one, []).append(name)
    lines += [_row(_names(names), one) for one, names in shown.items() if one != OTHER]
    lines += [
        "",
        "## All other values of a field",
        "",
        "| field | what happened | who acts | what to do |",
        "|---|---|---|---|",
    ]
    families: dict[Meaning, list[str]] = {}
    for name, one in FAMILIES.items():
        families.setdefault(one, []).append(name)
    lines += [_row(_listed(names), one) for one, names in families.items()]
    others = [name.partition(".")[2] for name in shown[OTHER]]
    lines += [
        "",
        "Fields that are not here, and these reasons, are of parts of the APIs that audsync",
        f"does not use: {_listed(others)}.",
    ]
    return "\n".join(lines) + "\n"


def _row(names: str, one: Meaning) -> str:
    return f"| {names} | {one.what} | {_WHO[one.kind]} | {one.remedy} |"


def _names(names: Iterable[str]) -> str:
    """Reasons, then values by their field."""
    fields: dict[str, list[str]] = {}
    for name in names:
        field, _, value = name.partition(".")
        fields.setdefault(field, []).append(value)
    parts = [_listed(fields.pop("reason"))] if "reason" in fields else []
    parts += [f"{field}: {_listed(values)}" for field, values in fields.items()]
    return "; ".join(parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
