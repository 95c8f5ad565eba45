"""Permanent numbers from 1 to 100 that split people for experiments."""

import hashlib
from typing import Final

NAMESPACE: Final = "ab"
BUCKETS: Final = 100


def bucket(key: str, namespace: str = NAMESPACE) -> int:
    """The bucket of a client id: the same in every run, independent between namespaces."""
    digest = hashlib.sha256(f"{namespace}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS + 1
