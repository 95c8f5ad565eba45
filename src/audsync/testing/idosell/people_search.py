"""Which accounts and subscribers a search finds; filters not understood do nothing."""

from collections.abc import Callable, Iterable
from typing import Final
from zlib import crc32

from audsync.testing.idosell.clock import NO_TIME
from audsync.testing.idosell.listing import scattered
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import Range, block, blocks, number, numbers
from audsync.testing.idosell.people_records import Reader, readers
from audsync.testing.idosell.records import Account, Channel
from audsync.testing.idosell.shapes import Json

_CRM_TEXTS: Final[dict[str, Callable[[Account], str]]] = {
    "clientLogin": lambda account: account.login,
    "clientEmail": lambda account: account.email,
}


class PeopleSearch:
    """Searches accounts, CRM and newsletters of a panel."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def accounts(self, params: Json, _major: int) -> list[Account]:
        """Accounts as `clients/clients` finds them, in an order that cannot be chosen."""
        known = [*self._panel.customers.accounts.values()]
        if self._panel.quirks.lists_deleted_clients:
            known += self._panel.customers.deleted.values()
        found: Iterable[Account] = known
        for fits in self._account_filters(params):
            found = filter(fits, found)
        return sorted(
            found, key=lambda account: scattered(account.client_id, self._panel.quirks)
        )

    def crm(self, params: Json, _major: int) -> list[Account]:
        """Accounts as the CRM finds them, which knows no date of change."""
        found: Iterable[Account] = self._panel.customers.accounts.values()
        is_exact = params.get("settingsExactSearch") is True
        for name, text in _CRM_TEXTS.items():
            asked = params.get(name)
            if isinstance(asked, str) and asked:
                found = [a for a in found if _fits(text(a), asked, is_exact=is_exact)]
        registered = self._range(params, "clientRegistrationDate")
        if not registered.is_open:
            clock = self._panel.clock
            found = [a for a in found if registered.holds(clock.wall(a.registered_at))]
        shops = set(numbers(block(params, "searchByShops").get("shopsIds")))
        if shops:
            found = [a for a in found if a.shops & shops]
        return sorted(
            found, key=lambda account: scattered(account.client_id, self._panel.quirks)
        )

    def readers(self, channel: Channel, params: Json) -> list[Reader]:
        """Whom a newsletter search finds: accounts and people without one."""
        filters = blocks(params.get("shops"))
        dates = block(params, "date")
        quirks = self._panel.quirks
        wanted = Range(
            dates.get("from"),
            dates.get("to"),
            end_of_day=quirks.end_of_day,
            inclusive=quirks.end_is_inclusive,
        )
        found = [
            reader
            for reader in readers(self._panel, channel)
            if self._is_wanted(reader, filters, wanted)
        ]
        return sorted(
            found, key=lambda r: (scattered(r.client_id, quirks), crc32(r.contact.encode()))
        )

    def _account_filters(self, params: Json) -> Iterable[Callable[[Account], bool]]:
        clock = self._panel.clock
        if ids := set(numbers(params.get("clientsIds"))):
            yield lambda account: account.client_id in ids
        changed = self._range(params, "clientsLastModificationDate")
        if not changed.is_open:
            yield (
                lambda account: (
                    not self._is_undated(account)
                    and changed.holds(clock.wall(account.changed_at))
                )
            )
        registered = self._range(params, "clientRegistrationDate")
        if not registered.is_open:
            yield (
                lambda account: (
                    not self._is_undated(account)
                    and registered.holds(f"{clock.day(account.registered_at)} 00:00:00")
                )
            )
        bought = self._range(params, "clientLastPurchaseDate")
        if not bought.is_open:
            yield lambda account: bought.holds(clock.shown(account.last_purchase_at))
        if shop := number(params.get("shopId"), 0):
            yield lambda account: shop in account.shops

    def _is_undated(self, account: Account) -> bool:
        return account.is_undated and self._panel.quirks.some_dates_missing

    def _range(self, params: Json, name: str) -> Range:
        asked, quirks = block(params, name), self._panel.quirks
        return Range(
            asked.get(f"{name}Begin"),
            asked.get(f"{name}End"),
            end_of_day=quirks.end_of_day,
            inclusive=quirks.end_is_inclusive,
        )

    def _is_wanted(self, reader: Reader, filters: list[Json], wanted: Range) -> bool:
        """Whether an answer for any shop passes one of the filters and lies in the range."""
        for shop, consent in reader.consents.items():
            date = self._panel.clock.shown(consent.changed_at if consent else None)
            if not wanted.is_open and (date == NO_TIME or not wanted.holds(date)):
                continue
            letter = "y" if consent and consent.given else "n"
            registered = "y" if reader.is_registered else "n"
            facts = {"shop_id": str(shop), "approval": letter, "registered": registered}
            if not filters or any(_agrees(facts, one) for one in filters):
                return True
        return False


def _agrees(facts: dict[str, str], asked: Json) -> bool:
    return all(str(asked[name]) == fact for name, fact in facts.items() if asked.get(name))


def _fits(text: str, asked: str, *, is_exact: bool) -> bool:
    return text == asked if is_exact else asked in text
