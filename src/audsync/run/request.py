"""What a run is asked to do, and what came of it."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from audsync.config import Shop
from audsync.contracts import Calls
from audsync.deliver import AudienceResult
from audsync.errors import AudsyncError, ExitCode
from audsync.plan import AudiencePlan, Confirmed, Plan
from audsync.redaction import redact

if TYPE_CHECKING:
    from audsync.consent import Gate
    from audsync.model import ModelReport
    from audsync.pull import PullReport


@dataclass(frozen=True, slots=True)
class Request:
    """What a run shall do. `as_of` is aware, in the shop's zone; no `segments` means all.

    One that `only_withdraws` sends nothing but the withdrawals that are known. `forgetting` has
    the address of who is to be forgotten, in normal form, where somebody gave it.
    """

    shop: Shop
    command: str
    run_id: str
    started_at: datetime
    as_of: datetime
    segments: tuple[str, ...] = ()
    pull: bool = True
    evaluate: bool = True
    deliver: bool = True
    online: bool = False
    confirmed: Confirmed = field(default_factory=Confirmed)
    expect_plan: str | None = None
    accept_smaller_source: bool = False
    max_calls: int | None = None
    only_withdraws: bool = False
    forgetting: tuple[str, ...] = field(default=(), repr=False)

    def flags(self) -> list[str]:
        """What a plan depends on besides shop and day, as words of a command line."""
        chosen = [word for name in self.segments for word in ("--segment", name)]
        return [*chosen, *self.confirmed.flags()]

    def with_(self, **changes: Any) -> Self:
        """The same request with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(slots=True)
