"""The rules of `[shops.<id>.consent]`: which column says yes, for which purpose."""

from typing import Final

from audsync.answers import DECISIONS
from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.schema import ConsentTable
from audsync.config.validation import part
from audsync.config.wording import listing, nearest
from audsync.consent import MESSAGE_ANSWERS, BroadConsentRule, ConsentRule
from audsync.contracts import Purpose
from audsync.tables import CUSTOMERS, PARAM_PREFIX, Answer, DataPermission, Frequency, Kind

# Words of closed columns that say no, or not that; no setting turns them into a yes.
_NO: Final = frozenset(
    {Frequency.NEVER, DataPermission.DO_NOT_PERSONALIZE, DataPermission.ANONYMIZED_ONLY}
)
_SWITCH: Final = "newsletter_counts_as_advertising"


def read_consent(shop: Section) -> dict[Purpose, ConsentRule] | None:
    """The rule of each purpose that has one; None if something is wrong with the table."""
    table, section = part(ConsentTable, shop, "consent"), shop.table("consent")
    if table is None or section is None:
        return None if table is None else {}
    rules: dict[Purpose, ConsentRule] = {}
    if table.field is not None and table.granted is not None:
        broad = table.newsletter_counts_as_advertising
        kind = BroadConsentRule if broad else ConsentRule
        rule = kind(table.field, table.granted)
        _check(section, rule)
        _check_switch(section, rule, counts=table.newsletter_counts_as_advertising)
        rules[Purpose.ADVERTISING] = rule
    elif table.field is not None or table.granted is not None:
        key = "field" if table.field is None else "granted"
        section.complain(Code.MISSING_KEY, f'missing key "{key}"', key)
        return None
    messages = {Purpose.NEWSLETTER: table.newsletter, Purpose.SMS: table.sms}
    for purpose, rule_of_it in messages.items():
        inner = section.table(purpose)
        if rule_of_it is not None and inner is not None:
            _check(inner, rule_of_it)
            rules[purpose] = rule_of_it
    return rules


def _check(section: Section, rule: ConsentRule) -> None:
    answers = [
        column.name
        for column in CUSTOMERS.columns
        if column.kind is Kind.TEXT and not column.personal and not column.required
    ]
    is_param = rule.field.startswith(PARAM_PREFIX) and rule.field != PARAM_PREFIX
    if rule.field not in (*answers, DECISIONS) and not is_param:
        section.complain(
            Code.BAD_CONSENT_FIELD,
            f'"{rule.field}" is no column of customers that holds an answer',
            "field",
            value=True,
            hint=nearest(rule.field, [*answers, DECISIONS])
            or "use ad_consent, param.<name>, or consents for a table of decisions",
        )
    _check_granted(section, rule)


def _check_granted(section: Section, rule: ConsentRule) -> None:
    if not rule.granted:
        message = "granted names no value, so nobody could ever be sent"
        section.complain(Code.OUT_OF_RANGE, message, "granted", value=True)
    column = CUSTOMERS.column(rule.field)
    allowed = [word for word in column.allowed if word not in _NO] if column else []
    if rule.field == DECISIONS:
        allowed = [Answer.GRANTED]
    for number, word in enumerate(rule.granted):
        place = ("granted", number)
        if not word.strip():
            message = "a missing answer means no and cannot be granted"
            section.complain(Code.OUT_OF_RANGE, message, *place, value=True)
        elif allowed and word not in allowed:
            message = f'"{word}" of {rule.field} is no yes: it is {listing(allowed)}'
            section.complain(
                Code.NOT_ONE_OF, message, *place, value=True, hint=nearest(word, allowed)
            )


def _check_switch(section: Section, rule: ConsentRule, *, counts: bool) -> None:
    if rule.field in MESSAGE_ANSWERS and not counts:
        section.complain(
            Code.NEWSLETTER_AS_ADVERTISING,
            f"{rule.field} is consent to messages, not to advertising elsewhere",
            "field",
            value=True,
            hint=f"use the column of the advertising consent; or, if the customers were told "
            f"so, add {_SWITCH} = true",
        )
