"""Connectors, found by their entry points and imported only when one is used."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import Context, Finding, Level
from audsync.errors import AudsyncError, TableError, authors_mistakes

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

SOURCES: Final = "audsync.sources"
SINKS: Final = "audsync.sinks"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A connector that some installed package offers under `name`.

    `target` is what to import, as `module:Class`. `rivals` are other packages that offer the
    same name; none of them can be used until one is uninstalled.
    """

    name: str
    package: str
    version: str
    target: str
    rivals: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The connector and whose it is."""
        return f'connector "{self.name}" of package {self.package} {self.version}'

    def make(self, options: object, told: Context) -> Any:
        """The connector, made of its options and what it is told.

        Raises TableError, which names the package, for a mistake of its author.
        """
        from audsync.connector_checks import check_shape

        connector = self.load()
        with authors_mistakes(str(self)):
            made = connector(options, told)
            wrong = [one.message for one in check_shape(made)]
        if wrong:
            raise TableError(f"{self} cannot be used: {'; '.join(wrong)}; tell its authors")
        return made

    def load(self) -> Any:
        """The connector's class, a `contracts.Source` or `contracts.Sink` with its `Options`.

        Raises AudsyncError that names the package if it cannot be imported or used.
        """
        where = str(self)
        if self.rivals:
            others = " and ".join(self.rivals)
            raise AudsyncError(f"{where} is also offered by {others}; uninstall one of them")
        from importlib.metadata import EntryPoint

        try:
            found = EntryPoint(self.name, self.target, "").load()
        except (ImportError, AttributeError) as error:
            raise AudsyncError(f"{where} cannot be loaded: {error}") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - any code may run at import
            kind = type(error).__name__
            raise AudsyncError(f"{where} cannot be loaded: it raised {kind}") from None
        if not isinstance(found, type) or not is_dataclass(getattr(found, "Options", None)):
            raise AudsyncError(
                f"{where} cannot be used: {self.target} is no class with a dataclass Options"
            )
        return found


def sources() -> Mapping[str, Plugin]:
    """The installed sources by name, none of them imported."""
    return _installed(SOURCES)


def sinks() -> Mapping[str, Plugin]:
    """The installed sinks by name, none of them imported."""
    return _installed(SINKS)


def check(plugins: Iterable[Plugin]) -> Iterator[Finding]:
    """A warning for each connector that cannot be used. Imports them all."""
    for plugin in plugins:
        try:
            plugin.load()
        except AudsyncError as error:
            remedy = f"reinstall or uninstall {plugin.package}"
            yield Finding(Level.WARNING, str(error), remedy)


@cache
def _offered(group: str, path: tuple[str, ...]) -> "EntryPoints":  # noqa: ARG001 -- looked through
    """What the packages on the path offer; looking it up takes time where there are many."""
    from importlib.metadata import entry_points

    return entry_points(group=group)


def _installed(group: str) -> Mapping[str, Plugin]:
    found: dict[str, dict[str, Plugin]] = {}
    for entry in _offered(group, tuple(sys.path)):
        package = entry.dist.name if entry.dist else "(unknown)"
        version = entry.dist.version if entry.dist else ""
        # A package seen twice, installed and editable, is one; the first on the path wins.
        found.setdefault(entry.name, {}).setdefault(
            package, Plugin(entry.name, package, version, entry.value)
        )
    return {name: _one(found[name]) for name in sorted(found)}


def _one(offers: Mapping[str, Plugin]) -> Plugin:
    first, *rivals = (offers[package] for package in sorted(offers))
    return Plugin(
        first.name,
        first.package,
        first.version,
        first.target,
        tuple(rival.package for rival in rivals),
    )
