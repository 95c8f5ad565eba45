"""Returns in pandas: which lines lose how many units."""

from pathlib import Path

import pandas as pd

from benchmarks.peers.pandas_columns import TODAY, local_day, read, thousandths


def returned_lines(
    folder: Path,
    goods: pd.DataFrame,
    *,
    dated: pd.DataFrame,
    known_orders: "pd.Series[str]",
    accounts: pd.DataFrame,
) -> pd.DataFrame:
    """order_id, line_number, taken (thousandths) of the goods lines that lose units.

    A return without an order is attached to one of the same client: one that holds enough of
    the product, then the latest.
    """
    returns = read(folder, "returns")
    returns["quantity"] = thousandths(returns["quantity"])
    is_due = local_day(returns["returned_at"]) <= TODAY
    returns = returns[is_due & (returns["quantity"] > 0)]
    linked = returns[returns["order_id"].isin(known_orders)]
    loose = returns[returns["order_id"].isna()].drop(columns="order_id")
    loose = loose.merge(accounts, on="customer_id", how="inner")
    wanted = loose[["client", "product_id"]].drop_duplicates()
    asked = goods[goods["product_id"].isin(wanted["product_id"])]
    theirs = asked.merge(dated[["order_id", "client", "moment"]], on="order_id").merge(
        wanted, on=["client", "product_id"]
    )
    keys = ["client", "order_id", "moment", "product_id"]
    held = theirs.groupby(keys).agg(held=("quantity", "sum")).reset_index()
    choices = loose.merge(held, on=["client", "product_id"])
    choices = choices[choices["moment"] <= choices["returned_at"]]
    choices["is_enough"] = choices["held"] >= choices["quantity"]
    chosen = choices.sort_values(["is_enough", "moment", "order_id"]).drop_duplicates(
        ["return_id", "line_number"], keep="last"
    )
    columns = ["order_id", "product_id", "quantity"]
    attached = pd.concat([linked[columns], chosen[columns]])
    returned = attached.groupby(["order_id", "product_id"]).agg(returned=("quantity", "sum"))
    lines = goods[["order_id", "line_number", "product_id", "quantity"]].merge(
        returned.reset_index(), on=["order_id", "product_id"]
    )
    lines = lines.sort_values(["order_id", "product_id", "line_number"])
    upto = lines.groupby(["order_id", "product_id"])["quantity"].cumsum()
    left = lines["returned"] - (upto - lines["quantity"])
    lines["taken"] = left.clip(lower=0).clip(upper=lines["quantity"])
    return lines.loc[lines["taken"] > 0, ["order_id", "line_number", "taken"]]
