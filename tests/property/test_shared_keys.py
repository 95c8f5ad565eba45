"""People who share keys and change them, over days of trouble: nobody who stays drops out."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Capabilities,
    Context,
    Finding,
    KeyRule,
    Match,
    Outcome,
    Receipt,
    Sink,
)
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from audsync_sink_files import FilesOptions, FilesSink
from fakes.kills import Fuse, Killed
from fakes.plans import (
    Row,
    Wishes,
    a_run,
    digest,
    members,
    person,
    several,
    should_hold,
    sure,
)

STAYING = ("c0", "c1", "c2")
OTHERS = ("c3", "c4", "c5")
EMAILS = ("e1", "e2", "e3", "e4", "e5")
# Two phones for six people: most share one.
ROWS = st.builds(person, st.sampled_from(EMAILS), st.sampled_from([None, "p1", "p2"]))
# One or two addresses each, which others may have in another column.
ROWS_OF_SEVERAL = st.builds(
    several,
    st.lists(st.sampled_from(EMAILS), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(["p1", "p2"]), max_size=2, unique=True),
)


class Watched:
    """A sink that is looked at after every call, and whose process may end at one."""

    Options: ClassVar[type] = object

    def __init__(self, sink: Sink, look: Callable[[], None]) -> None:
        self._sink = sink
        self._look = look
        self.fuse = Fuse(None)

    @property
    def capabilities(self) -> Capabilities:
        return self._sink.capabilities

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        return self._sink.key_rules

    def check(self) -> list[Finding]:
        return self._sink.check()

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        return self._sink.open(spec, remote_id)

    def send(self, batch: Batch) -> Receipt:
        self.fuse.burn()
        receipt = self._sink.send(batch)
        self._look()
        self.fuse.burn()
        return receipt

    def settle(self, receipt: Receipt) -> Outcome | None:
        outcome = self._sink.settle(receipt)
        self._look()
        return outcome

    def erase(self, keys: object) -> Receipt:
        raise NotImplementedError


@dataclass(frozen=True)
class Day:
    """What is wanted, and what goes wrong: refused e-mails, a kill, a lost reply, a delay."""

    wishes: Wishes
    refused: frozenset[str]
    calls_to_live: int | None
    status: int | None
    ticks: int


def days_of(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[list[Day]]:
    day = st.builds(
        Day,
        st.builds(
            lambda stay, others: {**stay, **others},
            st.fixed_dictionaries(dict.fromkeys(STAYING, rows)),
            st.dictionaries(st.sampled_from(OTHERS), rows),
        ),
        st.frozensets(st.sampled_from(EMAILS), max_size=2),
        st.none() | st.integers(0, 6),
        st.none() | st.sampled_from([0, 400, 500]),
        st.integers(0, 2),
    )
    return st.lists(day, min_size=2, max_size=6)


days = days_of(ROWS)


def own(rows: list[Row], match: Match) -> set[tuple[object, ...]]:
    """All by which a platform that matches so may find somebody who has had these rows."""
    return {found for row in rows for found in should_hold({"any": row}, match)}


def lived(
    sink: Watched,
    state: State,
    days: list[Day],
    held: Callable[[], frozenset[tuple[object, ...]]],
    trouble: Callable[[Day], None],
) -> None:
    """Live the days; after every call whoever stays and was a member must be there still."""
    had: dict[str, list[Row]] = {client: [] for client in STAYING}
    joined: set[str] = set()
    match = sink.capabilities.match

    def look() -> None:
        joined.update(sure(state))
        for client in joined.intersection(STAYING):
            assert held() & own(had[client], match), f"{client} dropped out"

    sink._look = look
    for number, day in enumerate(days):
        for client in STAYING:
            had[client].append(day.wishes[client])
        trouble(day)
        sink.fuse = Fuse(day.calls_to_live)
        is_killed = True
        with suppress(Killed):
            a_run(state, sink, day.wishes, number=number)
            is_killed = False
        event(f"killed {is_killed}")
    sink.fuse = Fuse(None)


def converged(
    sink: Watched,
    state: State,
    wishes: Wishes,
    held: Callable[[], frozenset[tuple[object, ...]]],
    wait: Callable[[], None],
) -> None:
    """Without trouble the platform and the member list hold what is wanted, and no more."""
    for number in range(4):
        wait()
        assert a_run(state, sink, wishes, number=100 + number).failure is None
    assert held() == should_hold(wishes, sink.capabilities.match)
    assert members(state) == {client: [row] for client, row in wishes.items()}


def _day(calls_to_live: int | None, *refused: str, **wishes: Row) -> Day:
    stays = person("e5")
    others = {"c0": stays, "c2": stays}
    return Day(others | wishes, frozenset(refused), calls_to_live, None, 0)


# A new address is refused while somebody else has the old one, and then leaves.
REFUSED = [
    _day(None, c1=person("e1")),
    _day(None, "e2", c1=person("e2"), c3=person("e1")),
    _day(None, "e2", c1=person("e2")),
]


@settings(max_examples=25)
@given(
    days | days_of(ROWS_OF_SEVERAL),
    st.sampled_from(Match),
    st.sampled_from([0, 0, 1]),
    st.integers(1, 3),
)
@example(REFUSED, Match.KEY, 0, 1)
@example(REFUSED, Match.ROW, 0, 1)
@example(REFUSED, Match.PERSON, 0, 1)
def test_a_platform_that_refuses_and_settles_later_never_loses_who_stays(
    days: list[Day], match: Match, delay: int, max_batch: int
) -> None:
    # By any key of a whole row somebody may drop out for a moment, and is added again in the
    # same run: the state machine of delivery has that.
    has_several = len(days[0].wishes["c0"]) > len(person("e1"))
    platform = MemoryPlatform(match, match is Match.PERSON, several=has_several, delay=delay)
    sink = Watched(MemorySink(platform=platform, max_batch=max_batch), lambda: None)

    def held() -> frozenset[tuple[object, ...]]:
        return platform.members("audience-1") if platform.audiences() else frozenset()

    def trouble(day: Day) -> None:
        platform.recover()
        platform.refuses = {digest(email) for email in day.refused}
        if day.status == 0:
            platform.lose_next_reply()
        elif day.status is not None:
            platform.fail_next(day.status)
        platform.advance(day.ticks)

    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "shop") as state:
        lived(sink, state, days, held, trouble)
        platform.recover()
        platform.refuses = set()
        converged(sink, state, days[-1].wishes, held, platform.advance)


def six(row: Row) -> Row:
    """A row of keys as the files sink takes it."""
    email, phone, country = row
    return email, phone, None, None, country, None


@settings(max_examples=10)
@given(days)
@example(
    # A row that two want in turn, and two kills before anything of that was sent.
    [
        _day(None, c1=person("e3", "p1")),
        _day(0, c1=person("e2")),
        _day(0, c1=person("e2"), c3=person("e3", "p1")),
        _day(None, c1=person("e1", "p1")),
    ]
)
def test_a_file_never_loses_who_stays(days: list[Day]) -> None:
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "shop") as state:
        path = Path(folder) / "out" / "people.csv"
        context = Context(
            "shop", "UTC", "GB", "GBP", Path(folder), lambda text: path.parents[1] / text
        )
        sink = Watched(FilesSink(FilesOptions(max_batch=2), context), lambda: None)

        def held() -> frozenset[tuple[object, ...]]:
            lines = path.read_text("utf-8").splitlines()[1:] if path.exists() else []
            return frozenset(tuple(cell or None for cell in line.split(",")) for line in lines)

        wide = [
            Day(
                {client: six(row) for client, row in day.wishes.items()},
                frozenset(),
                day.calls_to_live,
                None,
                0,
            )
            for day in days
        ]
        lived(sink, state, wide, held, lambda _day: None)
        converged(sink, state, wide[-1].wishes, held, lambda: None)


@given(ROWS, ROWS, ROWS)
@settings(max_examples=15)
def test_a_shared_key_goes_with_the_last_who_has_it(one: Row, other: Row, third: Row) -> None:
    shared = [(*row[:1], digest("shared"), *row[2:]) for row in (one, other, third)]
    first, second, last = (
        dict(zip(("c0", "c1", "c2")[n:], shared[n:], strict=True)) for n in range(3)
    )
    platform = MemoryPlatform()
    sink = MemorySink(platform=platform)
    key = ("phone", digest("shared"))
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "shop") as state:
        for number, wishes in enumerate((first, second, last, {})):
            a_run(state, sink, wishes, number=number)
            assert (key in platform.members("audience-1")) is bool(wishes)
            assert set(members(state)) == set(wishes)
