"""Random segment files, valid for the shops of `segment_shops`; from a seed."""

from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random
from typing import Any

from property.segment_shops import LISTS, MESSAGE_AGES, MESSAGE_DAYS, day_before

LENGTHS = [
    "1 day",
    "2 weeks",
    "30 days",
    "1 month",
    "3 months",
    "365 days",
    "1 year",
    "2 years",
]
PERIODS = ["today", "yesterday", "this week", "last month", "last quarter", "this year"]
PERIODS += ["last year", "last week", "2023", "2024-Q1", "2023-11"]
Doc = dict[str, Any]
Values = dict[str, list[Any]]  # operator or field → values to choose from


class Writer:
    """Writes random segment files for a shop as of a day."""

    def __init__(self, random: Random, as_of: date) -> None:
        self.random = random
        self.as_of = as_of

    def segment(self, before: list[str]) -> Doc:
        """The blocks of a segment, which may refer to those in `before`."""
        if before and self.random.random() < 0.2:
            return {"all": {"in_segment": self.random.choice(before)}}
        kinds = self.some(["all", "any", "none"], least=1, most=2)
        return {kind: self.one_or_two(partial(self.block, kind, 1)) for kind in kinds}

    def block(self, kind: str, depth: int) -> Doc:
        """The lines of a block, perhaps with a block inside."""
        fields = self.client_fields()
        found: Doc = {}
        for name in self.some([*fields, "bought", "spent", "visited"], least=1, most=3):
            if name in {"bought", "visited"}:
                found[name] = self.one_or_two(partial(self.bought, name))
            elif name == "spent":
                found[name] = self.window() | self.asked(numbers(MONEY), most=2)
            else:
                field = name.partition(":")[0]
                found[field] = self.line(name, fields[name], 2 if kind == "all" else 1)
        if depth and self.random.random() < 0.4:
            inner = self.random.choice(["all", "any", "none"])
            found[inner] = self.one_or_two(lambda: self.block(inner, depth - 1))
        return found

    def line(self, name: str, values: Values, most: int) -> Any:
        """What stands behind a field: a plain value, a table, or a list of tables."""
        dates = dict.fromkeys(("last_order", *MESSAGE_DAYS), "on")
        plain = {**dates, "tags": "has"}.get(name, "is")
        if name.startswith("param"):
            return {name.partition(":")[2]: self.asked(values, most=most)}
        if plain in values and self.random.random() < 0.3:
            return self.random.choice(values[plain])
        if self.random.random() < 0.1:
            return [self.asked(values, most=1), self.asked(values, most=1)]
        return self.asked(values, most=most)

    def bought(self, word: str) -> Doc:
        """One block of purchases or visits."""
        found, measures = self.window(), MEASURES if word == "bought" else VISIT_MEASURES
        for name in self.some(list(measures), least=0, most=2):
            found[name] = self.asked(measures[name], most=2)
        found |= self.product_lines(word, least=0, most=2, operators=2)
        inner = self.random.choice(["", "any", "none"])
        if inner:
            found[inner] = self.one_or_two(lambda: self.product_lines(word, least=1, most=2))
        return found

    def product_lines(self, word: str, *, least: int, most: int, operators: int = 1) -> Doc:
        """Lines about one product that was bought or looked at."""
        names = [name for name in PRODUCT_LINES if word == "bought" or name != "paid_price"]
        chosen = self.some(names, least=least, most=most)
        return {name: self.asked(PRODUCT_LINES[name], most=operators) for name in chosen}

    def window(self) -> Doc:
        """A window, or none."""
        first, last = sorted(day_before(self.random, self.as_of) for _ in range(2))
        return self.random.choice(
            [
                {},
                {"within": self.random.choice(LENGTHS)},
                {"during": self.random.choice(PERIODS)},
                {"since": first, "until": last},
                {"since": last},
                {"until": first},
            ]
        )

    def client_fields(self) -> dict[str, Values]:
        """Field → its operators and values; parameters are written `family:name`."""
        days = sorted({day_before(self.random, self.as_of) for _ in range(3)})
        dates: Values = {"on": days, "before": days, "after": days, "between": pairs(days)}
        dates |= {"within": LENGTHS, "older_than": LENGTHS}
        dates |= {"during": PERIODS, "missing": [True, False]}
        coming: Values = {**dates, "within_next": LENGTHS}
        return {
            "city": texts(["Brno", "ruzova", "Łódź", "r"], ["r", "odz", "ruzova"]),
            "customer_id": texts(["c1", "c2", "C2"]),
            "zip": texts(["11000", "1 1000"], ["11", "00"]),
            "country": texts(["CZ", "cz", "SK"]),
            "email_domain": texts(["example.com", "Shop.Example"], ["example", ".COM"]),
            "phone_country": texts(["CZ", "cz", "SK"]),
            "tags": lists(["vip", "VIP", "club"]),
            "subscribed": BOOLEAN,
            "rfm_segment": texts(["at_risk", "At risk", "champions"]),
            "rfm_score": ranked([111, 345, 555]),
            "age": ranked([18, 34, 35]),
            "gender": texts(["female", "Male"]),
            "name_day_today": BOOLEAN,
            "days_to_name_day": ranked([0, 1, 365]),
            "district": texts(
                ["brno-mesto", "CZ-642", "CZ0642", "cz-10"], ["brno", "642", "r"]
            ),
            "activity": texts(["active", "Possibly churned", "churned"]),
            "clv_category": texts(["low", "High"]),
            "predicted_clv_365d": ranked(MONEY),
            "predicted_aov": ranked(MONEY),
            "predicted_orders_365d": chances([0.1234, 1.5, 3]),
            "days_to_next_order": ranked([1, 30, 365]),
            "p_order_365d": chances([0.2, 0.6, 1]),
            "p_alive": chances([0, 0.6]),
            "affluence_category": texts(["economy", "Rich"]),
            "affluence_score": ranked([1, 50, 99]),
            "value_band": texts(["high", "Mid"]),
            "frequency_band": texts(["high", "low"]),
            "value_frequency": texts(["hv_hf", "lv_hf", "lv_lf"]),
            "recency_bucket": texts(["active", "lapsed", "lost"]),
            "favorite_store": texts(["Brno", "ruzova"], ["r"]),
            "favorite_weekday": ranked([1, 6, 7]),
            "favorite_hour": ranked([0, 12, 23]),
            "order_count": ranked([0, 1, 2]),
            "product_count": ranked([0, 1.5, 4]),
            "total_spent": ranked(MONEY),
            "last_order": dates,
            "registered": coming,
            "visit_count_30d": ranked([0, 1, 2]),
            "days_since_last_visit": ranked([0, 7, 30]),
            "days_between_last_visits": ranked([0, 7]),
            **dict.fromkeys(MESSAGE_DAYS, dates),
            **dict.fromkeys(MESSAGE_AGES, ranked([0, 30, 365])),
            "in_list": words(LISTS),
            "purchased_product_id": lists(["p1", "v1", "v9", "p2"]),
            "ab_bucket": numbers([1, 50, 100]),
            "param:colour": texts(["ACME", "Brno"], ["r", "Acme"]),
            "param:points": numbers([3, 4.5]),
            "param:club": BOOLEAN,
            "param_date:born": coming,
            "param_days_since:born": numbers([-1, 0, 30, 8000]),
            "param_years_since:born": numbers([0, 23, 24, 25]),
            "param_days_to_anniversary:born": numbers([0, 1, 30, 365]),
        }

    def every_operator(self) -> list[Doc]:
        """Each field of clients with each of its operators, in a segment of its own."""
        found: list[Doc] = []
        for name, values in self.client_fields().items():
            field, _, param = name.partition(":")
            for operator, choices in values.items():
                asked: Doc = {operator: self.random.choice(choices)}
                found.append({"all": {field: {param: asked} if param else asked}})
        return found

    def every_purchase_operator(self) -> list[Doc]:
        """The same of purchases and of what was purchased; few segments ask many things."""
        found: list[Doc] = []
        for word, values in (
            ("bought", MEASURES),
            ("bought", PRODUCT_LINES),
            ("visited", VISIT_MEASURES),
        ):
            for name, operators in values.items():
                asked = [
                    {word: {name: {one: self.random.choice(choices)}}}
                    for one, choices in operators.items()
                ]
                found += [{"all": one} for one in asked]
        return found

    def asked(self, values: Values, *, most: int) -> Doc:
        """A table of one operator, or of several, each with a value."""
        chosen = self.some(list(values), least=1, most=most)
        return {operator: self.random.choice(values[operator]) for operator in chosen}

    def some(self, names: list[str], *, least: int, most: int) -> list[str]:
        """Different names, as many as given."""
        return self.random.sample(names, self.random.randint(least, most))

    def one_or_two(self, write: Callable[[], Doc]) -> Doc | list[Doc]:
        """A table, or sometimes a list of two."""
        return [write(), write()] if self.random.random() < 0.25 else write()


