"""The Clients model of the Online Retail data a second time: plain Python, row by row.

Written from docs/reference/clients.md alone, with the standard library and `phonenumbers`; it
shares no code with audsync and makes no attempt to be fast.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import phonenumbers

from oracle.online_retail_feeds import Client, Feeds, Order, Return


class Groups:
    """Disjoint sets over hashable names."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        """The representative of a name's set."""
        self.parent.setdefault(name, name)
        while self.parent[name] != name:
            name = self.parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        """Make one set of two."""
        self.parent[self.find(one)] = self.find(other)


def persons(feeds: Feeds) -> dict[str, list[str]]:
    """Client id → customer ids. The orders of this data know accounts only, no guests."""
    ids = set(feeds.accounts)
    ids |= {order.customer for order in feeds.orders.values() if order.customer}
    groups = Groups()
    for holders in _holders(feeds.accounts.values(), "email"):
        for other in holders[1:]:
            groups.join(holders[0], other)
    _join_by_phone(feeds, groups, ids)
    result: dict[str, list[str]] = defaultdict(list)
    for name in ids:
        result[groups.find(name)].append(name)
    return {
        min(names, key=lambda name: (len(name), name)): sorted(names)
        for names in result.values()
    }


def _join_by_phone(feeds: Feeds, groups: Groups, ids: set[str]) -> None:
    chains = Groups()
    for holders in _holders(feeds.accounts.values(), "phone"):
        for other in holders[1:]:
            chains.join(groups.find(holders[0]), groups.find(other))
    touched = defaultdict(set)
    for root in {groups.find(name) for name in ids}:
        touched[chains.find(root)].add(root)
    known = {groups.find(name) for name, row in feeds.accounts.items() if row["email"]}
    for roots in touched.values():
        if len(roots & known) <= 1:
            first, *rest = roots
            for root in rest:
                groups.join(root, first)


def _holders(accounts: Iterable[Client], column: str) -> list[list[str]]:
    """Accounts by what they share; what more than five share joins nothing."""
    holders = defaultdict(list)
    for row in accounts:
        if row[column]:
            holders[row[column]].append(row["customer_id"])
    return [names for names in holders.values() if len(names) <= 5]


def _sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _match_name(text: str | None) -> str | None:
    if text is None:
        return None
    kept = [
        letter
        for letter in unicodedata.normalize("NFC", text.lower())
        if unicodedata.category(letter)[0] not in "PZ"
    ]
    return "".join(kept) or None


