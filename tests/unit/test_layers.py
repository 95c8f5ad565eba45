"""Modules import in one direction only (docs/explanation/architecture.md)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "audsync"

# From the innermost layer outwards; a module may import from its own layer and those before it.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "logs", "money", "redaction", "sql_text"}),
    frozenset(
        {
            "audience_keys",
            "audiences",
            "columns",
            "context",
            "contracts",
            "engine",
            "guard_settings",
            "schedule",
            "service_settings",
            "sources",
            "tables",
            "toml_file",
        }
    ),
    frozenset({"identity", "match_keys"}),
    frozenset({"answers", "model", "consent", "eligibility", "lists", "segments", "plan"}),
    frozenset(
        {
            "config",
            "connector_checks",
            "files",
            "http",
            "plugins",
            "quarantine",
            "sandbox",
            "secrets",
            "snapshots",
            "spark",
            "state",
            "warehouse",
        }
    ),
    frozenset({"pull", "deliver", "testing"}),
    frozenset({"run"}),
    frozenset({"report"}),
    frozenset({"daemon"}),
    frozenset({"cli", "__main__"}),
)
CONNECTOR_MAY_IMPORT = frozenset(
    {"contracts", "errors", "tables", "identity", "files", "http", "money", "testing"}
)


def _layer(module: str) -> int:
    for number, layer in enumerate(LAYERS):
        if module in layer:
            return number
    raise AssertionError(f"{module} has no place in the layers")


def _imports(path: Path) -> set[str]:
    """Names of the audsync modules that a file imports, by their first part."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            full = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full = (
                [node.module]
                if node.module != "audsync"
                else [f"audsync.{alias.name}" for alias in node.names]
            )
        else:
            continue
        names.update(name.split(".")[1] for name in full if name.startswith("audsync."))
    return names


def test_no_module_imports_from_a_layer_outside_its_own() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        own = _layer(parts[0])
        wrong += [
            f"{'.'.join(parts)} imports {name}"
            for name in _imports(path)
            if name != "__version__" and _layer(name) > own
        ]
    assert wrong == []


def test_connectors_import_contracts_and_not_the_core() -> None:
    wrong = []
    for path in sorted((ROOT / "connectors").rglob("*.py")):
        wrong += [
            f"{path.parent.name}/{path.name} imports {name}"
            for name in _imports(path)
            if name not in CONNECTOR_MAY_IMPORT
        ]
    assert wrong == []


def test_all_that_a_connector_needs_is_imported_from_the_contracts() -> None:
    folders = [ROOT / name for name in ("src", "connectors", "tests", "benchmarks", "examples")]
    importers = [
        path.name
        for folder in folders
        for path in folder.rglob("*.py")
        if {"context", "audiences"} & _imports(path)
    ]
    assert importers == ["contracts.py"]


def test_connectors_do_not_import_each_other() -> None:
    folder = ROOT / "connectors"
    names = {path.name for path in folder.iterdir() if path.is_dir()}
    wrong = []
    for path in sorted(folder.rglob("*.py")):
        own = path.relative_to(folder).parts[0]
        text = path.read_text(encoding="utf-8")
        wrong += [
            f"{own} imports {name}"
            for name in names - {own}
            if f"import {name}" in text or f"from {name}" in text
        ]
    assert wrong == []


def test_the_page_on_architecture_shows_these_layers() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("## The layers\n\n")[2].partition("\n\n")[0]
    shown = [set(re.findall(r"`(\w+)`", layer)) for layer in section.split("→")]
    assert shown == [layer - {"__main__"} for layer in LAYERS]
