"""A shop's Clients model of one day, to be asked without changing anything."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from audsync.config import Config, Shop
from audsync.consent import Gate, gate
from audsync.contracts import Purpose, Sink
from audsync.eligibility import excluded
from audsync.engine import Engine
from audsync.errors import AudsyncError, NotFoundError
from audsync.model import ModelReport
from audsync.model.analyses import EVERY_ANALYSIS, Analysis
from audsync.run.asked import check_asked
from audsync.run.clients_model import model_clients
from audsync.run.compute import compute_engine, open_warehouse
from audsync.run.connectors import sinks_of, state_folder
from audsync.run.identities import check_held, hiding_of
from audsync.run.lists import Lists, read_lists
from audsync.run.places import wrong_places
from audsync.run.sql_segments import answer_queries
from audsync.run.suppression import forgotten_clients, suppression_of
from audsync.run.unanswerable import unanswerable, unclear, unpredicted, with_dependents
from audsync.segments import Segment, Segments, analyses_of, evaluate
from audsync.state import State
from audsync.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Modelled:
    """The engine with the Clients model of a day in it, and what segments need besides.

    `forgotten` are clients who asked to be; `hidden_id` gives a customer's id as it is kept,
    `report` is what the model counted.
    """

    config: Config
    shop: Shop
    segments: Segments
    warehouse: Warehouse
    engine: Engine
    as_of: date
    forgotten: Sequence[str]
    lists: Lists
    hidden_id: Callable[[str], str]
    report: ModelReport
    answers: "Mapping[str, pa.Table]" = field(default_factory=dict)

    @cached_property
    def advertising(self) -> Gate:
        """Who may be used for advertising. Raises ConsentError without a rule."""
        return gate(
            self.engine,
            Purpose.ADVERTISING,
            self.shop.consent.get(Purpose.ADVERTISING),
            provided=self.warehouse.provided,
            excluded=self.excluded,
            forgotten=self.forgotten,
            shop=self.shop.id,
        )

    @cached_property
    def excluded(self) -> "pa.Table":
        """Who is in no audience although they consented."""
        return excluded(self.engine, self.shop.eligibility)

    def evaluate(self, wanted: Collection[str]) -> dict[str, AudsyncError]:
        """Leave `membership` of the wanted segments; by id why one has no answer.

        NotFoundError for one that is not active, or not meant for the shop.
        """
        check_asked(self.segments, self.shop.id, wanted)
        here = self.segments.for_shop(self.shop.id)
        chosen = [replace(one, active=one.id in wanted) for one in here]
        failures: dict[str, AudsyncError] = {**self._unanswerable(chosen)}
        chosen = [one for one in chosen if one.id not in failures]
        answers = answer_queries(chosen, self.shop, self.warehouse, as_of=self.as_of)
        failures |= with_dependents(chosen, answers.failures)
        self.answers = answers.tables
        evaluate(
            [one for one in chosen if one.id not in failures],
            self.engine,
            as_of=self.as_of,
            currency=self.shop.currency,
            leap_day=self.shop.model.leap_day,
            answers=answers.tables,
        )
        return {name: error for name, error in failures.items() if name in wanted}

    def _unanswerable(self, chosen: Sequence[Segment]) -> Mapping[str, AudsyncError]:
        found = unanswerable(
            self.config,
            self.shop,
            chosen,
            provided=self.warehouse.provided,
            params=self.warehouse.params,
            sinks=sinks_of(self.config, self.shop),
            lists=self.lists.problems,
            places=wrong_places(self.config, self.shop),
        )
        found |= unclear(self.segments, self.shop, chosen)
        if self.report.value is not None and self.report.value.why_none is not None:
            found |= unpredicted(chosen, self.report.value.why_none)
        return found


@contextmanager
def modelled(
    config: Config,
    segments: Segments,
    shop: Shop,
    *,
    as_of: datetime,
    wanted: Collection[str] | None,
) -> Iterator[Modelled]:
    """The shop's tables with the Clients model of that day, for these segments.

    What takes a pass of its own is worked out where one of them asks for it, and with None in
    any case.
    Raises NotFoundError before the first pull.
    """
    if not (state_folder(config, shop) / "warehouse.duckdb").exists():
        raise NotFoundError(
            f"{shop.id}: nothing was pulled yet; start with: audsync pull --shop {shop.id}"
        )
    # What is wrong with the place of a secret is told by runs.
    sinks = sinks_of(config, shop)
    hiding = hiding_of(config, shop, sinks, warnings=[])
    here = segments.for_shop(shop.id)
    analyses = EVERY_ANALYSIS if wanted is None else analyses_of(here, wanted)
    if wanted is not None and wrong_places(config, shop) is not None:
        analyses -= {Analysis.PLACES}  # told by the segments that ask for them
    with ExitStack() as open_things:
        warehouse = open_things.enter_context(open_warehouse(config, shop))
        check_held(warehouse, shop, hiding)
        forgotten = _forgotten(config, shop, warehouse, sinks, as_of.date())
        lists = read_lists(config, shop, hiding)
        lists.check_suppressed(shop)
        engine = open_things.enter_context(compute_engine(config, shop, warehouse))
        model = model_clients(
            config,
            shop,
            warehouse,
            engine,
            as_of=as_of.date(),
            analyses=analyses,
            lists=lists,
        )
        yield Modelled(
            config=config,
            shop=shop,
            segments=segments,
            warehouse=warehouse,
            engine=engine,
            as_of=as_of.date(),
            forgotten=forgotten,
            lists=lists,
            hidden_id=str if hiding is None else hiding.text,
            report=model,
        )


def _forgotten(
    config: Config, shop: Shop, warehouse: Warehouse, sinks: Mapping[str, Sink], day: date
) -> Sequence[str]:
    """Clients of the warehouse who asked to be forgotten."""
    with State(state_folder(config, shop)) as state:
        suppression = suppression_of(config, shop, state, warnings=[])
        return forgotten_clients(shop, state, warehouse, sinks, suppression, as_of=day)
