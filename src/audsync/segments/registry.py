"""Looking up fields by name, and the nearest name to a wrong one."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from audsync.segments import (
    affluence_fields,
    band_fields,
    client_fields,
    derived_fields,
    event_fields,
    purchase_fields,
    score_fields,
    value_fields,
)
from audsync.segments.event_fields import VISIT_FIELDS, VISITED_PRODUCT_FIELDS
from audsync.segments.fields import Field
from audsync.segments.product_fields import PRODUCT_FIELDS, PURCHASE_FIELDS

CLIENT_GROUPS: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        **client_fields.GROUPS,
        **derived_fields.GROUPS,
        **purchase_fields.GROUPS,
        **score_fields.GROUPS,
        **value_fields.GROUPS,
        **band_fields.GROUPS,
        **affluence_fields.GROUPS,
        **event_fields.GROUPS,
    }
)


def by_name(fields: Iterable[Field]) -> Mapping[str, Field]:
    """The fields by name and by alias."""
    names: dict[str, Field] = {}
    for field in fields:
        names.update(dict.fromkeys((field.name, *field.aliases), field))
    return MappingProxyType(names)


CLIENT: Final = by_name(field for group in CLIENT_GROUPS.values() for field in group)
PRODUCT: Final = by_name(PRODUCT_FIELDS)
PURCHASE: Final = by_name(PURCHASE_FIELDS)
VISIT: Final = by_name(VISIT_FIELDS)
VISITED_PRODUCT: Final = by_name(VISITED_PRODUCT_FIELDS)


def nearest(name: str, known: Collection[str]) -> str | None:
    """The hint for an unknown name; None where nothing is near."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else None
