"""What the panel says of itself: its shops, what currencies cost there, names of statuses.

What currencies cost is asked for once a day, and once a week whether the shop is still there;
nights are to be cheap.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from audsync.contracts import Page
from audsync.errors import CredentialError, RejectedError
from audsync_source_idosell import cells
from audsync_source_idosell.answers import Record
from audsync_source_idosell.cells import BadCellError
from audsync_source_idosell.drafts import Draft, Row
from audsync_source_idosell.position import Step
from audsync_source_idosell.reading import Reading
from audsync_source_idosell.shops import known_shop
from audsync_source_idosell.spans import from_text, to_text

PART: Final = "dictionaries"
RATE_COLUMNS: Final = ("currency", "price", "units", "base")
_A_DAY: Final = timedelta(hours=20)
_A_WEEK: Final = timedelta(days=7)
_PLACES: Final = 4  # decimals of a price
_LONGEST_PRICE: Final = 10**12


def dictionary_steps(reading: Reading, known: Mapping[str, Any]) -> Iterator[Step]:
    """Today's rates, and now and then whether the shop is still there.

    A key that may not ask for these is told in each pull, and reads everything else.
    """
    through, now = from_text(known.get("through")), to_text(reading.now)
    if through is not None and reading.now - through < _A_DAY:
        return
    looked_at = from_text(known.get("shops"))
    after = {**known, "through": now}
    try:
        if looked_at is None or reading.now - looked_at >= _A_WEEK:
            shops = reading.panel.shops()
            known_shop(shops, reading.shop_id)
            after |= {"shops": now, "base": shops.base_currency}
        held = reading.held.texts("rates", "currency")
        page = rates_of(reading.panel.currencies().records, after["base"], held)
    except (CredentialError, RejectedError) as error:
        page, after = _note(f"what currencies cost was not read: {error}"), {**known}
    yield Step([page], {PART: after})


def strange_status_steps(reading: Reading) -> Iterator[Step]:
    """What the panel calls the statuses of this round that audsync does not know."""
    strange = reading.orders.strange
    if not strange:
        return
    try:
        names = reading.panel.statuses()
    except (CredentialError, RejectedError):
        names = {}
    for (word, number), orders in sorted(strange.items(), key=str):
        shown = f'status "{word}"' if word else "status that is no word"
        called = f", which the panel calls {names[number]}" if number in names else ""
        yield Step(
            [
                _note(
                    f"{len(orders):,} of the orders read have the {shown}{called}: audsync "
                    "does not know what it means, so they count for nothing"
                )
            ]
        )
    strange.clear()


def _note(text: str) -> Page:
    return replace(rates_of([], None, ()), notes=(f"idosell: {text}",))


def rates_of(records: Iterable[Record], base: str | None, held: Iterable[str]) -> Page:
    """A page of all rates there are; of those `held` the ones that do not come are gone.

    Without a currency that the prices are in there are none.
    """
    draft = Draft("rates")
    for code in held:
        draft.own(code)
    for number, record in enumerate(records if base else (), start=1):
        row = Row("rates", f"currency {number}")
        code = row.put("currency", cells.currency, record.get("symbol") or record.get("id"))
        row.values["base"] = base
        row.values["units"] = None
        priced = row.put("price", _priced, record)
        if priced is not None:
            row.values["price"], row.values["units"] = priced
        if code is not None:
            draft.own(code)
        draft.add(row, owner=code)
    return draft.page(RATE_COLUMNS)


def _priced(record: Record) -> tuple[Decimal, int] | None:
    """A price of few decimals, and for how many units it is."""
    price, scale = cells.decimal(record.get("rate")), cells.whole(record.get("scale"))
    if price is None:
        return None
    units = 1 if scale is None else scale
    digits = int(price.as_tuple().exponent)
    if digits < -_PLACES:
        shift = 10 ** (-digits - _PLACES)
        price, units = price * shift, units * shift
    if not 0 < price < _LONGEST_PRICE or not 0 < units < _LONGEST_PRICE:
        raise BadCellError("out_of_range")
    return price.quantize(Decimal("0.0001")), units
