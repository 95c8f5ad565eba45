"""Sinks that each break one law of the contract kit, by the law that catches them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, cast

import pyarrow as pa

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Capabilities,
    Finding,
    KeyRule,
    Level,
    Operation,
    Outcome,
    Receipt,
    RejectedRows,
)
from audsync.errors import RejectedError
from audsync.identity.digests import digest_all
from audsync.testing.memory_sink import KEY_RULES, MemorySink
from fakes.broken_remote_sinks import (
    AppliesWhatItRefuses,
    CallsAllErrorsTransient,
    DoesNotSayWhen,
    LeavesHalfAnAudience,
    LosesAReceiptThatFailed,
    MakesALostAudienceAgain,
    QuotesKeysInErrors,
    RefusesAResentBatch,
)


class Versatile(MemorySink):
    """A right sink that offers all there is to offer."""

    def prepare(self, batch: Batch) -> object:
        return batch.rows

    def send(self, batch: Batch) -> Receipt:
        made = cast("pa.Table | None", batch.prepared)
        return super().send(batch if made is None else replace(batch, rows=made))

    def rehearse(self, audience: AudienceInfo) -> None:
        self.open(AudienceSpec("shop.people", audience.name), audience.remote_id)

    def advise(self, spec: AudienceSpec) -> list[Finding]:
        return [Finding(Level.WARNING, "a short name")] if len(spec.name) < 9 else []


class PreparesOneForAll(Versatile):
    def prepare(self, batch: Batch) -> object:
        self.first = getattr(self, "first", batch.rows)
        return self.first


class SendsWhatItPrepares(Versatile):
    def prepare(self, batch: Batch) -> object:
        super().send(batch)
        return batch.rows


class RehearsesOnThePeople(Versatile):
    def rehearse(self, audience: AudienceInfo) -> None:
        self.platform.held[audience.remote_id].add(("email", "rehearsal"))


class AsksWhenItAdvises(Versatile):
    def advise(self, spec: AudienceSpec) -> list[Finding]:
        self.open(spec, None)
        return []


class MakesWhatItLooksFor(MemorySink):
    def find(self, remote_id: str) -> AudienceInfo | None:
        return self.open(AudienceSpec("shop.people", "People"), remote_id)


class LooksForTheNameAlone(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        del remote_id
        return super().open(spec, None)


class TakesEachPartForTheWhole(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        return super().send(replace(batch, part=None))


class SlowlyReplacing(Versatile):
    """A right sink whose replacements are done by a second step."""

    def send(self, batch: Batch) -> Receipt:
        if batch.operation is not Operation.REPLACE or batch.part is not None:
            return super().send(batch)
        self.waiting = batch
        return Receipt(batch.key, {"job": None})

    def settle(self, receipt: Receipt) -> Outcome | None:
        return super().settle(receipt) if receipt.payload["job"] is not None else None

    def step(self, receipt: Receipt) -> Receipt | None:
        return super().send(self.waiting) if receipt.payload["job"] is None else None


class ForgetsAStepThatWasNotHeard(SlowlyReplacing):
    def step(self, receipt: Receipt) -> Receipt | None:
        if receipt.payload["job"] is None and getattr(self, "is_forgotten", False):
            raise RejectedError("nothing waits", connector="memory", remedy="none")
        self.is_forgotten = True
        return super().step(receipt)


class ChecksNobody(MemorySink):
    def check(self) -> list[Finding]:
        return [Finding(Level.OK, "all is well")]


class StumblesOverOneKey(MemorySink):
    def erase(self, keys: pa.Table) -> Receipt:
        if any(column.null_count for column in keys.columns):
            raise RejectedError("keys are missing", connector="memory", remedy="none")
        return super().erase(keys)


class ErasesOnce(MemorySink):
    def erase(self, keys: pa.Table) -> Receipt:
        if getattr(self, "erased", None) == keys:
            raise RejectedError("nobody is there", connector="memory", remedy="none")
        self.erased = keys
        return super().erase(keys)


class MixesWhatIsSentTogether(MemorySink):
    def send_together(self, bundle: Bundle) -> list[Receipt]:
        first = bundle.places[0]
        return super().send_together(replace(bundle, places=(first,) * len(bundle.places)))


class AnswersInAnotherOrder(MemorySink):
    def send_together(self, bundle: Bundle) -> list[Receipt]:
        return super().send_together(bundle)[::-1]


class Miscounts(MemorySink):
    def settle(self, receipt: Receipt) -> Outcome | None:
        outcome = super().settle(receipt)
        return outcome and replace(outcome, accepted=max(outcome.accepted - 1, 1))


class RefusesTheSecondTime(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        values = [value for value in batch.rows["email"].to_pylist() if value]
        held = self.platform.held[batch.audiences[0].remote_id]
        known = {value for value in values if ("email", value) in held}
        self.platform.refuses = known if batch.operation is Operation.ADD else set()
        return super().send(batch)


class RemovesOneTooFew(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        if batch.operation is Operation.REMOVE and len(batch) == 3:
            self.platform.refuses = {str(one) for one in batch.rows["email"].to_pylist()[:1]}
        else:
            self.platform.refuses = set()
        return super().send(batch)

    def settle(self, receipt: Receipt) -> Outcome | None:
        outcome = super().settle(receipt)
        return outcome and Outcome(outcome.accepted + sum(r.count for r in outcome.rejected))


class KeepsColumnsApart(MemorySink):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.platform.several = True
        # The mistake: a key counts in its own column alone, which no option brings about.
        self.platform._named_keys = lambda row: list(enumerate(row[:-1]))  # type: ignore[method-assign]


class RefusesWhoIsNotThere(MemorySink):
    def settle(self, receipt: Receipt) -> Outcome | None:
        job = self.platform._jobs[cast("int", receipt.payload["job"])]
        if job.operation is Operation.REMOVE and not receipt.payload.get("found"):
            return Outcome(0, (RejectedRows("not_found", len(job.rows)),))
        return super().settle(receipt)

    def send(self, batch: Batch) -> Receipt:
        held = self.platform.held[batch.audiences[0].remote_id]
        found = any(("email", one) in held for one in batch.rows["email"].to_pylist())
        receipt = super().send(batch)
        return Receipt(receipt.batch, {**receipt.payload, "found": found})


class MakesAnAudienceEachTime(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        return super().open(spec if remote_id else replace(spec, name=self._new()), remote_id)

    def _new(self) -> str:
        return f"audience {len(self.platform.names)}"


class SaysItMadeWhatItFound(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        return replace(super().open(spec, remote_id), created=True)


class EmptiesWhatItOpens(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        info = super().open(spec, remote_id)
        self.platform.held[info.remote_id].clear()
        return info


@dataclass(frozen=True, slots=True)
class ShowingOptions:
    api_key: Annotated[str, "Key of the account."] = "hidden"
    folder: str = "out"


class ShowsItsSecrets(MemorySink):
    Options: ClassVar[type] = ShowingOptions


class HashesInAnotherWay(MemorySink):
    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        def upper(values: list[str | None]) -> list[str | None]:
            return digest_all([value and value.upper() for value in values])

        return {**KEY_RULES, "email": replace(KEY_RULES["email"], apply=upper)}


class EmptiesAtACheck(MemorySink):
    def check(self) -> list[Finding]:
        for members in self.platform.held.values():
            members.clear()
        return super().check()


class SaysItSettlesLater(MemorySink):
    @property
    def capabilities(self) -> Capabilities:
        from datetime import timedelta

        return replace(super().capabilities, settles_after=timedelta(hours=1))


class RemembersItsReceipts(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        self.jobs = {**getattr(self, "jobs", {}), batch.key: super().send(batch)}
        return Receipt(batch.key, {})

    def settle(self, receipt: Receipt) -> Outcome | None:
        known: Receipt | None = getattr(self, "jobs", {}).get(receipt.batch)
        return super().settle(known) if known else Outcome(0)


class MixesAudiences(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        rows = self.platform.sent[-1][2]
        if batch.operation is not Operation.REPLACE:
            for other in self.platform.names:
                self.platform.take(other, batch.operation, rows)
        return receipt


class TakesAnyAudience(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        self.platform.strangers.clear()
        return super().open(spec, remote_id)


class AddsWhereItShouldReplace(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        is_replace = batch.operation is Operation.REPLACE
        return super().send(replace(batch, operation=Operation.ADD) if is_replace else batch)


class ErasesInOneAudience(MemorySink):
    def erase(self, keys: pa.Table) -> Receipt:
        names = dict(self.platform.names)
        first = next(iter(names))
        self.platform.names = {first: names[first]}
        receipt = super().erase(keys)
        self.platform.names = names
        return receipt


class LogsKeys(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        logging.getLogger("broken").debug("sending %s", batch.rows["email"].to_pylist())
        return super().send(batch)


class KeepsKeysInTheReceipt(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        return Receipt(
            receipt.batch, {**receipt.payload, "first": batch.rows["email"][0].as_py()}
        )


BROKEN: dict[str, list[type[MemorySink]]] = {
    "test_every_member_is_accounted_for": [Miscounts],
    "test_twice_equals_once": [RefusesTheSecondTime],
    "test_remove_undoes_add": [RemovesOneTooFew],
    "test_a_key_is_found_in_whichever_column_it_stands": [KeepsColumnsApart],
    "test_removing_who_is_not_there_is_accepted": [RefusesWhoIsNotThere],
    "test_an_audience_is_created_once": [MakesAnAudienceEachTime, SaysItMadeWhatItFound],
    "test_an_audience_that_is_looked_for_is_not_made": [MakesWhatItLooksFor],
    "test_opening_an_audience_keeps_its_members": [EmptiesWhatItOpens],
    "test_an_audience_is_found_by_its_id_under_another_name": [LooksForTheNameAlone],
    "test_a_replacement_in_parts_leaves_just_the_parts": [TakesEachPartForTheWhole],
    "test_a_step_that_was_not_answered_may_be_taken_again": [ForgetsAStepThatWasNotHeard],
    "test_what_was_prepared_is_what_is_sent": [PreparesOneForAll, SendsWhatItPrepares],
    "test_a_rehearsal_changes_nothing": [RehearsesOnThePeople],
    "test_advice_makes_no_audience": [AsksWhenItAdvises],
    "test_a_check_that_is_refused_says_so": [ChecksNobody],
    "test_what_it_says_of_itself_is_right": [ShowsItsSecrets],
    "test_keys_are_those_of_the_golden_vectors": [HashesInAnotherWay],
    "test_a_check_changes_nothing": [EmptiesAtACheck],
    "test_an_outcome_comes_when_it_is_promised": [SaysItSettlesLater],
    "test_each_receipt_has_its_own_outcome_after_a_restart": [RemembersItsReceipts],
    "test_audiences_do_not_mix": [MixesAudiences],
    "test_what_is_sent_together_arrives_where_it_belongs": [
        MixesWhatIsSentTogether,
        AnswersInAnotherOrder,
    ],
    "test_an_audience_of_another_kind_is_refused": [TakesAnyAudience],
    "test_replace_leaves_just_the_batch": [AddsWhereItShouldReplace],
    "test_erasure_reaches_every_audience": [
        ErasesInOneAudience,
        StumblesOverOneKey,
        ErasesOnce,
    ],
    "test_no_key_of_a_person_is_shown": [LogsKeys, KeepsKeysInTheReceipt],
    "test_a_refusal_is_the_right_error_and_changes_nothing": [
        CallsAllErrorsTransient,
        QuotesKeysInErrors,
        AppliesWhatItRefuses,
    ],
    "test_an_audience_that_could_not_be_made_is_made_later": [LeavesHalfAnAudience],
    "test_an_outcome_that_could_not_be_asked_for_is_asked_for_later": [LosesAReceiptThatFailed],
    "test_the_platform_says_when_to_come_back": [DoesNotSayWhen],
    "test_a_batch_whose_reply_was_lost_may_be_sent_again": [RefusesAResentBatch],
    "test_an_audience_whose_making_was_not_answered_is_not_made_twice": [
        MakesALostAudienceAgain
    ],
}
