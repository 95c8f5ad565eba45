"""The keys of every JSON document are those that docs/reference/documents.md lists."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command import installed as audsync
from small_shop import AS_OF, make_shop

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "documents.md"
COMMANDS = (
    ("plan", *AS_OF, "--max-removed", "5"),
    ("run", *AS_OF, "--run-id", "first"),
    ("run", *AS_OF, "--shop", "nobody"),
    ("run", *AS_OF, "--all-shops"),
    ("check",),
    ("config", "migrate"),
    ("runs", "list"),
    ("runs", "show", "first"),
    ("ledger", "verify"),
    ("ledger", "export"),
    ("status",),
    ("shops", "list"),
    ("schedule", "show"),
    ("schedule", "cron"),
    ("schedule", "systemd", "-o", "units"),
    ("connectors", "list"),
    ("connectors", "show", "files"),
    ("doctor",),
    ("forget", "status"),
    ("where", "--customer-id", "c001"),
    ("secrets", "list"),
    ("segments", "list"),
    ("segments", "overlap", *AS_OF),
    ("segments", "show", "buyers"),
    ("segments", "explain", "buyers", *AS_OF),
    ("rfm", "freeze", *AS_OF),
    ("rfm", "thaw"),
    ("export", "buyers", *AS_OF, "-o", "buyers.csv"),
    ("snapshot", "create", "buyers", *AS_OF),
    ("snapshot", "list"),
    ("snapshot", "show", "latest"),
    ("snapshot", "diff", "latest", "latest"),
    ("segments", "new", "other"),
    ("init", "fresh"),
    ("fake-server", "meta"),
    ("fake-server", "google"),
)
# What the invented shop gives no occasion for.
RARE = (
    *("secrets.", "set", "deleted", "kept"),
    *("problems", "pull.rejections.", "pull.warnings.", "findings.", "audiences.held."),
    *("audiences.id", "audiences.requests.", "audiences.at_work.", "audiences.unanswered."),
    *("settled.", "statuses"),
    *("to_do", "requests.", "held.", "notes.", "changes"),
)


def documented() -> dict[str, list[str]]:
    sections = re.findall(
        r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return {
        schema: list(re.findall(r"^\| `([^`]+)` \|", body, re.MULTILINE))
        for schema, body in sections
    }


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of a document's values; elements of lists have that of their list."""
    if isinstance(value, list):
        if path:
            yield path
        for item in value:
            yield from (key for key in keys(item, path) if key != path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from keys(item, f"{path}.{name}" if path else name)
    else:
        yield path


def is_like(path: str, pattern: str) -> bool:
    parts, wanted = path.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(
        want.startswith("<") or part == want for part, want in zip(parts, wanted, strict=True)
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The key paths that real documents have, by schema."""
    shop = make_shop(tmp_path_factory.mktemp("documents") / "shop")
    feed = (shop / "customers.csv").read_text(encoding="utf-8")
    (shop / "customers.csv").write_text(feed.replace("c003@", "c003(at)"), encoding="utf-8")
    _predicting(shop)
    _scheduled(shop)
    found: dict[str, set[str]] = defaultdict(set)
    for command in COMMANDS:
        done = audsync(*command, "--json", cwd=shop, stdin="an order\n")
        for line in done.stdout.splitlines():
            document = json.loads(line)
            found[document.pop("schema")].update(keys(document))
    return found


def _scheduled(shop: Path) -> None:
    with (shop / "config.toml").open("a", encoding="utf-8") as config:
        config.write('\n[shops.kolo]\nschedule = "30 3 * * *"\n')


def _predicting(shop: Path) -> None:
    """Let some come back, and a segment ask for all that is worked out on demand."""
    orders = (shop / "orders.csv").read_text(encoding="utf-8").splitlines()
    again = [f"again-{line.replace('2026-10', '2026-11')}" for line in orders[1:6]]
    (shop / "orders.csv").write_text("\n".join([*orders, *again]) + "\n", encoding="utf-8")
    with (shop / "config.toml").open("a", encoding="utf-8") as config:
        config.write("\n[shops.kolo.model.clv]\nleast_clients = 5\nleast_repeaters = 1\n")
    asked = ("clv_category", "value_band", "bonita")
    lines = "\n".join(f"{name}.missing = false" for name in asked)
    worthy = f'name = "Worthy"\n\n[any]\n{lines}\n'
    (shop / "segments" / "worthy.toml").write_text(worthy, encoding="utf-8")


def test_the_documents_hold_a_fitted_model(seen: dict[str, set[str]]) -> None:
    assert {"model.value.orders.alpha", "model.value.spend.mean"} <= seen["audsync.run/1"]


def test_every_key_is_documented(seen: dict[str, set[str]]) -> None:
    pages = documented()
    assert set(seen) == set(pages)
    unknown = [
        f"{schema}: {path}"
        for schema, paths in seen.items()
        for path in sorted(paths)
        if not any(is_like(path, pattern) for pattern in pages[schema])
    ]
    assert unknown == []


def test_every_documented_key_is_there(seen: dict[str, set[str]]) -> None:
    gone = [
        f"{schema}: {pattern}"
        for schema, patterns in documented().items()
        for pattern in patterns
        if not pattern.startswith(RARE) and "<" not in pattern
        if not any(path == pattern or path.startswith(f"{pattern}.") for path in seen[schema])
    ]
    assert gone == []
