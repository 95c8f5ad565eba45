"""Names of the 125 RFM scores: three maps, each a partition of all of them.

`boxes-11` is a grid of recency and frequency that uses the monetary score to split the best,
the lost and those not to lose. `codes-125` is the list of codes found in many public projects.
`data-octopus-10` has ten names and is inspired by the model of Data Octopus, of which five
boxes are published, with overlaps and gaps: here the first rule that fits names a score.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final

from audsync.model.settings import RfmMap

RFM_SEGMENTS: Final = (
    "champions",
    "loyal",
    "potential_loyalists",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "cannot_lose",
    "at_risk",
    "hibernating",
    "lost",
    "slipping_champions",  # in data-octopus-10, where there is no cannot_lose
)

# Segment, then the scores of recency, frequency and money that lead to it.
_BOXES: Final = (
    ("champions", "45", "45", "45"),
    ("loyal", "45", "45", "123"),
    ("loyal", "3", "45", "12345"),
    ("potential_loyalists", "45", "23", "12345"),
    ("new", "5", "1", "12345"),
    ("promising", "4", "1", "12345"),
    ("need_attention", "3", "3", "12345"),
    ("about_to_sleep", "3", "12", "12345"),
    ("cannot_lose", "12", "45", "45"),
    ("at_risk", "12", "45", "123"),
    ("at_risk", "12", "3", "12345"),
    ("hibernating", "2", "12", "12345"),
    ("hibernating", "1", "12", "45"),
    ("lost", "1", "12", "123"),
)

_CODES: Final[Mapping[str, str]] = {
    "champions": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential_loyalists": (
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 "
        "341 333 323"
    ),
    "new": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need_attention": "535 534 443 434 343 334 325 324",
    "about_to_sleep": "331 321 312 221 213",
    "at_risk": (
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 "
        "124"
    ),
    "cannot_lose": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 231 241 251 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}


# The first that fits counts. The first five are as published, the others fill what these leave.
_RULES: Final = (
    ("champions", "5", "5", "5"),
    ("loyal", "45", "45", "345"),
    ("potential_loyalists", "45", "34", "234"),
    ("new", "5", "12", "12"),
    ("promising", "4", "23", "12"),
    ("slipping_champions", "12", "45", "45"),
    ("at_risk", "23", "345", "12345"),
    ("potential_loyalists", "45", "345", "12345"),
    ("new", "5", "12", "12345"),
    ("promising", "4", "12", "12345"),
    ("need_attention", "3", "12", "12345"),
    ("hibernating", "2", "12", "12345"),
    ("hibernating", "1", "345", "12345"),
    ("lost", "1", "12", "12345"),
)


def rfm_codes(name: RfmMap) -> dict[int, str]:
    """Score (100·R + 10·F + M) → segment id, for each of the 125 scores."""
    match name:
        case RfmMap.BOXES_11:
            return _boxed(_BOXES)
        case RfmMap.DATA_OCTOPUS_10:
            return _boxed(_RULES)
        case RfmMap.CODES_125:
            listed = ((segment, codes.split()) for segment, codes in _CODES.items())
            return {int(code): segment for segment, codes in listed for code in codes}


def _boxed(rules: Iterable[tuple[str, str, str, str]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for segment, *scores in rules:
        for digits in product(*scores):
            found.setdefault(int("".join(digits)), segment)
    return found
