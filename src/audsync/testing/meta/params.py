"""Parameters of a call, from its address and its body."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import numpy as np

from audsync.testing.loopback import Request
from audsync.testing.meta.errors import wrong

Params = dict[str, Any]

_PERCENT, _PLUS, _SPACE = b"%+ "
_LONG: Final = 1_000  # bytes, from which columns of bytes are faster
_HEX: Final = np.zeros(256, np.uint8)
_HEX[[*b"0123456789ABCDEF"]] = range(16)
_HEX[[*b"abcdef"]] = range(10, 16)


def params_of(request: Request) -> Params:
    """All parameters; those in the body win. JSON bodies and forms are understood."""
    found: Params = dict(parse_qsl(request.query, keep_blank_values=True))
    if "json" in request.headers.get("content-type", ""):
        found.update(_object(request.body))
    elif request.body:
        found.update(form(request.body))
    return found


def form(body: bytes) -> Params:
    """The fields of a form."""
    pairs = [part.partition(b"=") for part in body.split(b"&") if part]
    return {_text(name): _text(value) for name, _, value in pairs}


def _text(encoded: bytes) -> str:
    if len(encoded) < _LONG:
        return unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    found = np.frombuffer(encoded, np.uint8).copy()
    found[found == _PLUS] = _SPACE
    at = np.flatnonzero(found[:-2] == _PERCENT)
    found[at] = _HEX[found[at + 1]] * 16 + _HEX[found[at + 2]]
    is_kept = np.ones(len(found), bool)
    is_kept[at + 1] = is_kept[at + 2] = False
    return found[is_kept].tobytes().decode()


def _object(body: bytes) -> Params:
    try:
        found = json.loads(body)
    except ValueError:
        raise wrong("The body is no JSON.") from None
    if not isinstance(found, dict):
        raise wrong("The body is no JSON object.")
    return found


def structured(params: Mapping[str, Any], name: str) -> Any:
    """A parameter that is JSON text in a form; None where it is missing."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise wrong(f"Param {name} must be JSON.") from None


def whole(value: object) -> int | None:
    """A whole number, also where it is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() else None


def is_true(value: object) -> bool:
    """Whether a flag is set."""
    return value is True or str(value).lower() in {"true", "1"}
