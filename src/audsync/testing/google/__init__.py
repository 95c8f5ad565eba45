"""A fake of Google's Customer Match, on 127.0.0.1: Google Ads API, Data Manager, OAuth.

trust_authority()                         # once, before the first secure channel
with FakeGoogle() as fake:
    ...                                   # call fake.grpc_endpoint or fake.url with TOKEN
    assert fake.members(list_id) == set() # nothing is settled before the clock says so
    fake.platform.clock.advance(hours=7)
    assert fake.members(list_id) == {("email", digest), ("phone", other)}
    fake.faults.plan(faults.lost_after(), endpoint="*/IngestAudienceMembers")
    fake.platform.accounts[CUSTOMER].is_allowlisted = False
    fake.platform.access.revoke()
    assert fake.platform.mistakes == {} and not fake.jobs.unrun
"""

from audsync.testing.google import faults
from audsync.testing.google.access import (
    ADS_SCOPE,
    CLIENT_ID,
    CLIENT_SECRET,
    DATA_MANAGER_SCOPE,
    REFRESH_TOKEN,
    TOKEN,
)
from audsync.testing.google.accounts import ADVERTISER, CLIENT, CUSTOMER, MANAGER, PARTNER
from audsync.testing.google.certificates import trust_authority
from audsync.testing.google.platform import Platform
from audsync.testing.google.quirks import Quirks, Removal
from audsync.testing.google.server import FakeGoogle

__all__ = [
    "ADS_SCOPE",
    "ADVERTISER",
    "CLIENT",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CUSTOMER",
    "DATA_MANAGER_SCOPE",
    "MANAGER",
    "PARTNER",
    "REFRESH_TOKEN",
    "TOKEN",
    "FakeGoogle",
    "Platform",
    "Quirks",
    "Removal",
    "faults",
    "trust_authority",
]
