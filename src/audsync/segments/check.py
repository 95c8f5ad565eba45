"""What one shop cannot answer of a segment: data, parameters, sinks that it does not have."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from audsync.errors import Problem, Severity
from audsync.identity.hiding import Identities, holds_address
from audsync.identity.name_tables import NAME_COUNTRIES
from audsync.model.analyses import Analysis
from audsync.money import exponent
from audsync.segments.codes import Mistake
from audsync.segments.declared import Held, fits, held
from audsync.segments.event_fields import VISIT_NEEDS, VISITED_PRODUCT_NEEDS
from audsync.segments.fields import Needs, Scope, Unit
from audsync.segments.mistakes import Mistakes
from audsync.segments.operators import Code, Operator
from audsync.segments.product_fields import PRODUCT_FIELDS, SPEND_FIELD
from audsync.segments.queries import query_needs
from audsync.segments.registry import nearest
from audsync.segments.rule import (
    Bought,
    Comparison,
    InList,
    InSegment,
    Leaf,
    Query,
    Spent,
    Visited,
    comparisons,
    leaves,
)
from audsync.segments.segment import Segment
from audsync.segments.texts import canonical, matching
from audsync.segments.values import decimals
from audsync.tables import PARAM_PREFIX, Kind
from audsync.toml_file import KeyPath

_BOUGHT_NEEDS: Needs = (("orders.order_id",),)
_LINE_NEEDS: Needs = next(field.needs for field in PRODUCT_FIELDS if field.name == "product_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What a shop is for its segments.

    `provided` holds the `table.column` that the source fills, and `how_to_fill` says of a table
    or a `table.column` what it would take. `params` are the types of `customers.param.<name>`
    and `products.param.<name>`, `sinks` the ids of its sinks, `lists` the names of its lists of
    people, `rfm_names` the segments of its map of RFM scores, `places` the names and codes that
    its postcodes have in the columns of a field, None where nobody can tell. Without a
    `currency` amounts are not looked at. Where it has no rules for names of its `country`, or
    does not `tell_places`, fields about them have no value.
    """

    provided: Collection[str]
    params: Mapping[str, Kind]
    sinks: Collection[str]
    currency: str | None = None
    identities: Identities = Identities.STORED
    lists: Collection[str] = ()
    country: str | None = None
    tells_places: bool = True
    rfm_names: Collection[str] | None = None
    how_to_fill: Callable[[str], str] = lambda _: "take the line out"
    places: Callable[[Collection[str]], Collection[str] | None] = lambda _: None


def check_segment(segment: Segment, shop: ShopFacts) -> list[Problem]:
    """Problems of a segment at one shop; empty where the shop can answer and send all of it.

    A table that its source does not fill at all is told once, at the first line that needs it.
    """
    mistakes = Mistakes(segment.file)
    _check_sinks(segment, shop.sinks, mistakes)
    _check_lists(segment, shop.lists, mistakes)
    _check_needs(segment, shop, mistakes)
    for line in comparisons(segment.rule):
        if line.field.family:
            _check_parameter(line, shop.params, mistakes)
        if shop.currency is not None and line.field.unit is Unit.MONEY:
            _check_decimals(line, shop.currency, mistakes)
        if shop.identities is Identities.HASHED:
            _check_kept(line, mistakes)
        if line.field.analysis is Analysis.PLACES:
            _check_places(line, shop, mistakes)
        is_named = line.field.analysis is Analysis.NAMES
        if is_named and shop.country not in {None, *NAME_COUNTRIES}:
            _add_unknown_names(line, shop.country or "", mistakes)
        if shop.rfm_names is not None and line.field.name == "rfm_segment":
            _check_mapped(line, shop.rfm_names, mistakes)
    return list(mistakes.shown())


def check_sinks(segment: Segment, sinks: Collection[str]) -> list[Problem]:
    """Sinks that a segment names and the shop does not have; `check_segment` tells them too."""
    mistakes = Mistakes(segment.file)
    _check_sinks(segment, sinks, mistakes)
    return list(mistakes.shown())


def _check_sinks(segment: Segment, sinks: Collection[str], mistakes: Mistakes) -> None:
    for sink in segment.sinks:
        if sink not in sinks:
            mistakes.add(
                Mistake.UNKNOWN_SINK,
                f'the shop has no sink "{sink}"',
                ("sinks", segment.file.data["sinks"].index(sink)),
                value=True,
                hint=nearest(sink, sinks)
                or _listed("its sinks are", sinks)
                or f"it has none yet: write it into the config, [shops.<id>.sinks.{sink}]",
            )


