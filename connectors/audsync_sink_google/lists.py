"""What both APIs tell of a list, judged in one place: can it be kept equal to a segment?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from audsync.contracts import AudienceInfo, AudienceSpec
from audsync_sink_google.errors import NAME, GoogleRefusedError
from audsync_sink_google.meanings import Kind
from audsync_sink_google.options import SHORTEST_MEMBERSHIP, GoogleOptions

DESCRIPTION: Final = "Kept by audsync"
_SAME_SEGMENT: Final = "rename the segment, so that a new list is made, or that list"


@dataclass(frozen=True, slots=True)
class List:
    """A list as Google holds it; `days` is how long a member stays, `status` what is shown."""

    id: str
    name: str
    takes_contacts: bool
    is_owned: bool = True
    is_open: bool = True
    is_read_only: bool = False
    days: int | None = None
    size: int | None = None
    status: Mapping[str, object] = field(default_factory=dict)

    @property
    def takes_members(self) -> bool:
        """Whether members may be added."""
        is_ours = self.is_owned and not self.is_read_only
        return self.takes_contacts and self.is_open and is_ours

    @property
    def shown(self) -> str:
        """The list as messages call it."""
        return f'the list "{self.name}" ({self.id})'


def description(spec: AudienceSpec) -> str:
    """The description of a new list: Google wants one."""
    return spec.description or f"{DESCRIPTION}: {spec.key}"


def judge(found: List, options: GoogleOptions) -> AudienceInfo:
    """The audience that a list is; GoogleRefusedError where it cannot be kept."""
    if not found.takes_contacts:
        refuse(f"{found.shown} takes no contact data", _SAME_SEGMENT)
    if not found.is_owned:
        refuse(f"{found.shown} belongs to another account", _SAME_SEGMENT)
    if found.is_read_only:
        refuse(f"{found.shown} may only be read", _SAME_SEGMENT)
    if not found.is_open:
        refuse(
            f"{found.shown} is closed, so that nobody can be added",
            "open it in Audience manager, or rename the segment, so that a new list is made",
        )
    if found.days is not None and found.days < options.membership_days:
        refuse(
            f"{found.shown} keeps members for {found.days} days, and `membership_days` is "
            f"{options.membership_days}: they would drop out before they are added again",
            "raise it at that list"
            if found.days < SHORTEST_MEMBERSHIP
            else f"set membership_days = {found.days}, or raise it at that list",
        )
    return AudienceInfo(found.id, found.name, size=found.size, status=found.status)


def refuse(what: str, remedy: str) -> NoReturn:
    """Raise the error of something that a person has to change."""
    raise GoogleRefusedError(f"{NAME}: {what}; {remedy}", remedy=remedy, kind=Kind.PERSON)


def hidden_name(name: str) -> NoReturn:
    """Raise the error of a name that is taken by a list that cannot be seen."""
    refuse(f'the name "{name}" is taken by a list that the login cannot see', _SAME_SEGMENT)


def several(name: str, number: int) -> NoReturn:
    """Raise the error of a name that several lists have."""
    refuse(
        f'there are {number} lists with the name "{name}"',
        "rename or remove all but one of them in Audience manager",
    )
