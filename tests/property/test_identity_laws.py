"""Laws of the normal forms: twice is once, the short way is the long way, nothing raises."""

import re
import unicodedata
from random import Random

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audsync.identity import email as email_module
from audsync.identity.digests import digest_all, digest_names
from audsync.identity.email import email_fault, normal_email, plain_emails
from audsync.identity.names import clean_name, match_name
from audsync.identity.normal import NORMAL_COLUMNS, add_normal_forms
from audsync.identity.phone import normal_phone, phone_fault
from audsync.identity.phone_columns import common_phones
from audsync.identity.phone_plans import metadata, quick_number
from audsync.identity.text import fold

EUROPE = re.findall(
    "[A-Z]{2}",
    "AD AL AT BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GG GR HR HU IE IM IS IT JE LI LT LU LV "
    "MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK",
)
OTHERS = re.findall("[A-Z]{2}", "AR AU BR CA CI CN CO CR IL IN JP KR KZ MX NZ SG US ZA")

# Letters that lower case, NFC, NFKD or IDNA change in ways that are easy to get wrong.
AWKWARD = (
    "İıßŁłÅ\u212a\u212bΣς\u017f\u0301\u0307\u0323ﬁǆŉ❤\ufe0f"
    "\u00ad\u200b\u200d\ufeff\u2019\u2011\u02bc"
)
texts = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(AWKWARD)))
words = st.text(st.sampled_from("abzABZ019.-_+'!#%&@ \u00a0\u200b<>,:İßŁ\u212a"), max_size=12)
labels = st.text(st.sampled_from("abxnABn09-.ü\u212aß。"), max_size=8)
addresses = st.one_of(
    st.builds(
        "{}{}@{}.{}{}".format,
        st.sampled_from(["", " ", "mailto:", "<", "\ufeff"]),
        words,
        labels,
        st.sampled_from(["com", "cz", "COM", "xn--p1ai", "c", "co.uk", "1", "příklad", ""]),
        st.sampled_from(["", " ", ">", "\u200b", "."]),
    ),
    texts,
)


@given(addresses)
@example("a.bc--d@example.com")
@example("a@ab--cd.com")
@example("\u212aarel@example.com")
@example("a@xn--bcher-kva.example")
def test_a_plain_address_takes_the_short_way_to_where_the_long_one_leads(raw: str) -> None:
    text = raw.strip().lower()
    if email_module._PLAIN.fullmatch(text) and len(text) <= email_module._SHORT:
        assert email_module._spelt_out(text) == text
        assert not email_module._is_relay(text)


def _column(cells: list[str | None]) -> "pa.ChunkedArray[pa.StringScalar]":
    """Cells in two chunks, of which the second is a slice, as tables have them."""
    half = len(cells) // 2
    array = pa.array(["a@b.cz", *cells[half:]], pa.string())
    return pa.chunked_array([pa.array(cells[:half], pa.string()), array[1:]])


@given(st.lists(st.one_of(st.none(), addresses)))
@example([" Anna@Example.COM\t", "\x1canna@example.com", "anna@example.com\n", "a@b.cz\x00"])
@example(["\u212aarel@example.com", "a@members.ebay.com", "a@my-zalando.example", "a@b.c"])
@example([f"{'a' * 57}@b.com", f"{'a' * 58}@b.com", f"{'a' * 59}@b.com"])
def test_a_column_of_addresses_is_answered_as_each_of_them_is(cells: list[str | None]) -> None:
    for cell, plain in zip(cells, plain_emails(_column(cells)).to_pylist(), strict=True):
        if plain is None:
            text = (cell or "").strip().lower()
            is_short = len(text) <= email_module._SHORT and (cell or "").isascii()
            # Python strips more marks than Arrow does.
            is_trimmed = not set(cell or "") & set("\x1c\x1d\x1e\x1f")
            assert not (is_short and is_trimmed and email_module._PLAIN.fullmatch(text))
        else:
            assert plain == normal_email(cell)


@given(addresses)
def test_a_normal_address_is_its_own_normal_form(raw: str) -> None:
    address = normal_email(raw)
    if address is None:
        assert email_fault(raw) in {"invalid_email", "relay_address"}
    else:
        assert normal_email(address) == address
        assert normal_email(f" {address.upper()}\n") == address
        assert address.isascii()
        assert address.count("@") == 1


