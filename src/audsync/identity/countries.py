"""Countries as shops write them, to ISO 3166-1 alpha-2.

Codes and English names come from `pycountry` (Debian's iso-codes); the words below are what
shops and their exports write besides.
"""

from functools import cache

from audsync.identity.text import fold

# Words beyond codes and English names, folded: codes that are not ISO (UK, EL, EIRE, RSA),
# common short names, and the names that Central European shops use in their own languages.
_WORDS = {
    "AE": "uae, emirates",
    "AT": "osterreich, rakousko, rakusko, ausztria",
    "AU": "australien",
    "BA": "bosna, bosna i hercegovina, bosnia",
    "BE": "belgie, belgia, belgique, belgien, belgicko",
    "BG": "bulharsko, bulgarie, bulgarien",
    "BY": "bialorus, belorusko",
    "CA": "kanada",
    "CH": "schweiz, suisse, svizzera, svycarsko, svajciarsko, szwajcaria, svajc, elvetia",
    "CY": "kypr, cypr",
    "CZ": (
        "czech republic, ceska republika, cesko, czechy, republika czeska, tschechien, "
        "cehia, csehorszag"
    ),
    "DE": "deutschland, nemecko, niemcy, nemetorszag, germania, allemagne",
    "DK": "danmark, dansko, dania",
    "EE": "estonsko, eesti",
    "ES": "espana, spanelsko, spanielsko, hiszpania, spanien, spanyolorszag, spania",
    "FI": "suomi, finsko, finlandia, finnland",
    "FR": "francie, francuzsko, francja, frankreich, franciaorszag, franta",
    "GB": (
        "uk, great britain, britain, england, scotland, wales, northern ireland, velka "
        "britanie, velka britania, wielka brytania, grossbritannien, vereinigtes "
        "konigreich, marea britanie"
    ),
    "GR": "el, ellada, recko, grecko, grecja, griechenland, gorogorszag, grecia",
    "HK": "hongkong",
    "HR": "hrvatska, chorvatsko, chorwacja, kroatien, horvatorszag",
    "HU": "magyarorszag, madarsko, wegry, ungarn, ungaria",
    "IE": "eire, republic of ireland, irsko, irlandia, irland",
    "IL": "izrael",
    "IS": "island, islandia",
    "IT": "italia, italie, taliansko, wlochy, italien, olaszorszag",
    "JE": "channel islands",
    "JP": "japonsko, japonia",
    "KR": "south korea",
    "LT": "litva, lietuva, litwa, litauen",
    "LU": "lucembursko, luxembursko, luksemburg, luxemburg",
    "LV": "lotyssko, latvija, lotwa, lettland",
    "MD": "moldavsko, moldawia",
    "ME": "cerna hora, czarnogora",
    "MK": "macedonia, severni makedonie",
    "NL": (
        "holland, holandsko, nizozemsko, nizozemi, niderlandy, holandia, niederlande, the "
        "netherlands, hollandia, olanda"
    ),
    "NO": "norge, norsko, norwegia, norwegen",
    "PL": "polska, polsko, polen, lengyelorszag, polonia",
    "PT": "portugalsko, portugalia",
    "RO": "rumunsko, rumunia, rumanien",
    "RS": "srbsko, serbien",
    "RU": "russia, rusko, rosja, russland",
    "SE": "sverige, svedsko, szwecja, schweden",
    "SI": "slovenija, slovinsko, slowenien, slowenia",
    "SK": (
        "slovenska republika, slovensko, slowacja, slowakei, szlovakia, slovak republic, "
        "slovacia"
    ),
    "TR": "turkey, turecko, turcja, turkei",
    "TW": "taiwan",
    "UA": "ukrajina, ukraina",
    "US": "usa, u.s.a., u.s., america, spojene staty",
    "VN": "vietnam",
    "ZA": "rsa",
}


@cache
def _names() -> dict[str, str]:
    import pycountry

    names: dict[str, str] = {}
    for country in pycountry.countries:
        for word in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if hasattr(country, word):
                names[fold(getattr(country, word))] = country.alpha_2
    return names | {word: code for code, words in _WORDS.items() for word in words.split(", ")}


def country_code(raw: str | None) -> str | None:
    """The alpha-2 code of a country, upper case; None for what is no country.

    Takes alpha-2 and alpha-3 codes and names in any case and with or without accents.
    """
    return None if raw is None else _names().get(fold(raw))
