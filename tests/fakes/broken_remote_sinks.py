"""Sinks on a network that each break one law of the contract kit."""

from audsync.contracts import AudienceInfo, AudienceSpec, Batch, Outcome, Receipt
from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.testing.memory_sink import MemorySink


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