def _example_numbers(country: str) -> list[str]:
    kinds = range(11)  # PhoneNumberType: from fixed line to voice mail
    numbers = [phonenumbers.example_number_for_type(country, kind) for kind in kinds]
    return [phonenumbers.national_significant_number(one) for one in numbers if one]


def _near_number(random: Random, country: str) -> str:
    """Digits that begin like a number of the country, with and without its prefixes."""
    start = random.choice(_EXAMPLES[country])
    kept = random.randrange(len(start) + 1)
    length = len(start) - kept + random.choice([0, 0, 0, 0, -1, 1])
    rest = "".join(random.choice("0123456789") for _ in range(max(length, 0)))
    code = phonenumbers.country_code_for_region(country)
    plan = phonenumbers.PhoneMetadata.metadata_for_region(country)
    trunk = (plan and plan.national_prefix) or "0"
    junk = str(random.randrange(1000))
    before = random.choice(["", "", trunk, f"+{code}", str(code), f"+{code}{trunk}", junk])
    return before + start[:kept] + rest


_EXAMPLES = {country: _example_numbers(country) for country in (*EUROPE, *OTHERS)}


def _library(digits: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _agrees(digits: str, country: str) -> bool:
    """Whether the pattern took the number; fails where the library says something else."""
    number = quick_number(digits, country)
    if number is not None:
        assert number == _library(digits, country), country
    return number is not None


@settings(max_examples=1000)
@given(st.randoms(use_true_random=False), st.sampled_from([*EUROPE, *OTHERS]))
def test_a_pattern_takes_only_what_the_library_takes_and_as_it_does(
    random: Random, country: str
) -> None:
    digits = _near_number(random, country)
    if re.fullmatch(r"\+?[0-9]{5,18}", digits):
        _agrees(digits, country)


def _spelt(random: Random, digits: str) -> str:
    """The digits with marks between them, as people group them."""
    marks = random.choice(["", "", " ", "-", ".", " \t", "()", "\u00a0", "/", "\n"])
    spots = {random.randrange(len(digits) + 1) for _ in range(random.randrange(5))}
    return "".join(
        (random.choice(marks) if marks and spot in spots else "") + digit
        for spot, digit in enumerate(digits)
    )


def _answered(cells: list[str | None], places: list[int], countries: list[str]) -> int:
    """How many cells the column answers; fails where one by one they are answered otherwise."""
    found = common_phones(_column(cells), np.array(places, np.int64), countries).to_pylist()
    for cell, place, number in zip(cells, places, found, strict=True):
        if number is not None:
            assert number == normal_phone(cell, countries[place])
    return sum(number is not None for number in found)


@settings(max_examples=100)
@given(
    st.randoms(use_true_random=False), st.lists(st.sampled_from([*EUROPE, *OTHERS]), max_size=9)
)
def test_a_column_of_phones_is_answered_as_each_of_them_is(
    random: Random, countries: list[str]
) -> None:
    homes = [*dict.fromkeys(countries), "XX", ""]
    cells: list[str | None] = [None, "", "+", "00", "+0", "0" * 18, "+" * 9, "\uff16" * 9]
    cells += [_spelt(random, _near_number(random, country)) for country in countries * 3]
    _answered(cells, [random.randrange(len(homes)) for _ in cells], homes)


@pytest.mark.slow
@pytest.mark.parametrize("country", EUROPE)
def test_column_and_library_agree_on_thousands_of_numbers_of_a_country(country: str) -> None:
    random = Random(country)  # noqa: S311 -- the same numbers every time
    cells: list[str | None] = [_near_number(random, country) for _ in range(20_000)]
    answered = _answered(cells, [0] * len(cells), [country])
    assert answered > 1000 or metadata(country) is None


@pytest.mark.slow
@pytest.mark.parametrize("country", EUROPE)
def test_pattern_and_library_agree_on_thousands_of_numbers_of_a_country(country: str) -> None:
    random = Random(country)  # noqa: S311 -- the same numbers every time
    taken = 0
    for _ in range(20_000):
        digits = _near_number(random, country)
        if re.fullmatch(r"\+?[0-9]{5,18}", digits):
            taken += _agrees(digits, country)
    # San Marino's national prefix rewrites numbers, so all of its numbers are the library's.
    assert taken > 1000 or country == "SM"


@pytest.mark.parametrize("country", EUROPE)
def test_an_example_of_each_kind_is_taken_however_it_is_written(country: str) -> None:
    for kind in range(11):
        number = phonenumbers.example_number_for_type(country, kind)
        if number is None:
            continue
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        tail = expected[-7:]
        if tail in "0123456789012345678" or tail in "9876543210987654321":
            continue  # an example that looks like a placeholder
        international = phonenumbers.format_number(
            number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        for raw in (expected, international, f"00{expected[1:]}", national):
            assert normal_phone(raw, country) == expected


phones = st.one_of(
    st.text(st.sampled_from("0123456789+ ()-/.,;x\n\u00a0\u202c"), max_size=24),
    st.builds(_near_number, st.randoms(use_true_random=False), st.sampled_from(EUROPE)),
    texts,
)


@given(phones, st.sampled_from([*EUROPE, "XX", ""]))
def test_a_normal_number_is_its_own_normal_form_in_every_country(
    raw: str, country: str
) -> None:
    number = normal_phone(raw, country)
    if number is None:
        assert phone_fault(raw, country).endswith(("_phone", "_phones"))
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)
        assert _library(number, "ZZ") == number
        assert {normal_phone(number, other) for other in ("US", "IT", "XX")} == {number}


@given(texts)
@example("İI\u0307")
@example("e-\u0301")
@example("Dr. - ")
@example("\u02bc")
def test_a_clean_name_is_its_own_clean_form_and_has_a_match_form(raw: str) -> None:
    clean = clean_name(raw)
    if clean is not None:
        assert clean_name(clean) == clean
        assert unicodedata.is_normalized("NFC", clean)
        matched = match_name(clean)
        assert matched is not None
        assert match_name(matched) == matched
        assert not any(map(str.isspace, matched))
        assert unicodedata.is_normalized("NFC", matched)


@given(texts)
def test_spelling_a_name_in_another_normalisation_or_with_spaces_changes_nothing(
    raw: str,
) -> None:
    name = clean_name(raw)
    if name is not None:
        spelt = f"  {unicodedata.normalize('NFD', name)} "
        assert clean_name(spelt) == name


@given(texts)
def test_a_folded_text_is_its_own_fold(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(f" {text}\u00a0") == folded
    assert not any(map(unicodedata.combining, folded))


@given(st.text(st.characters(max_codepoint=127)))
def test_folding_ascii_takes_the_short_way_to_where_the_long_one_leads(text: str) -> None:
    # One letter that folds to nothing makes the text take the long way.
    assert fold(text) == fold(text + "\u0301")


@given(st.lists(st.one_of(st.none(), texts)))
def test_names_are_hashed_as_one_by_one_whatever_repeats(names: list[str | None]) -> None:
    names = [clean_name(name) for name in names]
    assert digest_names(names + names) == 2 * digest_all([match_name(name) for name in names])


cells = st.one_of(st.none(), st.sampled_from(["", " "]))
rows = st.lists(
    st.tuples(
        st.one_of(cells, addresses, st.sampled_from(["A@example.com", "a@members.ebay.de"])),
        st.one_of(cells, phones, st.sampled_from(["600100200", "0664 1234650"])),
        st.one_of(cells, texts, st.sampled_from(["Ing. Jan", "-"])),
        st.sampled_from([None, "AT", "PL"]),
    ),
    max_size=12,
)


@given(rows, rows)
def test_a_column_gets_the_forms_its_values_get_one_by_one(
    first: list[tuple[str | None, ...]], second: list[tuple[str | None, ...]]
) -> None:
    names = ("email", "phone", "first_name", "country")
    both = first + second + first
    table = pa.concat_tables(
        pa.table({name: pa.array([row[place] for row in part], pa.string())
                  for place, name in enumerate(names)})
        for part in (first, second, first)
    )  # fmt: skip
    result = add_normal_forms(table, country="CZ")
    forms = result.rows.select(NORMAL_COLUMNS[:3] + NORMAL_COLUMNS[4:5]).to_pylist()
    for (email, phone, name, country), form in zip(both, forms, strict=True):
        assert form == {
            "email_normal": normal_email(email),
            "phone_e164": normal_phone(phone, country or "CZ"),
            "first_name_clean": clean_name(name),
            "first_name_match": match_name(clean_name(name)),
        }
    filled = sum(cell is not None and bool(cell.strip()) for row in both for cell in row[:3])
    formed = sum(form[name] is not None for form in forms for name in NORMAL_COLUMNS[:3])
    assert filled - formed == sum(result.dropped.values())
