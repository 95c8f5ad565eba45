"""Bad rows are masked, counted, and kept whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audsync.contracts import Loss, Rejection
from audsync.errors import StateError, TableError
from audsync.quarantine import MOST_ALIKE, MOST_ENTRIES, Quarantine, RejectionCount, mask

REJECTION = Rejection(
    table="customers",
    place="customers.csv:17",
    column="email",
    reason="not_an_address",
    loss=Loss.VALUE,
    value="john.smith@example.com",
)


def _rejection(**changes: Any) -> Rejection:
    return replace(REJECTION, **changes)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("john@example.cz", "j***@e***.cz"),
        ("John.Smith+news@mail.example.co.uk", "J***@m***.uk"),
        ("  a@b.cz ", "a***@b***.cz"),
        ("Žofie@příklad.cz", "Ž***@p***.cz"),
        ("anna at example.com", "a*** ** *******.***"),
        ("Anna <anna@example.com>", "A*** <****@*******.***>"),
        ("+44 7700 900123", "+4* **** ******"),
        ("2024-13-45", "2***-**-**"),
        ("yesterday", "y********"),
        ("Wonderland", "W*********"),
        ("x", "*"),
        ("-7", "-*"),
        ("Jo", "J*"),
        ("", ""),
        ("two\nlines\x00", "t*********"),
        ("e\u0301va", "e***"),
        ("😀 anna", "* ****"),
    ],
)
def test_a_masked_value_shows_its_shape_and_no_more(value: str, masked: str) -> None:
    assert mask(value) == masked


def test_a_long_value_is_cut() -> None:
    assert mask("ab" * 500) == "a" + "*" * 59 + "…"


@given(st.text(max_size=80))
def test_no_two_signs_of_a_word_survive_masking(value: str) -> None:
    shown = mask(value).removesuffix("…")
    last = shown.rpartition(".")[2] if "@" in shown else ""
    shown = shown.removesuffix(last)
    words = [sign for sign in shown if sign.isalnum()]
    # An address shows the first sign of either part, anything else one sign.
    assert len(words) <= (2 if "***@" in shown else 1)


@given(st.from_regex(r"[a-z0-9.]{2,20}@[a-z0-9]{2,20}\.(com|cz|co\.uk)", fullmatch=True))
def test_an_address_is_never_kept_as_it_is(address: str) -> None:
    local, _, domain = address.partition("@")
    assert local not in mask(address)
    assert domain not in mask(address)


def test_without_rejections_no_file_is_made(tmp_path: Path) -> None:
    assert Quarantine().write(tmp_path / "run.jsonl") is False
    assert list(tmp_path.iterdir()) == []


def test_the_file_holds_masked_entries_and_then_the_counts(tmp_path: Path) -> None:
    quarantine = Quarantine()
    lost = _rejection(column="customer_id", reason="missing_key", loss=Loss.ROW, value=None)
    quarantine.add([_rejection(), lost])
    file = tmp_path / "quarantine" / "run.jsonl"
    assert quarantine.write(file) is True
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {
            "table": "customers",
            "place": "customers.csv:17",
            "column": "email",
            "reason": "not_an_address",
            "loss": "value",
            "value": "j***@e***.com",
        },
        {
            "table": "customers",
            "place": "customers.csv:17",
            "column": "customer_id",
            "reason": "missing_key",
            "loss": "row",
            "value": None,
        },
        {
            "shown": 2,
            "counts": [
                {"table": "customers", "reason": "missing_key", "loss": "row", "count": 1},
                {"table": "customers", "reason": "not_an_address", "loss": "value", "count": 1},
            ],
        },
    ]


def test_file_and_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    quarantine = Quarantine()
    quarantine.add([_rejection()])
    quarantine.write(tmp_path / "quarantine" / "run.jsonl")
    assert (tmp_path / "quarantine" / "run.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "quarantine").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "quarantine").iterdir()] == ["run.jsonl"]


def test_a_file_that_cannot_be_written_says_so_without_values(tmp_path: Path) -> None:
    (tmp_path / "quarantine").write_text("a file where the folder should be")
    quarantine = Quarantine()
    quarantine.add([_rejection()])
    with pytest.raises(StateError, match=r"run\.jsonl cannot be used .*check the disk"):
        quarantine.write(tmp_path / "quarantine" / "run.jsonl")


def test_all_are_counted_and_the_first_of_each_kind_kept(tmp_path: Path) -> None:
    quarantine = Quarantine()
    quarantine.add([_rejection()] * (MOST_ALIKE + 5))
    quarantine.add([_rejection(reason="rare_fault")])
    quarantine.write(tmp_path / "run.jsonl")
    lines = (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == MOST_ALIKE + 1 + 1
    assert quarantine.counts == (
        RejectionCount("customers", "not_an_address", Loss.VALUE, MOST_ALIKE + 5),
        RejectionCount("customers", "rare_fault", Loss.VALUE, 1),
    )


def test_no_more_entries_are_kept_than_the_most(tmp_path: Path) -> None:
    quarantine = Quarantine()
    for number in range(MOST_ENTRIES // MOST_ALIKE + 3):
        quarantine.add([_rejection(reason=f"fault_{number}")] * MOST_ALIKE)
    quarantine.write(tmp_path / "run.jsonl")
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == MOST_ENTRIES + 1


def test_only_lost_rows_of_the_table_count_as_dropped() -> None:
    quarantine = Quarantine()
    quarantine.add([_rejection(loss=Loss.ROW), _rejection(loss=Loss.VALUE)])
    quarantine.add([_rejection(table="orders", loss=Loss.ROW)])
    assert quarantine.dropped("customers") == 1
    assert quarantine.dropped("products") == 0


@pytest.mark.parametrize(
    "changes", [{"table": "wishes"}, {"reason": "anna@example.com"}, {"reason": ""}]
)
def test_a_rejection_that_cannot_be_breaks_the_contract(changes: dict[str, str]) -> None:
    with pytest.raises(TableError) as caught:
        Quarantine().add([_rejection(**changes)])
    assert "anna" not in str(caught.value)
