"""What the panel says of itself: shops, currencies, its clock, its load."""

from audsync.testing.idosell.goods_records import RETURN_STATUSES
from audsync.testing.idosell.listing import Answer
from audsync.testing.idosell.order_records import STATUS_IDS
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.shapes import Json, Shapes


class System:
    """Answers of `system/*`, `shops/*` and the lists of statuses."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def shops_data(self, _params: Json, _major: int) -> Answer:
        """The panel, its shops, stocks and languages."""
        panel = self._panel
        shops = [
            {
                "shop_id": shop.shop_id,
                "shop_name": shop.name,
                "shop_lang_id_default": "pol",
                "currency_id": shop.currency,
            }
            for shop in panel.shops
        ]
        body = {
            "client_id": 5001,
            "dedicated_server": False,
            "panel_lang_id_default": "pol",
            "panel_basecurrency_id": panel.base_currency,
            "languages": [{"lang_id": "pol", "lang_name": "polski"}],
            "shops": shops,
            "shop_contact": [],
            "stocks": [{"stock_id": 1, "stock_name": "M1"}],
            "vat_rates": [],
            "deliverers": [],
        }
        return Answer(200, body)

    def config(self, params: Json, major: int) -> Answer:
        """The same with settings of tax."""
        body = self.shops_data(params, major).body
        assert isinstance(body, dict)
        return Answer(200, {**body, "taxSettings": {"currencyRate": "previousDay"}})

    def currencies(self, params: Json, _major: int) -> Answer:
        """Rates to the panel's currency: an amount times rate, by scale."""
        asked = params.get("symbol")
        rows = [
            {
                "id": symbol,
                "rate": Shapes(self._panel.quirks).quantity(rate),
                "scale": scale,
                "symbol": symbol,
                "country_code": symbol[:2].lower(),
                "active": "all",
            }
            for symbol, (rate, scale) in self._panel.rates.items()
            if asked in (None, "", symbol)
        ]
        return Answer(200, {"currency_round": 2, "currencies": rows})

    def server_time(self, _params: Json, _major: int) -> Answer:
        """The moment of the panel's clock."""
        return Answer(200, {"time": self._panel.clock.now})

    def server_load(self, _params: Json, _major: int) -> Answer:
        """Whether heavy calls had better wait."""
        status = "overloaded" if self._panel.quirks.is_overloaded else "normal"
        return Answer(200, {"serverLoadStatus": status})

    def shop_currencies(self, _params: Json, _major: int) -> Answer:
        """Currencies by shop."""
        listed = [
            {"currency": symbol, "allowedForOrders": True} for symbol in self._panel.rates
        ]
        return Answer(200, {"shops": self._by_shop("currencies", listed)})

    def shop_languages(self, _params: Json, _major: int) -> Answer:
        """Languages by shop."""
        language = {"id": "pol", "name": "polski", "isoCode": "pl", "enabled": True}
        listed = [{**language, "isDefault": True}]
        return Answer(200, {"shops": self._by_shop("languages", listed)})

    def order_statuses(self, _params: Json, _major: int) -> Answer:
        """The panel's statuses of orders, one of them the shop's own."""
        rows: list[Json] = [
            {"id": number, "parentId": None, "panelName": name}
            for name, number in STATUS_IDS.items()
        ]
        rows.append({"id": 99, "parentId": STATUS_IDS["on_order"], "panelName": "wyjaśnianie"})
        return Answer(200, {"statuses": rows})

    def return_statuses(self, _params: Json, _major: int) -> Answer:
        """Statuses of returns."""
        rows = [{"id": number, "description": text} for number, text in RETURN_STATUSES.items()]
        return Answer(200, {"statuses": rows})

    def _by_shop(self, name: str, listed: list[Json]) -> list[Json]:
        return [
            {"shopId": shop.shop_id, "shopName": shop.name, "inherited": False, name: listed}
            for shop in self._panel.shops
        ]
