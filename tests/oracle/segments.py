"""The segments of the demo shop a second time: who belongs, client by client."""

from collections.abc import Iterable, Mapping
from datetime import date

from oracle.online_retail_feeds import Client, Feeds

CONTINENT = {"DE", "FR", "ES", "NL", "BE", "PL", "CZ"}


def members(
    clients: Mapping[str, Client],
    feeds: Feeds,
    names: Mapping[str, str],
    client_of: Mapping[str, str],
    today: date,
) -> dict[str, set[str]]:
    """Segment id → client ids. `names` are product names by order and product."""
    year = date(today.year, 1, 1)
    spent = dict.fromkeys(clients, 0)
    christmas: set[str] = set()
    for order in feeds.orders.values():
        lines = [line for line in order.lines if line.is_goods and line.left > 0]
        if not order.customer or not lines or not year <= order.at.date() <= today:
            continue
        client = client_of[order.customer]
        value = sum(line.value for line in lines)
        spent[client] += value
        titles = (names[f"{order.order_id} {line.product}"] for line in lines)
        if value >= 100_00 and any("christmas" in title.lower() for title in titles):
            christmas.add(client)
    return {
        "champions": _who(clients, (k for k, c in clients.items() if _champion(c))),
        "slipping-champions": _who(clients, (k for k, c in clients.items() if _slipping(c))),
        "christmas-shoppers": christmas,
        "new-on-the-continent": _who(clients, (k for k, c in clients.items() if _new(c))),
        "growing": {
            key
            for key, client in clients.items()
            if client["subscribed"]
            and not _champion(client)
            and (
                (client["avg_order_value_365d_minor"] or 0) >= 250_00
                or client["unique_product_count"] > 60
            )
            and spent[key] >= 1000_00
        },
    }


def _who(clients: Mapping[str, Client], keys: Iterable[str]) -> set[str]:
    return set(keys) & set(clients)


def _champion(client: Client) -> bool:
    return bool(client["rfm_segment"] == "champions")


def _slipping(client: Client) -> bool:
    return (
        client["rfm_segment"] in {"at_risk", "cannot_lose"}
        and 60 <= client["days_since_last_order"] <= 365
        and client["total_revenue_minor"] >= 300_00
        and client["customer_type"] != "wholesale"
    )


def _new(client: Client) -> bool:
    return (
        client["order_count"] == 1
        and client["last_order"] >= date(2011, 6, 10)
        and client["country"] in CONTINENT
    )
