"""The second net: what looks like an address, a phone number, a digest or a secret is blanked.

Messages are written without values of people in the first place. A file may be named by one all
the same, a header may turn out to be a row, a marketer may write one into a segment, and a
client's own words may repeat what it was given.
"""

import re
from typing import Final

_WORD: Final = r"[^\s\"'`<>(),;:=|/\[\]{}]"
_ADDRESS: Final = rf"{_WORD}+(?:@|%40){_WORD}+\.[^\W\d_]{{2,}}"
_PHONE: Final = r"(?<![\w+])\+[0-9](?:[ ()-]{0,2}[0-9]){7,14}(?!\w)"
# Checksums of plans and names of our own files are digests of nobody.
_OURS: Final = r"(?<!checksum is )(?<!checksum: )(?<!--expect-plan )"
_DIGEST: Final = rf"(?<!\w){_OURS}[0-9A-Fa-f]{{64}}(?![\w])(?!\.parquet)"
_NAMED: Final = r"[\w-]*(?:token|secret|passwo?r?d|api_?key|appsecret_proof)[\w-]*"
_PERSONAL: Final = re.compile(f"{_ADDRESS}|{_PHONE}|{_DIGEST}")
_GIVEN: Final = re.compile(
    rf"(?i)((?<![\w-]){_NAMED}=|[\"']{_NAMED}[\"']: ?[\"']|(?<!\w)(?:Bearer|Basic) )"
    r"([^\s\"'&,;{}]{4,})"
)
_SHORTEST: Final = 6

_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Blank this text from now on, wherever it stands; too short a one is in every sentence."""
    if len(secret) >= _SHORTEST:
        _secrets.add(secret)


def redact(text: str) -> str:
    """The text with a star in place of every sign of what no message may hold.

    Its length stays, so that what is underlined below a line still is.
    """
    for secret in _secrets:
        text = text.replace(secret, "*" * len(secret))
    text = _GIVEN.sub(lambda found: found[1] + "*" * len(found[2]), text)
    return _PERSONAL.sub(lambda found: "*" * len(found[0]), text)
