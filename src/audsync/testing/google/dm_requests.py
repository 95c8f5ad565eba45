"""Data Manager's requests about members: taken at once, done when the clock says so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from audsync.testing.google import dm_members
from audsync.testing.google.accounts import AccountType
from audsync.testing.google.dm_destinations import Destination, destinations, is_of_partner
from audsync.testing.google.dm_members import Member, Members
from audsync.testing.google.lists import DAY, Change, Person
from audsync.testing.google.platform import Platform, Work
from audsync.testing.google.refusals import Refused, Violation, data_manager
from audsync.testing.google.regions import EEA

_ACCEPTED: Final = 1
_GRANTED: Final = 1
_DENIED: Final = 2
_DAYS_OF_STATUS: Final = 50
_ENCODINGS: Final = (1, 2)

INGEST: Final = "ingest"
REMOVE: Final = "remove"
REMOVE_ALL: Final = "remove_all"


@dataclass(slots=True)
class Part:
    """What a request did to one destination: how many it held, and what was wrong with some."""

    message: Any = field(repr=False)
    list_id: int
    records: int = 0
    identifiers: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    dropped: int = 0


@dataclass(slots=True)
class Request:
    """A request that was taken."""

    id: str
    kind: str
    data_type: str
    received: int
    parts: list[Part]
    work: Work


class Requests:
    """All requests of the platform about members, by their ids."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.by_id: dict[str, Request] = {}

    def ingest(self, request: Any, answer: Any) -> Any:
        """`IngestAudienceMembers`."""
        where, found = self._checked(request)
        if any(not one.account.has_signed_terms for one in where):
            raise data_manager("TERMS_AND_CONDITIONS_NOT_SIGNED", "destinations")
        status = request.terms_of_service.customer_match_terms_of_service_status
        if status != _ACCEPTED:
            raise data_manager(
                "TERMS_AND_CONDITIONS_NOT_SIGNED",
                "terms_of_service.customer_match_terms_of_service_status",
            )
        errors = _consent_errors(request, found)
        sent = [member.index for member in found.members if member.has_ip]
        for one in where:
            if sent and one.account.type is not AccountType.GOOGLE_ADS:
                raise data_manager(
                    "INVALID_AUDIENCE_MEMBER",
                    *(f"audience_members[{n}].composite_data.ip_data" for n in sent),
                )
        parts, changes = [], []
        now = self.platform.clock.now
        for one in where:
            part = Part(one.message, one.held.id)
            adds: list[Person] = []
            drops_eea = is_of_partner(one)
            for member in _count(part, found, one):
                if error := errors.get(member.index):
                    part.errors[error] += 1
                elif drops_eea and _is_of_eea(member.person):
                    part.dropped += 1
                else:
                    adds.append(member.person)
            parts.append(part)
            changes.append(Change(one.held.id, now, adds=adds))
        return self._taken(request, answer, INGEST, found.data_type, parts, changes)

    def remove(self, request: Any, answer: Any) -> Any:
        """`RemoveAudienceMembers`."""
        where, found = self._checked(request)
        parts, changes = [], []
        now = self.platform.clock.now
        for one in where:
            part = Part(one.message, one.held.id)
            removes = [member.person for member in _count(part, found, one)]
            parts.append(part)
            changes.append(Change(one.held.id, now, removes=removes))
        return self._taken(request, answer, REMOVE, found.data_type, parts, changes)

    def remove_all(self, request: Any, answer: Any) -> Any:
        """`RemoveAllAudienceMembers`."""
        where = destinations(self.platform, request.destinations)
        now = self.platform.clock.now
        moment: float = now
        if request.HasField("remove_as_of_time"):
            told = request.remove_as_of_time
            moment = told.seconds + told.nanos / 1e9
            if moment > now:
                raise data_manager("INVALID_REMOVE_AS_OF_TIME", "remove_as_of_time")
        parts = [Part(one.message, one.held.id) for one in where]
        changes = [Change(one.held.id, now, clears_before=moment) for one in where]
        return self._taken(request, answer, REMOVE_ALL, "", parts, changes)

    def _taken(
        self,
        request: Any,
        answer: Any,
        kind: str,
        data_type: str,
        parts: list[Part],
        changes: Sequence[Change],
    ) -> Any:
        if kind != REMOVE_ALL and not all(part.records for part in parts):
            self.platform.mistakes["list that no member goes to"] += 1
        number = str(self.platform.number()).encode()
        answer.request_id = sha256(number).hexdigest()[:32]
        if not request.validate_only:
            work = self.platform.schedule(self.platform.quirks.processing_seconds, changes)
            self.by_id[answer.request_id] = Request(
                answer.request_id, kind, data_type, self.platform.clock.now, parts, work
            )
        return answer

    def _checked(self, request: Any) -> tuple[list[Destination], Members]:
        """The destinations and members of a request; one bad field refuses all of it."""
        where = destinations(self.platform, request.destinations)
        sent = request.audience_members
        if not sent:
            raise data_manager("REQUIRED_FIELD_MISSING", "audience_members")
        if len(sent) > dm_members.MOST_MEMBERS:
            raise data_manager("TOO_MANY_AUDIENCE_MEMBERS", "audience_members")
        is_hashed = sent[0].WhichOneof("data") in ("user_data", "composite_data")
        if is_hashed and request.encoding not in _ENCODINGS:
            raise data_manager("REQUIRED_FIELD_MISSING", "encoding")
        found = dm_members.read(self.platform, sent, request.encoding)
        self.platform.identifiers_seen += sum(len(one.person) for one in found.members)
        violations = [*found.violations, *_wrong_references(where, found)]
        if violations:
            raise Refused(
                "INVALID_ARGUMENT",
                reason=violations[0].reason,
                violations=violations[: self.platform.quirks.violations],
            )
        for number, one in enumerate(where):
            if one.held.kind != found.list_kind:
                at = f"destinations[{number}].product_destination_id"
                raise data_manager("INVALID_USER_LIST_TYPE", at)
        return where, found

    def found(self, request_id: str) -> Request:
        """The request of an id; refused if there is none, or none any more."""
        self.platform.settle()
        request = self.by_id.get(request_id)
        if request is None:
            raise data_manager("INVALID_REQUEST_ID", "request_id")
        if self.platform.clock.now - request.received > _DAYS_OF_STATUS * DAY:
            raise data_manager("REQUEST_TOO_OLD", "request_id")
        return request


