"""What each audience should be: segments, gate and keys brought together into a plan."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from audsync.audience_keys import AudienceKey
from audsync.config import Shop, SinkConfig
from audsync.consent import Gate, Refusal, gate, refusing
from audsync.contracts import VALUE, AudienceSpec, Purpose, Sink
from audsync.eligibility import excluded
from audsync.errors import AudsyncError, ConsentError
from audsync.identity.hiding import Identities
from audsync.match_keys import IDENTITY, Keys, match_keys, rules_version
from audsync.plan import (
    AudiencePlan,
    Confirmed,
    Limits,
    Matching,
    Population,
    Target,
    consent_rose,
    desired,
    matching_of,
    plan_audience,
    plan_withdrawals,
    refresh_for,
    ways_of,
)
from audsync.run.audience_specs import audience_spec
from audsync.run.consent_fall import fall_warning
from audsync.run.further_contacts import (
    FURTHER_PLACES,
    further_columns,
    keep_further_places,
)
from audsync.run.identities import made_keys
from audsync.run.member_values import with_values
from audsync.segments import Segment
from audsync.sql_text import literal, literals

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine
    from audsync.state import Audience, State


@dataclass
class Audiences:
    """Plans the audiences of one shop as of a day, after model and segments are evaluated.

    `engine` has what came of that; `provided` names the columns that the source fills;
    `forgotten` are clients and members who asked to be. `failures` collects, by audience key,
    why an audience could not be planned, `warnings` what a person should know of the consents.
    """

    shop: Shop
    engine: "Engine"
    provided: frozenset[str]
    state: "State"
    sinks: Mapping[str, Sink]
    as_of: date
    confirmed: Confirmed
    forgotten: Sequence[str] = ()
    gates: dict[Purpose, Gate] = field(default_factory=dict)
    failures: dict[str, AudsyncError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def plan(self, segments: Sequence[Segment]) -> list[AudiencePlan]:
        """Plans of these segments at their sinks; of every other audience the withdrawals."""
        plans: list[AudiencePlan] = []
        for sink_id in sorted(self.shop.sinks):
            sink = self.shop.sinks[sink_id]
            wanted = [segment for segment in segments if sink_id in segment.sinks]
            keys = {str(AudienceKey(self.shop.id, one.id, sink_id)) for one in wanted}
            try:
                plans += self._of_sink(sink, wanted, keys)
            except ConsentError as error:
                self.failures[sink_id] = error
        return plans

    def _of_sink(
        self, sink: SinkConfig, wanted: Sequence[Segment], keys: Collection[str]
    ) -> Iterator[AudiencePlan]:
        others = [one for one in self.state.audiences.list() if one.sink == sink.id]
        others = [one for one in others if one.audience not in keys and self._has_members(one)]
        if not wanted and not others:
            return
        verdict = self._gate(sink.purpose)
        population = Population(
            self._refused(verdict),
            self.engine.fetch("SELECT client_id FROM clients ORDER BY client_id"),
            self.engine.fetch("SELECT customer_id, client_id FROM account_clients"),
        )
        for known in others:
            rules = self.sinks[sink.id].key_rules
            delivered = self.state.delivered(known.audience, self.as_of, rules)
            if delivered is not None:
                yield self._withdrawals(sink, known.audience, delivered, population)
        if wanted:
            people = self._keys(sink, wanted, verdict)
            for segment in wanted:
                yield self._audience(sink, segment, people, verdict, population)

    def _has_members(self, one: "Audience") -> bool:
        """Whether somebody was ever in it, or is on the way in."""
        return bool(one.member_file) or self.state.journal.is_at_work(one.audience)

    def _refused(self, verdict: Gate) -> "pa.Table":
        """Whom the gate refuses, and forgotten members who are no clients any more."""
        import pyarrow as pa

        known = {*verdict.refused["client_id"].to_pylist()} if self.forgotten else set()
        gone = [one for one in self.forgotten if one not in known]
        if not gone:
            return verdict.refused
        reasons = [Refusal.FORGOTTEN.value] * len(gone)
        columns = [pa.array(gone, pa.string()), pa.array(reasons, pa.string())]
        more = pa.table(columns, schema=verdict.refused.schema)
        return pa.concat_tables([verdict.refused, more])

    def _gate(self, purpose: Purpose) -> Gate:
        if purpose not in self.gates:
            rule = self.shop.consent.get(purpose)
            verdict = gate(
                self.engine,
                purpose,
                rule,
                provided=self.provided,
                excluded=self.excluded,
                forgotten=self.forgotten,
                shop=self.shop.id,
            )
            self.gates[purpose] = verdict
            limits = self._limits(purpose, verdict)
            fall = rule and fall_warning(self.engine, rule, verdict, limits, shop=self.shop.id)
            self.warnings += [fall] if fall else []
        return self.gates[purpose]

    @cached_property
    def excluded(self) -> "pa.Table":
        """Who is in no audience although they consented, for every purpose alike."""
        return excluded(self.engine, self.shop.eligibility)

    def _keys(self, sink: SinkConfig, wanted: Iterable[Segment], verdict: Gate) -> Keys:
        """Match keys of every consenting client of the wanted segments, made once per sink."""
        engine, rules = self.engine, self.sinks[sink.id].key_rules
        inputs = {name for rule in rules.values() for name in rule.inputs}
        unknown = inputs - set(IDENTITY)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise AudsyncError(f"sink {sink.id}: its key rules take {names}, which nobody has")
        further = further_columns(rules.values())
        joined = ""
        if further:
            keep_further_places(engine, further, self._refusing(sink.purpose))
            joined = f"LEFT JOIN {FURTHER_PLACES} f ON f.client_id = c.client_id "
        engine.register("consented", verdict.consented.clients)
        columns = [f"c.{name}" for name in ("client_id", *sorted(inputs - {"client_id"}))]
        columns += [f"f.{name}" for name in further]
        people = engine.fetch(
            f"SELECT {', '.join(columns)} FROM clients c {joined}"
            "WHERE c.client_id IN ("
            "SELECT client_id FROM membership WHERE segment_id IN "
            f"{literals(segment.id for segment in wanted)}) "
            "AND c.client_id IN (SELECT client_id FROM consented)"
        )
        is_stored = self.shop.identities is Identities.STORED
        made = None if is_stored else made_keys(engine, sink, rules)
        for table in ("consented", FURTHER_PLACES):
            engine.drop(table)
        return match_keys(rules, people, made)

    def _refusing(self, purpose: Purpose) -> str:
        """SELECT of the names under which somebody said no, for a purpose with a rule."""
        return refusing(
            self.engine,
            purpose,
            self.shop.consent.get(purpose),
            provided=self.provided,
            shop=self.shop.id,
        )

    def _audience(
        self,
        sink: SinkConfig,
        segment: Segment,
        keys: Keys,
        verdict: Gate,
        population: Population,
    ) -> AudiencePlan:
        members = self.engine.fetch(
            f"SELECT client_id FROM membership WHERE segment_id = {literal(segment.id)}"
        )
        made = self.sinks[sink.id]
        key = AudienceKey(self.shop.id, segment.id, sink.id)
        spec = audience_spec(self.shop, segment, sink.id, made)
        version, rows = rules_version(made.key_rules), keys.rows
        if segment.value is not None and spec.has_values:
            version = f"{version};{VALUE}={segment.value.name}"
            rows = with_values(rows, segment.value, self.engine, currency=self.shop.currency)
        return plan_audience(
            Target(key, spec, version),
            desired=desired(verdict.consented, members, rows, refused=verdict.refused),
            delivered=self.state.delivered(str(key), self.as_of, made.key_rules),
            population=population,
            matching=self._matching(sink),
            limits=self._limits(sink.purpose, verdict),
            refresh=refresh_for(self.as_of, made.capabilities.membership_days),
            ways=ways_of(
                made.capabilities,
                is_removal_refused=self.state.journal.is_removal_refused(str(key)),
            ),
        )

    def _withdrawals(
        self, sink: SinkConfig, key: str, delivered: "pa.Table", population: Population
    ) -> AudiencePlan:
        """An audience that is not evaluated in this run still loses whom the gate refuses."""
        known = AudienceKey(self.shop.id, AudienceKey.of(key).segment, sink.id)
        spec = AudienceSpec(f"{known.shop}.{known.segment}", known.segment)
        rules = self.sinks[sink.id].key_rules
        return plan_withdrawals(
            Target(known, spec, rules_version(rules)),
            delivered=delivered,
            keys=rules,
            population=population,
            matching=self._matching(sink),
            consented=self.gates[sink.purpose].consented,
        )

    def _matching(self, sink: SinkConfig) -> Matching:
        built = self.sinks[sink.id]
        return matching_of(built.capabilities.match, built.key_rules)

    def _limits(self, purpose: Purpose, verdict: Gate) -> Limits:
        last = self.state.facts.get(_share_name(purpose))
        return Limits(
            self.shop.guard,
            consent_share=verdict.share,
            last_consent_share=last if isinstance(last, float) else None,
            confirmed=self.confirmed,
        )

    def remember_shares(self) -> None:
        """Keep the shares of consenting clients for the next run, but for a rise in question.

        Whether anybody was to be added does not matter: else a run of one segment would accept
        the rise for all.
        """
        for purpose, verdict in self.gates.items():
            if not consent_rose(self._limits(purpose, verdict)):
                self.state.facts.put(_share_name(purpose), float(verdict.share))


def _share_name(purpose: Purpose) -> str:
    return f"consent_share.{purpose}"
