"""Taking people out of every customer list of the account."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from audsync.contracts import Operation
from audsync.errors import RejectedError
from audsync_sink_meta.answers import NAME, BlockedError, GoneError
from audsync_sink_meta.audience import CUSTOM, audiences, is_flagged
from audsync_sink_meta.membership import change
from audsync_sink_meta.options import MetaOptions
from audsync_sink_meta.payload import body, content

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_sink_meta.graph import Graph


def erase(graph: "Graph", options: MetaOptions, keys: "pa.Table") -> None:
    """Take out members with these keys.

    Meta does not say whether the edge of the account that does so takes a removal in the body
    of a call. Where it refuses one, or does not say that it was carried out, and where
    `erasure` says so, they are taken out list by list; else from those that are flagged, of
    which nobody can be taken out and Meta does not say that it left them out. Raises
    RejectedError naming the lists that cannot be changed, once all the others were.
    """
    size = options.max_batch
    parts = [keys.slice(start, size) for start in range(0, keys.num_rows, size)]
    tries = options.erasure == "auto"
    is_done = tries and all(_everywhere(graph, options, rows) for rows in parts)
    left = [one for one in _lists(graph, options) if is_flagged(one) or not is_done]
    refused = {
        str(one.get("name")): error
        for one in left
        if (error := _from_list(graph, str(one["id"]), parts))
    }
    if refused:
        told = "; ".join(
            f'"{name}": {str(error).removeprefix(f"{NAME}: ")}'
            for name, error in refused.items()
        )
        lists = "a list" if len(refused) == 1 else f"{len(refused)} lists"
        raise RejectedError(
            f"{NAME}: people stay in {lists} of the account: {told}",
            connector=NAME,
            remedy=next(iter(refused.values())).remedy,
        )


def _everywhere(graph: "Graph", options: MetaOptions, rows: "pa.Table") -> bool:
    """Whether Meta says that these members are in no list of the account any more."""
    upload = body(Operation.REMOVE, content(Operation.REMOVE, rows), None)
    try:
        answer = graph.upload(f"act_{options.account_id}", "usersofanyaudience", body=upload)
    except BlockedError:
        raise
    except RejectedError:
        return False
    return answer.get("success") is True


def _lists(graph: "Graph", options: MetaOptions) -> Iterator[dict[str, Any]]:
    """The customer lists of the account's own; those that others share can only be read."""
    for one in audiences(graph, options, "id,name,subtype,account_id,operation_status"):
        is_own = str(one.get("account_id", options.account_id)) == options.account_id
        if one.get("subtype") == CUSTOM and is_own:
            yield one


def _from_list(
    graph: "Graph", remote_id: str, parts: "Sequence[pa.Table]"
) -> RejectedError | None:
    """Why these members stay in a list; None where they do not, as in one that is gone."""
    try:
        for rows in parts:
            change(graph, remote_id, Operation.REMOVE, rows)
    except GoneError:
        return None
    except BlockedError:
        raise
    except RejectedError as error:
        return error
    return None
