"""A list of people as the platform holds it: identifiers, and when each was last added."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from audsync.testing.google.quirks import Removal

# A kind and what it holds: ("email", digest), ("phone", digest), or
# ("address", digest of first name, digest of last name, country, postal code).
# Digests are lower-case hex, however they were sent.
Identifier: TypeAlias = tuple[str, ...]
Person: TypeAlias = tuple[Identifier, ...]

DAY: Final = 86_400
LONGEST_DAYS: Final = 540
CONTACT: Final = "contact"  # the key type of lists of e-mails, phones and addresses

_DIGEST_LENGTH: Final = 64
_DIGEST_BYTES: Final = 32


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 digest in lower-case hex."""
    try:
        is_whole = len(text) == _DIGEST_LENGTH and len(bytes.fromhex(text)) == _DIGEST_BYTES
    except ValueError:
        return False
    return is_whole and text == text.lower()


@dataclass(slots=True)
class UserList:
    """One list of an account; `kind` is its key type and `days` how long a member stays.

    A list that is not open takes nobody in, and nobody is told. `held` has each identifier
    with the person it was last added with, `people_held` everybody in the order of additions.
    """

    id: int
    account: str
    name: str
    description: str = ""
    kind: str = CONTACT
    days: int = LONGEST_DAYS
    is_open: bool = True
    is_read_only: bool = False
    is_owned: bool = True
    integration_code: str = ""
    has_been_computed: bool = False
    held: dict[Identifier, tuple[Person, int]] = field(default_factory=dict, repr=False)
    people_held: dict[Person, int] = field(default_factory=dict, repr=False)

    def add(self, people: Iterable[Person], moment: int) -> None:
        """Put people in; who is in it already stays from that moment on."""
        held, people_held = self.held, self.people_held
        for person in people:
            entry = (person, moment)
            for identifier in person:
                held[identifier] = entry
            people_held.pop(person, None)
            people_held[person] = moment

    def remove(self, people: Iterable[Person], reading: Removal) -> None:
        """Take identifiers out, and with them what else goes by that reading."""
        named = {identifier for person in people for identifier in person}
        match reading:
            case Removal.IDENTIFIERS:
                for one in named:
                    self.held.pop(one, None)
            case Removal.ACCOUNTS:
                entries = {id(entry) for one in named if (entry := self.held.get(one))}
                self.held = {
                    one: entry
                    for one, entry in self.held.items()
                    if one not in named and id(entry) not in entries
                }
            case Removal.PEOPLE:
                self._remove_people(named)

    def _remove_people(self, named: set[Identifier]) -> None:
        """Take out everybody with one of these identifiers; others keep what they have."""
        gone = [person for person in self.people_held if not named.isdisjoint(person)]
        for person in gone:
            del self.people_held[person]
        touched = {one for person in gone for one in person} & self.held.keys()
        for one in touched:
            del self.held[one]
        for person, moment in self.people_held.items():
            entry = (person, moment)
            for one in touched.intersection(person):
                self.held[one] = entry

    def remove_added_before(self, moment: float) -> None:
        """Take out whatever was last added before that moment."""
        self.held = {one: entry for one, entry in self.held.items() if entry[1] >= moment}
        self.people_held = {
            person: added for person, added in self.people_held.items() if added >= moment
        }

    def members(self, now: int) -> frozenset[Identifier]:
        """The identifiers in it, without those whose time is over."""
        oldest = now - self.days * DAY
        return frozenset(one for one, (_, moment) in self.held.items() if moment > oldest)

    def people(self, now: int) -> frozenset[frozenset[Identifier]]:
        """The same, as they were last added together."""
        oldest = now - self.days * DAY
        together: dict[int, list[Identifier]] = {}
        for one, entry in self.held.items():
            if entry[1] > oldest:
                together.setdefault(id(entry), []).append(one)
        return frozenset(frozenset(ones) for ones in together.values())

    def expires_at(self, identifier: Identifier) -> int | None:
        """When its time is over, in seconds since 1970; None if it is not held."""
        entry = self.held.get(identifier)
        return None if entry is None else entry[1] + self.days * DAY


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to a list, as of the moment at which it was asked for.

    First whoever was last added before `clears_before` goes, then people go and come.
    """

    list_id: int
    moment: int
    adds: Sequence[Person] = field(default=(), repr=False)
    removes: Sequence[Person] = field(default=(), repr=False)
    clears_before: float | None = None
