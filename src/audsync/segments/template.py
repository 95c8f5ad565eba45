"""The texts of new segment files."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TEXT: Final = """\
#:schema ../schemas/segment.schema.json
# A client matches when every block holds.
# [all]: every line holds; [any]: at least one; [none]: no line.
name = {name}
sinks = []                        # ids of sinks, such as ["google"]; none: for reports only

[all]
order_count.at_least = 2
days_since_last_order.between = [90, 365]

# [any]
# city = "Brno"
# zip.starts_with = ["60", "61"]

# [all.bought]                    # one purchase that is all of this
# within = "6 months"             # or during = "last year"
# brand = "Acme"
# category = "Shoes | Running"
# orders.at_least = 2

# [none]
# in_segment = "champions"
"""

_CHAMPIONS: Final = """\
#:schema ../schemas/segment.schema.json
name = "Champions"
description = "Bought lately, often, and for much."
sinks = []                        # ids of sinks from config.toml; none: for reports only

[all]
rfm_segment = "champions"
"""
_SLIPPING: Final = """\
#:schema ../schemas/segment.schema.json
name = "Slipping customers"
description = "Valuable customers without a purchase for three months to a year."
sinks = []

[all]
rfm_segment.one_of = ["at_risk", "cannot_lose"]
days_since_last_order.between = [90, 365]

[none]
in_segment = "champions"
"""


def examples() -> Mapping[str, str]:
    """Two segments to begin with: id → text of the file."""
    return MappingProxyType({"champions": _CHAMPIONS, "slipping-customers": _SLIPPING})


def template(name: str) -> str:
    """The text of a new, commented segment of that name; it is valid as it is."""
    escaped = "".join(_escaped(character) for character in name)
    return _TEXT.format(name=f'"{escaped}"')


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if ord(character) < ord(" ") or character == "\x7f":
        return f"\\u{ord(character):04x}"
    return character
