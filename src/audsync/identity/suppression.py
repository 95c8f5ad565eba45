"""People who were forgotten: told again by keyed marks, which say nothing of who they are.

A mark is HMAC-SHA256, with the secret `suppression_key`, of the digest of a normal form, or of
an id of the shop. Digests are marked and not the forms themselves, so that members of
audiences and hidden identities, of which nothing else is kept, are told as well.
"""

import hmac
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from audsync.columns import are_digests, distinct
from audsync.contracts import KeyRule
from audsync.identity.digests import AUDSYNC_RULES, digest
from audsync.identity.google_keys import GOOGLE_RULES, gmail_mailbox
from audsync.identity.meta_keys import META_RULES

if TYPE_CHECKING:
    from audsync.columns import Text


class Trace(StrEnum):
    """What a person can be told by."""

    EMAIL = "email"
    PHONE = "phone"
    CUSTOMER = "customer"
    ORDER = "order"


# Marks of addresses and numbers have one kind: in a member list both are digests.
_DIGEST: Final = "digest"
# Names of the facts that hold what a value is told by, where identities are hidden.
OWN_DIGEST: Final = "sha256"
MAILBOX_DIGEST: Final = "mailbox"
_HEX: Final = 64


@dataclass(slots=True)
class Suppression:
    """The marks of one shop, or of one request, and the key they are made with.

    `keep` makes marks that are new durable, before this returns.
    """

    key: bytes = field(repr=False)
    marks: set[str] = field(repr=False)
    keep: Callable[[Collection[str]], None] = field(default=lambda _: None, repr=False)

    @property
    def key_mark(self) -> str:
        """A text that is another one for another key, and says nothing of the key."""
        return self._mark("key", "suppression key")

    @property
    def fingerprint(self) -> str:
        """Another text for other marks."""
        return sha256("".join(sorted(self.marks)).encode()).hexdigest()

    def marks_of(self, trace: Trace, texts: Iterable[str]) -> set[str]:
        """The marks of ids, or of digests of addresses and numbers."""
        kind = trace.value if trace in {Trace.CUSTOMER, Trace.ORDER} else _DIGEST
        return {self._mark(kind, text) for text in texts}

    def learn(self, marks: Collection[str]) -> bool:
        """Take in marks; whether any is new."""
        fresh = {*marks} - self.marks
        if fresh:
            self.keep(fresh)
            self.marks |= fresh
        return bool(fresh)

    def marked(self, trace: Trace, texts: "Text") -> list[str]:
        """The different texts of a column that are marked: ids, or digests."""
        kind = trace.value if trace in {Trace.CUSTOMER, Trace.ORDER} else _DIGEST
        return [text for text in distinct(texts) if self._mark(kind, text) in self.marks]

    def marked_forms(self, trace: Trace, forms: "Text") -> list[str]:
        """The different addresses or numbers of a column, in normal form, that are marked."""
        return [
            form
            for form in distinct(forms)
            if any(
                self._mark(_DIGEST, one) in self.marks
                for one in told_by(trace, form).values()
                if one is not None
            )
        ]

    def marked_keys(self, keys: "Text") -> list[str]:
        """The different keys of a destination that are marked: digests, or plain values."""
        import pyarrow.compute as pc

        hashed = are_digests(keys)
        by_text = {text: digest(text) for text in distinct(keys.filter(pc.invert(hashed)))}
        by_text |= {text: text for text in distinct(keys.filter(hashed))}
        return [text for text, one in by_text.items() if self._mark(_DIGEST, one) in self.marks]

    def _mark(self, kind: str, text: str) -> str:
        return hmac.digest(self.key, f"{kind}\0{text}".encode(), "sha256").hex()


def told_by(trace: Trace, form: str) -> Mapping[str, str | None]:
    """The digests by which a normal form is told again, however it was spelt.

    At Gmail dots and what follows a plus say nothing, so that a mailbox there has one more.
    """
    own = {OWN_DIGEST: digest(form)}
    if trace is not Trace.EMAIL:
        return own
    mailbox = gmail_mailbox(form)
    return {**own, MAILBOX_DIGEST: mailbox and digest(mailbox)}


def digests_of(trace: Trace, form: str, rules: Iterable[KeyRule]) -> set[str]:
    """All digests that stand for a normal form anywhere: here, and by these rules of sinks."""
    known = (*AUDSYNC_RULES.values(), *GOOGLE_RULES.values(), *META_RULES.values(), *rules)
    made = [
        rule.apply([form])[0]
        for rule in known
        if rule.identifies and rule.inputs == (trace.value,)
    ]
    hashed = {one if len(one) == _HEX else digest(one) for one in made if one}
    return hashed | {one for one in told_by(trace, form).values() if one is not None}
