"""Connectors by their entry points: listed without import, loaded when used."""

import sys
from pathlib import Path

import pytest

from audsync import plugins
from audsync.contracts import Context, Level
from audsync.errors import AudsyncError, CredentialError, TableError
from fakes.stub_connectors import StubSource, plugin


def install(folder: Path, package: str, entries: str, **modules: str) -> None:
    """A package as pip leaves it: its metadata, and modules of the given text."""
    info = folder / f"{package.replace('-', '_')}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")


GOOD = """
from dataclasses import dataclass

@dataclass
class Options:
    pass

class Feed:
    Options = Options
"""


def test_the_built_in_connectors_are_found_as_any_other() -> None:
    assert "csv" in plugins.sources()
    assert "files" in plugins.sinks()
    assert plugins.sources()["csv"].package == "audsync"
    assert plugins.sources()["csv"].version


def test_an_installed_package_is_listed_without_import_and_loaded_when_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "shop-feed", "[audsync.sources]\nfeed = shop_feed:Feed\n", shop_feed=GOOD)
    found = plugins.sources()["feed"]
    assert (found.name, found.package, found.version) == ("feed", "shop-feed", "1.2")
    assert "feed" not in plugins.sinks()
    assert "shop_feed" not in sys.modules
    assert found.load().__name__ == "Feed"
    assert "shop_feed" in sys.modules


def test_loading_gives_the_connector_s_class() -> None:
    assert plugin("stub", "StubSource").load() is StubSource


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import no_such_module_at_all",
            "cannot be loaded: No module named 'no_such_module_at_all'",
        ),
        ("x = 1", "cannot be loaded: module 'shop_broken' has no attribute 'Feed'"),
        ("raise RuntimeError('canary')", "cannot be loaded: it raised RuntimeError"),
        ("Feed = 5", "cannot be used: shop_broken:Feed is no class with a dataclass Options"),
        (
            "class Feed: pass",
            "cannot be used: shop_broken:Feed is no class with a dataclass Options",
        ),
    ],
)
def test_a_broken_plug_in_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_broken", raising=False)
    entries = "[audsync.sinks]\nbroken = shop_broken:Feed\n"
    install(tmp_path, "shop-broken", entries, shop_broken=text)
    found = plugins.sinks()["broken"]
    whole = f'connector "broken" of package shop-broken 1.2 {message}'
    with pytest.raises(AudsyncError) as caught:
        found.load()
    assert str(caught.value) == whole
    [finding] = plugins.check([found])
    assert (finding.level, finding.message) == (Level.WARNING, whole)
    assert finding.remedy == "reinstall or uninstall shop-broken"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "def __init__(self, options, context): raise KeyError('canary')",
            "failed: KeyError at {place}:11; tell its authors",
        ),
        ("pass", "failed: TypeError at audsync/plugins.py:"),
        (
            "def __init__(self, options, context): self.pull = print",
            "cannot be used: provides is no set of texts; params is no mapping; tell its",
        ),
        (
            "def __init__(self, options, context): raise CredentialError('sign in')",
            "sign in",
        ),
    ],
)
def test_a_connector_that_cannot_be_made_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_odd", raising=False)
    text = f"from audsync.errors import CredentialError\n{GOOD}    {body}\n"
    install(tmp_path, "shop-odd", "[audsync.sources]\nodd = shop_odd:Feed\n", shop_odd=text)
    told = Context("shop", "UTC", "GB", "GBP", tmp_path, lambda name: tmp_path / name)
    with pytest.raises(AudsyncError) as caught:
        plugins.sources()["odd"].make(None, told)
    whose = "" if message == "sign in" else 'connector "odd" of package shop-odd 1.2 '
    place = f"{tmp_path.name}/shop_odd.py"
    assert str(caught.value).startswith(whose + message.format(place=place))
    assert isinstance(caught.value, TableError if whose else CredentialError)
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_connectors_in_order_give_no_warning() -> None:
    assert list(plugins.check([plugin("stub", "StubSource"), plugin("x", "StubSink")])) == []


def test_a_name_that_two_packages_offer_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for package in ("shop-b", "shop-a"):
        entries = "[audsync.sources]\nfeed = fakes.stub_connectors:StubSource\n"
        install(tmp_path, package, entries)
    found = plugins.sources()["feed"]
    assert (found.package, found.rivals) == ("shop-a", ("shop-b",))
    with pytest.raises(AudsyncError, match="also offered by shop-b; uninstall one of them"):
        found.load()


def test_a_package_that_is_seen_twice_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        entries = "[audsync.sources]\nfeed = fakes.stub_connectors:StubSource\n"
        install(tmp_path / folder, "shop-feed", entries)
    assert plugins.sources()["feed"].rivals == ()
