"""Adding to, removing from and replacing an audience."""

from collections.abc import Mapping
from typing import Any, Final

from audsync.testing.meta import errors
from audsync.testing.meta.audiences import CUSTOM, Audience, Replacement, Session
from audsync.testing.meta.errors import Refused, wrong
from audsync.testing.meta.graph import Account, Graph
from audsync.testing.meta.matching import found
from audsync.testing.meta.params import is_true, structured, whole
from audsync.testing.meta.quirks import HUGE
from audsync.testing.meta.uploads import Upload, upload_of

_LARGEST_ID: Final = 2**63 - 1
_NORMAL, _EMPTY, _FAILED = 200, 410, 415


def change(
    graph: Graph, audience: Audience, params: Mapping[str, Any], *, removes: bool
) -> dict[str, Any]:
    """Add the rows to an audience, or remove them from it."""
    upload = _admitted(graph, audience, params)
    if audience.is_busy:
        raise Refused(errors.UPDATE_RUNS)
    session, is_last = _users_session(graph, audience, params)
    if audience.unready_calls:
        audience.unready_calls -= 1
        raise Refused(errors.NOT_READY)
    if removes:
        _remove(graph, audience, upload)
    else:
        _add(audience, upload)
    audience.content_updated = audience.updated = graph.clock.now
    if audience.status == _EMPTY:
        audience.status = _NORMAL
    return _counted(graph, audience, session, upload, is_last=is_last)


def _add(audience: Audience, upload: Upload) -> None:
    if audience.is_value_based is not upload.has_values:
        raise wrong("Each row of a value-based audience, and of no other, has LOOKALIKE_VALUE.")
    _of_its_kind(audience, upload)
    audience.added.update(upload.rows)
    audience.members.update(zip(upload.rows, upload.values, strict=True))


def _remove(graph: Graph, audience: Audience, upload: Upload) -> None:
    if audience.schema is not None:
        _of_its_kind(audience, upload)
    gone = _found(graph, audience, upload)
    _refuse_if_too_small(graph, audience, gone)
    audience.removed.update(upload.rows)
    for row in gone:
        del audience.members[row]


def _found(graph: Graph, audience: Audience, upload: Upload) -> set[tuple[str, ...]]:
    matching = graph.quirks.matching
    schema = audience.schema or upload.schema
    return found(audience.members, schema, upload.rows, upload.schema, matching)


def _refuse_if_too_small(graph: Graph, audience: Audience, gone: set[tuple[str, ...]]) -> None:
    left = audience.size - len(gone)
    if gone and left < graph.quirks.smallest_after_removal:
        raise Refused(errors.TOO_SMALL)


def _admitted(graph: Graph, audience: Audience, params: Mapping[str, Any]) -> Upload:
    account = graph.account(audience.account_id)
    _refuse_editing(account)
    if audience.subtype != CUSTOM:
        raise wrong("Members can be uploaded to audiences of subtype CUSTOM only.")
    if not audience.may_edit:
        raise Refused(errors.NO_PERMISSION)
    upload = upload_of(graph, params)
    if audience.is_flagged:
        raise Refused(errors.FLAGGED)
    return upload


def _refuse_editing(account: Account) -> None:
    if not account.tos_accepted:
        raise Refused(errors.TERMS)
    if not account.is_in_business:
        raise Refused(errors.NO_BUSINESS)


def _of_its_kind(audience: Audience, upload: Upload) -> None:
    """Take the schema of the first upload, and hold all others to it."""
    if audience.schema is None:
        audience.schema, audience.takes_single_key = upload.schema, upload.is_single
    if (audience.schema, audience.takes_single_key) != (upload.schema, upload.is_single):
        raise Refused(errors.OTHER_KEYS)


def _counted(
    graph: Graph, audience: Audience, session: Session, upload: Upload, *, is_last: bool
) -> dict[str, Any]:
    session.received += upload.received
    session.invalid += len(upload.invalid)
    is_of_session = graph.quirks.counts_invalid_by_session
    if is_last:
        session.ended, session.ends_with = graph.clock.now, "last batch"
    return {
        "audience_id": audience.id,
        "session_id": str(session.id),
        "num_received": session.received,
        "num_invalid_entries": session.invalid if is_of_session else len(upload.invalid),
        "invalid_entry_samples": upload.samples(graph.quirks.samples),
    }


def _users_session(
    graph: Graph, audience: Audience, params: Mapping[str, Any]
) -> tuple[Session, bool]:
    """The session of an upload, a new one if none is told; whether this is its last batch."""
    told = structured(params, "session")
    if told is None:
        if graph.quirks.needs_session:
            raise wrong("The parameter session is required.")
        made = Session(int(graph.new_id()), graph.clock.now)
        audience.sessions[made.id] = made
        return made, True
    session_id, _, is_last = _told(told)
    session = audience.sessions.get(session_id)
    if session is None:
        session = _opened(graph, audience, session_id)
    if session.ends_with:
        raise Refused(errors.SESSION_CLOSED)
    return session, is_last


def _opened(graph: Graph, audience: Audience, session_id: int) -> Session:
    used = graph.account(audience.account_id).session_ids
    if used.setdefault(session_id, audience.id) != audience.id:
        raise wrong("The session_id was used for another audience of the ad account.")
    session = Session(session_id, graph.clock.now)
    audience.sessions[session_id] = session
    return session


