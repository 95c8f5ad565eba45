"""Lists that move while they are read: nobody is missed by a place that shifts."""

import pytest

from audsync.errors import ExitCode
from audsync.testing.idosell import LivingShop, faults
from audsync.testing.idosell.listing import scattered
from audsync.testing.idosell.records import Channel
from audsync_source_idosell.answers import Answer
from audsync_source_idosell.listing import Tally
from idosell_shop import SHOP, Made, differences, failing


def tally(*pages: tuple[int, str]) -> Tally:
    """What is known after pages of these counts and records."""
    found = Tally()
    for total, keys in pages:
        found.count(Answer([], total, {}), [*keys])
    return found


def test_a_list_is_whole_when_as_many_came_as_there_were_and_the_count_never_fell() -> None:
    assert tally((4, "ab"), (4, "cd")).is_whole
    assert tally((4, "ab"), (5, "cd"), (5, "e")).is_whole
    assert not tally((4, "ab"), (4, "bc")).is_whole
    assert not tally((5, "ab"), (4, "de"), (5, "fg")).is_whole


def test_a_record_that_went_is_noticed_though_another_came() -> None:
    assert not tally((4, "ab"), (4, "cd")).lost(came=0)
    assert not tally((4, "ab"), (5, "cd"), (5, "e")).lost(came=1)
    assert tally((4, "ab"), (4, "de")).lost(came=1)


def _swapped(shop: LivingShop) -> None:
    """The client who is listed first is deleted, and one registers who is listed late."""
    customers, quirks = shop.panel.customers, shop.panel.quirks
    ordered = sorted(customers.accounts, key=lambda number: scattered(number, quirks))
    gone, late = customers.accounts[ordered[0]], scattered(ordered[-6], quirks)
    customers._last_id = next(
        number for number in range(9500, 9900) if scattered(number + 1, quirks) > late
    )
    customers.delete(gone.client_id)
    customers.register(SHOP, "new@example.com", gone.address)


@pytest.mark.slow
def test_nobody_is_missed_where_one_client_goes_and_another_comes_between_two_pages(
    made: Made,
) -> None:
    shop, pulls = made(orders=60, page_size=5, order_types=())
    swap = faults.event(lambda: _swapped(shop))
    pulls.fake.faults.plan(swap, endpoint="clients/clients", page=4)
    pulls.pull()
    assert pulls.fake.faults.is_empty
    shop.panel.clock.advance(hours=1)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


def test_a_list_that_never_holds_still_is_told(made: Made) -> None:
    shop, pulls = made(orders=6)
    shop.panel.customers.subscribe(Channel.EMAIL, "popup@example.com", SHOP)
    for passed in range(3):
        pulls.fake.faults.plan(
            faults.other_count(passed + 1),
            endpoint="clients/newsletter/email/search",
            after=passed,
        )
    message = failing(pulls, ExitCode.TEMPORARY)
    assert "newsletter e-mails: they change faster than they can be read" in message
