"""The steps that are run for some clients at a time: habits, and the rows of `clients`.

A part is small enough for what is grouped and joined by client to stay in fast memory, however
many clients there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from audsync.identity.postcodes import Places
from audsync.model.analyses import Analysis
from audsync.model.derived import derive, forget
from audsync.model.stages import Stages

_AT_ONCE = 250_000
_DIMENSIONS = ("brand", "category", "subcategory", "product_line")


@dataclass(frozen=True, slots=True)
class Part:
    """Some clients, whose rows are worked out together."""

    number: int
    first_client: int
    last_client: int

    @property
    def clients(self) -> dict[str, int]:
        """The placeholders that say which they are."""
        return {"first_client": self.first_client, "last_client": self.last_client}

    def table(self, name: str) -> str:
        """The name of a table of these clients that is kept."""
        return f"{name}_{self.number}"


def parts_of(stages: Stages) -> list[Part]:
    """All clients, at least one part."""
    (count,) = stages.one("SELECT count(*) AS clients FROM client_numbers").values()
    firsts = range(1, max(count, 1) + 1, _AT_ONCE)
    return [Part(number, first, first + _AT_ONCE - 1) for number, first in enumerate(firsts, 1)]


def in_parts(stages: Stages, parts: Sequence[Part], step: str, **places: str | int) -> None:
    """Run a step for the clients of each part, all its rows into the table of its name."""
    for part in parts:
        stages.run_for(step, into=part.table(step), **part.clients, **places)
    stages.gather(step, [part.table(step) for part in parts])


def order_parts(stages: Stages, parts: Sequence[Part]) -> None:
    """Which orders count, and what they say of clients."""
    for part in parts:
        stages.run_for("some_orders", into="some_orders", **part.clients)
        stages.run_for("order_facts", into=part.table("order_facts"))
        stages.run("client_orders")
        stages.show("latest_orders", "store_lists")
        for place in ("zip", "city"):
            stages.show_for("usual_places", into=f"{place}_places", place=place)
        stages.run_for("order_habits", into=part.table("order_habits"))
    stages.drop("some_orders", "client_orders")
    for name in ("order_facts", "order_habits"):
        stages.show_together(name, [part.table(name) for part in parts])


def client_parts(
    stages: Stages, parts: Sequence[Part], asked: Collection[Analysis], places: Places
) -> None:
    """What clients bought and like best, and is derived; then the rows of `clients`."""
    stages.show("all_goods")
    for part in parts:
        for step in ("account_values", "client_people"):
            stages.show_for(step, into=step, **part.clients)
        stages.run_for("some_goods", into="some_goods", **part.clients)
        for dimension in _DIMENSIONS:
            orders = f"{dimension}_orders"
            stages.show_for(
                "value_orders", into=orders, dimension=dimension, goods="some_goods"
            )
            if dimension != "brand":
                stages.run_for("favorites", into=f"{dimension}_favorites", orders=orders)
        stages.run("brand_habits", "category_lists", "product_counts")
        derive(stages, asked, places, part.clients, habits=part.table("order_habits"))
        stages.run_for(
            "client_rows",
            into=part.table("client_rows"),
            habits=part.table("order_habits"),
        )
        stages.drop(part.table("order_habits"))
    forget(stages)
    stages.drop("some_goods", "brand_habits", "category_lists", "product_counts")
    stages.drop(*(f"{name}_favorites" for name in _DIMENSIONS if name != "brand"))
    stages.show_together("client_rows", [part.table("client_rows") for part in parts])
    stages.show("numbered_clients")
    stages.show_rest("clients", of="numbered_clients", but=("client", "category_paths"))


def show_facts(stages: Stages) -> None:
    """What segments and reports may ask besides `clients`; views over what is kept."""
    stages.show("counted_orders", "counted_lines")
    stages.show_for("value_orders", into="bought_brands", dimension="brand", goods="all_goods")
    stages.show_for("client_paths", into="bought_paths", goods="all_goods")
    stages.show("client_brands", "client_categories", "client_products")
