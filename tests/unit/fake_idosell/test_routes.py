"""The fake IdoSell panel answers each call of the API with its own key."""

from decimal import Decimal
from typing import Any

import pytest

from audsync.testing.idosell import FakeIdoSell, Panel
from fakes.idosell_reader import Reader, five_orders, hat


@pytest.fixture
def panel() -> Panel:
    return five_orders()


class TestRoutes:
    @pytest.mark.parametrize(
        ("method", "path", "params", "key"),
        [
            ("POST", "orders/unfinished/search", {}, "Results"),
            ("GET", "orders/statuses", {}, "statuses"),
            ("GET", "orders/history", {"orderSerialNumber": 40_001}, "historyEvents"),
            ("GET", "orders/documents", {"orderSerialNumber": 40_001}, "documents"),
            ("GET", "orders/analytics", {"orderSerialNumber": 40_001}, "results"),
            ("GET", "orders/profitability", {"orderSerialNumber": 40_001}, "results"),
            ("GET", "orders/auctionDetails", {"orders": "40001"}, "results"),
            ("POST", "orders/opinions/search", {}, None),
            ("GET", "clients/clients", {}, "results"),
            ("POST", "clients/crm/search", {}, "clientsResults"),
            ("POST", "clients/newsletter/email/search", {}, "clients"),
            ("POST", "clients/newsletter/sms/search", {}, "clients"),
            ("GET", "clients/deliveryAddress", {"clientIds": "9001"}, "results"),
            ("GET", "clients/payerAddress", {"clientId": 9001}, "payerAddressesResults"),
            ("GET", "clients/tags", {"clientId": 9001}, "results"),
            ("GET", "discounts/groups", {}, "groups"),
            ("GET", "discounts/groups/clients", {"discountGroupId": 0}, "result"),
            ("GET", "clients/prices/discountGroups", {}, "results"),
            ("GET", "clients/prices/discounts", {}, "results"),
            ("GET", "clients/pricelists", {}, "result"),
            ("GET", "clients/pricelists/clients", {"priceListId": 1}, "result"),
            ("GET", "clients/profitPoints", {}, "clientsProfitPointsResults"),
            ("GET", "clients/membershipCards", {"id": 9001}, None),
            ("GET", "clients/provinceList", {"country_code": "pl"}, "results"),
            ("POST", "products/products/search", {}, "results"),
            ("GET", "products/brands", {}, "producers"),
            ("GET", "products/series", {}, "series"),
            ("GET", "products/categories", {}, "categories"),
            ("POST", "products/categoriesIdosell/search", {}, "categoriesIdoSell"),
            ("POST", "products/parameters/search", {}, "parametersResult"),
            ("GET", "sizes/sizes", {}, "size_groups"),
            ("GET", "returns/returns", {"order_sn": 40_001}, "returns"),
            ("GET", "returns/statuses", {}, "statuses"),
            ("GET", "rma/rma", {"creationDate[dateFrom]": "2026-06-01"}, "rmas"),
            ("GET", "rma/statuses", {}, "statuses"),
            ("GET", "payments/payments", {"paymentNumber": "40002-1"}, "result"),
            ("GET", "payments/forms", {}, "result"),
            ("GET", "refunds/retrieveRefundsList", {"page": 1}, "result"),
            ("GET", "vouchers/vouchers", {"status": "all"}, None),
            ("GET", "vouchers/types", {}, "vouchersTypes"),
            ("POST", "clients/giftcards/search", {}, None),
            ("GET", "system/shopsData", {}, "shops"),
            ("GET", "system/config", {}, "shops"),
            ("GET", "system/currencies", {}, "currencies"),
            ("GET", "shops/currencies", {}, "shops"),
            ("GET", "shops/languages", {}, "shops"),
        ],
    )
    def test_each_call_answers_with_its_own_key(
        self,
        fake: FakeIdoSell,
        reader: Reader,
        method: str,
        path: str,
        params: dict[str, Any],
        key: str | None,
    ) -> None:
        panel = fake.panel
        panel.catalogue.add(hat(1, parameters={"Sezon": "zima"}))
        panel.sales.set_status(40_001, "complainted")
        panel.sales.pay(40_002)
        order = panel.sales.orders[40_001]
        panel.sales.give_back(order.serial, [(order.lines[0], Decimal(1))])
        answer = (reader.post if method == "POST" else reader.get)(path, **params)
        if key is None:
            assert (answer.status_code, answer.json()["errors"]["faultCode"]) == (207, 2)
            return
        assert answer.status_code == 200, answer.text
        assert len(answer.json()[key]) > 0 or path.startswith(
            ("clients/tags", "orders/auction", "refunds")
        )
