"""E-mail addresses: faults, and that nothing raises. The forms are in the golden vectors."""

import pyarrow as pa
import pytest

from audsync.identity.email import RELAY_DOMAINS, email_fault, normal_email, plain_emails


def test_no_address_has_no_form() -> None:
    assert normal_email(None) is None


@pytest.mark.parametrize("domain", RELAY_DOMAINS)
def test_an_address_at_a_relay_domain_is_refused_as_such(domain: str) -> None:
    address = f"buyer@{domain}example" if domain.endswith(".") else f"buyer@{domain}.example"
    assert normal_email(address) is None
    assert email_fault(address) == "relay_address"


def test_a_relay_s_name_elsewhere_in_an_address_is_no_relay() -> None:
    assert normal_email("zalando@example.com") == "zalando@example.com"
    assert normal_email("anna@my-zalando.example") == "anna@my-zalando.example"


@pytest.mark.parametrize("raw", ["anna", "anna at example.com", "anna@example", "žofie@a.cz"])
def test_what_is_no_address_is_refused_as_such(raw: str) -> None:
    assert normal_email(raw) is None
    assert email_fault(raw) == "invalid_email"


def test_an_address_may_be_254_characters_long_and_no_longer() -> None:
    domain = ".".join(["b" * 60] * 3) + ".com"
    longest = f"{'a' * (254 - len(domain) - 1)}@{domain}"
    assert normal_email(longest) is None  # its local part is over 64
    domain = ".".join(["b" * 62] * 3) + ".com"
    longest = f"{'a' * (254 - len(domain) - 1)}@{domain}"
    assert len(longest) == 254
    assert normal_email(longest) == longest
    assert normal_email("a" + longest) is None


def test_a_text_of_a_million_characters_is_refused_at_once() -> None:
    assert normal_email("ü" * 1_000_000 + "@example.com") is None
    assert normal_email("a@" + "ü." * 500_000 + "com") is None


def test_a_local_part_may_be_64_characters_long_and_no_longer() -> None:
    longest = f"{'a' * 64}@example.com"
    assert normal_email(longest) == longest
    assert normal_email("a" + longest) is None


def test_what_surrounds_an_address_may_make_it_1000_characters_long_and_no_longer() -> None:
    surrounded = "\u200b" * (1000 - len("anna@example.com")) + "anna@example.com"
    assert normal_email(surrounded) == "anna@example.com"
    assert normal_email("\u200b" + surrounded) is None


@pytest.mark.parametrize(
    "raw",
    [
        "<Anna@Example.com>",
        "< anna@example.com\u00ad >",
        "mailto:anna@example.com",
        "MailTo: anna@example.com",
        "<mailto:anna@example.com>",
        "\ufeff \u200banna@example.com \u200b \ufeff",
    ],
)
def test_what_mail_programs_put_around_an_address_is_taken_off(raw: str) -> None:
    assert normal_email(raw) == "anna@example.com"


@pytest.mark.parametrize(
    "raw", ["<anna@example.com", "anna@example.com>", "<<anna@example.com>>", "a@b@example.com"]
)
def test_an_address_with_half_of_its_brackets_or_two_signs_is_none(raw: str) -> None:
    assert normal_email(raw) is None
    assert email_fault(raw) == "invalid_email"


def test_a_relay_in_capitals_and_brackets_is_still_one() -> None:
    raw = " <Buyer@MARKETPLACE.Amazon.DE> "
    assert normal_email(raw) is None
    assert email_fault(raw) == "relay_address"


def test_a_column_answers_plain_addresses_and_leaves_the_others_to_be_judged() -> None:
    short = f"{'a' * 52}@example.com"
    cells = [" Anna@Example.com\t", "<anna@example.com>", "buyer@marketplace.example", None]
    cells += [short, "a" + short, "anna@b\u00fccher.example", "anna@x--y.com", "anna", ""]
    answers = plain_emails(pa.chunked_array([cells], pa.string()))
    assert answers.to_pylist() == ["anna@example.com", None, None, None, short, *[None] * 5]
    assert answers.type == pa.string()
    assert [normal_email(cell) for cell in cells] == [
        *("anna@example.com", "anna@example.com", None, None, short, "a" + short),
        *("anna@xn--bcher-kva.example", "anna@x--y.com", None, None),
    ]