class RunReport:
    """What a run did so far; filled step by step. Counts and names, no value of a person."""

    request: Request
    pull: "PullReport | None" = None
    quarantine: str | None = None
    calls: Calls = field(default_factory=Calls)
    model: "ModelReport | None" = None
    gates: dict[str, "Gate"] = field(default_factory=dict)
    sizes: list[dict[str, Any]] = field(default_factory=list)
    plan: Plan | None = None
    earlier: Mapping[str, Any] | None = None
    results: dict[str, AudienceResult] = field(default_factory=dict)
    resumed: list[AudienceResult] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, Mapping[str, object]] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    failures: dict[str, AudsyncError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """Operations of the plan, over all audiences."""
        audiences = self.plan.audiences if self.plan else ()
        return sum(audience.operations.num_rows for audience in audiences)

    @property
    def errors(self) -> list[AudsyncError]:
        """What went wrong: segments and audiences that failed, each error once."""
        failed = [result.failure for result in self.results.values() if result.failure]
        return list(dict.fromkeys([*self.failures.values(), *failed]))

    @property
    def exit_code(self) -> ExitCode:
        """The code of the whole run: that of its parts where they agree, else incomplete.

        What stopped the run says its code. What a guard holds wants a person whatever else
        happened.
        """
        if "run" in self.failures:
            return ExitCode(self.failures["run"].exit_code)
        codes = {ExitCode(error.exit_code) for error in self.failures.values()}
        codes |= {
            self._code(audience) for audience in (self.plan.audiences if self.plan else ())
        }
        codes |= {result.exit_code for result in self.resumed} - {ExitCode.DONE}
        if ExitCode.GUARD in codes:
            return ExitCode.GUARD
        if len(codes) > 1:
            return ExitCode.INCOMPLETE
        code = codes.pop() if codes else ExitCode.DONE
        if code is ExitCode.DONE and self.pull is not None and self.pull.incomplete:
            return ExitCode.INCOMPLETE
        return code

    @property
    def is_temporary(self) -> bool:
        """Whether anything failed that may pass by itself, whatever the code of the whole."""
        results = [*self.results.values(), *self.resumed]
        failed = [*self.failures.values(), *(one.failure for one in results if one.failure)]
        return any(error.exit_code == ExitCode.TEMPORARY for error in failed)

    def _code(self, audience: AudiencePlan) -> ExitCode:
        if audience.holds:
            return ExitCode.GUARD
        result = self.results.get(audience.key)
        return ExitCode.DONE if result is None else result.exit_code

    def summary(self) -> dict[str, Any]:
        """The run as JSON values; what `runs show` shows later."""
        request = self.request
        data: dict[str, Any] = {
            "shop": request.shop.id,
            "run": request.run_id,
            "command": request.command,
            "as_of": request.as_of.date().isoformat(),
            "exit_code": int(self.exit_code),
            "temporary": self.is_temporary,
            "pull": self.pull.to_json() if self.pull else None,
            "quarantine": self.quarantine,
            "calls": {"made": self.calls.made, "expected": self.calls.expected},
            "model": self._model(),
            "consent": {
                name: _gate(gate, request.shop) for name, gate in sorted(self.gates.items())
            },
            "segments": self.sizes,
            "flags": request.flags(),
            "checksum": self.plan.checksum if self.plan else None,
            "audiences": [self._audience(one) for one in self.plan.audiences]
            if self.plan
            else [],
            "settled": [{"audience": one.audience, **_result(one)} for one in self.resumed],
            "statuses": [
                {"audience": key, **one} for key, one in sorted(self.statuses.items()) if one
            ],
            "members": [
                {"audience": key, "members": count}
                for key, count in sorted(self.members.items())
            ],
            "errors": [redact(str(error)) for error in self.errors],
            "warnings": [redact(warning) for warning in self.warnings],
        }
        return data if self.earlier is None else {**data, **_repeated(self.earlier)}

    def _model(self) -> Any:
        """The model's counts; decimals and dates as text."""
        if self.model is None:
            return None
        return json.loads(json.dumps(dataclasses.asdict(self.model), default=str))

    def plan_data(self) -> dict[str, Any]:
        """The plan, and what a reader must know besides: counts and reasons, no identifier."""
        if self.plan is None:
            raise AudsyncError("there is no plan")
        return {
            **self.plan.to_json(),
            "shop": self.request.shop.id,
            "exit_code": int(self.exit_code),
            "errors": [redact(str(error)) for error in self.errors],
            "warnings": [redact(warning) for warning in self.warnings],
        }

    def plan_json(self) -> str:
        """The same as the text of a file."""
        return json.dumps(self.plan_data(), ensure_ascii=False, indent=2) + "\n"

    def _audience(self, audience: AudiencePlan) -> dict[str, Any]:
        result = self.results.get(audience.key)
        data = {**audience.to_json(), "where": self.places.get(audience.key)}
        if result is not None:
            data["result"] = _result(result)
        return data


def _result(result: AudienceResult) -> dict[str, Any]:
    return {
        "added": result.added,
        "removed": result.removed,
        "replaced": result.replaced,
        "rejected": dict(result.rejected),
        "at_work": result.at_work,
        "held": result.held,
        "recreated": result.was_recreated,
        "failure": None if result.failure is None else redact(str(result.failure)),
    }


def _repeated(earlier: Mapping[str, Any]) -> dict[str, Any]:
    """What a run that had nothing to do has in common with the one before it."""
    audiences = [
        {
            **{name: value for name, value in one.items() if name != "result"},
            "delivered": one["desired"],
            "operations": {},
            "replaced": None,
            "effect": None,
        }
        for one in earlier["audiences"]
    ]
    same = {name: earlier[name] for name in ("model", "consent", "checksum")}
    # None in runs of before segments were counted.
    return {**same, "segments": earlier.get("segments", []), "audiences": audiences}


def _gate(gate: "Gate", shop: Shop) -> dict[str, Any]:
    rule = shop.consent.get(gate.consented.purpose)
    granted = gate.consented.clients.num_rows
    return {
        "clients": granted + gate.refused.num_rows,
        "granted": granted,
        "refused": dict(gate.counts),
        "rule": rule and {"field": rule.field, "values": [*rule.granted]},
    }