MONEY = [0, 0.01, 19.99, 20, 100]
BOOLEAN: Values = {"is": [True, False], "is_not": [True, False], "missing": [True, False]}


def pairs(values: list[Any]) -> list[list[Any]]:
    """Bounds for between."""
    return [[low, high] for low in values for high in values if low <= high]


def texts(values: list[str], parts: list[str] | None = None) -> Values:
    """Operators of text, or with `parts` left out of words."""
    several = [values, values[:1], values[1:]]
    found: Values = {"is": values, "is_not": values, "one_of": several, "none_of": several}
    if parts is not None:
        names = ("contains", "not_contains", "starts_with", "ends_with")
        found |= {name: [*parts, parts] for name in names}
    return {**found, "missing": [True, False]}


def words(values: list[str]) -> Values:
    """Operators of words that are never missing."""
    several = [values, values[:1], values[1:]]
    return {"is": values, "is_not": values, "one_of": several, "none_of": several}


def numbers(values: list[Any]) -> Values:
    """Operators of numbers."""
    names = ("is", "is_not", "at_least", "at_most", "more_than", "less_than")
    several = [values, values[:1], values[1:]]
    found: Values = {name: list(values) for name in names}
    found |= {"between": pairs(values), "one_of": several, "none_of": several}
    return found


