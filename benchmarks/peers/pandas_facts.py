"""What was bought, in pandas: orders that count, their lines less what came back."""

from pathlib import Path

import pandas as pd

from benchmarks.peers.pandas_columns import TODAY, local_day, read, thousandths, unit_price
from benchmarks.peers.pandas_returns import returned_lines
from benchmarks.peers.products import read_products


class Facts:
    """Counted `orders` and `purchases` with integer clients, products' words as numbers.

    `client_ids` says which client a number is; `accounts` has customer_id and client.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.products = read_products(folder)
        owners = read(folder, "order_clients")
        accounts = read(folder, "account_clients")
        ids = pd.concat([owners["client_id"], accounts["client_id"]]).unique()
        self.client_ids = pd.Index(ids).sort_values()
        owners["client"] = self.client_ids.get_indexer(owners.pop("client_id"))
        accounts["client"] = self.client_ids.get_indexer(accounts.pop("client_id"))
        self.accounts = accounts
        self.dated = self._dated_orders(owners)
        self.purchases = self._purchases()
        self.orders = self._counted_orders()

    def _dated_orders(self, owners: pd.DataFrame) -> pd.DataFrame:
        """Orders that may count, ranked within their client."""
        orders = read(
            self.folder,
            "orders",
            [
                "order_id", "created_at", "finished_at", "status", "is_test",
                "total_gross_minor", "shipping_gross_minor", "refunded_gross_minor",
                "offer_code", "has_invoice", "store", "zip", "city", "country",
            ],
        )  # fmt: skip
        self.known_orders = orders["order_id"]
        orders["moment"] = orders.pop("finished_at").fillna(orders.pop("created_at"))
        orders["ordered_on"] = local_day(orders["moment"])
        orders["age_days"] = (TODAY - orders["ordered_on"]).dt.days
        may_count = (
            (orders["status"] == "finished")
            & (orders["is_test"] != True)  # noqa: E712 -- missing is no test
            & (orders["age_days"] >= 0)
        )
        dated = orders[may_count].drop(columns=["status", "is_test"])
        dated = dated.merge(owners, on="order_id", how="inner", validate="one_to_one")
        dated = dated.sort_values(["client", "moment", "order_id"], ignore_index=True)
        dated["order"] = dated.index  # one number names order and place in the client's history
        return dated

    def _purchases(self) -> pd.DataFrame:
        """The counted lines, less what came back."""
        lines = read(
            self.folder,
            "order_lines",
            [
                "order_id", "line_number", "product_id", "name", "quantity",
                "unit_net_minor", "unit_gross_minor", "net_minor", "gross_minor", "is_goods",
            ],
        )  # fmt: skip
        lines["quantity"] = thousandths(lines["quantity"])
        goods = lines.pop("is_goods").fillna(True).astype(bool)
        self.orders_with_lines = lines["order_id"].unique()
        lines = lines[goods & (lines["quantity"] > 0)]
        lines = lines.merge(self._returned(lines), on=["order_id", "line_number"], how="left")
        named = self.dated[["order_id", "order", "client", "ordered_on", "age_days"]]
        lines = lines.merge(named, on="order_id", how="inner")
        lines["taken"] = lines["taken"].fillna(0).astype("int64")
        lines = lines[lines["quantity"] > lines["taken"]].reset_index(drop=True)
        held, taken = lines["quantity"], lines.pop("taken")
        value = lines.pop("gross_minor")
        lines["unit_price_minor"] = lines.pop("unit_gross_minor").fillna(
            unit_price(value, held)
        )
        lines["unit_net_minor"] = lines["unit_net_minor"].fillna(
            unit_price(lines.pop("net_minor"), held)
        )
        lines["value_minor"] = value - (value * taken + held // 2) // held
        lines["quantity"] = held - taken
        lines = lines.drop(columns=["order_id", "line_number"])
        catalogue: pd.DataFrame = self.products.table.to_pandas()
        lines = lines.merge(catalogue, on="product_id", how="left", validate="many_to_one")
        lines["product_key"] = lines["product_key"].fillna(lines["product_id"])
        lines["title"] = lines["title"].fillna(lines.pop("name"))
        return lines

    def _returned(self, goods: pd.DataFrame) -> pd.DataFrame:
        return returned_lines(
            self.folder,
            goods,
            dated=self.dated,
            known_orders=self.known_orders,
            accounts=self.accounts,
        )

    def _counted_orders(self) -> pd.DataFrame:
        """Orders with a counted line, and those without any line at all."""
        priced = self.purchases["unit_net_minor"].where(self.purchases["unit_net_minor"] > 0)
        sums = (
            self.purchases.assign(priced=priced)
            .groupby("order", sort=False)
            .agg(
                value_minor=("value_minor", "sum"),
                units=("quantity", "sum"),
                lowest_minor=("priced", "min"),
                highest_minor=("priced", "max"),
            )
        )
        orders = self.dated.join(sums, on="order")
        is_bare = ~orders["order_id"].isin(self.orders_with_lines)
        orders = orders[orders["value_minor"].notna() | is_bare].copy()
        total = orders["total_gross_minor"].fillna(0) - orders["shipping_gross_minor"].fillna(0)
        value = orders["value_minor"].fillna(total) - orders["refunded_gross_minor"].fillna(0)
        orders["value_minor"] = value.clip(lower=0).astype("int64")
        orders["units"] = orders["units"].fillna(0).astype("int64")
        orders["has_invoice"] = orders["has_invoice"].astype("boolean")
        return orders
