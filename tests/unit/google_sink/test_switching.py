"""What was handed over by one API is asked about there, though `api` names the other now."""

from typing import Any

import pytest

from audsync.contracts import Operation
from audsync.errors import RejectedError
from audsync.testing.google import FakeGoogle
from fakes.google_people import identifiers
from fakes.google_uploads import APIS, KIT, people, sent, settled, table
from google_shop import sink_of

OTHER = dict(zip(APIS, reversed(APIS), strict=True))
SCOPES = {"data_manager": "datamanager", "google_ads": "adwords"}


@pytest.mark.parametrize(
    ("api", "options"),
    [
        *((api, {}) for api in APIS),
        # What only the new one takes.
        ("google_ads", {"delivery": "replace"}),
        ("data_manager", {"max_batch": 500_000}),
    ],
)
def test_what_is_at_work_when_the_api_changes_is_settled(
    google: FakeGoogle, api: str, options: dict[str, Any]
) -> None:
    audience, receipt = sent(sink_of(google, api=api), people(3))
    sink = sink_of(google, api=OTHER[api], **options)
    assert settled(google, sink, receipt).accepted == 3
    leaving = sink.send(KIT.batch(sink, audience, Operation.REMOVE, table(sink, people(1))))
    assert settled(google, sink, leaving).accepted == 1
    assert google.members(audience.remote_id) == identifiers(people(2, start=1))
    assert google.platform.mistakes == {}


@pytest.mark.parametrize("api", APIS)
def test_where_the_login_is_for_the_new_api_alone_members_are_uncertain(
    google: FakeGoogle, api: str
) -> None:
    _, receipt = sent(sink_of(google, api=api), people(3))
    google.platform.access.granted -= {f"https://www.googleapis.com/auth/{SCOPES[api]}"}
    with pytest.raises(RejectedError, match="handed over by the API that was set before"):
        settled(google, sink_of(google, api=OTHER[api]), receipt)


def test_a_replacement_is_brought_to_its_end_by_the_api_that_began_it(
    google: FakeGoogle,
) -> None:
    given: dict[str, Any] = {"delivery": "replace"}
    ghosts = sink_of(google)
    audience, receipt = sent(ghosts, people(2, start=7))
    assert settled(google, ghosts, receipt).accepted == 2
    _, receipt = sent(sink_of(google, **given), people(3), operation=Operation.REPLACE)
    sink = sink_of(google, api="google_ads")
    assert settled(google, sink, receipt) is None
    following = sink.step(receipt)
    assert following is not None
    assert settled(google, sink, following).accepted == 3
    assert google.members(audience.remote_id) == identifiers(people(3))
