"""What looks like an address or a phone number is blanked; all else stays as it is."""

import pytest

from audsync.redaction import redact


@pytest.mark.parametrize(
    "personal",
    [
        "ana@example.com",
        "ANA.NOVAKOVA+news@Example.CO.UK",
        "ana%40example.com",
        "žofie@příklad.example",
        "+420601987321",
        "+420 601 987 321",
        "+44 (0)20-7946-0958",
    ],
)
@pytest.mark.parametrize("around", ["{}", 'email = "{}"', "feeds/{}: row 3", "({}), and more"])
def test_what_is_personal_is_blanked_and_its_length_stays(personal: str, around: str) -> None:
    text = around.format(personal)
    assert redact(text) == around.format("*" * len(personal))


@pytest.mark.parametrize(
    "text",
    [
        "newsletter: would remove 812 of 900 members, over the limit of 20 %",
        "config.toml:14:1: error[C104]: unknown key",
        "2026-11-20 10:00:00+01:00",
        "its checksum is " + "0123456789abcdef" * 4,
        "orders: 1,000 rows (+ 20 %)",
        "5+420601987321",
    ],
)
def test_figures_dates_and_checksums_stay(text: str) -> None:
    assert redact(text) == text