def take_returns(feeds: Feeds, client_of: Mapping[str, str], today: date) -> None:
    """Attach each return to an order and take its units from the lines, as the page says."""
    bought: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in feeds.orders.values():
        if order.customer and order.at.date() <= today:
            for product in {line.product for line in order.lines if line.is_goods}:
                bought[client_of[order.customer], product].append(order)
    taken: Counter[tuple[str, str]] = Counter()
    for back in feeds.returns:
        if back.at.date() > today:
            continue
        order_id = _order_of(back, bought, client_of, feeds)
        if order_id is not None:
            taken[order_id, back.product] += back.units
    for (order_id, product), total in taken.items():
        rest = total
        for line in feeds.orders[order_id].lines:
            if line.product == product and line.is_goods:
                less = min(rest, line.units)
                rest -= less
                v, q, r = line.value, line.units * 1000, less * 1000
                line.left, line.value = line.units - less, v - (v * r + q // 2) // q


def _order_of(
    back: Return,
    bought: Mapping[tuple[str, str], list[Order]],
    client_of: Mapping[str, str],
    feeds: Feeds,
) -> str | None:
    if back.order_id is not None:
        return back.order_id if back.order_id in feeds.orders else None
    if back.customer is None or back.customer not in client_of:
        return None
    choices = []
    for order in bought.get((client_of[back.customer], back.product), []):
        if order.at <= back.at:
            held = sum(
                line.units
                for line in order.lines
                if line.product == back.product and line.is_goods
            )
            choices.append((held >= back.units, order.at, order.order_id))
    return max(choices)[2] if choices else None


def clients(feeds: Feeds, today: date) -> dict[str, Client]:
    """Every column of `clients`, by client id. Consumes the lines of `feeds`: call it once."""
    people = persons(feeds)
    client_of = {name: key for key, names in people.items() for name in names}
    take_returns(feeds, client_of, today)
    orders: dict[str, list[Order]] = defaultdict(list)
    for order in feeds.orders.values():
        if order.customer:
            orders[client_of[order.customer]].append(order)
    result = {}
    for key, names in people.items():
        accounts = [feeds.accounts[name] for name in names if name in feeds.accounts]
        counted = [
            order
            for order in orders[key]
            if order.at.date() <= today
            and any(line.is_goods and line.left > 0 for line in order.lines)
        ]
        counted.sort(key=lambda order: (order.at, order.order_id))
        result[key] = {
            "client_id": key,
            "customer_ids": names,
            **_contact(accounts, today),
            **_purchases(counted, today),
            "currency": "GBP",
        }
        row = result[key]
        row["delivery_country"] = counted[-1].country if counted else None
        row["country"] = row["delivery_country"] or row.pop("account_country")
        row.pop("account_country", None)
    _score(result)
    return result


def _latest(accounts: list[Client], column: str) -> Any:
    """The account value: latest registration, an account without one first, then greater id."""
    having = [row for row in accounts if row[column] is not None]
    if not having:
        return None
    return max(having, key=lambda row: (str(row["registered_at"] or ""), row["customer_id"]))[
        column
    ]


def _phone_country(number: str | None) -> str | None:
    if number is None:
        return None
    return phonenumbers.region_code_for_number(phonenumbers.parse(number))


def _contact(accounts: list[Client], today: date) -> Client:
    first, last = _latest(accounts, "first_name"), _latest(accounts, "last_name")
    email, phone = _latest(accounts, "email"), _latest(accounts, "phone")
    days = [row["registered_at"].date() for row in accounts if row["registered_at"]]
    registered = min(days, default=None)
    since = (today - registered).days if registered else None
    born = _latest(accounts, "born_on")
    newsletter = _latest(accounts, "newsletter_frequency")
    stated = {row["data_permission"] for row in accounts}
    strict = ("anonymized_only", "do_not_personalize", "full")
    return {
        "email": email,
        "phone": phone,
        "first_name": first,
        "last_name": last,
        "full_name": " ".join(filter(None, (first, last))) or None,
        "hashed_email": _sha256(email),
        "hashed_phone": _sha256(phone),
        "hashed_first_name": _sha256(_match_name(first)),
        "hashed_last_name": _sha256(_match_name(last)),
        "email_domain": email.split("@")[1] if email else None,
        "phone_country": _phone_country(phone),
        "registered": registered,
        "days_since_registration": since if since is not None and since >= 0 else None,
        "born_on": born,
        "age": _age(born, today),
        "stated_gender": None,
        "customer_type": _latest(accounts, "customer_type"),
        "price_category": _latest(accounts, "price_category"),
        "newsletter_frequency": newsletter,
        "sms_frequency": _latest(accounts, "sms_frequency"),
        "data_permission": next((word for word in strict if word in stated), None),
        "subscribed": None if newsletter is None else newsletter != "never",
        "zip": _latest(accounts, "zip"),
        "city": _latest(accounts, "city"),
        "account_country": _latest(accounts, "country"),
        "delivery_zip": None,
        "delivery_city": None,
    }


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    month, day = (2, 28) if (born.month, born.day) == (2, 29) else (born.month, born.day)
    years = today.year - born.year - ((today.month, today.day) < (month, day))
    return years if 5 <= years <= 110 else None


def _purchases(counted: list[Order], today: date) -> Client:
    recent = [order for order in counted if (today - order.at.date()).days <= 365]
    lines = [
        line for order in counted for line in order.lines if line.is_goods and line.left > 0
    ]
    prices = [line.unit_price for line in lines if line.unit_price > 0]
    days = [order.at.date() for order in counted]
    return {
        "order_count": len(counted),
        "order_count_365d": len(recent),
        "product_count": _units(counted),
        "product_count_365d": _units(recent),
        "unique_product_count": len({line.product for line in lines}),
        "total_revenue_minor": _revenue(counted),
        "total_revenue_365d_minor": _revenue(recent),
        "avg_order_value_minor": _average(counted),
        "avg_order_value_365d_minor": _average(recent),
        "first_order": days[0] if days else None,
        "last_order": days[-1] if days else None,
        "days_since_first_order": (today - days[0]).days if days else None,
        "days_since_last_order": (today - days[-1]).days if days else None,
        "days_between_last_orders": (days[-1] - days[-2]).days if len(days) > 1 else None,
        "min_product_price_net_minor": min(prices, default=None),
        "max_product_price_net_minor": max(prices, default=None),
        "has_invoice": None,
        "brand_count": 0,
        "category_count": 0,
        **dict.fromkeys(
            (
                "purchased_brands",
                "purchased_categories",
                "favorite_brand",
                "favorite_category",
                "favorite_subcategory",
                "favorite_product_line",
                "stores",
                "tags",
                "visit_count_30d",
                "days_between_last_visits",
                "days_since_last_visit",
                "last_email_delivered",
                "last_email_opened",
                "last_email_clicked",
                "last_sms_sent",
                "days_since_email_delivered",
                "days_since_email_opened",
                "days_since_email_clicked",
                "days_since_sms_sent",
            )
        ),
    }


def _units(orders: list[Order]) -> int:
    return sum(line.left for order in orders for line in order.lines if line.is_goods)


def _revenue(orders: list[Order]) -> int:
    return sum(
        line.value
        for order in orders
        for line in order.lines
        if line.is_goods and line.left > 0
    )


def _average(orders: list[Order]) -> int | None:
    if not orders:
        return None
    return (2 * _revenue(orders) + len(orders)) // (2 * len(orders))


BOXES = (
    ("champions", "45", "45", "45"),
    ("loyal", "45", "45", "123"),
    ("loyal", "3", "45", "12345"),
    ("potential_loyalists", "45", "23", "12345"),
    ("new", "5", "1", "12345"),
    ("promising", "4", "1", "12345"),
    ("need_attention", "3", "3", "12345"),
    ("about_to_sleep", "3", "12", "12345"),
    ("cannot_lose", "12", "45", "45"),
    ("at_risk", "12", "45", "123"),
    ("at_risk", "12", "3", "12345"),
    ("hibernating", "2", "12", "12345"),
    ("hibernating", "1", "12", "45"),
    ("lost", "1", "12", "123"),
)
SCORES = ("recency_score", "frequency_score", "monetary_score", "rfm_score", "rfm_segment")


def _score(result: dict[str, Client]) -> None:
    scored = [row for row in result.values() if row["order_count"]]
    n = len(scored)
    days = Counter(row["days_since_last_order"] for row in scored)
    money = Counter(row["avg_order_value_minor"] for row in scored)
    repeat = Counter(row["order_count"] for row in scored if row["order_count"] > 1)
    k = sum(repeat.values())
    r_of = {v: _middle(sum(c for o, c in days.items() if o > v), days[v], n) for v in days}
    m_of = {v: _middle(sum(c for o, c in money.items() if o < v), money[v], n) for v in money}
    f_of = {v: 2 + 4 * sum(c for o, c in repeat.items() if o < v) // k for v in repeat}
    for row in result.values():
        if not row["order_count"]:
            row.update(dict.fromkeys(SCORES))
            continue
        r = r_of[row["days_since_last_order"]]
        f = f_of.get(row["order_count"], 1)
        m = m_of[row["avg_order_value_minor"]]
        row.update(recency_score=r, frequency_score=f, monetary_score=m)
        row["rfm_score"] = 100 * r + 10 * f + m
        row["rfm_segment"] = next(
            name for name, rs, fs, ms in BOXES if str(r) in rs and str(f) in fs and str(m) in ms
        )


def _middle(beyond: int, equal: int, n: int) -> int:
    return 1 + 5 * (2 * beyond + equal) // (2 * n)


def consents(feeds: Feeds, people: Mapping[str, list[str]]) -> dict[str, str]:
    """Client id → `granted`, or why not: any no is a no, then what nobody said."""
    answers = {}
    for key, names in people.items():
        accounts = [feeds.accounts[name] for name in names if name in feeds.accounts]
        stated = {row["ad_consent"] for row in accounts} - {None}
        permissions = {row["data_permission"] for row in accounts} - {None}
        if stated - {"yes"}:
            answers[key] = "consent_denied"
        elif "do_not_personalize" in permissions:
            answers[key] = "permission_do_not_personalize"
        elif not stated:
            answers[key] = "consent_unknown"
        elif not permissions:
            answers[key] = "permission_unknown"
        else:
            answers[key] = "granted"
    return answers
