"""Names of the 125 RFM scores: two published maps, each a partition of all of them.

`boxes-11` is a grid of recency and frequency that uses the monetary score to split the best,
the lost and those not to lose. `codes-125` is the list of codes found in many public projects.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from audsync.model.settings import RfmMap

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


def rfm_codes(name: RfmMap) -> Iterator[tuple[int, str]]:
    """Pairs of score (100·R + 10·F + M) and segment id, each score of the 125 once."""
    if name is RfmMap.BOXES_11:
        for segment, *scores in _BOXES:
            for digits in product(*scores):
                yield int("".join(digits)), segment
    else:
        for segment, codes in _CODES.items():
            for code in codes.split():
                yield int(code), segment