def _check_lists(segment: Segment, lists: Collection[str], mistakes: Mistakes) -> None:
    for line in leaves(segment.rule):
        for name in line.lists if isinstance(line, InList) else ():
            if name not in lists:
                mistakes.add(
                    Mistake.UNKNOWN_LIST,
                    f'the shop has no list "{name}"',
                    line.path,
                    value=True,
                    hint=nearest(name, lists)
                    or _listed("its lists are", lists)
                    or f"name its file in the config: [shops.<id>.lists.{name}]",
                )


def check_shops(segment: Segment, shops: Collection[str]) -> list[Problem]:
    """Shops that a segment names and that are not there, so that it would go nowhere."""
    mistakes = Mistakes(segment.file)
    for shop in segment.shops or ():
        if shop not in shops:
            mistakes.add(
                Mistake.UNKNOWN_SHOP,
                f'there is no shop "{shop}"',
                ("shops", segment.file.data["shops"].index(shop)),
                value=True,
                hint=nearest(shop, shops) or _listed("there are", shops),
            )
    return list(mistakes.shown())


def _needed(segment: Segment) -> Iterator[tuple[KeyPath, str, Needs]]:
    if segment.value is not None:
        yield ("value",), segment.value.name, segment.value.needs
    for leaf in leaves(segment.rule):
        yield from ((leaf.path, *needed) for needed in _needed_by(leaf))
        for line in comparisons(leaf):
            if line.field is not SPEND_FIELD:
                needs = line.field.needs
                yield (
                    line.path,
                    line.field.name,
                    _of_visits(needs) if isinstance(leaf, Visited) else needs,
                )


def _needed_by(leaf: Leaf) -> Iterable[tuple[str, Needs]]:
    """What a line needs besides what its fields do, with the name of what does."""
    match leaf:
        case Bought():
            yield "bought", _BOUGHT_NEEDS + (_LINE_NEEDS if leaf.items is not None else ())
        case Spent():
            yield "spent", SPEND_FIELD.needs
        case Visited():
            products = VISITED_PRODUCT_NEEDS if leaf.items is not None else ()
            yield "visited", VISIT_NEEDS + products
        case Query():
            yield from query_needs(leaf)
        case Comparison() | InSegment() | InList():
            pass


def _of_visits(needs: Needs) -> Needs:
    """What a field of a product needs where it is asked of one that was looked at."""
    groups = (
        tuple(column for column in group if not column.startswith("order_lines."))
        for group in needs
    )
    return tuple(group for group in groups if group)


def _check_needs(segment: Segment, shop: ShopFacts, mistakes: Mistakes) -> None:
    filled = {name.partition(".")[0] for name in shop.provided}
    lines: dict[tuple[str, ...], dict[KeyPath, str]] = {}
    for path, name, needs in _needed(segment):
        for alternatives in needs:
            if any(column in shop.provided for column in alternatives):
                continue
            tables = dict.fromkeys(column.partition(".")[0] for column in alternatives)
            if filled.isdisjoint(tables):
                lines.setdefault(tuple(tables), {}).setdefault(path, name)
                continue
            mistakes.add(
                Mistake.NOT_PROVIDED,
                f"{name} needs {' or '.join(alternatives)}, which the source does not provide",
                path,
                hint=shop.how_to_fill(
                    next(one for one in alternatives if one.partition(".")[0] in filled)
                ),
            )
    for missing, places in lines.items():
        (first, name), *others = places.items()
        numbers = sorted({segment.file.problem("", "", path).line for path, _ in others})
        word = "do lines" if len(numbers) > 1 else "does line"
        also = f"; so {word} {_numbers(numbers)}" if numbers else ""
        mistakes.add(
            Mistake.NOT_PROVIDED,
            f"{name} needs the table {' or '.join(missing)}, which the source does not provide"
            f"{also}",
            first,
            hint=shop.how_to_fill(missing[0]),
        )


def _check_parameter(line: Comparison, params: Mapping[str, Kind], mistakes: Mistakes) -> None:
    table = "customers" if line.field.scope is Scope.CLIENT else "products"
    prefix = f"{table}.{PARAM_PREFIX}"
    kind = params.get(f"{prefix}{line.param}")
    if kind is None:
        known = [name.removeprefix(prefix) for name in params if name.startswith(prefix)]
        mistakes.add(
            Mistake.PARAMETER,
            f'{table} have no parameter "{line.param}"',
            line.path,
            hint=nearest(line.param or "", known)
            or _listed("there are", known)
            or "the source gives none; map it there first",
        )
    elif not fits(line, held(kind)):
        mistakes.add(
            Mistake.PARAMETER,
            f'the parameter "{line.param}" holds {held(kind)}',
            line.path,
            hint=_parameter_hint(line, held(kind)),
        )


