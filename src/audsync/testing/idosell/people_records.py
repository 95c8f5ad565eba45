"""Accounts and newsletter subscribers as the API writes them."""

from collections.abc import Iterator
from dataclasses import dataclass

from audsync.testing.idosell.clock import NO_DATE, NO_TIME
from audsync.testing.idosell.customers import GROUPS
from audsync.testing.idosell.order_records import address_record
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Account, Channel, Consent
from audsync.testing.idosell.shapes import Json, Shapes

_CRM_KINDS = {"private": "person", "male": "person_male", "female": "person_female"}
_EVERY = 5  # so many guests' addresses stand where a login should


def account_record(panel: Panel, account: Account) -> Json:
    """An account as `clients/clients` gives it: consent is a date, or a date of zeros."""
    shapes, clock, turn = Shapes(panel.quirks), panel.clock, account.client_id
    is_undated = account.is_undated and panel.quirks.some_dates_missing
    record = {
        "clientId": account.client_id,
        "clientsLastModificationDate": NO_TIME
        if is_undated
        else clock.wall(account.changed_at),
        "clientLogin": account.login,
        "clientCodeExternal": "",
        "clientEmail": account.email,
        "clientType": account.kind,
        "showClientAsPartner": "n",
        "operator": shapes.keyed({}),
        "isUnregistered": "y" if account.is_guest else "n",
        "blockAutomaticallyAssigningGroupDiscount": "n",
        "clientBillingAddress": {
            **address_record(shapes, account.address, turn),
            "clientRegionId": "",
            "clientProvinceId": "",
        },
        "clientPersonalData": shapes.personal_data(account.born_on, turn),
        "clientPreferences": {
            "langId": "pol",
            "currencyId": panel.base_currency,
            "clientIsWholesaler": "yes" if account.is_wholesaler else "no",
            "clientVatPreferences": "bycountry",
            "clientGroupDiscountNumber": account.group,
            "clientGroupDiscountName": GROUPS.get(account.group),
        },
        "newsletterEmailApprovalsData": [
            {"newsletterEmailApprovalDate": date, "shopId": shop}
            for shop, date in _consent_dates(panel, account, Channel.EMAIL)
        ],
        "newsletterSmsApprovalsData": [
            {"newsletterSmsApprovalDate": date, "shopId": shop}
            for shop, date in _consent_dates(panel, account, Channel.SMS)
        ],
        "clientBalances": [],
        "clientTradeCredit": {
            "clientTradeCreditLimit": 0,
            "currencyId": panel.base_currency,
            "clientTradeCreditUsed": 0,
        },
        "affiliateLogin": None,
        "affiliateId": 0,
        "clientRegistrationDate": NO_DATE if is_undated else clock.day(account.registered_at),
        "clientActiveInShops": [
            {"shopId": shop.shop_id, "shopName": shop.name}
            for shop in panel.shops
            if shop.shop_id in account.shops
        ],
    }
    return shapes.with_extras(record, turn)


def _consent_dates(
    panel: Panel, account: Account, channel: Channel
) -> Iterator[tuple[int, str]]:
    """The date of consent by shop; the shop that was asked last does not come first."""
    for shop in panel.shops:
        consent = account.consents.get((channel, shop.shop_id))
        if consent is not None:
            withdrawn = NO_TIME
            if panel.quirks.accounts_keep_yes:
                withdrawn = panel.clock.wall(account.registered_at)
            date = panel.clock.wall(consent.changed_at) if consent.given else withdrawn
            yield shop.shop_id, date


