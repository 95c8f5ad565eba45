"""E-mail addresses in one normal form.

Trimmed, NFC, lower case, the domain as ASCII (IDNA 2008 with UTS 46). Dots and `+tags` stay:
what a platform makes of them is the matter of its own key rules. Syntax is the dot-atom form of
RFC 5321 with a domain of two labels or more; quoted and non-ASCII local parts are dropped,
because no advertising platform matches them.
"""

import re
import unicodedata
from typing import Final

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z]{{2,63}}")
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
# A label with hyphens in its third and fourth place is IDNA's to judge.
_RESERVED = re.compile(r"[@.][a-z0-9-]{2}--")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_MAX_LOCAL, _MAX_ADDRESS = 64, 254  # RFC 5321, 4.5.3.1

# Marketplaces hand out addresses that forward to the buyer: they reach nobody on an ad
# platform, and one may stand for many people. Domains that begin like this, as seen in order
# feeds.
RELAY_DOMAINS: Final = (
    "allegromail.",
    "user.allegro",
    "members.ebay",
    "marketplace.",
    "zalando",
    "pp-orders.zalan.do",
    "mail.erli.pl",
)


def normal_email(raw: str | None) -> str | None:
    """The address in normal form; None when it is none, or a marketplace relay address."""
    address = _address(raw)
    return None if address is None or _is_relay(address) else address


def email_fault(raw: str) -> str:
    """Why `normal_email` gave None: `relay_address` or `invalid_email`."""
    return "invalid_email" if _address(raw) is None else "relay_address"


def _is_relay(address: str) -> bool:
    return address.partition("@")[2].startswith(RELAY_DOMAINS)


def _address(raw: str | None) -> str | None:
    if raw is None:
        return None
    text = raw.strip().lower()
    if _PLAIN.fullmatch(text) and not _RESERVED.search(text):
        return text if _fits(text) else None
    return _unusual(text)


def _fits(address: str) -> bool:
    return len(address) <= _MAX_ADDRESS and address.index("@") <= _MAX_LOCAL


def _unusual(text: str) -> str | None:
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip().lower()
    text = text.removeprefix("mailto:").removeprefix("<").removesuffix(">").strip()
    local, at, domain = text.partition("@")
    if not at or "@" in domain or not _LOCAL.fullmatch(local):
        return None
    ascii_domain = _ascii(domain)
    if ascii_domain is None or not _DOMAIN.fullmatch(ascii_domain):
        return None
    address = f"{local}@{ascii_domain}"
    return address if _fits(address) else None


def _ascii(domain: str) -> str | None:
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
