"""The consent gate: who may be used for a purpose, and why the others may not."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Keys of `[shops.<id>.consent]` and of its tables `newsletter` and `sms`."""

    field: Annotated[
        str, "Column of customers that holds the answer: ad_consent or param.<name>."
    ]
    granted: Annotated[tuple[str, ...], "Values that mean yes; everything else means no."]
