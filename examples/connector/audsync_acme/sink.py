"""Keeps lists at Acme equal to the audiences; Acme matches by e-mail or phone digest."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Capabilities,
    Context,
    Finding,
    KeyRule,
    Level,
    Outcome,
    Receipt,
    RejectedRows,
    Sink,
)
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.identity.digests import digest_all
from audsync_acme.api import NAME, AcmeApi, AcmeOptions

if TYPE_CHECKING:
    import pyarrow as pa


class AcmeSink:
    """Acme works a batch in after the call, and says then which rows it could not use."""

    Options: ClassVar[type] = AcmeOptions
    capabilities: Capabilities = Capabilities(
        max_batch=500, settles_after=timedelta(minutes=10)
    )
    key_rules: Mapping[str, KeyRule] = {
        "email": KeyRule(("email",), digest_all, identifies=True),
        "phone": KeyRule(("phone",), digest_all, identifies=True),
    }

    def __init__(self, options: AcmeOptions, context: Context) -> None:
        self._api = AcmeApi(options, context)

    def check(self) -> list[Finding]:
        """Asks for the lists, which needs the right to see them."""
        try:
            self._api.call("GET", "/lists")
        except (CredentialError, RejectedError, TransientError) as error:
            return [Finding(Level.ERROR, str(error), "see docs/how-to/connect-acme.md")]
        return [Finding(Level.OK, "the key may see lists")]

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        lists = self._api.call("GET", "/lists")
        found = [one for one in lists if one["id"] == remote_id]
        found += [one for one in lists if one["name"] == spec.name]
        if not found:
            made = self._api.call("POST", "/lists", json={"name": spec.name})
            return AudienceInfo(made["id"], spec.name, created=True)
        if found[0]["kind"] != "members":
            raise RejectedError(
                f"{spec.name}: the list of this name at Acme is of another kind",
                connector=NAME,
                remedy="rename that list at Acme, or the segment",
            )
        return AudienceInfo(found[0]["id"], found[0]["name"])

    def send(self, batch: Batch) -> Receipt:
        """One call; its job is what the outcome is asked by."""
        [audience] = batch.audiences
        path = f"/lists/{audience.remote_id}/{batch.operation}"
        answer = self._api.call("POST", path, json={"rows": batch.rows.to_pylist()})
        return Receipt(batch.key, {"job": answer["job"]})

    def settle(self, receipt: Receipt) -> Outcome | None:
        """What became of the job; None before Acme has worked it in."""
        job = self._api.call("GET", f"/jobs/{receipt.payload['job']}")
        if not job["done"]:
            return None
        invalid = tuple(job["invalid"])
        rejected = (RejectedRows("invalid", len(invalid), invalid),) if invalid else ()
        return Outcome(job["accepted"], rejected)

    def erase(self, keys: "pa.Table") -> Receipt:
        """Acme has no call for it: `capabilities.erase_everywhere` is false."""
        raise NotImplementedError


_: type[Sink] = AcmeSink