def _told(session: object) -> tuple[int, int, bool]:
    """Session id, number of the batch and whether it is the last one."""
    if not isinstance(session, dict):
        raise wrong("The parameter session must be an object.")
    session_id, number = whole(session.get("session_id")), whole(session.get("batch_seq"))
    if session_id is None or not 0 < session_id <= _LARGEST_ID:
        raise wrong("The session_id must be a positive 64-bit integer.")
    if number is None or number < 1:
        raise wrong("The batch_seq must be a positive integer.")
    return session_id, number, is_true(session.get("last_batch_flag"))


def replace(graph: Graph, audience: Audience, params: Mapping[str, Any]) -> dict[str, Any]:
    """Take a batch of a full replacement; the first one starts it, the last one ends it."""
    upload = _admitted(graph, audience, params)
    told = structured(params, "session")
    if told is None:
        raise wrong("The parameter session is required.")
    session_id, number, is_last = _told(told)
    _refuse_if_ended(audience, session_id)
    running = audience.replacement
    if running is None:
        running = _started(graph, audience, upload, session_id=session_id, number=number)
    elif running.session.id != session_id or (
        number == 1 and not graph.quirks.takes_first_batch_twice
    ):
        raise Refused(errors.UPDATE_RUNS)
    elif running.schema != upload.schema:
        raise Refused(errors.OTHER_SCHEMA)
    running.arrived.update(zip(upload.rows, upload.values, strict=True))
    audience.added.update(upload.rows)
    answer = _counted(graph, audience, running.session, upload, is_last=is_last)
    if is_last:
        if graph.quirks.fails_at_end:
            running.arrived = dict(audience.members)
        audience.end_replacement("last batch", graph.clock.now)
        audience.next_statuses = [414] * graph.quirks.polls_after_replace
        if graph.quirks.fails_at_end:
            audience.next_statuses += [_FAILED] * graph.quirks.polls_after_failure
    if graph.quirks.tells_account:
        answer["account_id"] = audience.account_id
        del answer["audience_id"]
    return answer


def _refuse_if_ended(audience: Audience, session_id: int) -> None:
    session = audience.sessions.get(session_id)
    if session is not None and session.ends_with:
        by_window = session.ends_with == "window"
        raise Refused(errors.WINDOW_ENDED if by_window else errors.SESSION_CLOSED)


def _started(
    graph: Graph, audience: Audience, upload: Upload, *, session_id: int, number: int
) -> Replacement:
    if audience.is_busy:
        raise Refused(errors.UPDATE_RUNS)
    if number != 1:
        raise Refused(errors.NO_FIRST_BATCH)
    normal = {_NORMAL, _EMPTY} if graph.quirks.replaces_unfilled else {_NORMAL}
    if audience.status not in normal or _FAILED in audience.next_statuses:
        raise Refused(errors.REPLACE_NOT_NORMAL)
    if audience.size >= HUGE:
        raise Refused(errors.HUGE)
    if audience.is_value_based is not upload.has_values:
        raise Refused(errors.VALUE_BASED)
    _of_its_kind(audience, upload)
    session = _opened(graph, audience, session_id)
    audience.replacement = Replacement(session, upload.schema)
    return audience.replacement


def break_replacement(graph: Graph, audience: Audience) -> None:
    """Fail a running replacement: what has arrived is in, the rest is as it was before."""
    if audience.replacement is not None:
        arrived = dict(audience.replacement.arrived)
        audience.replacement.arrived = {**audience.members, **arrived}
        audience.end_replacement("failure", graph.clock.now)
        audience.next_statuses = [_FAILED] * graph.quirks.polls_after_failure
    raise Refused(errors.PARTLY_REPLACED)


def remove_everywhere(
    graph: Graph, account: Account, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Remove people from every customer-file audience of an account that may be changed."""
    _refuse_editing(account)
    upload = upload_of(graph, params)
    audiences = [
        one
        for one in graph.of_account(account.id)
        if one.subtype == CUSTOM and not one.is_flagged
    ]
    gone = {one.id: _found(graph, one, upload) for one in audiences}
    for one in audiences:
        _refuse_if_too_small(graph, one, gone[one.id])
    for one in audiences:
        one.removed.update(upload.rows)
        if one.replacement is not None:
            schema = one.replacement.schema
            matching = graph.quirks.matching
            arrived = one.replacement.arrived
            for row in found(arrived, schema, upload.rows, upload.schema, matching):
                del arrived[row]
        for row in gone[one.id]:
            del one.members[row]
    return {"success": True}


def session_records(audience: Audience, params: Mapping[str, Any]) -> list[dict[str, str]]:
    """The upload sessions of an audience, as records of text; of one id where it is given."""
    wanted = whole(params.get("session_id"))
    return [
        {
            "session_id": str(one.id),
            "start_time": str(one.started),
            "end_time": "0",
            "num_received": str(one.received),
            "num_matched": "-1",
            "num_invalid_entries": str(one.invalid),
            "progress": "0",
            "stage": "uploading",
        }
        for one in audience.sessions.values()
        if wanted in (None, one.id)
    ]
