"""What nobody knows of the real Graph API, or what differs: switches of the fake."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MINUTES_OF_A_REPLACE: Final = 90
LARGEST_BATCH: Final = 10_000
HUGE: Final = 100_000_000


class Matching(StrEnum):
    """How a row that is to be removed finds members."""

    WHOLE_ROW = "whole row"  # all its keys are those of the member
    ANY_KEY = "any key"  # one key that names a person is the member's: e-mail, phone, an id


class Samples(StrEnum):
    """How entries that are invalid are shown, at most a hundred of them."""

    ROWS = "rows"  # a list of rows as JSON text
    MAP = "map"  # row as JSON text → reason
    VALUES = "values"  # a list of the values that are wrong
    NONE = "none"  # an empty list


@dataclass(slots=True)
class Quirks:
    """Switches, which may be turned at any time."""

    matching: Matching = Matching.WHOLE_ROW
    samples: Samples = Samples.ROWS
    error_status: int | None = None  # HTTP status of every error; None: as each error says
    longest_url: int = 8_192  # characters; beyond, a gateway answers 414 with HTML
    tells_account: bool = False  # an answer to a replacement has account_id for audience_id
    counts_invalid_by_session: bool = True  # as num_received is; or by call
    overrides_any_audience: bool = True  # `method=DELETE` works on usersofanyaudience
    takes_first_batch_twice: bool = False  # of a replace, with the same session
    takes_empty: bool = False  # an upload without a row
    replaces_unfilled: bool = True  # an audience with status 410
    needs_session: bool = False  # on the users edge
    polls_after_replace: int = 0  # so often status 414 is still shown after the last batch
    fails_at_end: bool = False  # a replace does when all has arrived; nobody is changed
    polls_after_failure: int = 1  # so often 415 is shown after a replace that failed
    polls_of_lookalike: int = 1  # so often 441 is shown of a new lookalike
    unready_calls: int = 0  # so many first uploads to a new audience are answered with 803
    smallest_after_removal: int = 0  # a removal that would leave fewer members is refused
    smallest_bounds: int = 100  # below so many members both bounds are -1
    smallest_seed: int = 100
    most_audiences: int = 500  # of each kind in one ad account
    largest_page: int | None = None  # a longer page is refused with code 1
    flagged_words: tuple[str, ...] = ("diabet", "cancer", "pregnan", "debt", "loan", "bankrupt")
    oldest_version: tuple[int, int] = (25, 0)
    upgrades: bool = False  # a call of an older version is answered by a newer, with a warning
    grows_by_minutes: int = 0  # a call while throttled makes the wait so much longer