def ranked(values: list[Any]) -> Values:
    """Operators of numbers that all clients can be ranked by."""
    share = [1, 12.5, 25, 50, 100]
    found: Values = {"top_percent": share, "bottom_percent": share, "missing": [True, False]}
    return numbers(values) | found


def chances(values: list[Any]) -> Values:
    """Operators of means of what may happen, which are asked for by bounds and ranks alone."""
    equal = {"is", "is_not", "one_of", "none_of"}
    return {name: each for name, each in ranked(values).items() if name not in equal}


def lists(values: list[str]) -> Values:
    """Operators of lists."""
    several = [values, values[:1], values[1:]]
    found: Values = {"has": values, "has_any": several, "has_all": several}
    return {**found, "contains": values, "missing": [True, False]}


_ABOVE_ZERO = {key: each for key, each in numbers([1, 2, 3]).items() if key != "less_than"}
MEASURES: dict[str, Values] = {
    "orders": _ABOVE_ZERO,
    "units": _ABOVE_ZERO,
    "items_total": numbers(MONEY),
    "order_total": numbers(MONEY),
    "days_since": numbers([0, 30, 90, 365]),
    "offer_code": texts(["JARO", "vip"]),
}
VISIT_MEASURES: dict[str, Values] = {
    "visits": _ABOVE_ZERO,
    "days_since": numbers([0, 7, 30]),
}
PRODUCT_LINES: dict[str, Values] = {
    "brand": texts(["ACME", "Brno"], ["Acme"]),
    "category": texts(["Běh", "beh", "Brno", "Běh | Brno", "Brno | beh"]),
    "tag": lists(["vip", "club"]),
    "price": {**numbers(MONEY), "missing": [True, False]},
    "paid_price": numbers(MONEY),
    "price_score": {**numbers([1, 30, 99]), "missing": [True, False]},
    "stock": {**numbers([0, 2.5, 3]), "missing": [True, False]},
    "product_id": texts(["p1", "v1", "v9"]),
}


def written(value: Any) -> str:
    """A value as TOML; tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {written(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return value.isoformat() if isinstance(value, date) else str(value)


def as_toml(doc: Doc) -> str:
    """The text of a segment file."""
    return "\n".join(f"{key} = {written(value)}" for key, value in doc.items())
