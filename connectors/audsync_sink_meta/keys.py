"""The key rules of a sink: Meta's own, and a pseudonym of the client where one is asked for."""

import hmac
from collections.abc import Callable, Mapping, Sequence

from audsync.contracts import Context, KeyRule
from audsync.identity.meta_keys import meta_rules
from audsync_sink_meta.options import EXTERN_ID, EXTERN_ID_SECRET, MetaOptions


def key_rules(options: MetaOptions, context: Context) -> Mapping[str, KeyRule]:
    """The rules of the configured columns, in the order in which they are sent."""
    rules = meta_rules(options.keys, names=options.names, guesses_gender=options.guess_gender)
    if EXTERN_ID in options.keys:
        # It finds nobody after 90 days, so it identifies nobody.
        rules[EXTERN_ID] = KeyRule(("client_id",), _pseudonyms(context))
    return rules


def _pseudonyms(context: Context) -> Callable[[Sequence[str | None]], list[str | None]]:
    """Client ids as HMAC-SHA256 in hex digits, with a key that is looked for when needed."""

    def apply(clients: Sequence[str | None]) -> list[str | None]:
        key = context.secret(EXTERN_ID_SECRET).reveal().encode() if clients else b""
        return [
            hmac.digest(key, client.encode(), "sha256").hex() if client else None
            for client in clients
        ]

    return apply
