"""E-mail addresses in one normal form.

Trimmed, NFC, lower case, the domain as ASCII (IDNA 2008 after the mapping of UTS 46). Dots and
`+tags` stay: what a platform makes of them is the matter of its own key rules. Syntax is the
dot-atom form of RFC 5321 with a domain of two labels or more and a top level of letters. Quoted
and non-ASCII local parts are dropped: hardly anybody has one, and most that are seen are
mistypings. So is ` at ` for `@`, since audsync guesses nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])")
_MAX_LOCAL, _MAX_ADDRESS = 64, 254  # RFC 5321, 4.5.3.1: a path of 256 with its brackets
_MAX_RAW = 1000  # characters; an IDNA mapping takes time that grows with the square

# What copying from web pages and mail programs leaves around an address: zero-width characters,
# byte order marks, soft hyphens and marks of the writing direction.
_INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)

# Marketplaces hand out addresses that forward to the buyer. They reach nobody on an advertising
# platform and may stand for many people. Each begins a domain; the marketplaces' own domains
# are as their order feeds show them, `marketplace` and `zalando` as a shop's list had them.
RELAY_DOMAINS: Final[Mapping[str, str]] = {
    "allegromail.": "Allegro",
    "user.allegro.": "Allegro, until 2021",
    "members.ebay.": "eBay",
    "marketplace": "Amazon (marketplace.amazon.de and its sisters), and others named so",
    "zalando": "Zalando",
    "pp-orders.zalan.do": "Zalando Partner Program",
    "mail.erli.pl": "Erli",
    "verkopen.bol.com": "bol.com",
    "relay.walmart.com": "Walmart Marketplace",
}
_RELAYS = tuple(RELAY_DOMAINS)

# Nearly all addresses are plain: short enough for every limit, a domain without double hyphens,
# which are IDNA's to judge, and no relay. The rest is taken apart step by step.
_SHORT = 64
_PLAIN = re.compile(
    rf"{_ATOM}+(?:\.{_ATOM}+)*+@(?!{'|'.join(map(re.escape, RELAY_DOMAINS))})"
    r"(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)++[a-z]{2,63}"
)


# The same for a whole column, where RE2 cannot look ahead: the relays apart.
_PLAIN_CELL = rf"\A{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{{2,63}}\z"
_RELAY_CELL = f"@(?:{'|'.join(map(re.escape, RELAY_DOMAINS))})"


def normal_email(raw: str | None) -> str | None:
    """The address in normal form; None when it is none, or a marketplace's relay address."""
    if raw is None:
        return None
    text = raw.strip().lower()
    if len(text) <= _SHORT and _PLAIN.fullmatch(text):
        return text
    address = _spelt_out(text)
    return None if address is None or _is_relay(address) else address


def plain_emails(texts: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """The normal form of each plain address of a column; null for what is left to be judged.

    Of text beyond ASCII nothing is trimmed or lowered, so that it matches no pattern here.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lower = pc.ascii_lower(pc.ascii_trim_whitespace(texts))
    plain = pc.less_equal(pc.binary_length(lower), pa.scalar(_SHORT, pa.int32()))
    plain = pc.and_(plain, pc.match_substring_regex(lower, _PLAIN_CELL))
    plain = pc.and_not(plain, pc.match_substring_regex(lower, _RELAY_CELL))
    answer: pa.ChunkedArray[Any] = pc.if_else(plain, lower, pa.scalar(None, pa.string()))
    return answer


def email_fault(raw: str) -> str:
    """Why `normal_email` gave None: `relay_address` or `invalid_email`."""
    return "invalid_email" if _spelt_out(raw.strip()) is None else "relay_address"


def _is_relay(address: str) -> bool:
    return address.partition("@")[2].startswith(_RELAYS)


def _spelt_out(text: str) -> str | None:
    """The address of any spelling; for one that `_PLAIN` takes the text as it is."""
    if len(text) > _MAX_RAW:
        return None
    text = _unwrapped(unicodedata.normalize("NFC", text).lower())
    local, at, domain = text.partition("@")
    if not at or not _LOCAL.fullmatch(local):
        return None
    ascii_domain = _ascii(domain)
    if ascii_domain is None or not _DOMAIN.fullmatch(ascii_domain):
        return None
    address = f"{local}@{ascii_domain}"
    return address if _fits(address) else None


def _fits(address: str) -> bool:
    return len(address) <= _MAX_ADDRESS and address.index("@") <= _MAX_LOCAL


def _unwrapped(text: str) -> str:
    """Without white space and invisible characters around it, `<>` and `mailto:`."""
    text = _bare(text)
    if text.startswith("<") and text.endswith(">"):
        text = _bare(text[1:-1])
    return _bare(text.removeprefix("mailto:"))


def _bare(text: str) -> str:
    previous = ""
    while text != previous:
        previous, text = text, text.strip().strip(_INVISIBLE)
    return text


def _ascii(domain: str) -> str | None:
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
