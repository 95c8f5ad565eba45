"""The imperative shell: one run of one shop, told in order."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from audsync.config import Config
from audsync.contracts import Sink
from audsync.deliver import deliver, resume
from audsync.engine import Engine
from audsync.errors import (
    AudsyncError,
    ConfigError,
    CredentialError,
    StateError,
)
from audsync.identity.hiding import Hiding
from audsync.identity.suppression import Suppression
from audsync.model.analyses import Analysis
from audsync.plan import Plan
from audsync.pull import is_partial
from audsync.run.asked import another_plan
from audsync.run.audiences import Audiences
from audsync.run.choice import choose
from audsync.run.clients_model import model_clients
from audsync.run.compute import compute_engine, open_warehouse
from audsync.run.connectors import sinks_of, state_folder
from audsync.run.forgetting import conclude
from audsync.run.identities import analyses_of_keys, check_held, check_sinks, hiding_of
from audsync.run.left_behind import left_behind
from audsync.run.lists import Lists, read_lists
from audsync.run.progress import Progress
from audsync.run.pulling import pull_shop
from audsync.run.rehearsal import rehearse
from audsync.run.repeat import earlier_summary, fingerprint, remember
from audsync.run.request import Request, RunReport
from audsync.run.segment_sizes import segment_sizes
from audsync.run.snapshots import expire_snapshots, snapshots_of
from audsync.run.sql_segments import answer_queries
from audsync.run.suppression import forgotten_clients, spare_others, suppression_of
from audsync.run.unanswerable import with_dependents
from audsync.segments import Segment, Segments, analyses_of, evaluate
from audsync.state import State, lock
from audsync.warehouse import Warehouse


def execute(
    config: Config,
    segments: Segments,
    request: Request,
    *,
    progress: Progress,
    delivering: Callable[[], None],
    should_stop: Callable[[], bool],
) -> RunReport:
    """Do one run: resume, pull, model, segments, gate, plan, deliver, as the request says.

    `delivering` is called before the first batch leaves; from then on `should_stop` is asked
    between batches. What stops the whole run is raised after it is recorded; what stops one
    segment or audience is in the report. The segments that are asked for must be there.
    """
    folder = state_folder(config, request.shop)
    with ExitStack() as open_things:
        open_things.enter_context(lock(folder, now=request.started_at))
        state = open_things.enter_context(State(folder))
        warehouse = open_things.enter_context(open_warehouse(config, request.shop))
        run = _Run(
            config, segments, request, state, warehouse, progress, delivering, should_stop
        )
        return run.recorded()


@dataclass
class _Run:
    config: Config
    segments: Segments
    request: Request
    state: State
    warehouse: Warehouse
    progress: Progress
    delivering: Callable[[], None]
    should_stop: Callable[[], bool]
    report: RunReport = field(init=False)
    sinks: dict[str, Sink] = field(init=False)
    _suppression: Suppression | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.report = RunReport(self.request)
        self.sinks = sinks_of(self.config, self.request.shop)

    def recorded(self) -> RunReport:
        """Do the run and keep what came of it, also when it fails."""
        self.state.runs.start(
            self.request.run_id,
            command=self.request.command,
            as_of=self.request.as_of,
            started_at=self.request.started_at,
        )
        try:
            check_sinks(self.request.shop, self.sinks)
            if self.request.deliver:
                self.report.warnings += expire_snapshots(
                    self.config, self.request.shop, self.state, now=self.request.started_at
                )
            self._suppress()
            self._do()
            self._conclude()
        except AudsyncError as error:
            self.report.failures["run"] = error
            with suppress(AudsyncError):  # the first error says more
                self._finish()
            raise
        self._finish()
        return self.report

    def _suppress(self) -> None:
        """Learn who was forgotten, before anything is read or sent."""
        shop = self.request.shop
        self._suppression = suppression_of(self.config, shop, self.state, self.report.warnings)
        if self._suppression is not None:
            spare_others(shop, self.state, self.warehouse, self._suppression)

    def _finish(self) -> None:
        kept = timedelta(days=self.request.shop.history_days)
        self.state.history.expire(before=self.request.started_at - kept)
        audiences = self.state.audiences.list()
        self.report.statuses = {one.audience: one.status for one in audiences}
        self.report.members = {one.audience: one.members for one in audiences}
        self.state.runs.finish(
            self.request.run_id,
            finished_at=datetime.now(UTC),
            exit_code=self.report.exit_code,
            summary=self.report.summary(),
        )

    def _do(self) -> None:
        if self.request.deliver:
            self._resume()
        if self.request.only_withdraws:
            self._only_withdraw()
            return
        try:
            if self.request.pull:
                self._pull()
        except AudsyncError as error:
            self._withdraw_after(error)
            return
        if not self.request.evaluate:
            return
        check_held(self.warehouse, self.request.shop, self.hiding)
        try:
            self.lists.check_suppressed(self.request.shop)
        except ConfigError as error:
            self._withdraw_after(error)
            return
        now = fingerprint(
            self.config,
            self.request,
            self.segments,
            self.sinks,
            self.warehouse,
            self.lists,
            self._suppression,
        )
        if self.request.deliver and not (self.report.failures or self.request.expect_plan):
            self.report.earlier = earlier_summary(
                self.state, self.request, self.segments, self.sinks, now
            )
            if self.report.earlier is not None:
                return
        audiences, plan = self._evaluate()
        if self._is_expected(plan) and self.request.deliver:
            self._deliver(plan)
            audiences.remember_shares()
            remember(self.state, self.report, now)

    def _is_expected(self, plan: Plan) -> bool:
        refused = another_plan(plan, self.request.expect_plan)
        if refused is not None:
            self.report.failures["run"] = refused
        return refused is None

    def _evaluate(self) -> tuple[Audiences, Plan]:
        """Work out model, segments and plan."""
        shop, day = self.request.shop, self.request.as_of.date()
        choice = choose(
            self.config,
            self.segments,
            self.request,
            self.warehouse,
            self.sinks,
            self.lists,
            failures=self.report.failures,
        )
        with compute_engine(self.config, shop, self.warehouse) as engine:
            asked = [one.id for one in choice.active]
            analyses = analyses_of(choice.segments, asked) | analyses_of_keys(self.sinks)
            self._model(engine, analyses=analyses, lists=self.lists)
            choice.leave_out_unpredicted(self.report.model)
            self.progress("segments", 0, len(choice.segments))
            answers = answer_queries(choice.segments, shop, self.warehouse, as_of=day)
            choice.leave_out(with_dependents(choice.segments, answers.failures))
            evaluate(
                choice.segments,
                engine,
                as_of=day,
                currency=shop.currency,
                leap_day=shop.model.leap_day,
                answers=answers.tables,
            )
            audiences, plan = self._plan(choice.active, engine)
            self.report.sizes = segment_sizes(
                choice.active,
                shop,
                engine,
                audiences.gates,
                provided=self.warehouse.provided,
                excluded=audiences.excluded,
                forgotten=audiences.forgotten,
            )
        return audiences, plan

    def _withdraw_after(self, error: AudsyncError) -> None:
        """Keep what stopped the run, and send withdrawals, or raise it where that cannot be."""
        if isinstance(error, StateError) or not self._may_withdraw():
            raise error
        self.report.failures["run"] = error
        self._withdraw()

    def _conclude(self) -> None:
        """Go on with people who are to be forgotten, after their removals went out."""
        if self._suppression is None or not self.request.deliver:
            return
        self.report.warnings += conclude(
            self.state,
            self.warehouse,
            self.request.shop,
            self.sinks,
            self._suppression,
            snapshots=snapshots_of(self.config, self.request.shop),
            given=self.request.forgetting,
            run=self.request.run_id,
        )

    def _resume(self) -> None:
        self.progress("resume", 0, None)
        resumed = resume(
            self.state, self.sinks, run=self.request.run_id, should_stop=self.should_stop
        )
        self.report.failures |= {
            f"resume {result.audience}": result.failure
            for result in resumed
            if result.failure is not None
        }
        self.report.resumed = resumed

    def _only_withdraw(self) -> None:
        """Send the withdrawals that are known, of what was pulled before."""
        check_held(self.warehouse, self.request.shop, self.hiding)
        if self._may_withdraw():
            self._withdraw()

    def _may_withdraw(self) -> bool:
        """Whether this run delivers, and there is a member who might have to leave."""
        if not self.request.deliver or is_partial(self.warehouse):
            return False
        return any(
            one.members or one.uncertain or self.state.journal.is_at_work(one.audience)
            for one in self.state.audiences.list()
        )

    @cached_property
    def hiding(self) -> Hiding | None:
        """How identities are hidden; asked for only where it is needed."""
        return hiding_of(self.config, self.request.shop, self.sinks, self.report.warnings)

    @cached_property
    def lists(self) -> Lists:
        """The shop's lists of people, read once."""
        return read_lists(self.config, self.request.shop, self.hiding)

    def _readable_lists(self) -> Lists:
        """The lists, or none where identities are hidden by a key that is not there."""
        try:
            return self.lists
        except CredentialError:
            return Lists()

    def _withdraw(self) -> None:
        """Send the withdrawals that are known, and nothing else: they wait for no source."""
        with compute_engine(self.config, self.request.shop, self.warehouse) as engine:
            self._model(engine, analyses=(), lists=self._readable_lists())
            _, plan = self._plan([], engine)
        self._deliver(plan)

    def _pull(self) -> None:
        pull_shop(
            self.config,
            self.request,
            self.state,
            self.warehouse,
            self.report,
            progress=self.progress,
            hiding=self.hiding,
            suppression=self._suppression,
        )

    def _model(self, engine: Engine, *, analyses: Collection[Analysis], lists: Lists) -> None:
        self.progress("model", 0, None)
        self.report.model = model_clients(
            self.config,
            self.request.shop,
            self.warehouse,
            engine,
            as_of=self.request.as_of.date(),
            analyses=analyses,
            lists=lists,
        )
        self.report.warnings += self.report.model.messages

    def _plan(self, chosen: Sequence[Segment], engine: Engine) -> tuple[Audiences, Plan]:
        self.progress("plan", 0, None)
        shop, as_of = self.request.shop, self.request.as_of.date()
        forgotten = forgotten_clients(
            shop, self.state, self.warehouse, self.sinks, self._suppression, as_of=as_of
        )
        audiences = Audiences(
            shop,
            engine,
            self.warehouse.provided,
            self.state,
            self.sinks,
            as_of,
            confirmed=self.request.confirmed,
            forgotten=forgotten,
        )
        plan = Plan(as_of, tuple(audiences.plan(chosen)))
        self.report.plan = plan
        self.report.gates = {str(name): gate for name, gate in audiences.gates.items()}
        self.report.failures |= audiences.failures
        self.report.warnings += [
            *audiences.warnings,
            *(message for audience in plan.audiences for message in audience.messages),
            *left_behind(self.config, self.segments, self.request.shop, self.state),
        ]
        if self.request.online:
            self.progress("ask platforms", 0, None)
            rehearse(plan, self.sinks, self.state, self.report)
        return audiences, plan

    def _deliver(self, plan: Plan) -> None:
        self.delivering()
        results = deliver(
            plan.audiences,
            self.state,
            self.sinks,
            run=self.request.run_id,
            as_of=self.request.as_of.date(),
            progress=lambda audience, done, total: self.progress(
                f"deliver {audience}", done, total
            ),
            should_stop=self.should_stop,
        )
        self.report.results = {result.audience: result for result in results}
        self.report.warnings += [one.message for one in results if one.message]
        for audience in plan.audiences:
            known = self.state.audiences.get(audience.key)
            if known is not None:
                self.report.places[audience.key] = known.name
