"""Each law of the contract kits can fail: a connector that breaks it is caught by it."""

import inspect
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

import pyarrow as pa
import pytest

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Capabilities,
    Cursor,
    Finding,
    KeyRule,
    Level,
    Loss,
    Operation,
    Outcome,
    Page,
    Receipt,
    RejectedRows,
    Rejection,
)
from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.identity.digests import digest_all
from audsync.testing.memory_sink import KEY_RULES, MemoryPlatform, MemorySink
from audsync.testing.memory_source import CANARIES, MemorySource, table_rows
from audsync.testing.remote_sink_contract import REFUSALS, RemoteSinkContract
from audsync.testing.remote_source_contract import RemoteSourceContract

VECTORS = Path(__file__).parents[1] / "vectors" / "memory.json"


class Kit(RemoteSinkContract):
    vectors = VECTORS

    def __init__(self, made: Callable[..., MemorySink]) -> None:
        self._made = made

    def restarted(self, platform: MemoryPlatform) -> MemorySink:
        return self._made(platform=platform, max_batch=5, offers_all=True)

    def occupy(self, platform: MemoryPlatform, spec: AudienceSpec) -> None:
        platform.strangers.add(spec.name)

    def wait(self) -> None:
        """The platform needs no time."""


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


class CallsAllErrorsTransient(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        try:
            return super().send(batch)
        except (RejectedError, CredentialError) as error:
            raise TransientError(str(error), connector="memory") from None


class QuotesKeysInErrors(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        try:
            return super().send(batch)
        except RejectedError as error:
            raise RejectedError(
                f"refused {batch.rows['email'][0]}", connector="memory", remedy="no"
            ) from error


class AppliesWhatItRefuses(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        faults, self.platform._faults = self.platform._faults, []
        receipt = super().send(batch)
        self.platform._faults = faults
        self.platform.fault(is_done=False)
        self.platform.fault(is_done=True)
        return receipt


class LeavesHalfAnAudience(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        try:
            return super().open(spec, remote_id)
        except AudsyncError:
            self.platform.names.setdefault("audience-1", spec.name)
            self.platform.held.setdefault("audience-1", set())
            raise


class LosesAReceiptThatFailed(MemorySink):
    def settle(self, receipt: Receipt) -> Outcome | None:
        try:
            return Outcome(0) if getattr(self, "failed", False) else super().settle(receipt)
        except AudsyncError:
            self.failed = True
            raise


class DoesNotSayWhen(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        try:
            return super().send(batch)
        except TransientError as error:
            raise TransientError(str(error), connector="memory") from None


class RefusesAResentBatch(MemorySink):
    def send(self, batch: Batch) -> Receipt:
        lost = self.platform._faults and self.platform._faults[0].is_carried_out
        if batch.key in getattr(self, "lost", set()):
            self.platform.refuses = {str(one) for one in batch.rows["email"].to_pylist()}
        if lost:
            self.lost = {batch.key}
        return super().send(batch)


class MakesALostAudienceAgain(MemorySink):
    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        try:
            return super().open(spec, remote_id)
        except TransientError:
            names = self.platform.names
            for one in [one for one, name in names.items() if name == spec.name]:
                names[one] = "without a name"
            raise


BROKEN: dict[str, list[type[MemorySink]]] = {
    "test_every_member_is_accounted_for": [Miscounts],
    "test_twice_equals_once": [RefusesTheSecondTime],
    "test_remove_undoes_add": [RemovesOneTooFew],
    "test_removing_who_is_not_there_is_accepted": [RefusesWhoIsNotThere],
    "test_an_audience_is_created_once": [MakesAnAudienceEachTime, SaysItMadeWhatItFound],
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
# The core refuses such a batch itself, whatever the connector is.
OF_THE_CORE = {"test_a_larger_batch_than_it_takes_is_refused"}


def laws(kit: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kit) if name.startswith("test_")}


def cases(law: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments of each case of a law, as its parametrize marks say."""
    found: list[dict[str, Any]] = [{}]
    for mark in getattr(law, "pytestmark", []):
        names, values = mark.args
        names = [names] if isinstance(names, str) else names
        rows = [row if isinstance(row, tuple) else (row,) for row in values]
        found = [{**one, **dict(zip(names, row, strict=True))} for one in found for row in rows]
    yield from found


def keeps(
    kit: Any, law: str, fixtures: Callable[[], dict[str, Any]], request: pytest.FixtureRequest
) -> bool:
    """Whether a connector keeps a law in every case."""
    method = getattr(kit, law)
    wanted = inspect.signature(method).parameters
    for case in cases(method):
        # A law that is kept by no connector at all would look as if it caught one.
        given = {**fixtures(), **case}
        given |= {name: request.getfixturevalue(name) for name in wanted if name not in given}
        try:
            method(**{name: given[name] for name in wanted})
        except (AssertionError, AudsyncError, pytest.fail.Exception, KeyError):
            return False
    return True


def sink_fixtures(kit: Kit, wanted: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
    def made() -> dict[str, Any]:
        platform = MemoryPlatform()
        sink = kit.restarted(platform)
        from audsync.testing.sink_contract import SPEC

        audience = {"audience": sink.open(SPEC, None)} if "audience" in wanted else {}
        return {"platform": platform, "sink": sink, **audience}

    return made


@pytest.mark.parametrize(
    ("law", "broken"), [(law, one) for law, found in BROKEN.items() for one in found]
)
def test_a_sink_that_breaks_a_law_is_caught_by_it(
    law: str, broken: type[MemorySink], request: pytest.FixtureRequest
) -> None:
    wanted = inspect.signature(getattr(Kit, law)).parameters
    right, wrong = Kit(SlowlyReplacing), Kit(broken)
    assert keeps(right, law, sink_fixtures(right, wanted), request)
    assert not keeps(wrong, law, sink_fixtures(wrong, wanted), request)


def test_every_law_of_sinks_is_broken_by_a_sink() -> None:
    assert laws(RemoteSinkContract) - OF_THE_CORE == set(BROKEN)


PERSON = dict(zip(("email", "phone", "first_name", "last_name"), CANARIES, strict=True))
MISSING = Rejection("customers", "row 9", "email", "not_an_address", Loss.ROW, CANARIES[0])


class Shop:
    def __init__(self) -> None:
        self.source: MemorySource

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        kind = dict(REFUSALS)[status]
        more: dict[str, Any] = {"connector": "memory"} if kind is not CredentialError else {}
        if kind is TransientError:
            more["retry_after"] = retry_after
        if kind is RejectedError:
            more["remedy"] = "mend it"
        self.source.fail_next(kind(f"answered {status}", **more), after_pages=1)


def filled(made: Callable[..., MemorySource], *, step: int = 1) -> MemorySource:
    source = made(page_rows=2)
    people = [{"customer_id": str(number), **PERSON} for number in range(1, 6)]
    source.put("customers", people[::step], rejected=[MISSING])
    order = {"created_at": "2024-01-01T10:00:00Z", "status": "finished", "currency": "GBP"}
    orders = [{"order_id": f"A{number}", **PERSON, **order} for number in range(1, 6)]
    source.put("orders", orders[::step])
    return source


class Pages(MemorySource):
    """A source whose pages a subclass spoils."""

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        yield from self.spoilt(list(super().pull(cursor, until)))

    def spoilt(self, pages: list[Page]) -> list[Page]:
        raise NotImplementedError


class SendsWrongTypes(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [
            replace(page, rows=page.rows.set_column(0, page.rows.column_names[0], numbers))
            for page in pages
            for numbers in [pa.array([1] * page.rows.num_rows)]
        ]


class ProvidesLessThanItSends(MemorySource):
    @property
    def provides(self) -> frozenset[str]:
        return super().provides - {"customers.email"}


class ProvidesNoSuchColumn(MemorySource):
    @property
    def provides(self) -> frozenset[str]:
        return super().provides | {"customers.no_such_column"}


class EndsWithoutCursor(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [*pages[:-1], replace(pages[-1], cursor=None)] if pages else []


class SendsAllAgain(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return pages or list(MemorySource.pull(self, None, datetime.min))  # noqa: DTZ901 -- not looked at


class SendsOnce(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        sent, self.sent = getattr(self, "sent", False), True
        return pages[:1] if sent else pages


class SkipsWhenContinued(MemorySource):
    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        pages = list(super().pull(cursor, until))
        yield from pages if cursor is None else pages[1:]


class KeepsTheFirstPage(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        first = pages[0].rows["customer_id"][0].as_py() if pages else None
        return pages if first == "1" else pages[1:]


class RejectsWithoutReason(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [
            replace(page, rejected=[replace(one, reason="Not OK") for one in page.rejected])
            for page in pages
        ]


class QuotesRows(MemorySource):
    def fail_next(self, error: Exception, *, after_pages: int = 0) -> None:
        error.args = (f"{error} near {CANARIES[0]}",)
        super().fail_next(error, after_pages=after_pages)


class LogsRows(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        logging.getLogger("broken").debug("read %s", CANARIES[0])
        return pages


class NotesPeople(Pages):
    def spoilt(self, pages: list[Page]) -> list[Page]:
        return [replace(page, notes=[f"odd: {CANARIES[0]}"]) for page in pages]


class SaysAllIsWell(MemorySource):
    def check(self) -> list[Finding]:
        return [Finding(Level.OK, "the shop is in memory")]


class EatsAtACheck(MemorySource):
    def check(self) -> list[Finding]:
        self._changes = self._changes[:1]
        return [Finding(Level.OK, "the shop is in memory")]


class SwallowsErrors(Pages):
    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        try:
            yield from MemorySource.pull(self, cursor, until)
        except AudsyncError:
            return


class ForgetsWhen(MemorySource):
    def fail_next(self, error: Exception, *, after_pages: int = 0) -> None:
        if isinstance(error, TransientError):
            error.retry_after = None
        super().fail_next(error, after_pages=after_pages)


class SourceKit(RemoteSourceContract):
    pass


BROKEN_SOURCES: dict[str, list[type[MemorySource]]] = {
    "test_what_it_says_of_itself_is_right": [ProvidesNoSuchColumn],
    "test_a_check_changes_nothing": [EatsAtACheck],
    "test_every_page_keeps_the_contract_of_its_table": [SendsWrongTypes],
    "test_every_column_sent_is_one_it_provides": [ProvidesLessThanItSends],
    "test_a_pull_ends_with_a_cursor": [EndsWithoutCursor],
    "test_a_pull_straight_after_a_pull_gives_nothing": [SendsAllAgain],
    "test_the_same_shop_gives_the_same_rows": [SendsOnce],
    "test_a_pull_that_stops_anywhere_is_continued": [SkipsWhenContinued],
    "test_the_order_of_rows_does_not_matter": [KeepsTheFirstPage],
    "test_a_rejection_says_where_and_why": [RejectsWithoutReason],
    "test_a_shop_that_cannot_be_read_is_an_error_without_values": [QuotesRows, SwallowsErrors],
    "test_no_value_of_a_person_is_logged_or_printed": [LogsRows, NotesPeople],
    "test_a_check_that_is_refused_says_so": [SaysAllIsWell],
    "test_a_refusal_is_the_right_error_and_the_pull_can_be_made_again": [
        SwallowsErrors,
        QuotesRows,
    ],
    "test_the_shop_says_when_to_come_back": [ForgetsWhen],
}


@pytest.mark.parametrize(
    ("law", "broken"), [(law, one) for law, found in BROKEN_SOURCES.items() for one in found]
)
def test_a_source_that_breaks_a_law_is_caught_by_it(
    law: str,
    broken: type[MemorySource],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def fixtures(made: Callable[..., MemorySource]) -> Callable[[], dict[str, Any]]:
        def of_a_case() -> dict[str, Any]:
            shop, unreadable = Shop(), filled(made)
            shop.source = filled(made)
            unreadable.fail_next(RejectedError("closed", connector="memory", remedy="wait"))
            return {
                "source": shop.source,
                "platform": shop,
                "reordered": filled(made, step=-1),
                "unreadable": unreadable,
                "tmp_path": tmp_path_factory.mktemp("law"),
            }

        return of_a_case

    assert keeps(SourceKit(), law, fixtures(MemorySource), request)
    assert not keeps(SourceKit(), law, fixtures(broken), request)


def test_every_law_of_sources_is_broken_by_a_source() -> None:
    assert laws(RemoteSourceContract) == set(BROKEN_SOURCES)


def test_the_vectors_of_the_kit_are_data() -> None:
    assert {"key", "inputs", "value", "source"} == set(json.loads(VECTORS.read_text())[0])


def test_rows_of_a_wrong_column_are_told() -> None:
    with pytest.raises(ValueError, match="has no columns no_such"):
        table_rows("customers", {"no_such": 1})
