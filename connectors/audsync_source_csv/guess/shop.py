"""What the feeds say of the shop itself: its currency, its side of VAT, its consent."""

from collections.abc import Iterator, Sequence

from audsync_source_csv.guess.reading import Guess


def shop_tables(feeds: Sequence[Guess], shop: str) -> Iterator[str]:
    """Tables of the shop beside its source, as TOML; none where its defaults will do."""
    currencies = _currencies(feeds)
    if currencies:
        yield f'[shops.{shop}]\ncurrency = "{currencies[0]}"\n'
    if currencies[1:]:
        others = ", ".join(currencies[1:])
        yield f"# Look: amounts in {others} need their price under [shops.{shop}.rates].\n"
    if _is_net(feeds):
        yield f'[shops.{shop}.model]\nmoney = "net"  # the feeds have no amounts with VAT\n'
    if not any("ad_consent" in feed.columns or feed.kind == "consents" for feed in feeds):
        yield (
            "# Look: no column of consent to advertising was found. Nobody is sent\n"
            f"# until one is mapped to ad_consent, or [shops.{shop}.consent] names another.\n"
        )


def _currencies(feeds: Sequence[Guess]) -> list[str]:
    """Codes that amounts of orders stand in, the most frequent first."""
    for feed in feeds:
        cell = feed.columns.get("currency")
        if cell is None or feed.kind == "products":
            continue
        if cell.value is not None:
            return [str(cell.value)]
        return [word.upper() for word in feed.sample.frequent(cell.column) if _is_code(word)]
    return []


def _is_code(word: str) -> bool:
    return len(word) == 3 and word.isascii() and word.isalpha()  # noqa: PLR2004 -- ISO 4217


def _is_net(feeds: Sequence[Guess]) -> bool:
    """Whether amounts of orders are known without VAT alone."""
    amounts = {
        name for feed in feeds if feed.kind.startswith("order") for name in feed.columns
    } - {"shipping_net", "shipping_gross", "refunded_net", "refunded_gross"}
    return any(name.endswith("net") for name in amounts) and not any(
        name.endswith("gross") or name == "vat_percent" for name in amounts
    )
