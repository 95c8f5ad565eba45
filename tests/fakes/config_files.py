"""config.toml and shops/*.toml of invented shops, and what is said of them."""

from pathlib import Path

import pytest

from audsync.config import (
    Config,
    load_config,
)
from audsync.errors import ConfigError, ExitCode
from fakes.stub_connectors import SINKS, SOURCES

SHOP = """
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"
[source]
type = "stub"
url = "https://kolo.example"
[consent]
field = "ad_consent"
granted = ["yes"]
"""
INLINE = """version = 1
[defaults]
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"
[shops.kolo.source]
type = "stub"
url = "https://kolo.example"
[shops.kolo.consent]
field = "ad_consent"
granted = ["yes"]
"""


def load(folder: Path, text: str | bytes, **shops: str) -> Config:
    """The config of that text in config.toml and of those of the shops."""
    data = text.encode() if isinstance(text, str) else text
    (folder / "config.toml").write_bytes(data)
    for name, shop in shops.items():
        (folder / "shops").mkdir(exist_ok=True)
        (folder / "shops" / f"{name}.toml").write_text(shop, encoding="utf-8")
    return load_config(folder / "config.toml", sources=SOURCES, sinks=SINKS, shown_from=folder)


def refusal(folder: Path, text: str | bytes, **shops: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **shops)
    assert caught.value.exit_code == ExitCode.CONFIG
    return str(caught.value)


def places(text: str) -> list[str]:
    """The first lines of the problems, without the marked source lines and hints."""
    return [line for line in text.split("\n") if not line.startswith("  ")]


# Lines before what a test adds to it.
HEAD = INLINE.count("\n")
