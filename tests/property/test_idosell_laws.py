"""Whatever happens in a shop and to the pulls of it: once a pull ends well, both are equal."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audsync.contracts import Calls
from audsync.errors import AudsyncError
from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Quirks, faults
from audsync.testing.idosell.faults import Fault
from audsync.testing.idosell.records import Channel
from audsync_source_idosell import IdoSellOptions, reading, transport
from audsync_source_idosell.endpoints import Endpoint
from audsync_source_idosell.panel import Panel as Questions
from audsync_source_idosell.panel import Question
from audsync_source_idosell.spans import Span
from fakes.kills import Killed
from idosell_shop import Pulls, differences

_FAULTS: dict[str, Callable[[], Fault]] = {
    "429": lambda: faults.http_error(429),
    "429 with a wait": lambda: faults.http_error(429, retry_after=3),
    "500": lambda: faults.http_error(500),
    "502 as a page": lambda: faults.http_error(502, html=True),
    "a page": faults.html_page,
    "403": lambda: faults.http_error(403, text="Scope: oms, level: r"),
    "fault code": lambda: faults.fault_code(7),
    "a list": lambda: faults.other_json([]),
    "truncated": faults.truncated,
    "cut off": faults.cut_off,
    "reset": faults.reset,
    "no list": faults.no_list,
    "elements": lambda: faults.element_errors(0, 1),
    "bare elements": lambda: faults.element_errors(0, 1, bare=True),
    "other count": lambda: faults.other_count(-1),
    "one more": lambda: faults.other_count(1),
    "ignored filters": faults.ignored_filters,
}


class _KillingCalls(Calls):
    """Calls of which one never returns."""

    def take(self) -> None:
        super().take()
        if self.made == self.expected:
            raise Killed

    def expect(self, number: int) -> None:
        """The number is the deadly call here."""


@dataclass
class _Life:
    """A shop, its pulls, and what is to be true of both."""

    shop: LivingShop
    pulls: Pulls

    def act(self, action: tuple[Any, ...]) -> None:
        match action:
            case ("happen", count):
                self.shop.happen(count)
            case ("wait", hours):
                self.shop.panel.clock.advance(hours=hours)
            case ("pull",):
                self.pulls.pull()
                assert differences(self.pulls, is_swept=False) == []
            case ("limited", limit):
                with suppress(AudsyncError):
                    self.pulls.pull(limit=limit)
            case ("fails", name, after):
                self.pulls.fake.faults.plan(_FAULTS[name](), after=after)
                with suppress(AudsyncError):
                    self.pulls.pull()
                self.pulls.fake.faults.clear()
            case ("meanwhile", after, count):
                event = faults.event(lambda: self.shop.happen(count))
                self.pulls.fake.faults.plan(event, after=after)
                with suppress(AudsyncError):
                    self.pulls.pull()
                self.pulls.fake.faults.clear()
            case ("killed", call):
                with suppress(Killed):
                    self.pulls.pull(calls=_KillingCalls(expected=call))
            case _:
                raise AssertionError(action)

    def settle(self) -> list[str]:
        """What differs after a quiet month and one more pull."""
        self.shop.panel.clock.advance(days=31)
        self.pulls.pull()
        return differences(self.pulls)


@contextmanager
def _life(seed: int, quirks: Quirks | None = None, **options: Any) -> Iterator[_Life]:
    panel = Panel(quirks=quirks)
    shop = LivingShop(panel, seed=seed)
    shop.fill(orders=24, clients=10, products=8, days=40)
    with FakeIdoSell(panel) as fake, tempfile.TemporaryDirectory() as folder:
        given = {"page_size": 5, **options}
        yield _Life(shop, Pulls(fake, Path(folder) / "shop", given))


_ACTIONS = st.one_of(
    st.tuples(st.just("happen"), st.integers(1, 12)),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 24, 200])),
    st.just(("pull",)),
    st.tuples(st.just("limited"), st.integers(1, 40)),
    st.tuples(st.just("fails"), st.sampled_from(sorted(_FAULTS)), st.integers(0, 30)),
    st.tuples(st.just("meanwhile"), st.integers(0, 30), st.integers(1, 4)),
    st.tuples(st.just("killed"), st.integers(1, 40)),
)
_QUIRKS = st.builds(
    Quirks,
    payment_moves_order=st.booleans(),
    return_moves_order=st.booleans(),
    consent_moves_account=st.booleans(),
    consent_moves_guest_date=st.booleans(),
    end_of_day=st.booleans(),
    end_is_inclusive=st.booleans(),
    retail_by_default=st.booleans(),
    empty_is_fault=st.booleans(),
    empty_has_counters=st.booleans(),
    lists_undecided=st.booleans(),
    lists_deleted_clients=st.booleans(),
    guests_have_ids=st.booleans(),
    empty_map_is_list=st.booleans(),
    newsletter_shops=st.sampled_from(["map", "list"]),
    sms_approval=st.sampled_from(["letter", "date"]),
    no_lines=st.sampled_from(["null", "absent", "list"]),
    counts_are_text=st.booleans(),
    whole_amounts_are_ints=st.booleans(),
    prices_after_rebate=st.booleans(),
    costs_follow_settlement=st.booleans(),
    extra_fields=st.booleans(),
)


_VERSIONS = st.sampled_from([4, 7, 8])  # of the API; each writes something in another way


def _law(seed: int, actions: list[tuple[Any, ...]], quirks: Quirks, version: int) -> None:
    settings: dict[str, Any] = {
        "api_version": version,
        "unit_prices": "after_rebate" if quirks.prices_after_rebate else "before_rebate",
        "goods_cost": "as_settled" if quirks.costs_follow_settlement else "gross",
    }
    with _life(seed, quirks, **settings) as life:
        for action in actions:
            life.act(action)
        assert life.settle() == []
        assert not life.pulls.pull().changed


@settings(max_examples=4)
@given(
    seed=st.integers(1, 10_000),
    actions=st.lists(_ACTIONS, max_size=6),
    quirks=_QUIRKS,
    version=_VERSIONS,
)
@example(
    seed=1,
    actions=[("killed", 9), ("fails", "elements", 3), ("meanwhile", 12, 4), ("pull",)],
    quirks=Quirks(),
    version=8,
)
@example(seed=1, actions=[("fails", "403", 4), ("pull",)], quirks=Quirks(), version=4)
def test_after_a_pull_that_ends_well_shop_and_warehouse_are_equal(
    seed: int, actions: list[tuple[Any, ...]], quirks: Quirks, version: int
) -> None:
    _law(seed, actions, quirks, version)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    seed=st.integers(1, 10_000),
    actions=st.lists(_ACTIONS, max_size=12),
    quirks=_QUIRKS,
    version=_VERSIONS,
)
def test_the_same_for_longer_lives(
    seed: int, actions: list[tuple[Any, ...]], quirks: Quirks, version: int
) -> None:
    _law(seed, actions, quirks, version)


# Mistakes that connectors to this API make; each must be noticed.


WEST = "America/New_York"  # where a window told in UTC begins too late


def _lived(timezone: str = "Europe/Warsaw") -> list[str]:
    """What differs after changes at the very moment of a pull, and a month without a sweep."""
    settings: dict[str, Any] = {
        "timezone": timezone,
        "overlap_minutes": 0,
        "client_overlap_hours": 0,
        "deep_days": 0,
        "sweep_days": 0,
    }
    with _life(5, **settings) as life:
        panel, shop = life.shop.panel, 2
        panel.clock.timezone = timezone
        account = next(a for a in panel.customers.accounts.values() if shop in a.shops)
        panel.customers.decide(account.client_id, Channel.EMAIL, shop, given=True)
        life.pulls.pull()
        own = [order for order in panel.sales.orders.values() if order.shop_id == shop]
        panel.sales.set_status(own[0].serial, "packed")
        panel.customers.decide(account.client_id, Channel.EMAIL, shop, given=False)
        return life.settle()


def _exclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        reading, "Span", lambda begin, end: Span(begin + timedelta(seconds=1), end)
    )


def _from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Questions.page
    monkeypatch.setattr(
        Questions, "page", lambda self, question, number: right(self, question, number + 1)
    )


def _approving(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Questions.changed_subscribers

    def wrong(self: Questions, endpoint: Endpoint, shop: int, span: Span) -> Question:
        question = right(self, endpoint, shop, span)
        shops = [{**one, "approval": "y"} for one in question.params["shops"]]
        return replace(question, params={**question.params, "shops": shops})

    monkeypatch.setattr(Questions, "changed_subscribers", wrong)


def _in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IdoSellOptions, "zone", property(lambda _: ZoneInfo("UTC")))


def _window_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Span.walls
    monkeypatch.setattr(Span, "walls", lambda self, _: right(self, ZoneInfo("UTC")))
    monkeypatch.setattr(Question, "is_ignored", lambda *_: False)  # else it is noticed there


def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_READABLE", frozenset({200}))


@pytest.mark.parametrize("timezone", ["Europe/Warsaw", WEST])
def test_what_happens_at_the_moment_of_a_pull_is_seen(timezone: str) -> None:
    assert _lived(timezone) == []


@pytest.mark.parametrize(
    "plant",
    [_exclusive, _from_one, _approving, _in_utc, _window_in_utc, _strict],
    ids=lambda one: one.__name__,
)
def test_a_planted_mistake_is_noticed(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    try:
        found = _lived(WEST if plant is _window_in_utc else "Europe/Warsaw")
    except AudsyncError:
        return
    assert found != []
