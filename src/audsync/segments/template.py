"""The text of a new segment file."""

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
