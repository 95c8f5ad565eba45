"""The SQL files of the model and how their placeholders are filled.

`{name}` stands for SQL text that `literal()` or `identifier()` made, `{name(column, …)}` for a
formula over columns. Nothing else is put into a statement.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from audsync.sql_text import identifier

_VALUE = re.compile(r"\{(\w+)\}")
_FORMULA = re.compile(r"\{(\w+)\(([^()]*)\)\}")

# Table → names of its parameters, `param.<name>`; analysis → names of its columns, none unless
# it was asked for.
Params = Mapping[str, Sequence[str]]


def fill(text: str, values: Mapping[str, str], params: Params) -> str:
    """The statement without its comment lines and with its placeholders filled.

    Raises KeyError for a placeholder that stands for nothing.
    """
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    # Values first: the argument of a formula may be one.
    plain = _VALUE.sub(lambda place: values[place[1]], "\n".join(lines))
    return _FORMULA.sub(lambda place: _formula(place[1], place[2], params), plain)


@cache
def steps() -> Mapping[str, str]:
    """Text of each step by its name; `07_ranked_orders.sql` is the step `ranked_orders`."""
    folder = files("audsync.model") / "sql"
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return {
        file.name.partition("_")[2].removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in found
    }


def _formula(name: str, arguments: str, params: Params) -> str:
    given = [argument.strip() for argument in arguments.split(",")]
    if name in _AMOUNTS:
        return _AMOUNTS[name](*given)
    *aliases, table = given
    return "".join(_COLUMNS[name](identifier(param), *aliases) for param in params[table])


def _share(value: str, part: str, whole: str) -> str:
    """`value * part / whole`, halves rounded up, for any value and 0 <= part <= whole.

    The value is split by the whole first, rounded down also below zero: then no product exceeds
    64 bits as long as the whole squared does not.
    """
    times = (
        f"(CASE WHEN {value} >= 0 THEN int_div({value}, {whole}) "
        f"ELSE -int_div({whole} - 1 - {value}, {whole}) END)"
    )
    rest = f"({value} - {times} * {whole})"
    return f"({times} * {part} + int_div({rest} * {part} + int_div({whole}, 2), {whole}))"


def _in_shop_currency(amount: str) -> str:
    """The amount by the rate in the columns whole, part and denominator; as it is without."""
    converted = f"{amount} * whole + {_share(amount, 'part', 'denominator')}"
    return f"(CASE WHEN denominator IS NULL THEN {amount} ELSE {converted} END)"


def _unit_price(value: str, quantity: str) -> str:
    """A line's value by its units, halves rounded up; null for a value below zero."""
    thousandths = f"CAST({quantity} * 1000 AS BIGINT)"
    halves = f"int_div(2000 * {value} + {thousandths}, 2 * {thousandths})"
    return f"CASE WHEN {value} >= 0 THEN {halves} END"


def _param(param: str, alias: str) -> str:
    return f", {alias}.{param}"


def _latest_param(param: str, alias: str) -> str:
    column = f"{alias}.{param}"
    latest = f"max_by({column}, {alias}.place) FILTER (WHERE {column} IS NOT NULL)"
    return f", {latest} AS {param}"


def _inherited_param(param: str, own: str, parent: str) -> str:
    return f", coalesce({own}.{param}, {parent}.{param}) AS {param}"


_AMOUNTS: Final[Mapping[str, Callable[..., str]]] = {
    "share": _share,
    "in_shop_currency": _in_shop_currency,
    "unit_price": _unit_price,
}
_COLUMNS: Final[Mapping[str, Callable[..., str]]] = {
    "params": _param,
    "columns": _param,
    "latest_params": _latest_param,
    "inherited_params": _inherited_param,
}
