"""Which shop of the panel is read."""

from audsync.errors import SourceDataError
from audsync_source_idosell.panel import Panel


def chosen_shop(panel: Panel) -> int:
    """The shop's number; SourceDataError where the panel has none such, or several."""
    shops, wanted = panel.shops(), panel.options.shop_id
    listed = ", ".join(f"{number} ({name})" for number, name in sorted(shops.items()))
    if wanted is None and len(shops) == 1:
        return next(iter(shops))
    if wanted is None:
        raise SourceDataError(
            f"idosell: the panel holds several shops: {listed or 'none'}; say which: "
            "shop_id = … in the table of the source"
        )
    if wanted not in shops:
        raise SourceDataError(
            f"idosell: the panel has no shop with shop_id = {wanted}; it has: "
            f"{listed or 'none'}"
        )
    return wanted
