"""A shop whose audience is changed person by person, to stand exactly at a guard's limit."""

import json
from pathlib import Path
from subprocess import CompletedProcess

from command import audsync
from small_shop import AS_OF, CONFIG, ids, orders, write_shop

COLUMNS = """\
city = "city"
phone = "phone"
"""
LOCALS = """\
name = "Locals"
sinks = ["files"]

[all]
city = "Brno"
"""


class GuardedShop:
    """People by id: city (those of Brno are the audience), consent, e-mail and phone.

    `write` brings them into the feed; whoever is taken out of `people` is gone from it.
    """

    def __init__(self, folder: Path, count: int, *, guard: str = "") -> None:
        self.folder = folder
        self.people = {
            key: {"city": "Brno", "ads": "yes", "email": f"{key}@example.com", "phone": ""}
            for key in ids(count)
        }
        config = CONFIG.replace("max_batch = 2", "max_batch = 5000") + COLUMNS + guard
        write_shop(folder, config, segments={"locals": LOCALS}, feeds={})
        self.segment = folder / "segments" / "locals.toml"
        self.write_orders(1)
        self.write()

    def change(self, people: list[str], **values: str) -> None:
        """Set columns of these people, and write the feed."""
        for key in people:
            self.people[key] = {
                **self.people.get(
                    key, {"ads": "yes", "email": f"{key}@example.com", "phone": ""}
                ),
                **values,
            }
        self.write()

    def write(self) -> None:
        """Write the feed of accounts."""
        lines = ["id,email,name,ads,city,phone"]
        lines += [
            f"{key},{one['email']},Ana {key},{one['ads']},{one['city']},{one['phone']}"
            for key, one in self.people.items()
        ]
        (self.folder / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write_orders(self, count: int) -> None:
        """Write the feed of orders, all of the first account."""
        text = orders(["c001"] * count)
        (self.folder / "orders.csv").write_text(text, encoding="utf-8")

    def run(self, *flags: str, command: str = "run") -> CompletedProcess[str]:
        """Run the installed command as of the shop's day."""
        return audsync(command, *AS_OF, *flags, cwd=self.folder)

    def done(self, *flags: str) -> None:
        """Run, and see that nothing was held."""
        done = self.run(*flags)
        assert done.returncode == 0, done.stderr

    def plan(self, *flags: str) -> dict[str, dict[str, int]]:
        """The operations of the plan."""
        text = self.run("--json", *flags, command="plan").stdout
        operations: dict[str, dict[str, int]] = json.loads(text)["audiences"][0]["operations"]
        return operations

    def lines(self) -> list[str]:
        """The members, as the audience file has them."""
        text = (self.folder / "out" / "locals.csv").read_text(encoding="utf-8")
        return text.splitlines()[1:]

    @property
    def size(self) -> int:
        """Members in the audience file."""
        return len(self.lines())
