"""A shop that lives: a past of any size, and things that go on happening in it."""

from typing import TYPE_CHECKING, Final

from audsync.testing.idosell.happenings import FATES, RETURN_STATUSES, Happenings
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Order

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY: Final = 86_400
_RETURN_SHARE, _FETCHED_SHARE = 0.05, 0.05


class LivingShop(Happenings):
    """Lets things happen in a panel, drawn from a seed: the same seed, the same shop."""

    def __init__(self, panel: Panel, seed: int = 1) -> None:
        super().__init__(panel, seed)
        self._happenings: tuple[Callable[[], object], ...] = (
            self.order,
            self.order,
            self.order,
            self.proceed,
            self.proceed,
            self.proceed,
            self.pay,
            self.change_lines,
            self.join_orders,
            self.ask_return,
            self.decide_return,
            self.register,
            self.change_email,
            self.move_house,
            self.decide,
            self.decide,
            self.guest_decides,
            self.subscribe,
            self.unsubscribe,
            self.reader_registers,
            self.delete_client,
            self.change_product,
        )

    def fill(self, *, orders: int, clients: int, products: int = 300, days: int = 900) -> None:
        """Give the shop a past that ends at the clock's present moment."""
        clock = self.panel.clock
        end = clock.now
        start = end - days * _DAY
        clock.now = start
        for _ in range(products):
            self.stock()
        registered = 0
        for number in range(orders):
            at = start + (end - start) * (number + 1) // (orders + 1)
            while registered * orders < clients * (number + 1) and registered < clients:
                clock.now = at - 60
                self.register()
                registered += 1
            clock.now = at
            self._live_through(self.order(), end)
        for _ in range(clients - registered):
            self.register()
        clock.now = end

    def happen(self, count: int = 1) -> list[str]:
        """Let so many things happen, some seconds or minutes apart; their names."""
        names = []
        for _ in range(count):
            self.panel.clock.advance(seconds=self._chance.choice((0, 1, 7, 60, 900)))
            happening = self._chance.choice(self._happenings)
            happening()
            names.append(happening.__name__)
        return names

    def _live_through(self, order: Order, end: int) -> None:
        """What becomes of an order of the past, as far as the present moment lets it."""
        clock, sales, draw = self.panel.clock, self.panel.sales, self._chance
        steps: list[Callable[[], object]] = []
        if draw.randrange(4):
            steps.append(lambda: sales.pay(order.serial))
        fate = draw.choice(FATES)
        is_sent = draw.random() > _FETCHED_SHARE
        steps.append(lambda: sales.set_status(order.serial, fate, is_sent=is_sent))
        if fate.startswith("finished") and draw.random() < _RETURN_SHARE:
            steps.append(lambda: self._settled(order))
        for step in steps:
            clock.now += draw.randrange(60, 4 * _DAY)
            if clock.now < end:
                step()

    def _settled(self, order: Order) -> None:
        made = self._send_back(order)
        self.panel.sales.settle_return(made.return_id, self._chance.choice(RETURN_STATUSES))
