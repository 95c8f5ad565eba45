"""A fake of Meta's Graph API for Custom Audiences, on 127.0.0.1.

with FakeMeta() as fake:
    ...                                   # call fake.url with TOKEN, in the account act_ACCOUNT
    assert fake.members(audience_id) == {(digest_of_email, digest_of_phone)}
    fake.faults.plan(faults.throttled(minutes=3), endpoint="POST users")
    fake.graph.audiences[audience_id].flag("name")
    fake.graph.quirks.matching = Matching.ANY_KEY
    assert fake.mistakes == {}            # no token in an address, no crash report, …
"""

from audsync.testing.meta import errors, faults
from audsync.testing.meta.graph import ACCOUNT, APP, APP_SECRET, TOKEN, Graph
from audsync.testing.meta.quirks import Matching, Quirks, Samples
from audsync.testing.meta.server import FakeMeta

__all__ = [
    "ACCOUNT",
    "APP",
    "APP_SECRET",
    "TOKEN",
    "FakeMeta",
    "Graph",
    "Matching",
    "Quirks",
    "Samples",
    "errors",
    "faults",
]
