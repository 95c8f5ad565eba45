"""What the answers of servers say of this machine's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audsync.contracts import Level
from audsync.http import Clocks, fetch
from audsync.http.clocks import date_of
from audsync.run.doctor import _compared
from fakes.web import FakeWeb

NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb() as fake:
        fake.files["/orders.csv"] = b"order\n"
        yield fake


@pytest.mark.parametrize(
    ("headers", "moment"),
    [
        ({"Date": "Mon, 30 Nov 2026 09:00:00 GMT"}, NINE),
        ({"Date": "Mon, 30 Nov 2026 08:00:00 GMT", "Age": "3600"}, NINE),
        ({"Date": "Mon, 30 Nov 2026 09:00:00 -0000"}, NINE),
        ({"Date": "soon"}, None),
        ({"Date": "Mon, 30 Nov 2026 09:00:00 GMT", "Age": "old"}, None),
        ({"Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Age": "99"}, None),
        ({}, None),
    ],
)
def test_the_moment_of_an_answer_is_read(
    headers: dict[str, str], moment: datetime | None
) -> None:
    assert date_of(headers) == moment


def test_a_clock_that_is_that_of_a_server_is_right(web: FakeWeb, tmp_path: Path) -> None:
    clocks = Clocks()
    url = f"{web.url}/orders.csv"
    fetch(url, connector="csv", to=tmp_path / "orders.csv", answered=clocks.heard)
    (found,) = _compared(clocks)
    assert found.level is Level.OK
    web.seconds_ahead = 120
    fetch(url, connector="csv", to=tmp_path / "orders.csv", answered=clocks.heard)
    (found,) = _compared(clocks)
    assert (found.level, "behind that of 127.0.0.1" in found.message) == (Level.WARNING, True)


def test_a_clock_is_right_to_a_minute() -> None:
    clocks = Clocks()
    clocks.ahead = {"a": timedelta(minutes=-1), "b": timedelta(minutes=1, seconds=1)}
    assert [found.level for found in _compared(clocks)] == [Level.OK, Level.WARNING]


def test_of_two_servers_that_disagree_the_one_alone_may_be_wrong() -> None:
    clocks = Clocks()
    clocks.ahead = {"a.example": timedelta(seconds=2), "b.example": timedelta(hours=-1)}
    right, wrong = _compared(clocks)
    assert (right.level, wrong.level) == (Level.OK, Level.WARNING)
    assert wrong.message == "the clock is 60.0 minutes behind that of b.example"
    assert (
        wrong.remedy
        == "that of b.example may be wrong: a.example said the same as this machine"
    )