def crm_record(panel: Panel, account: Account) -> Json:
    """An account as the CRM search gives it: consent is a letter."""
    shapes, address = Shapes(panel.quirks), account.address
    record = {
        "clientId": account.client_id,
        "clientLogin": account.login,
        "clientEmail": account.email,
        "clientType": _CRM_KINDS.get(account.kind, account.kind),
        "clientIsWholesaler": "yes" if account.is_wholesaler else "no",
        "clientCountryId": shapes.country(address.country, account.client_id),
        "langId": "pol",
        "clientPhone1": address.phone,
        "clientPhone2": "",
        "clientFirstName": address.first_name,
        "clientLastName": address.last_name,
        "clientFirm": address.firm,
        "clientNip": address.tax_number,
        "clientCodeExternal": "",
        "clientNote": "",
        "clientLastPurchaseDate": panel.clock.shown(account.last_purchase_at),
        "clientLastLoginDate": panel.clock.shown(None),
        "clientOrdersAllCount": account.order_count,
        "clientLoyaltyPoints": 0,
        "clientDiscount": {"clientDiscountType": "none"},
        "clientActiveInShops": [{"shopId": shop} for shop in sorted(account.shops)],
        "newsletterEmailApprovalsData": [
            {"shopId": shop, "inNewsletterEmailApproval": answer}
            for shop, answer in _crm_answers(panel, account, Channel.EMAIL)
        ],
        "newsletterSmsApprovalsData": [
            {"shopId": shop, "inNewsletterSmsApproval": answer}
            for shop, answer in _crm_answers(panel, account, Channel.SMS)
        ],
        "clientRmaCount": 0,
        "clientOrdersStatistic": {
            "worth_retail": shapes.keyed({}),
            "worth_wholesale": shapes.keyed({}),
            "worth_by_shops": [],
        },
        "clientBalances": shapes.keyed({}),
    }
    return shapes.with_extras(record, account.client_id)


def _crm_answers(
    panel: Panel, account: Account, channel: Channel
) -> Iterator[tuple[int, object]]:
    for shop in panel.shops:
        consent = account.consents.get((channel, shop.shop_id))
        if consent is None:
            continue
        match panel.quirks.crm_approval:
            case "letter":
                yield shop.shop_id, "y" if consent.given else "n"
            case "boolean":
                yield shop.shop_id, consent.given
            case "date":
                moment = consent.changed_at if consent.given else None
                yield shop.shop_id, panel.clock.shown(moment)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever a newsletter search names: by account, or by contact alone."""

    client_id: int
    login: str
    contact: str
    is_registered: bool
    consents: dict[int, Consent | None]


def readers(panel: Panel, channel: Channel) -> list[Reader]:
    """All whom the newsletter search of that channel knows, in no order to rely on."""
    found = []
    for account in panel.customers.accounts.values():
        consents: dict[int, Consent | None] = {
            shop: consent
            for (kind, shop), consent in account.consents.items()
            if kind is channel
        }
        if panel.quirks.lists_undecided:
            consents = dict.fromkeys(account.shops) | consents
        if consents:
            contact = account.email if channel is Channel.EMAIL else account.address.phone
            found.append(
                Reader(
                    account.client_id, account.login, contact, not account.is_guest, consents
                )
            )
    found += [
        Reader(0, "", one.contact, is_registered=False, consents={**one.consents})
        for one in panel.customers.subscribers.values()
        if one.channel is channel
    ]
    return found


def reader_record(panel: Panel, channel: Channel, reader: Reader) -> Json:
    """One of them as the newsletter search gives it: a letter and a date for each shop."""
    shapes = Shapes(panel.quirks)
    as_date = channel is Channel.SMS and panel.quirks.sms_approval == "date"
    shops = {}
    for shop, consent in sorted(reader.consents.items()):
        is_given = consent is not None and consent.given
        shown = panel.clock.shown(consent.changed_at if consent else None)
        letter = "y" if is_given else "n"
        shops[str(shop)] = {
            "shop_id": shop,
            "approval": (shown if is_given else NO_TIME) if as_date else letter,
            "date_modification": shown,
        }
    contact, login = reader.contact, reader.login
    if channel is Channel.EMAIL and not reader.client_id and len(contact) % _EVERY == 0:
        contact, login = "", contact
    record = {
        "client_number": reader.client_id or shapes.no_number(len(contact)),
        "login": login,
        "registered": "y" if reader.is_registered else "n",
        "language": "pol",
        "email" if channel is Channel.EMAIL else "phone_cellular": contact,
        "shops": (
            list(shops.values())
            if panel.quirks.newsletter_shops == "list"
            else shapes.keyed(shops)
        ),
    }
    return shapes.with_extras(record, reader.client_id)
