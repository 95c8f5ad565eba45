"""Invented people and goods, drawn from a seeded generator; nobody and nothing is real."""

import random
from decimal import Decimal
from typing import Final

from audsync.testing.idosell.catalogue import BRANDS, CATEGORIES, SERIES
from audsync.testing.idosell.records import Account, Address, Line, Origin, Product, Terms

_FIRST: Final = (
    *("Marta", "Łucja", "Żaneta", "Ewa", "Jagoda", "Śnieżka"),
    *("Paweł", "Grzegorz", "Michał", "Ignacy", "Bożydar"),
)
_LAST: Final = ("Wrona", "Gżegżółka", "Źdźbło", "Kowal", "Świerszcz", "Nowina", "Łoś", "Bąk")
_TOWNS: Final = (
    ("Kraków", "31-002", "PL"),
    ("Łódź", "90-001", "PL"),
    ("Zakopane", "34-500", "PL"),
    ("Gdańsk", "80-001", "PL"),
    ("Berlin", "10115", "DE"),
    ("Brno", "602 00", "CZ"),
)
_PHONES: Final = ("+44 7700 900{:03d}", "0044 7700 900{:03d}", "+447700900{:03d}", "")
_RUN_METRES: Final = 31  # the category of goods sold by length
_METRE: Final = (2460, 2000)  # gross and net of a metre, so that halves are whole
_CODES: Final = ("WIOSNA10", "NARTY", "witaj-5")
_ORIGINS: Final = (
    Origin(),
    Origin("search_engine", "Google"),
    Origin("advertisement_campaign", "Zima"),
    Origin("self_added"),
    Origin("price_comparer", "Porównywarka"),
)
_USUAL: Final = Terms()
_GIFT_SHARE, _CODE_SHARE, _COMPANY_SHARE = 0.06, 0.15, 0.08


class Invention:
    """Draws people, baskets and goods; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- no secret is drawn
        self._people = 0

    def email(self) -> str:
        """An address that nobody had before."""
        self._people += 1
        return f"osoba.{self._people}@{self.chance.choice(('example.com', 'example.org'))}"

    def relay(self) -> str:
        """An address that a marketplace lends to a buyer."""
        self._people += 1
        return f"kupujacy{self._people}@allegromail.pl"

    def address(self) -> Address:
        """Somebody somewhere, some with a company."""
        draw = self.chance
        city, zip_code, country = draw.choice(_TOWNS)
        is_company = draw.random() < _COMPANY_SHARE
        return Address(
            draw.choice(_FIRST),
            draw.choice(_LAST),
            city,
            zip_code,
            country,
            street=f"Lipowa {draw.randint(1, 200)}",
            phone=draw.choice(_PHONES).format(draw.randrange(1000)),
            firm="Firma Testowa" if is_company else "",
            tax_number="0000000000" if is_company else "",
        )

    def born_on(self) -> str | None:
        """A birth date of every third person."""
        draw = self.chance
        if draw.randrange(3):
            return None
        return f"{draw.randint(1940, 2008)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"

    def product(self, product_id: int, shops: frozenset[int]) -> Product:
        """Some goods of a category that has nothing below it."""
        draw = self.chance
        category = draw.choice([number for number, (above, _) in CATEGORIES.items() if above])
        price = _METRE[0] if category == _RUN_METRES else 10 * draw.randint(100, 9990) - 1
        sizes = ("S", "M", "L") if category in (11, 21) else ("uniw",)
        return Product(
            product_id=product_id,
            code=f"HAL-{product_id}" if draw.randrange(20) else "",
            name=f"{CATEGORIES[category][1]} {product_id} „Grań”",
            brand=draw.choice(BRANDS),
            category_id=category,
            price=price,
            vat=23,
            added_at=0,
            changed_at=0,
            shops=shops,
            series=draw.choice(SERIES),
            sizes=sizes,
            parameters={"Sezon": draw.choice(("zima", "lato"))} if draw.randrange(2) else {},
        )

    def lines(self, goods: list[Product], rate: Decimal, terms: Terms) -> tuple[Line, ...]:
        """A basket of one to four kinds of goods, at times with a gift."""
        draw = self.chance
        chosen = draw.choices(goods, k=draw.choice((1, 1, 1, 2, 2, 3, 4)))
        lines = [self.line(product, rate, terms) for product in chosen]
        if draw.random() < _GIFT_SHARE:
            gift = draw.choice(goods)
            lines.append(
                Line(
                    gift.product_id,
                    gift.name,
                    Decimal(1),
                    0,
                    0,
                    size=gift.sizes[0],
                    mode="gift",
                )
            )
        return tuple(lines)

    def line(self, product: Product, rate: Decimal, terms: Terms = _USUAL) -> Line:
        """Some units of a product, by length where it is sold so."""
        draw = self.chance
        if product.category_id == _RUN_METRES:
            quantity = Decimal(draw.randint(1, 12)) / 4
            gross, net = _METRE
        else:
            quantity = Decimal(draw.choice((1, 1, 1, 1, 2, 3)))
            gross = int(product.price / rate) * (100 - terms.rebate_percent) // 100
            net = round(gross / 1.23)
        size, vat = draw.choice(product.sizes), product.vat
        if not terms.has_vat:
            gross, vat = net, 0
        return Line(product.product_id, product.name, quantity, gross, net, vat, size)

    def terms(self, currency: str, buyer: Account | None) -> Terms:
        """What is agreed besides the goods; wholesalers have kinds and rebates of their own."""
        draw = self.chance
        is_trade = buyer is not None and buyer.is_wholesaler
        return Terms(
            currency,
            kind=draw.choice("pt" if is_trade else "nnnr"),
            # Whole amounts without VAT too, so that nothing has to be rounded.
            delivery_cost=draw.choice((0, 1230, 1845)),
            fee_cost=draw.choice((0, 0, 0, 246)),
            insurance_cost=draw.choice((0, 0, 0, 0, 123)),
            rebate_percent=draw.choice((5, 10)) if is_trade else 0,
            discount_code=draw.choice(_CODES) if draw.random() < _CODE_SHARE else None,
            invoice=draw.choice(("n", "n", "n", "y", "e")),
            has_vat=not (is_trade and currency != "PLN"),
            origin=draw.choice(_ORIGINS),
        )
