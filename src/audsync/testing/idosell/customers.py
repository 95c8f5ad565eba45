"""Accounts and newsletter subscribers, and what may happen to them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from audsync.testing.idosell.clock import Clock
from audsync.testing.idosell.quirks import Quirks
from audsync.testing.idosell.records import Account, Address, Channel, Consent, Subscriber

GROUPS: Final[Mapping[int, str]] = {1: "Standard", 2: "Silver", 3: "VIP", 4: "Trade"}
_NOBODY: Final = Address("", "", "", "", "")


class Customers:
    """People the panel knows; each change happens at the clock's present moment."""

    def __init__(self, clock: Clock, quirks: Quirks) -> None:
        self._clock, self._quirks = clock, quirks
        self.accounts: dict[int, Account] = {}
        self.subscribers: dict[tuple[Channel, str], Subscriber] = {}
        self.deleted: dict[int, Account] = {}
        self._last_id = 9000

    def register(
        self,
        shop_id: int,
        email: str,
        address: Address,
        *,
        login: str | None = None,
        is_guest: bool = False,
        agrees_to: Iterable[Channel] = (),
    ) -> Account:
        """A new account, active in that shop; a subscriber of the same address becomes it."""
        now = self._clock.happened()
        self._last_id += 1
        account = Account(
            client_id=self._last_id,
            login=login or email,
            email=email,
            address=address,
            registered_at=now,
            changed_at=now,
            shops={shop_id},
            is_guest=is_guest,
        )
        self.accounts[account.client_id] = account
        for key in ((Channel.EMAIL, email), (Channel.SMS, address.phone)):
            if subscriber := self.subscribers.pop(key, None):
                for shop, consent in subscriber.consents.items():
                    account.consents[key[0], shop] = consent
        for channel in agrees_to:
            account.consents[channel, shop_id] = Consent(given=True, changed_at=now)
        return account

    def delete(self, client_id: int) -> None:
        """The account is gone, and so are its consents; its orders stay."""
        now = self._clock.happened()
        account = self.accounts.pop(client_id)
        self.deleted[client_id] = replace(
            account, login="", email="", address=_NOBODY, changed_at=now, consents={}, tags={}
        )

    def change_email(self, client_id: int, email: str) -> None:
        """The account has another address; its orders keep the one they were made with."""
        self._changed(client_id).email = email

    def change_address(self, client_id: int, address: Address) -> None:
        """Another name, phone or place."""
        self._changed(client_id).address = address

    def change_group(self, client_id: int, group: int, *, is_wholesaler: bool = False) -> None:
        """Another discount group of GROUPS, 0 for none; retail or wholesale."""
        account = self._changed(client_id)
        account.group, account.is_wholesaler = group, is_wholesaler

    def join_shop(self, client_id: int, shop_id: int) -> None:
        """The account is active in another shop of the panel too."""
        self._changed(client_id).shops.add(shop_id)

    def decide(self, client_id: int, channel: Channel, shop_id: int, *, given: bool) -> None:
        """Give or withdraw consent to a newsletter of a shop."""
        account = self.accounts[client_id]
        now, before = self._clock.happened(), account.consents.get((channel, shop_id))
        moves = not account.is_guest or self._quirks.consent_moves_guest_date
        at = now if moves or before is None else before.changed_at
        account.consents[channel, shop_id] = Consent(given, at)
        if self._quirks.consent_moves_account:
            account.changed_at = now

    def subscribe(self, channel: Channel, contact: str, shop_id: int) -> Subscriber:
        """Somebody without an account wants a newsletter."""
        now = self._clock.happened()
        new = Subscriber(channel, contact, now, {})
        subscriber = self.subscribers.setdefault((channel, contact), new)
        subscriber.consents[shop_id] = self._answer(subscriber, shop_id, given=True)
        return subscriber

    def unsubscribe(self, channel: Channel, contact: str, shop_id: int) -> None:
        """A subscriber without an account wants it no more."""
        self._clock.happened()
        subscriber = self.subscribers[channel, contact]
        subscriber.consents[shop_id] = self._answer(subscriber, shop_id, given=False)

    def _answer(self, subscriber: Subscriber, shop_id: int, *, given: bool) -> Consent:
        """The answer with the date that the panel shows: of it, or of when they were added."""
        before = subscriber.consents.get(shop_id)
        moves = before is None or self._quirks.consent_moves_guest_date
        return Consent(given, self._clock.now if moves or not before else before.changed_at)

    def _changed(self, client_id: int) -> Account:
        account = self.accounts[client_id]
        account.changed_at = self._clock.happened()
        return account
