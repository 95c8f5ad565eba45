"""Is the token good for the ad account? Harmless calls, each with what to do where it fails."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError
from audsync_sink_meta.audience import CUSTOM, audiences, is_flagged
from audsync_sink_meta.error_table import TERMS
from audsync_sink_meta.options import MetaOptions

if TYPE_CHECKING:
    from audsync_sink_meta.graph import Graph

_MOST: int = 500


def findings(connect: "Callable[[], Graph]", options: MetaOptions) -> list[Finding]:
    """What was found; what a refusal hides is not asked."""
    try:
        return list(_findings(connect(), options))
    except AudsyncError as error:
        return [Finding(Level.ERROR, str(error), getattr(error, "remedy", None))]


def _findings(graph: "Graph", options: MetaOptions) -> Iterator[Finding]:
    account = f"act_{options.account_id}"
    found = graph.get(account, fields="tos_accepted")
    yield Finding(Level.OK, f"meta: the token may read ad account {account}")
    accepted = found.get("tos_accepted")
    if isinstance(accepted, dict) and accepted.get("custom_audience_tos") == 1:
        yield Finding(Level.OK, "meta: the Custom Audience terms are accepted")
    else:
        yield Finding(
            Level.ERROR,
            "meta: the Custom Audience terms are not accepted",
            "somebody of the business accepts them at "
            + TERMS.format(account=options.account_id),
        )
    lists = [
        one
        for one in audiences(graph, options, "id,name,subtype,operation_status")
        if one.get("subtype") == CUSTOM
    ]
    yield Finding(Level.OK, f"meta: {len(lists)} of at most {_MOST} customer lists are there")
    yield from (_flagged(one) for one in lists if is_flagged(one))
    if graph.is_outdated:
        yield Finding(
            Level.WARNING,
            f"meta: version {options.api_version} of the Graph API is retired, and Meta "
            "answers in a newer one",
            "update audsync, or set a newer `api_version`",
        )
    if len(lists) >= _MOST:
        yield Finding(
            Level.ERROR,
            f"meta: {account} has as many customer lists as it may have",
            "delete some in Audience Manager",
        )


def _flagged(one: dict[str, Any]) -> Finding:
    return Finding(
        Level.WARNING,
        f'meta: the audience "{one.get("name")}" is flagged, so that nobody can be added or '
        "removed",
        "ask for a review in Audience Manager, or delete it",
    )
