"""Codes of districts and regions: ISO 3166-2, and the codes of the EU's statistics for them."""

from functools import cache
from typing import Final

# NUTS (Regulation (EC) No 1059/2003, as of 2024) by country, as code and ISO 3166-2. Czech
# codes need no table: CZ0642 and CZ064 are CZ-642 and CZ-64.
_NUTS: Final = {
    "SK": "010 BL 021 TA 022 TC 023 NI 031 ZI 032 BC 041 PV 042 KI",
    "PL": "21 12 22 24 41 30 42 32 43 08 51 02 52 16 61 04 62 28 63 22 71 10 72 26 81 06 "
    "82 18 84 20 9 14 91 14 92 14",
    "HU": "110 BU 120 PE 211 FE 212 KE 213 VE 221 GS 222 VA 223 ZA 231 BA 232 SO 233 TO "
    "311 BZ 312 HE 313 NO 321 HB 322 JN 323 SZ 331 BK 332 BE 333 CS",
    "RO": "111 BH 112 BN 113 CJ 114 MM 115 SM 116 SJ 121 AB 122 BV 123 CV 124 HR 125 MS 126 SB "
    "211 BC 212 BT 213 IS 214 NT 215 SV 216 VS 221 BR 222 BZ 223 CT 224 GL 225 TL 226 VN "
    "311 AG 312 CL 313 DB 314 GR 315 IL 316 PH 317 TR 321 B 322 IF "
    "411 DJ 412 GJ 413 MH 414 OT 415 VL 421 AR 422 CS 423 HD 424 TM",
}


@cache
def _iso_of_nuts() -> dict[str, str]:
    found = {}
    for country, pairs in _NUTS.items():
        words = pairs.split()
        for nuts, part in zip(words[::2], words[1::2], strict=True):
            found[f"{country}{nuts}"] = f"{country}-{part}"
    return found


def iso_subdivision(code: str) -> str:
    """The ISO 3166-2 code of a NUTS or Czech district code; any other text as it is."""
    upper = code.strip().upper()
    if upper.startswith("CZ0") and upper.isalnum() and upper.isascii():
        return f"CZ-{upper.removeprefix('CZ0')}"
    return _iso_of_nuts().get(upper, code)
