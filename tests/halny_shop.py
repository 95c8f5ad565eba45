"""A shop of a fake IdoSell panel in a folder, to be run by the installed command."""

import csv
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from audsync.testing.idosell import KEY, FakeIdoSell
from audsync.testing.idosell.records import Channel
from command import audsync
from small_shop import write_shop

CONSENT = """
[shops.halny.consent]
field = "newsletter_frequency"
granted = ["every_day"]
newsletter_counts_as_advertising = true
"""
_CONFIG = """\
version = 1

[defaults]
timezone = "Europe/Warsaw"
country = "PL"
currency = "PLN"

[shops.halny.source]
type = "idosell"
url = "URL"
shop_id = 2
pause_seconds = 0.0
# more

[shops.halny.sinks.files]
folder = "out"
layout = "retail"
"""


def configuration(url: str, *sections: str) -> str:
    """The text of config.toml with its rule of consent and further sections."""
    return "".join([_CONFIG.replace("URL", url), CONSENT, *sections])


def set_source(folder: Path, **values: object) -> None:
    """Write further settings of the source; once."""
    file = folder / "config.toml"
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    file.write_text(file.read_text().replace("# more\n", lines))


def make_shop(
    folder: Path, fake: FakeIdoSell, *sections: str, segments: Mapping[str, str]
) -> Path:
    """The shop with blocks of segments by id, each for the sink `files`."""
    texts = {
        name: f'name = "{name}"\nsinks = ["files"]\n{rule}' for name, rule in segments.items()
    }
    return write_shop(folder, configuration(fake.url, *sections), segments=texts, feeds={})


def command(shop: Path, *arguments: str, key: str = KEY) -> CompletedProcess[str]:
    """`audsync` in the folder of the shop, which has a key of the panel."""
    return audsync(*arguments, cwd=shop, AUDSYNC_SECRET__HALNY__IDOSELL_API_KEY=key)


def audience(shop: Path, name: str) -> set[str]:
    """The addresses in the file of an audience."""
    with (shop / "out" / f"{name}.csv").open(newline="") as file:
        return {row["Email Address"] for row in csv.DictReader(file)}


def agreed(fake: FakeIdoSell) -> dict[str, int]:
    """Accounts that agreed to the newsletter of the shop: numbers by address."""
    return {
        one.email: number
        for number, one in sorted(fake.panel.customers.accounts.items())
        if (consent := one.consents.get((Channel.EMAIL, 2))) and consent.given
    }
