"""Plans of one audience, from the keys its members had and those they should have."""

from collections.abc import Mapping
from typing import Any

from audsync.audience_keys import AudienceKey
from audsync.contracts import AudienceSpec
from audsync.guard_settings import GuardSettings
from audsync.plan import AudiencePlan, Limits, Population, Refresh, Target, plan_audience
from fakes.people import BY_KEY, Keys, delivered, denied, ids, wanted


def newsletter_target(rules_version: str = "1") -> Target:
    """The audience `newsletter` at the sink `files`."""
    key = AudienceKey("kolo", "newsletter", "files")
    return Target(key, AudienceSpec("kolo.newsletter", "Newsletter"), rules_version)


def newsletter(**facts: Any) -> AudiencePlan:
    """A plan of the audience `newsletter`; `facts` are the others that it is made of."""
    return plan_audience(
        newsletter_target(),
        **facts,
    )


def numbered(count: int, start: int = 0) -> dict[str, Keys]:
    return {f"{number:06}": {"email": f"e{number}"} for number in range(start, start + count)}


def planned(
    had: Mapping[str, Keys],
    want: Mapping[str, Keys],
    *,
    refused: tuple[str, ...] = (),
    limits: Limits | None = None,
    gone: tuple[str, ...] = (),
    refresh: Refresh | None = None,
) -> AudiencePlan:
    known = [name for name in {**had, **want} if name not in gone]
    people = Population(denied(refused), ids(known))
    return newsletter(
        desired=wanted(want),
        delivered=delivered(had) if had else None,
        population=people,
        matching=BY_KEY,
        limits=limits or Limits(GuardSettings(), 0.5, 0.5),
        refresh=refresh,
    )
