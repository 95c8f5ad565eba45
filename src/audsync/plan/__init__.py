"""The plan: what turns delivered audiences into desired ones, with reasons and guards.

`desired` says who should be in an audience, from consent, segment and match keys; `diff` what
to do about who is there; `plan_audience` also lets the guards judge it; a `Plan` holds the
audiences of one run and a checksum a person can confirm. All of it is pure: tables in, tables
out, the day an argument.
"""

from audsync.plan.audience_plan import (
    AudiencePlan,
    Plan,
    Target,
    plan_audience,
    plan_withdrawals,
)
from audsync.plan.comparison import Population
from audsync.plan.desired_members import Desired, desired
from audsync.plan.difference import Difference, Matching, diff, matching_of
from audsync.plan.guards import (
    Confirmed,
    Hold,
    Limits,
    Verdict,
    consent_fell,
    consent_rose,
    judge,
)
from audsync.plan.reasons import Phase, Reason
from audsync.plan.refresh import Refresh, refresh_for
from audsync.plan.replacement import Ways, ways_of

__all__ = [
    "AudiencePlan",
    "Confirmed",
    "Desired",
    "Difference",
    "Hold",
    "Limits",
    "Matching",
    "Phase",
    "Plan",
    "Population",
    "Reason",
    "Refresh",
    "Target",
    "Verdict",
    "Ways",
    "consent_fell",
    "consent_rose",
    "desired",
    "diff",
    "judge",
    "matching_of",
    "plan_audience",
    "plan_withdrawals",
    "refresh_for",
    "ways_of",
]
