"""What a client says about messages, of two views that may differ, for one shop."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from audsync.tables import Frequency
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record
from audsync_source_idosell.cells import dig, elements
from audsync_source_idosell.drafts import Row

EMAIL: Final = "newsletter"
SMS: Final = "sms"
# Where clients/clients says it: the list, and the date in each of its elements.
_LISTS: Final = {
    EMAIL: ("newsletterEmailApprovalsData", "newsletterEmailApprovalDate"),
    SMS: ("newsletterSmsApprovalsData", "newsletterSmsApprovalDate"),
}
COLUMNS: Final = tuple(
    f"{channel}_frequency{suffix}" for channel in (EMAIL, SMS) for suffix in ("", "_at")
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A yes or no, and since when, where the panel says so."""

    granted: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Consents:
    """The answers of one shop of the panel.

    A client's record dates a yes and not a no, the newsletter's both. Where the newsletter says
    no and the record says yes, the newer one counts, and of two as old the no; such withdrawals
    are kept in `withdrawn`, by channel and client.
    """

    shop_id: int
    zone: ZoneInfo
    withdrawn: MutableMapping[str, dict[str, str]]

    def put(self, row: Row, record: Record, client: str) -> None:
        """Put what a client's record says into its row."""
        for channel in (EMAIL, SMS):
            answer = self._of_record(record, channel)
            no = self.withdrawn.get(channel, {}).get(client)
            if answer is not None and no is not None:
                answer = _newer(answer, datetime.fromisoformat(no))
            put_answer(row, channel, answer)

    def has_agreed(self, record: Record) -> bool:
        """Whether a client's record says yes to any messages of the shop."""
        answers = (self._of_record(record, channel) for channel in (EMAIL, SMS))
        return any(answer is not None and answer.granted for answer in answers)

    def hear(self, channel: str, client: str, said: Answer, record: Record) -> None:
        """Compare what the newsletter says with the client's record, which was read later."""
        known = self.withdrawn.setdefault(channel, {})
        shown = self._of_record(record, channel)
        contradicts = (
            not said.granted
            and said.since is not None
            and shown is not None
            and shown.granted
            and (shown.since is None or shown.since <= said.since)
        )
        if contradicts and said.since is not None:
            known[client] = said.since.isoformat()
        else:
            known.pop(client, None)

    def of_newsletter(self, record: Record) -> Answer | None:
        """What the newsletter says of this shop; None where it does not name it."""
        entry = next(
            (one for one in elements(record, "shops") if self._is_here(one)),
            None,
        )
        if entry is None:
            return None
        approval = dig(entry, "approval")
        granted = cells.yes(approval) or _is_date(approval, self.zone)
        return Answer(granted, _moment(dig(entry, "date_modification"), self.zone))

    def _of_record(self, record: Record, channel: str) -> Answer | None:
        listed, dated = _LISTS[channel]
        entries = [one for one in elements(record, listed) if self._is_here(one)]
        if not entries:
            return None
        since = _moment(dig(entries[0], dated), self.zone)
        return Answer(since is not None, since)

    def _is_here(self, entry: Any) -> bool:
        shop = dig(entry, "shopId")
        return str(dig(entry, "shop_id") if shop is None else shop) == str(self.shop_id)


def put_answer(row: Row, channel: str, answer: Answer | None) -> None:
    """Put an answer into its two columns; without one both are null."""
    wish = None
    if answer is not None:
        wish = Frequency.EVERY_DAY if answer.granted else Frequency.NEVER
    row.values[f"{channel}_frequency"] = wish
    row.values[f"{channel}_frequency_at"] = None if answer is None else answer.since


def _newer(answer: Answer, withdrawn: datetime) -> Answer:
    since = answer.since or datetime.min.replace(tzinfo=UTC)
    return answer if since > withdrawn else Answer(granted=False, since=withdrawn)


def _is_date(value: Any, zone: ZoneInfo) -> bool:
    return isinstance(value, str) and "-" in value and _moment(value, zone) is not None


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    # A date that cannot be read is no consent.
    try:
        return cells.moment(value, zone)
    except cells.BadCellError:
        return None
