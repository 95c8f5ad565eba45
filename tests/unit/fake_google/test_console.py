"""What a fake Google in a process of its own is ordered to do."""

from collections.abc import Iterator

import pytest

from audsync.contracts import AudienceSpec
from audsync.errors import RejectedError
from audsync.testing.google.console import GoogleConsole
from audsync.testing.sink_contract import SPEC
from fakes.google_uploads import APIS, people, sent
from google_shop import sink_of


@pytest.fixture
def console(google_authority: None) -> Iterator[GoogleConsole]:  # noqa: ARG001 -- must be first
    made = GoogleConsole(port=0, grpc_port=0)
    with made.fake:
        yield made


@pytest.mark.parametrize(
    ("api", "what", "told"),
    [
        (APIS[0], "access", "may not use this account"),
        (APIS[1], "access", "may not use this account"),
        (APIS[0], "activity", "or the account is not active"),
        (APIS[1], "activity", "or it is not active"),
        (APIS[0], "terms", "terms are not accepted"),
        (APIS[1], "uploads", 'set api = "data_manager"'),
        (APIS[0], "customer-match", "may not use Customer Match"),
        (APIS[0], "declaration", "EU political advertising"),
        (APIS[1], "project", "may not call the API of production accounts"),
    ],
)
def test_what_an_account_may_be_refused_is_refused_and_allowed_again(
    console: GoogleConsole, api: str, what: str, told: str
) -> None:
    assert console.obey(["refuse", what])
    sink = sink_of(console.fake, api=api)
    with pytest.raises(RejectedError, match=told):
        sent(sink, people(1))
    assert console.obey(["allow", what])
    sent(sink, people(1))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("mobile", "takes no contact data"),
        ("closed", "is closed"),
        ("read-only", "may only be read"),
        ("short", "keeps members for 30 days"),
    ],
)
def test_a_list_that_cannot_be_kept_is_there(
    console: GoogleConsole, kind: str, told: str
) -> None:
    assert console.obey(["list", kind, *["Best", "of", "all"]])
    with pytest.raises(RejectedError, match=told):
        sink_of(console.fake).open(AudienceSpec(SPEC.key, "Best of all"), None)


def test_orders_that_are_none(console: GoogleConsole) -> None:
    for words in (["refuse"], ["refuse", "all"], ["list", "mobile"], ["list", "blue", "x"]):
        assert not console.obey(words)
