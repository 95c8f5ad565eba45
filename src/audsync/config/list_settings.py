"""Lists of people, and who is in no audience."""

from collections.abc import Collection

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.schema import ListConfig
from audsync.config.validation import part, validated
from audsync.config.wording import listing, nearest
from audsync.eligibility import MOST_HELD_OUT, EligibilitySettings
from audsync.errors import Problem
from audsync.lists import ListSettings


def read_list(tables: Section, name: str) -> ListConfig | None:
    """The list under that name; None if its table is not right."""
    section = tables.table(name)
    if section is None:
        tables.complain(Code.WRONG_TYPE, f"list {name} must be a table", name, value=True)
        return None
    settings = validated(ListSettings, section)
    if settings is None:
        return None

    def problem(key: str, code: str, message: str, hint: str) -> Problem:
        path = (*section.path, key)
        return section.file.problem(code, message, path, value=True, hint=hint)

    return ListConfig(settings, problem)


def read_eligibility(shop: Section, lists: Collection[str]) -> EligibilitySettings | None:
    """Who is in no audience; None if the table is wrong. `lists` are the shop's, by name."""
    settings = part(EligibilitySettings, shop, "eligibility")
    section = shop.table("eligibility")
    if settings is None or section is None:
        return settings
    if not 0 <= settings.holdout_percent <= MOST_HELD_OUT:
        section.complain(
            Code.OUT_OF_RANGE,
            f"holdout_percent must be from 0 to {MOST_HELD_OUT}",
            "holdout_percent",
            value=True,
        )
    if not settings.holdout_salt.strip():
        section.complain(Code.OUT_OF_RANGE, "holdout_salt is empty", "holdout_salt", value=True)
    written = shop.data.get("lists")
    known = sorted({*lists, *(written if isinstance(written, dict) else ())})
    for number, name in enumerate(settings.suppressed):
        if name not in known:
            section.complain(
                Code.NO_LIST,
                f'the shop has no list "{name}"',
                *("suppressed", number),
                value=True,
                hint=nearest(name, known)
                or (f"there are {listing(known)}" if known else "add [….lists.<name>]"),
            )
    return settings
