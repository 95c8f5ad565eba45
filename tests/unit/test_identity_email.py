"""E-mail addresses: faults, and that nothing raises. The forms are in the golden vectors."""

import pytest

from audsync.identity.email import RELAY_DOMAINS, email_fault, normal_email


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
