"""Which shop of the panel is read."""

from audsync.errors import SourceDataError
from audsync_source_idosell.panel import Shops


def chosen_shop(shops: Shops, wanted: int | None) -> int:
    """The shop's number; SourceDataError where the panel has none such, or several."""
    if wanted is None and len(shops.names) == 1:
        return next(iter(shops.names))
    if wanted is None:
        raise SourceDataError(
            f"idosell: the panel holds several shops: {_listed(shops)}; say which: "
            "shop_id = … in the table of the source"
        )
    return known_shop(shops, wanted)


def known_shop(shops: Shops, wanted: int) -> int:
    """The shop of that number; SourceDataError where there is none, or none any more."""
    if wanted not in shops.names:
        raise SourceDataError(
            f"idosell: the panel has no shop with shop_id = {wanted}; it has: {_listed(shops)}"
        )
    return wanted


def _listed(shops: Shops) -> str:
    named = [f"{number} ({name})" for number, name in sorted(shops.names.items())]
    return ", ".join(named) or "none"
