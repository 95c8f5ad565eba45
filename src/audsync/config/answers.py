"""What a shop's data asks of its configuration: columns of consent, rates of currencies."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from audsync.answers import DECISIONS, provides
from audsync.config.codes import Code
from audsync.config.schema import Config, Shop
from audsync.contracts import Purpose
from audsync.errors import Problem, Severity
from audsync.tables import Answer
from audsync.toml_file import KeyPath, TomlFile, read_toml


def unanswered_consent(
    config: Config, shop: Shop, provided: Collection[str], *, shown_from: Path | None = None
) -> list[Problem]:
    """A warning for each consent rule whose column is not among those `provided`.

    Messages show paths from `shown_from`, by default the current folder.
    """
    return list(_found(config, shop, provided, shown_from or Path.cwd()))


def missing_rates(
    config: Config, shop: Shop, orders: Mapping[str, int], *, shown_from: Path | None = None
) -> Problem:
    """What to write where orders are in currencies without a rate; `orders` counts them."""
    file, path = _place(config, shop, shown_from or Path.cwd())
    counts = ", ".join(f"{code} ({count} orders)" for code, count in orders.items())
    header = ".".join((*map(str, path), "rates"))
    return file.problem(
        Code.NO_RATE,
        f"shop {shop.id}: no rate to {shop.currency} for {counts}",
        (*path, "rates") if shop.rates else path or ("currency",),
        hint=f"below [{header}] write the price of one in {shop.currency}, such as "
        f'{next(iter(orders))} = "4.31"',
    )


def table_twice(
    config: Config,
    shop: Shop,
    source: str,
    tables: Collection[str],
    others: Collection[str],
    *,
    shown_from: Path | None = None,
) -> Problem:
    """A source that fills tables which others fill; all by their keys in the shop."""
    file, path = _place(config, shop, shown_from or Path.cwd())
    return file.problem(
        Code.TABLE_TWICE,
        f"shop {shop.id}: {' and '.join(tables)} would be filled by {source} and by "
        f"{' and '.join(others)}",
        (*path, *source.split(".")),
        hint="each table comes from one source: take it out of the other",
    )


def places_problem(
    config: Config,
    shop: Shop,
    key: str,
    message: str,
    hint: str,
    *,
    shown_from: Path | None = None,
) -> Problem:
    """A mistake about a key of `[shops.<id>.model.places]`."""
    file, path = _place(config, shop, shown_from or Path.cwd())
    return file.problem(
        Code.BAD_PLACES, message, (*path, "model", "places", key), value=True, hint=hint
    )


def _found(
    config: Config, shop: Shop, provided: Collection[str], shown_from: Path
) -> Iterator[Problem]:
    for purpose, rule in sorted(shop.consent.items()):
        if not provides(rule.field, provided):
            file, path = _place(config, shop, shown_from)
            own = ("consent",) if purpose is Purpose.ADVERTISING else ("consent", purpose)
            decided = rule.field == DECISIONS
            what = "the table consents" if decided else f"customers.{rule.field}"
            yield file.problem(
                Code.UNANSWERED_CONSENT,
                f"the source does not provide {what}, so nobody will be sent",
                (*path, *own, "field"),
                value=True,
                hint=_instead(provided, decided=decided),
                severity=Severity.WARNING,
            )


def _instead(provided: Collection[str], *, decided: bool) -> str:
    """What to do about a rule that nothing answers."""
    if decided:
        return "map it in a source of the shop, or name the column that holds the answer"
    if provides(DECISIONS, provided):
        return (
            f'the decisions of the table {DECISIONS} are read by field = "{DECISIONS}" and '
            f'granted = ["{Answer.GRANTED}"]'
        )
    return "map that column in the shop's source, or name another"


def _place(config: Config, shop: Shop, shown_from: Path) -> tuple[TomlFile, KeyPath]:
    _, file, path = shop_place(config, shop, shown_from)
    return file, path


def shop_place(config: Config, shop: Shop, shown_from: Path) -> tuple[Path, TomlFile, KeyPath]:
    """The file that the shop stands in, read, and the path of its table there."""
    own = config.folder / "shops" / f"{shop.id}.toml"
    path = own if own.exists() else config.file
    shown = path.relative_to(shown_from) if path.is_relative_to(shown_from) else path
    return path, read_toml(path, str(shown)), () if own.exists() else ("shops", shop.id)
