"""Secrets that stand in a file, where they do not belong."""

from collections.abc import Iterator
from typing import Any

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.toml_file import KeyPath, looks_secret

_SHOPS = "shops"


def check_secrets(section: Section, *, shop: str | None = None) -> None:
    """Tell of each key that looks like a secret and holds text.

    `shop` is the shop of a file of its own; in config.toml the path says which shop it is.
    """
    for path, value in _texts(section.data, ()):
        key = str(path[-1])
        if not value or not looks_secret(key):
            continue
        owner, inner = shop, path
        if shop is None and path[0] == _SHOPS and len(path) > 1:
            owner, inner = str(path[1]), path[2:]
        name = _secret_name(section.data, path, inner)
        section.complain(
            Code.SECRET_IN_FILE,
            "secrets do not belong in files; "
            f"run: audsync secrets set {name} --shop {owner or 'SHOP'}",
            *path,
            value=True,
        )


def _texts(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text below a table, a list of texts as its first."""
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, list) and value and isinstance(value[0], str):
            yield (*path, key), value[0]
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from _texts(item, (*path, key, number))
        elif isinstance(value, str):
            yield (*path, key), value
        else:
            yield from _texts(value, (*path, key))


def _secret_name(data: dict[str, Any], path: KeyPath, inner: KeyPath) -> str:
    """The name of the secret: the key after the type of its source or the id of its sink."""
    key = str(path[-1])
    match inner:
        case ("source", _, *_):
            prefix = _source_type(data, path[: len(path) - len(inner) + 1], default="")
        case ("sources", name, _, *_):
            prefix = _source_type(data, path[: len(path) - len(inner) + 2], default=str(name))
        case ("sinks", sink, _, *_):
            prefix = str(sink).replace("-", "_")
        case _:
            prefix = ""
    if not prefix or key.startswith(f"{prefix}_"):
        return key
    return f"{prefix}_{key}"


def _source_type(data: Any, path: KeyPath, *, default: str) -> str:
    for step in path:
        data = data[step]
    kind = data.get("type", default)
    return kind if isinstance(kind, str) else ""
