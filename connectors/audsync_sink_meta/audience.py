"""The audience on the platform: found, judged, or made; and what Meta says of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn, Protocol

from audsync.contracts import AudienceInfo, AudienceSpec, Finding, Level
from audsync.errors import RejectedError, TransientError
from audsync_sink_meta.answers import NAME, GoneError, VagueError, unreadable
from audsync_sink_meta.options import MetaOptions

CUSTOM: Final = "CUSTOM"
FIELDS: Final = (
    "id,name,description,subtype,account_id,is_value_based,operation_status,delivery_status,"
    "approximate_count_lower_bound,approximate_count_upper_bound,time_updated,"
    "time_content_updated,permission_for_actions"
)
PAGE: Final = 20  # Meta's advice; a larger page may be refused
_SMALL_PAGE: Final = 5
_MOST_PAGES: Final = 600  # of 500 audiences of each of four kinds, and many more
REPLACING: Final = 414
_FLAGGED: Final = 471
_WAIT_SECONDS: Final = 60.0
_KEYS: Final = re.compile(r"\[audsync: ([A-Z_ ]+)\]")

# What is found by its id is found again whatever the segment is called.
ANEW: Final = (
    "delete it in Audience Manager, with its lookalikes: the next run makes and fills a new one"
)
_OTHER_NAME: Final = "give the segment another `name`, so that a new audience is made"

# Words of health and of money trouble: an audience whose name has one is flagged, and its
# members cannot be changed any more. Stems in English and in the languages of Central Europe.
DELICATE: Final = re.compile(
    r"\b(?:diabet|cancer|pregnan|debt|loan|bankrupt|depress|disab|disease|illness|patient|hiv|"
    r"obes|fertile|fertility|anxiety|arthrit|asthma|credit|mortgage|income|insolven|"
    r"cukrzyc|nowotw|ciąż|dług|kredyt|pożycz|upadło|choro|niepełnospr|otył|"
    r"cukrov|rakovin|těhot|tehot|dluh|dlh|úvěr|úver|půjč|pôžič|nemoc|choroba|exekuc|"
    r"krebs|schwanger|schuld|kredit|krank|behinder|terhes|adós|hitel|beteg|cukorbeteg)",
    re.IGNORECASE,
)


def remarks(spec: AudienceSpec) -> list[Finding]:
    """A warning for each text of an audience for which Meta would flag it."""
    return [
        Finding(
            Level.WARNING,
            f'the {what} of the audience has "{found[0]}", which Meta takes for health or '
            "money: it flags such audiences, and then nobody can be added or removed",
            f"choose another {what}",
        )
        for what, text in (("name", spec.name), ("description", spec.description))
        if (found := DELICATE.search(text))
    ]


class Reader(Protocol):
    """The calls that looking for an audience takes; `page` is how many are listed at once."""

    page: int

    def get(self, *path: str, **params: Any) -> dict[str, Any]:
        """What a GET is answered with."""

    def post(self, *path: str, **params: Any) -> dict[str, Any]:
        """What a POST is answered with."""


def find(
    graph: Reader, options: MetaOptions, spec: AudienceSpec, known: str | None
) -> AudienceInfo:
    """The audience of that id, else of that name, else a new one.

    Raises RejectedError for one that cannot be kept equal to a segment, with what to do, and
    TransientError while another update of it is running.
    """
    found = _by_id(graph, known)
    if found is not None:
        _judge(found, options, wants_values=spec.has_values, anew=ANEW)
        return _info(found, created=False)
    found = _by_name(graph, options, spec.name)
    if found is not None:
        _judge(found, options, wants_values=spec.has_values, anew=_OTHER_NAME)
        return _info(found, created=False)
    made = graph.post(
        f"act_{options.account_id}",
        "customaudiences",
        name=spec.name,
        subtype=CUSTOM,
        description=f"{spec.description} {_signature(options)}".strip(),
        customer_file_source=options.customer_file_source,
        retention_days=options.retention_days,
        is_value_based=spec.has_values or None,
    )
    if not isinstance(made.get("id"), str):
        raise unreadable(200, "no audience")
    return AudienceInfo(made["id"], spec.name, created=True, size=0)


def looked_for(graph: Reader, options: MetaOptions, known: str) -> AudienceInfo | None:
    """The audience of an id; None where there is none any more. Raises what `find` does."""
    found = _by_id(graph, known)
    if found is not None:
        _judge(found, options, wants_values=None, anew=ANEW)
        return _info(found, created=False)
    # An account that is out of reach is told as one without the audience; its list is not.
    if any(one.get("id") == known for one in audiences(graph, options, "id")):
        _strange()
    return None


def _by_id(graph: Reader, known: str | None) -> dict[str, Any] | None:
    """The audience of an id; None where there is none, or there never was one."""
    if known is None:
        return None
    try:
        found = graph.get(known, fields=FIELDS)
    except GoneError:
        # An audience that somebody deleted is made anew. Of an account that is out of reach
        # the list of audiences says the same, and that is told.
        return None
    return found if found.get("id") == known else _strange()


def _strange() -> NoReturn:
    raise unreadable(200, "about another audience")


def audiences(graph: Reader, options: MetaOptions, fields: str) -> Iterator[dict[str, Any]]:
    """All audiences of the account, page by page.

    A page that may have been too large is a TransientError, and the next time a smaller one.
    """
    after: dict[str, Any] = {}
    for _ in range(_MOST_PAGES):
        try:
            page = graph.get(
                f"act_{options.account_id}",
                "customaudiences",
                fields=fields,
                limit=graph.page,
                **after,
            )
        except VagueError:
            graph.page = _SMALL_PAGE
            raise
        data = page.get("data")
        if not isinstance(data, list):
            raise unreadable(200, "no list of audiences")
        yield from (one for one in data if isinstance(one, dict))
        paging = page.get("paging")
        if not isinstance(paging, dict) or "next" not in paging:
            return
        after = {"after": paging.get("cursors", {}).get("after")}


def _by_name(graph: Reader, options: MetaOptions, name: str) -> dict[str, Any] | None:
    found = [one for one in audiences(graph, options, FIELDS) if one.get("name") == name]
    if len(found) > 1:
        refuse(
            f'there are {len(found)} audiences with the name "{name}"',
            "rename or delete all but one of them in Audience Manager",
        )
    return found[0] if found else None


def _judge(
    found: Mapping[str, Any], options: MetaOptions, *, wants_values: bool | None, anew: str
) -> None:
    """Refuse an audience that cannot be kept equal to a segment; `anew` makes another one."""
    shown = f'the audience "{found.get("name")}" ({found.get("id")})'
    if found.get("subtype") != CUSTOM:
        refuse(f"{shown} is no list of customers", anew)
    account = str(found.get("account_id", options.account_id))
    if account != options.account_id:
        refuse(
            f"{shown} belongs to another ad account, act_{account}",
            # Whoever withdraws would stay in one that nobody looks at any more.
            f"set `account` to that one, or {anew}",
        )
    allowed = found.get("permission_for_actions")
    if isinstance(allowed, Mapping) and allowed.get("can_edit") is False:
        refuse(f"{shown} may only be read", "let the system user manage this ad account")
    if is_flagged(found):
        refuse(
            f"{shown} is flagged by Meta, so that nobody can be added or removed",
            f"ask for a review in Audience Manager; or choose another name and {anew}",
        )
    if status_code(found.get("operation_status")) == REPLACING:
        raise TransientError(
            f"{NAME}: another update of {shown} is running",
            connector=NAME,
            retry_after=_WAIT_SECONDS,
        )
    has_values = bool(found.get("is_value_based", wants_values))
    if wants_values is not None and has_values is not wants_values:
        has, lacks = "takes a value of each member", "has no values"
        refuse(
            f"{shown} {lacks if wants_values else has}, and the segment "
            f"{'gives one' if wants_values else 'gives none'}",
            anew,
        )
    keys = _KEYS.search(str(found.get("description") or ""))
    if keys and tuple(keys[1].split()) != options.schema:
        refuse(
            f"{shown} was filled with the keys {keys[1]}, and one audience takes the same for "
            "all its life",
            f"set `keys` as they were, or {anew}",
        )


def is_flagged(found: Mapping[str, Any]) -> bool:
    """Whether Meta flagged an audience, after which nobody is added to it or removed."""
    return status_code(found.get("operation_status")) == _FLAGGED


def refuse(what: str, remedy: str) -> NoReturn:
    """Raise the error of something that a person has to change."""
    raise RejectedError(f"{NAME}: {what}; {remedy}", connector=NAME, remedy=remedy)


def _signature(options: MetaOptions) -> str:
    """The keys of the audience, as its description tells them to whoever opens it later."""
    return f"[audsync: {' '.join(options.schema)}]"


def status_code(status: object) -> int | None:
    """The code of what Meta says of an audience's operation or delivery; None without one."""
    code = status.get("code") if isinstance(status, Mapping) else None
    return code if isinstance(code, int) else None


def _info(found: Mapping[str, Any], *, created: bool) -> AudienceInfo:
    low, high = (
        _bound(found.get(f"approximate_count_{side}_bound")) for side in ("lower", "upper")
    )
    operation, delivery = found.get("operation_status"), found.get("delivery_status")
    status = {
        "operation": told(operation),
        "delivery": told(delivery),
        "size_from": low,
        "size_to": high,
    }
    return AudienceInfo(
        str(found["id"]),
        str(found.get("name")),
        created=created,
        size=high,
        status={name: value for name, value in status.items() if value is not None},
    )


def told(status: object) -> str | None:
    """A status as code and words."""
    code = status_code(status)
    if code is None or not isinstance(status, Mapping):
        return None
    words = " ".join(str(status.get("description") or "").split())
    return f"{code} {words}".strip()


def _bound(value: object) -> int | None:
    """A bound of the size; None where it is not known (-1)."""
    number = value if isinstance(value, int) else -1
    return number if number >= 0 else None
