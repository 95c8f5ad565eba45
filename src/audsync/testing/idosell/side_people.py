"""The calls beside clients: addresses, tags, groups, points, cards."""

from collections.abc import Callable
from typing import Final

from audsync.testing.idosell.customers import GROUPS
from audsync.testing.idosell.listing import Answer, Dialect, Empty, Listing
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import number, numbers, words
from audsync.testing.idosell.records import Account
from audsync.testing.idosell.route import Route
from audsync.testing.idosell.shapes import Json, Shapes

_BY: Final = ("clientIds", "clientLogins", "clientCodesExternal")


def side_people_routes(panel: Panel) -> list[Route]:
    """Side lists of clients, most of them for one client at a time."""
    side = _SidePeople(panel)

    def of_clients(
        key: str,
        find: Callable[[Json, int], list[Account]],
        render: Callable[[Account], Json],
        dialect: Dialect = Dialect.WHOLE,
        empty: Empty = Empty.UNSURE,
    ) -> Listing:
        return Listing(key, find, lambda account, *_: render(account), dialect, empty)

    addresses = of_clients("results", side.named, side.delivery_address)
    payers = of_clients("payerAddressesResults", side.one, side.payer, Dialect.CAMEL)
    points = of_clients(
        "clientsProfitPointsResults", side.everybody, _points, Dialect.CAMEL, Empty.FAULT
    )
    cards = of_clients("results", side.nobody, _points, empty=Empty.FAULT)
    discounts = of_clients("results", side.everybody, _discount, Dialect.CAMEL)
    return [
        Route("GET", "clients/deliveryAddress", "crm", addresses, 4, one_of=_BY),
        Route("GET", "clients/payerAddress", "crm", payers, 4, one_of=("clientId",)),
        Route("GET", "clients/tags", "crm", side.tags, 4, one_of=("clientId",)),
        Route("GET", "discounts/groups/clients", "crm", side.group_members, 4),
        Route("GET", "clients/prices/discountGroups", "crm", _groups, 4, since=5),
        Route("GET", "clients/prices/discounts", "crm", discounts, 4, since=5),
        Route("GET", "clients/pricelists", "crm", _price_lists, 4),
        Route("GET", "clients/pricelists/clients", "crm", _nobody_listed, 4),
        Route("GET", "clients/profitPoints", "crm", points, 4),
        Route("GET", "clients/membershipCards", "crm", cards, 4),
        Route("GET", "clients/provinceList", "crm", _provinces, 4),
    ]


class _SidePeople:
    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._shapes = Shapes(panel.quirks)

    def named(self, params: Json, _major: int) -> list[Account]:
        """Accounts by ids or logins."""
        ids, logins = numbers(params.get("clientIds")), words(params.get("clientLogins"))
        return [
            account
            for account in self._panel.customers.accounts.values()
            if account.client_id in ids or account.login in logins
        ]

    def one(self, params: Json, _major: int) -> list[Account]:
        """The account of an id."""
        account = self._panel.customers.accounts.get(number(params.get("clientId"), 0))
        return [] if account is None else [account]

    def everybody(self, _params: Json, _major: int) -> list[Account]:
        """All accounts."""
        return [*self._panel.customers.accounts.values()]

    def nobody(self, _params: Json, _major: int) -> list[Account]:
        """No account at all."""
        return []

    def delivery_address(self, account: Account) -> Json:
        """Addresses to deliver to, none for those without a town."""
        address, turn = account.address, account.client_id
        known = {
            "clientDeliveryAddressId": str(turn + 300_000),
            "clientDeliveryAddressFirstName": address.first_name,
            "clientDeliveryAddressLastName": address.last_name,
            "clientDeliveryAddressPhone1": address.phone,
            "clientDeliveryAddressStreet": address.street,
            "clientDeliveryAddressZipCode": address.zip_code,
            "clientDeliveryAddressCity": address.city,
            "clientDeliveryAddressCountry": self._shapes.country_name(address.country),
        }
        return {
            "clientId": account.client_id,
            "clientLogin": account.login,
            "clientCodeExternal": "",
            "clientDeliveryAddresses": [known] if address.city else [],
        }

    def payer(self, account: Account) -> Json:
        """Who pays."""
        address = account.address
        return {
            "payerAddressId": account.client_id + 400_000,
            "payerAddressFirstName": address.first_name,
            "payerAddressLastName": address.last_name,
            "payerAddressFirm": address.firm,
            "payerAddressNip": address.tax_number,
        }

    def tags(self, params: Json, major: int) -> Answer:
        """Labels of one client."""
        rows = [
            {"tagName": name, "tagId": place, "tagValue": value}
            for account in self.one(params, major)
            for place, (name, value) in enumerate(sorted(account.tags.items()), start=1)
        ]
        return Answer(200, {"results": rows})

    def group_members(self, params: Json, _major: int) -> Answer:
        """Ids of a discount group, as text."""
        group = number(params.get("discountGroupId"), 0)
        ids = [
            str(account.client_id)
            for account in self._panel.customers.accounts.values()
            if account.group == group
        ]
        return Answer(200, {"result": {"clientId": ids}})


def _points(account: Account) -> Json:
    return {
        "clientId": account.client_id,
        "clientProfitPoints": 0,
        "clientProfitPointsHistories": [],
    }


def _discount(account: Account) -> Json:
    return {"clientId": account.client_id, "discountType": "none", "discountValue": 0}


def _groups(_params: Json, _major: int) -> Answer:
    rows = [{"groupNumber": number, "groupName": name} for number, name in GROUPS.items()]
    return Answer(200, {"results": rows})


def _price_lists(_params: Json, _major: int) -> Answer:
    return Answer(200, {"result": [{"priceListId": 1, "priceListName": "Hurt"}]})


def _nobody_listed(_params: Json, _major: int) -> Answer:
    return Answer(200, {"result": {"clientsIds": []}})


def _provinces(params: Json, _major: int) -> Answer:
    country = str(params.get("country_code", "pl"))
    row = {"province_code": "12", "province": "małopolskie", "country_code": country}
    return Answer(200, {"results": [row]})
