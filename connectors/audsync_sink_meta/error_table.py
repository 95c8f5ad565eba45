"""What each error of Meta means, who acts, and the sentence for that person: one table.

Looked up by code and subcode alone, since texts and HTTP statuses change without notice.
docs/reference/meta-errors.md is made of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done about an error."""

    RETRIED = "tried again"
    THROTTLED = "waits as long as Meta says"
    WAITS = "waits until the audience is Normal"
    TOKEN = "a new token or secret"  # noqa: S105 -- says who acts
    PERSON = "a person acts"
    FATAL = "stops this audience"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: `what` happened and the `remedy`; `{account}` in them is the ad account.

    `subcode` None is every subcode without a row of its own.
    """

    code: int
    subcode: int | None
    kind: Kind
    what: str
    remedy: str


TERMS: Final = "https://business.facebook.com/ads/manage/customaudiences/tos/?act={account}"

_LATER: Final = "nothing; audsync tries again, and the next run goes on from there"
_RENEWED: Final = (
    "make a new token for the system user in the business settings, and set the secret "
    "meta_token"
)
_GRANT: Final = (
    "grant the token ads_management and assign the system user to the ad account {account}"
)
_ACCEPT: Final = "somebody of the business accepts them at " + TERMS
_REPORT: Final = "report it, with code and fbtrace_id"
_FLAGGED: Final = (
    "ask for a review in Audience Manager, or delete the audience there, with its lookalikes: "
    "the next run makes and fills a new one, under the `name` that the segment has then"
)
_ANEW: Final = (
    "delete the audience in Audience Manager, with its lookalikes: the next run makes and "
    "fills a new one"
)
_NEXT_RUN: Final = "nothing; the next run sends what is missing"


def _rows(
    codes: tuple[int, ...],
    subcodes: tuple[int | None, ...],
    kind: Kind,
    what: str,
    remedy: str,
) -> tuple[Meaning, ...]:
    return tuple(
        Meaning(code, subcode, kind, what, remedy) for code in codes for subcode in subcodes
    )


_ANY: Final = (None,)
_THROTTLES: Final = (4, 17, 32, 613, *range(80000, 80015))

TABLE: Final[tuple[Meaning, ...]] = (
    *_rows((1,), _ANY, Kind.RETRIED, "Meta reported an unknown error", _LATER),
    *_rows((2,), _ANY, Kind.RETRIED, "Meta has a temporary problem", _LATER),
    *_rows(
        _THROTTLES,
        _ANY,
        Kind.THROTTLED,
        "Meta's call limit for this account is reached",
        _LATER,
    ),
    *_rows((613,), (1996,), Kind.THROTTLED, "Meta saw too many calls at once", _LATER),
    *_rows(
        (80003,),
        (2446079,),
        Kind.THROTTLED,
        "Meta's call limit for audiences of this ad account is reached",
        _LATER,
    ),
    *_rows(
        (10, 200, 294),
        _ANY,
        Kind.PERSON,
        "the token may not manage ads for account {account}",
        _GRANT,
    ),
    *_rows((100,), _ANY, Kind.FATAL, "Meta rejected a value", _REPORT),
    *_rows(
        (100,),
        (33,),
        Kind.PERSON,
        "the audience or account {account} does not exist for this token",
        "check `account`, and that the system user is assigned to it",
    ),
    *_rows(
        (100,),
        (1713230,),
        Kind.PERSON,
        "Meta flagged this audience; its members cannot be changed, removals included",
        _FLAGGED,
    ),
    *_rows(
        (100,),
        (1713228, 1713231),
        Kind.PERSON,
        "Meta flagged the name or description of this audience",
        "change the flagged name or description, or appeal in Audience Manager",
    ),
    *_rows(
        (100,),
        (1713232,),
        Kind.PERSON,
        "the audience that a lookalike is made from is flagged",
        "choose another segment for the lookalike",
    ),
    *_rows((100,), (1713098,), Kind.FATAL, "the rule of the audience is not valid", _REPORT),
    *_rows((102, 190), _ANY, Kind.TOKEN, "the Meta token is no longer valid", _RENEWED),
    *_rows(
        (104,),
        _ANY,
        Kind.TOKEN,
        "Meta refused the proof of the app secret",
        "set the secret meta_app_secret to that of the app the token is for",
    ),
    *_rows((190,), (458,), Kind.TOKEN, "the app was removed by its user", _RENEWED),
    *_rows(
        (190,),
        (459,),
        Kind.TOKEN,
        "Meta wants the owner of the token to log in",
        "log in to Facebook and follow its check, then make a new token",
    ),
    *_rows((190,), (460,), Kind.TOKEN, "the password behind the token changed", _RENEWED),
    *_rows((190,), (463,), Kind.TOKEN, "the Meta token has expired", _RENEWED),
    *_rows(
        (190,),
        (464,),
        Kind.TOKEN,
        "the owner of the token is not confirmed",
        "confirm the account on Facebook, then make a new token",
    ),
    *_rows((190,), (467,), Kind.TOKEN, "the Meta token was invalidated", _RENEWED),
    *_rows(
        (190,), (492,), Kind.TOKEN, "the owner of the token lost a role on the page", _RENEWED
    ),
    *_rows((105, 194, 2500), _ANY, Kind.FATAL, "Meta did not understand the call", _REPORT),
    *_rows(
        (200,),
        (1870034, 1870090),
        Kind.PERSON,
        "the Custom Audience terms are not accepted",
        _ACCEPT,
    ),
    *_rows(
        (200,), (1870092,), Kind.PERSON, "the Business Tools terms are not accepted", _ACCEPT
    ),
    *_rows(
        (200,),
        (1870047,),
        Kind.PERSON,
        "Meta refuses to remove people because the audience would become too small",
        'with delivery = "auto" the next run replaces its members; set it where it is "delta". '
        f"Where nobody is left in the segment, {_ANEW}",
    ),
    *_rows(
        (200,),
        (1870050,),
        Kind.PERSON,
        "the ad account belongs to no business portfolio",
        "connect ad account {account} to a business portfolio",
    ),
    *_rows(
        (270,),
        _ANY,
        Kind.PERSON,
        "the app has development access only",
        "ask for Full access to Ads Management Standard Access in the app's dashboard",
    ),
    *_rows(
        (368,),
        _ANY,
        Kind.PERSON,
        "Meta blocked the action as abusive",
        "run nothing for some hours, and look at the account's quality page",
    ),
    *_rows((803,), _ANY, Kind.RETRIED, "Meta does not know the audience yet", _LATER),
    *_rows(
        (2635,),
        _ANY,
        Kind.PERSON,
        "this version of Meta's API is retired",
        "update audsync, or set a newer `api_version`",
    ),
    *_rows(
        (2650,),
        (1870145,),
        Kind.WAITS,
        "another update of this audience is running",
        _LATER,
    ),
    *_rows(
        (2650,),
        (1870147,),
        Kind.FATAL,
        "the first batch of a replacement is missing",
        _NEXT_RUN,
    ),
    *_rows(
        (2650,),
        (1870158,),
        Kind.WAITS,
        "the 90 minutes of a replacement ended",
        _NEXT_RUN,
    ),
    *_rows((2650,), (1870159,), Kind.WAITS, "the replacement was closed already", _NEXT_RUN),
    *_rows(
        (2650,), (1870148,), Kind.WAITS, "the audience was replaced in part only", _NEXT_RUN
    ),
    *_rows(
        (2650,),
        (1870144,),
        Kind.FATAL,
        "the audience is too large to be replaced",
        'set delivery = "delta" for this sink',
    ),
    *_rows(
        (2650,),
        _ANY,
        Kind.FATAL,
        "Meta did not take the change: the audience may have been filled with other keys",
        _ANEW,
    ),
    *_rows(
        (2654,),
        (1713092,),
        Kind.PERSON,
        "the token may not create audiences in ad account {account}",
        _GRANT,
    ),
    *_rows((2654,), _ANY, Kind.FATAL, "Meta did not create or change the audience", _REPORT),
    *_rows(
        (2656,),
        _ANY,
        Kind.PERSON,
        "the audience has lookalikes",
        "delete its lookalikes first",
    ),
    *_rows(
        (1487301,),
        _ANY,
        Kind.PERSON,
        "the audience is not shared with ad account {account}",
        "share it again, or give the segment another `name` so that a new audience is made",
    ),
    *_rows(
        (1487366,),
        _ANY,
        Kind.PERSON,
        "the audience was deleted",
        "run again: a new one is made and filled",
    ),
)

_KNOWN: Final[Mapping[tuple[int, int | None], Meaning]] = {
    (row.code, row.subcode): row for row in TABLE
}


def meaning(code: int, subcode: int | None, *, is_transient: bool = False) -> Meaning | None:
    """The row of an error, of its code alone where the subcode has none; None for an unknown.

    `is_transient` is believed where it is set, whatever the code, and its absence says nothing.
    """
    row = _KNOWN.get((code, subcode)) or _KNOWN.get((code, None))
    passes = row is not None and row.kind in {Kind.RETRIED, Kind.THROTTLED, Kind.WAITS}
    return _KNOWN[2, None] if is_transient and not passes else row


def errors_page() -> str:
    """The table as a page of the documentation."""
    lines = [
        "# Errors of Meta",
        "",
        "What audsync does about each error of Meta's API, by code and subcode. An error that",
        "is not here is shown with its code and `fbtrace_id`, and what was sent counts as not",
        "delivered. No answer, a web page, an empty body and a server error are tried again.",
        "",
        "| code | subcode | what happened | who acts | what to do |",
        "|--:|--:|---|---|---|",
    ]
    shown: dict[tuple[int | None, Kind, str, str], list[int]] = {}
    for row in TABLE:
        shown.setdefault((row.subcode, row.kind, row.what, row.remedy), []).append(row.code)
    lines += [
        f"| {_codes(codes)} | {subcode or ''} | {_cell(what)} | {kind} | {_cell(remedy)} |"
        for (subcode, kind, what, remedy), codes in shown.items()
    ]
    return "\n".join(lines) + "\n"


def _codes(codes: list[int]) -> str:
    """Codes in order, with runs of them as a range."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and runs[-1][-1] == code - 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _cell(text: str) -> str:
    return text.replace("{account}", "X")