def _parameter_hint(line: Comparison, what: Held) -> str:
    if line.field.code is not Code.DECLARED:
        return "declare it as a date in the shop's source"
    match what:
        case Held.DATE:
            return f'write param_date."{line.param}" or param_days_since."{line.param}"'
        case Held.NUMBER:
            return "write a number without quotes, and at_least, at_most or between"
        case Held.BOOLEAN:
            return "write true or false without quotes"
        case Held.AMOUNT:
            return "declare it as a number in the shop's source"
        case Held.TEXT | Held.LIST | Held.WORD:
            return "write a text in quotes, and is, one_of, contains or starts_with"


def _check_decimals(line: Comparison, currency: str, mistakes: Mistakes) -> None:
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    amounts = [value for value in values if isinstance(value, Decimal)]
    digits = exponent(currency)
    if any(decimals(amount) > digits for amount in amounts):
        mistakes.add(
            Mistake.RANGE,
            f"an amount in {currency} has at most {digits} decimals",
            line.path,
            value=True,
            hint="round it",
        )


def _check_mapped(line: Comparison, names: Collection[str], mistakes: Mistakes) -> None:
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    for value in values:
        if isinstance(value, str) and value not in names:
            mistakes.add(
                Mistake.NOT_MAPPED,
                f'the shop\'s map of RFM scores has no "{value}"',
                line.path,
                value=True,
                hint=_listed("it has", names),
            )


def _check_kept(line: Comparison, mistakes: Mistakes) -> None:
    asked, instead = line.field.asks_for, line.field.instead
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    texts = [one for one in values if isinstance(one, str)]
    if line.field.scope is Scope.CLIENT and any(map(holds_address, texts)):
        asked = asked or "an address"
    if asked is not None:
        mistakes.add(
            Mistake.NOT_KEPT,
            f'{_written(line)} needs {asked}, which identities = "hashed" does not keep',
            line.path,
            hint=f"use {instead}" if instead else "take the line out",
        )


def _check_places(line: Comparison, shop: ShopFacts, mistakes: Mistakes) -> None:
    if not shop.tells_places:
        _add_unknown_places(line, mistakes)
        return
    known = shop.places(line.field.sources)
    if known is None or line.operator is Operator.MISSING:
        return
    forms = [(name, canonical(name, line.field.form)) for name in sorted(known)]
    for value in line.value if isinstance(line.value, tuple) else (line.value,):
        asked = replace(line, value=value)
        if isinstance(value, str) and not matching(forms, asked, exact=False):
            mistakes.add(
                Mistake.UNKNOWN_PLACE,
                f'no postcode that is known has the {line.field.name} "{value}"',
                line.path,
                value=True,
                hint=nearest(value, known) or "see the names where postcodes are listed",
                severity=Severity.WARNING,
            )


def _add_unknown_places(line: Comparison, mistakes: Mistakes) -> None:
    mistakes.add(
        Mistake.NOT_PROVIDED,
        f"{line.field.name} needs to know where postcodes lie, and no setting tells it",
        line.path,
        hint="below [shops.<id>.model.places] name a file, or set open_data = true",
    )


def _add_unknown_names(line: Comparison, country: str, mistakes: Mistakes) -> None:
    mistakes.add(
        Mistake.ADVICE,
        f"{line.field.name}: there are no rules for names in {country}, the country of the "
        f"shop; only clients in {', '.join(NAME_COUNTRIES)} can have one",
        line.path,
        hint="take the line out unless the shop delivers there",
        severity=Severity.WARNING,
    )


def _written(line: Comparison) -> str:
    plain = line.operator is Operator.IS
    return line.field.name if plain else f"{line.field.name}.{line.operator}"


def _numbers(lines: Iterable[int]) -> str:
    """Numbers of lines as people list them: `3, 5 and 7`."""
    *before, last = map(str, lines)
    return f"{', '.join(before)} and {last}" if before else last


def _listed(start: str, names: Collection[str]) -> str | None:
    return f"{start} {', '.join(sorted(names))}" if names else None
