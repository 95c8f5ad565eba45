"""The limits of a shop's RFM scores as ranks give them on a day, to be kept from then on."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from audsync.config import Config, RfmLimits, Shop
from audsync.config.rfm_limits import MEASURES
from audsync.errors import NotFoundError
from audsync.model.rfm_report import RfmReport
from audsync.run.modelled import modelled
from audsync.segments import Segments


def ranked_limits(
    config: Config, segments: Segments, shop: Shop, limits: RfmLimits, *, as_of: datetime
) -> RfmReport:
    """RFM of that day with ranks wherever no person has stated limits.

    Raises NotFoundError where nothing was pulled, or nobody has an order to score.
    """
    ranked: dict[str, Any] = {
        f"{one}_bands": None for one in MEASURES if one not in limits.stated
    }
    rfm = replace(shop.model.rfm, **ranked)
    anew = replace(shop, model=replace(shop.model, rfm=rfm))
    with modelled(config, segments, anew, as_of=as_of, wanted=()) as here:
        found = here.report.rfm
    if not found.scored:
        raise NotFoundError(f"{shop.id}: nobody has an order to score, so there are no limits")
    return found