def _consent_errors(request: Any, found: Members) -> dict[int, str]:
    """Why members are not processed, for want of consent, by their place in the request."""
    of_request = _consent_error(request.consent)
    errors = {}
    for member in found.members:
        own = member.consent
        if error := of_request if own is None else _consent_error(own):
            errors[member.index] = error
    return errors


def _consent_error(consent: Any) -> str:
    told = (consent.ad_user_data, consent.ad_personalization)
    if _DENIED in told:
        return "DENIED_CONSENT"
    return "" if told == (_GRANTED, _GRANTED) else "NO_CONSENT"


def _count(part: Part, found: Members, destination: Destination) -> list[Member]:
    """The members that go to a destination, counted."""
    reference = destination.reference
    members = [
        member
        for member in found.members
        if not member.references or reference in member.references
    ]
    part.records = len(members)
    part.identifiers.update(one[0] for member in members for one in member.person)
    return members


def _is_of_eea(person: Person) -> bool:
    return any(identifier[0] == "address" and identifier[3] in EEA for identifier in person)


def _wrong_references(where: Sequence[Destination], found: Members) -> list[Violation]:
    known = {one.reference for one in where if one.reference}
    return [
        Violation(
            f"audience_members[{member.index}].destination_references", "INVALID_DESTINATION"
        )
        for member in found.members
        if not known.issuperset(member.references)
    ]
