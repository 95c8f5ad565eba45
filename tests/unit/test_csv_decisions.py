"""Logs of consents, and columns of answers, in delimited text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.contracts import Loss
from audsync.errors import SourceDataError
from csv_feeds import CUSTOMERS, pull, source

# Decisions

CONSENTS = """
[consents]
files = "consents.csv"
[consents.columns]
email = "who"
purpose.column = "about"
purpose.map = { ads = "advertising", mail = "newsletter", cookies = "other" }
answer = { column = "said", map = { unsubscribed = "denied" } }
decided_at = "when"
"""


def test_a_decision_keeps_its_words_purpose_and_moment(tmp_path: Path) -> None:
    rows = (
        "who,about,said,when\n"
        "a@example.com,ads,Granted,2024-05-01 10:00\n"
        "b@example.com,Mail,NE,\n"
        "c@example.com,cookies,unsubscribed,2024-05-02\n"
    )
    made = source(tmp_path, CONSENTS, consents=rows)
    pulled = pull(made)
    columns = ("consent_id", "email", "purpose", "answer", "decided_at")
    assert [tuple(row[name] for name in columns) for row in pulled.rows("consents")] == [
        *(
            ("consents.csv:2", "a@example.com", "advertising", "granted", utc(1, 9)),
            ("consents.csv:3", "b@example.com", "newsletter", "denied", None),
            ("consents.csv:4", "c@example.com", "other", "denied", utc(1, 23)),
        )
    ]
    assert not pulled.rejected
    assert made.provides == {f"consents.{name}" for name in columns}


def utc(day: int, hour: int) -> datetime:
    return datetime(2024, 5, day, hour, tzinfo=UTC)


def test_what_cannot_be_read_of_a_decision_counts_against_it_and_is_told(
    tmp_path: Path,
) -> None:
    rows = (
        "who,about,said,when\n"
        "a@example.com,ads,perhaps,2024-05-01\n"
        "b@example.com,ads,,2024-05-01\n"
        "c@example.com,profiling,granted,soon\n"
        "d@example.com,,denied,2024-05-01\n"
    )
    pulled = pull(source(tmp_path, CONSENTS, consents=rows))
    assert [(row["purpose"], row["answer"]) for row in pulled.rows("consents")] == [
        ("advertising", "denied"),
        ("advertising", "denied"),
        ("all", "granted"),
        ("all", "denied"),
    ]
    assert pulled.column("consents", "decided_at")[2] is None
    assert pulled.reasons() == {
        ("answer", "unknown_value"): 1,
        ("answer", "missing_value"): 1,
        ("purpose", "unknown_value"): 1,
        ("purpose", "missing_value"): 1,
        ("decided_at", "not_a_time"): 1,
    }
    assert {one.loss for one in pulled.rejected} == {Loss.VALUE}


def test_a_decision_that_cannot_be_split_into_cells_stops_the_pull(tmp_path: Path) -> None:
    rows = "who,about,said,when\n" + "a@example.com,ads,granted,2024-05-01\n" * 500
    torn = source(tmp_path, CONSENTS, consents=f"{rows}a@example.com,ads,denied\n")
    with pytest.raises(SourceDataError, match=r"consents\.csv:502: .* may be a withdrawal"):
        pull(torn)


LEFT = """
[consents]
files = "mail-*.csv"
[consents.columns]
email = "who"
purpose = { value = "newsletter" }
answer = { column = "left", dated = "denied", default = "granted", optional = true }
decided_at = { first = ["left", "came"], optional = true }
"""


def test_who_left_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mail-in.csv").write_text("who,came\na@example.com,2024-05-01\n")
    (tmp_path / "mail-out.csv").write_text("who,came,left\nb@example.com,,2024-05-02\n")
    pulled = pull(source(tmp_path, LEFT))
    told = [(row["answer"], row["decided_at"]) for row in pulled.rows("consents")]
    assert told == [("granted", datetime(2024, 4, 30, 23, tzinfo=UTC)), ("denied", utc(1, 23))]


@pytest.mark.parametrize("kind", ["consents", "customers"])
def test_a_misspelt_column_grants_nothing_by_its_default(tmp_path: Path, kind: str) -> None:
    text = LEFT.replace('"left"', '"gone"')
    if kind == "customers":
        answer = '{ column = "gone", default = "yes", optional = true }'
        text = f"{CUSTOMERS}ad_consent = {answer}\n"
    rows = "who,came,left,id,email\nb@example.com,,2024-05-02,7,\n"
    (tmp_path / "mail-out.csv").write_text(rows)
    with pytest.raises(SourceDataError, match='no file has the column "gone"'):
        pull(source(tmp_path, text, customers=rows))


def test_a_cell_that_holds_a_date_says_what_its_column_stands_for(tmp_path: Path) -> None:
    mapping = CUSTOMERS + 'ad_consent = { column = "since", dated = "yes", default = "no" }\n'
    dates = ["2026-01-31", "13.1.2026 10:00", "1/31/2026", "0000-00-00", "", "0", "never"]
    rows = [f"{number},,{date}" for number, date in enumerate(dates)]
    text = "\n".join(["id,email,since", *rows, ""])
    pulled = pull(source(tmp_path, mapping, customers=text))
    assert pulled.column("customers", "ad_consent") == [*["yes"] * 3, "no", "no", "0", "never"]
    formed = mapping.replace("dated", 'date_format = "%d.%m.%Y %H:%M", dated')
    pulled = pull(source(tmp_path, formed, customers=text))
    assert pulled.column("customers", "ad_consent")[:2] == ["2026-01-31", "yes"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('email = "who"', "", "so nobody could be found"),
        ('email = "who"', 'email = "who"\nconsent_id = "who"', 'no column "consent_id"'),
        ('"consents.csv"', '"consents.csv"\nmode = "append"', "always say everything"),
        ("= { unsubscribed", '= { asked = "maybe", unsubscribed', "is none of granted, denied"),
    ],
)
def test_a_mapping_that_could_lose_a_no_is_refused(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        source(tmp_path, CONSENTS.replace(before, after))
