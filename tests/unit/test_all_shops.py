"""Every shop once: how many at a time, what becomes of the others, how a stop is passed on."""

import signal
from collections.abc import Sequence

import pytest

from audsync.daemon.all_shops import common_code, run_all
from audsync.daemon.children import Ended


class FakeChild:
    """Ends with a code after so many looks, or with 128 + signal at the look after one."""

    def __init__(self, code: int, looks: int) -> None:
        self.code, self.looks, self.signals = code, looks, list[int]()

    def ended(self) -> Ended | None:
        self.looks -= 1
        return Ended(self.code) if self.looks < 0 else None

    def signal(self, number: int) -> None:
        self.signals.append(number)
        self.code, self.looks = 128 + number, 1


class Fleet:
    def __init__(self, codes: dict[str, int]) -> None:
        self.codes = codes
        self.children: dict[str, FakeChild] = {}
        self.most = 0
        self.told: list[str] = []
        self.number: int | None = None

    def start(self, shop: str, arguments: Sequence[str], /) -> FakeChild:
        assert arguments == ("run", "--run-id", "r1")
        self.children[shop] = FakeChild(self.codes[shop], len(self.children) % 4)
        at_work = sum(child.looks >= 0 for child in self.children.values())
        self.most = max(self.most, at_work)
        return self.children[shop]

    def run(self, jobs: int, *, sleep: int = 0) -> dict[str, Ended]:
        def slept(_seconds: float) -> None:
            if sleep and len(self.children) >= sleep:
                self.number = signal.SIGTERM

        return run_all(
            list(self.codes),
            ("run", "--run-id", "r1"),
            jobs=jobs,
            start=self.start,
            stopped_by=lambda: self.number,
            sleep=slept,
            told=lambda shop, _: self.told.append(shop),
        )


def test_each_shop_runs_once_and_no_more_at_a_time_than_allowed() -> None:
    fleet = Fleet({f"shop-{number:03}": number % 3 for number in range(100)})
    ended = fleet.run(jobs=7)
    assert {shop: how.exit_code for shop, how in ended.items()} == fleet.codes
    assert sorted(fleet.told) == sorted(fleet.codes)
    assert fleet.most == 7


def test_a_stop_is_passed_on_once_and_begins_nothing_else() -> None:
    fleet = Fleet(dict.fromkeys((f"shop-{number}" for number in range(9)), 0))
    ended = fleet.run(jobs=3, sleep=3)
    assert 3 <= len(ended) < 9
    assert set(ended) == set(fleet.children)
    assert all(len(child.signals) <= 1 for child in fleet.children.values())
    assert 143 in {how.exit_code for how in ended.values()}


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([6, 6], 6), ([0, 7], 3), ([4, 7], 3)]
)
def test_the_code_of_all_is_the_common_one_or_incomplete(codes: list[int], code: int) -> None:
    assert common_code({str(number): Ended(one) for number, one in enumerate(codes)}) == code
