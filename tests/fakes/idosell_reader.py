"""Calls to a fake IdoSell panel, and all it shows of a shop, page by page."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests

from audsync.testing.idosell import KEY, FakeIdoSell, Panel
from audsync.testing.idosell.records import Address, Line, Product

ANNA = Address("Anna", "Nowina", "Łódź", "90-001", phone="+44 7700 900123")
SEARCH = "orders/orders/search"
BY_SERIAL = [{"elementName": "sn", "sortDirection": "ASC"}]
Answer = requests.Response


class Reader:
    """Whoever calls the API with a key."""

    def __init__(self, fake: FakeIdoSell, *, major: int = 8, key: str = KEY) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"X-API-KEY": key, "Accept": "application/json"})
        self._base = f"{fake.url}/api/admin/v{major}"
        assert urlsplit(fake.url).hostname == "127.0.0.1"

    def get(self, path: str, **params: Any) -> Answer:
        return self._session.get(f"{self._base}/{path}", params=params, timeout=60)

    def post(self, path: str, **params: Any) -> Answer:
        return self._session.post(f"{self._base}/{path}", json={"params": params}, timeout=60)

    def raw(self, path: str, body: bytes, **headers: str) -> Answer:
        return self._session.post(
            f"{self._base}/{path}", data=body, headers=headers, timeout=60
        )

    def search(self, **params: Any) -> Answer:
        return self.post(SEARCH, ordersBy=BY_SERIAL, **params)

    def orders(self, shop_id: int, **params: Any) -> list[dict[str, Any]]:
        source = {"shopsIds": [shop_id]}
        asked = {"ordersBy": BY_SERIAL, "orderSource": source, **params}
        return [*self._pages("POST", SEARCH, "Results", "resultsPage", asked)]

    def clients(self, **params: Any) -> list[dict[str, Any]]:
        return [*self._pages("GET", "clients/clients", "results", "resultsPage", params)]

    def readers(self, channel: str, **params: Any) -> list[dict[str, Any]]:
        path = f"clients/newsletter/{channel}/search"
        return [*self._pages("POST", path, "clients", "results_page", params)]

    def products(self, **params: Any) -> list[dict[str, Any]]:
        path = "products/products/search"
        return [*self._pages("POST", path, "results", "resultsPage", params)]

    def returns(self) -> list[dict[str, Any]]:
        asked = {"range[date][date_begin]": "2000-01-01", "range[date][dates_type]": "date_add"}
        return [*self._pages("GET", "returns/returns", "returns", "results_page", asked)]

    def close(self) -> None:
        self._session.close()

    def _pages(
        self, method: str, path: str, key: str, page_name: str, asked: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Records of all pages, to the empty one that ends them."""
        page = 0
        while True:
            call = self.post if method == "POST" else self.get
            answer = call(path, **asked, **{page_name: page})
            if answer.status_code == 207:
                assert answer.json()["errors"]["faultCode"] == 2
                return
            assert answer.status_code == 200, answer.text
            yield from answer.json()[key]
            page += 1


def five_orders() -> Panel:
    """A panel with five orders of one client, a minute apart."""
    panel = Panel()
    account = panel.customers.register(2, "anna@example.com", ANNA)
    for _ in range(5):
        panel.clock.advance(minutes=1)
        panel.sales.place(account, 2, [Line(1, "Czapka", Decimal(1), 1230, 1000)])
    return panel


def hat(product_id: int, **values: Any) -> Product:
    """A product of shop 2."""
    known = (product_id, f"P-{product_id}", "Czapka", "Halny", 12, 4990, 23, 0, 0)
    return Product(*known, frozenset({2}), **values)
