"""A full replacement: its parts in one upload session, which must not be opened twice."""

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from audsync.contracts import Batch, Operation
from audsync.contracts import Part as BatchPart
from audsync.errors import RejectedError, TransientError
from audsync_sink_meta.answers import NAME, ClosedError, unreadable
from audsync_sink_meta.audience import REPLACING, status_code
from audsync_sink_meta.payload import Part, body, content_of
from audsync_sink_meta.receipts import Taken, Tally, explained, taken, tally

if TYPE_CHECKING:
    from audsync_sink_meta.graph import Graph

_FAILED: Final = 415


@dataclass(slots=True)
class _Session:
    """An upload session: its id at Meta, its counts, and the part nobody answered for."""

    id: int
    counts: Tally = field(default_factory=Tally)
    unanswered: int | None = None


class Replacements:
    """The replacements of this process, by the session that the core names."""

    def __init__(self) -> None:
        self._sessions: dict[int, _Session] = {}

    def send(self, graph: "Graph", batch: Batch) -> Taken:
        """Send one part.

        A first part that nobody answered is asked for before it is sent again, since it must
        not come twice; any other may.
        """
        (audience,) = batch.audiences
        part = batch.part or BatchPart(secrets.randbits(62) + 1)
        session = self._sessions.setdefault(part.session, _Session(part.session))
        if session.unanswered == part.number == 1:
            found = _arrived(graph, audience.remote_id, session, batch)
            if found is not None:
                return found
            session = self._sessions[part.session] = _Session(secrets.randbits(62) + 1)
        told = Part(session.id, part.number, part.number == part.of)
        upload = body(Operation.REPLACE, content_of(batch), told)
        try:
            answer = graph.upload(audience.remote_id, "usersreplace", body=upload)
            found = taken(
                answer, batch.rows, audience=audience.remote_id, before=session.counts
            )
        except ClosedError:
            # It was this part that closed the session, and only the answer was lost.
            if session.unanswered != part.number:
                raise
            ended = _arrived(graph, audience.remote_id, session, batch)
            if ended is None:
                raise
            return ended
        except TransientError:
            session.unanswered = part.number
            raise
        session.counts, session.unanswered = tally(answer), None
        return found


def _arrived(graph: "Graph", remote_id: str, session: _Session, batch: Batch) -> Taken | None:
    """What became of a part, as the record of its session tells; None where it never came."""
    records = graph.get(remote_id, "sessions", session_id=session.id).get("data")
    if not isinstance(records, list):
        raise unreadable(200, "no list of sessions")
    for record in records:
        if isinstance(record, dict) and str(record.get("session_id")) == str(session.id):
            counts = tally(record)
            if counts.received > session.counts.received:
                found = explained(counts.invalid - session.counts.invalid, None, batch.rows)
                session.counts, session.unanswered = counts, None
                return found
    return None


def is_ended(graph: "Graph", remote_id: str) -> bool:
    """Whether the audience is what was sent; RejectedError where Meta could not make it so."""
    found = graph.get(remote_id, fields="operation_status")
    code = status_code(found.get("operation_status"))
    if code == _FAILED:
        remedy = "nothing; the next run sends what is missing"
        raise RejectedError(
            f"{NAME}: Meta could not replace the members of the audience; {remedy}",
            connector=NAME,
            remedy=remedy,
        )
    return code != REPLACING
