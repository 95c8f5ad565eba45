"""Which secrets a shop asks for, as far as its connectors tell."""

from audsync.config import Shop
from audsync.identity.hiding import Identities
from audsync.run.keys import IDENTITY_KEY, SUPPRESSION_KEY


def secret_names(shop: Shop) -> list[str]:
    """Names of secrets, sorted: those that options name in `secrets`, and the shop's own keys.

    The suppression key is needed as soon as somebody is to be forgotten.
    """
    options = [shop.source.options, *(sink.options for sink in shop.sinks.values())]
    names = {name for one in options for name in getattr(one, "secrets", ())}
    if shop.identities is Identities.HASHED:
        names.add(IDENTITY_KEY)
    return sorted({*names, SUPPRESSION_KEY})
