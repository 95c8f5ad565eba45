"""Snapshots: immutable, proven, compared with reasons, and gone when their time is over."""

import json
import stat
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.errors import ConfigError, NotFoundError, StateError
from audsync.files import write_whole
from audsync.identity.digests import digest
from audsync.identity.suppression import Suppression, Trace
from audsync.report.table import changes, customer_list
from audsync.snapshots import CANDIDATES, MEMBERS, Snapshot, Snapshots
from audsync_sink_files.layouts import layout_of
from fakes.segment_shop import segment

NOW = datetime(2026, 11, 30, 8, 0, 0, 5, UTC)
CSV = b"Name,Email Address\nAnna,anna@example.com\n"


def create(
    folder: Path,
    candidates: dict[str, str | None],
    *,
    now: datetime = NOW,
    rule: str = "age = 1",
    members: bytes = CSV,
) -> Snapshot:
    return Snapshots(folder).create(
        shop="kolo",
        segment=segment(f"[all]\n{rule}", "buyers"),
        now=now,
        as_of=date(2026, 11, 30),
        keep_days=90,
        members=members,
        candidates=pa.table(
            {
                "client_id": pa.array(candidates.keys(), pa.string()),
                "reason": pa.array(candidates.values(), pa.string()),
            }
        ),
    )


def test_a_snapshot_is_kept_with_its_counts_and_hashes(tmp_path: Path) -> None:
    made = create(tmp_path / "kolo", {"a": None, "b": "consent_denied", "c": None})
    assert made.id == "20261130T080000Z-buyers"
    assert (made.members, made.candidates, made.refused) == (2, 3, {"consent_denied": 1})
    assert made.expires_on == "2027-02-28"
    kept = Snapshots(tmp_path / "kolo")
    assert kept.list() == [kept.find(made.id)] == [made]
    assert kept.file(made, MEMBERS) == CSV
    manifest = json.loads((tmp_path / "kolo" / made.id / "manifest.json").read_text("utf-8"))
    assert manifest["segment_text"] == "[all]\nage = 1"
    assert set(manifest["files"]) == {MEMBERS, CANDIDATES}
    for path in [tmp_path / "kolo", *(tmp_path / "kolo").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


def test_the_same_content_gives_the_same_hashes(tmp_path: Path) -> None:
    one = create(tmp_path / "one", {"a": None, "b": "consent_denied"})
    other = create(tmp_path / "other", {"b": "consent_denied", "a": None})
    assert one.files == other.files
    assert one.files != create(tmp_path / "more", {"a": None}).files


def test_a_second_snapshot_of_the_same_second_changes_nothing(tmp_path: Path) -> None:
    made = create(tmp_path, {"a": None})
    with pytest.raises(ConfigError, match="wait a second"):
        create(tmp_path, {"b": None})
    assert Snapshots(tmp_path).list() == [made]


@pytest.mark.parametrize("name", ["../x", "20261130T080000Z-", "20261130T080000Z-other", ""])
def test_a_snapshot_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    create(tmp_path, {"a": None})
    with pytest.raises(NotFoundError):
        Snapshots(tmp_path).find(name)


def test_a_file_that_was_changed_is_not_given_out(tmp_path: Path) -> None:
    made = create(tmp_path, {"a": None})
    with (tmp_path / made.id / MEMBERS).open("ab") as file:
        file.write(b"one more\n")
    with pytest.raises(StateError, match="was changed since"):
        Snapshots(tmp_path).file(made, MEMBERS)
    (tmp_path / made.id / "manifest.json").write_text("{}")
    with pytest.raises(StateError, match="manifest"):
        Snapshots(tmp_path).list()


def test_people_go_when_their_time_is_over_and_the_counts_stay(tmp_path: Path) -> None:
    old = create(tmp_path, {"a": None})
    young = create(tmp_path, {"a": None}, now=NOW + timedelta(days=1))
    kept = Snapshots(tmp_path)
    assert kept.expire(NOW + timedelta(days=89)) == ([], [])
    assert kept.expire(NOW + timedelta(days=90)) == ([old.id], [])
    assert [path.name for path in (tmp_path / old.id).iterdir()] == ["manifest.json"]
    noted = kept.find(old.id)
    assert (noted.members, noted.is_whole) == (1, False)
    assert noted.notes[0]["why"] == "retention"
    with pytest.raises(NotFoundError, match=r"kept no more: deleted 2027-02-28 \(retention\)"):
        kept.file(noted, MEMBERS)
    assert kept.file(young, MEMBERS) == CSV
    assert kept.expire(NOW + timedelta(days=90)) == ([], [])


def test_what_a_kill_left_is_swept(tmp_path: Path) -> None:
    made = create(tmp_path, {"a": None})
    kept = Snapshots(tmp_path)
    kept.expire(NOW + timedelta(days=90))
    (tmp_path / made.id / MEMBERS).write_bytes(CSV)  # as if killed before it was deleted
    (tmp_path / ".20261130T090000Z-buyers.tmp").mkdir()
    kept.expire(NOW + timedelta(days=90))
    assert {path.name for path in tmp_path.rglob("*")} == {made.id, "manifest.json"}


def test_a_deleted_snapshot_is_gone(tmp_path: Path) -> None:
    made = create(tmp_path, {"a": None})
    Snapshots(tmp_path).delete(made)
    assert list(tmp_path.iterdir()) == []


def test_two_snapshots_are_compared_with_reasons(tmp_path: Path) -> None:
    before = create(
        tmp_path,
        {
            "stays": None,
            "denies": None,
            "slips": None,
            "asked": "consent_unknown",
            "never": "x",
        },
    )
    after = create(
        tmp_path,
        {"stays": None, "denies": "consent_denied", "asked": None, "new": None, "never": "x"},
        now=NOW + timedelta(seconds=1),
    )
    found = Snapshots(tmp_path).difference(before, after)
    assert found.stayed == 1
    assert found.entered == {"consented": 1, "matches": 1}
    assert found.left == {"consent_denied": 1, "matches_no_more": 1}
    assert changes(found.changes).decode().splitlines() == [
        "client_id,change,reason",
        "asked,entered,consented",
        "denies,left,consent_denied",
        "new,entered,matches",
        "slips,left,matches_no_more",
    ]
    nothing = Snapshots(tmp_path).difference(before, before)
    assert (nothing.stayed, nothing.entered, nothing.left) == (3, {}, {})


def test_a_list_of_customers_has_the_columns_of_the_files_sink() -> None:
    row = {
        "full_name": "=Anna Nováková",
        "first_name": "Anna",
        "last_name": None,
        "email": "anna@example.com",
        "registered": date(2026, 1, 31),
        "country": "CZ",
        "zip": "60200",
        "total_revenue_minor": 199990,
        "currency": "CZK",
        "age": 40,
    }
    header, first = customer_list(pa.Table.from_pylist([row])).decode().splitlines()
    assert header.split(",") == list(layout_of("retail", "audsync", per_person=1).titles)
    assert first == "'=Anna Nováková,Anna,,anna@example.com,2026-01-31,CZ,60200,1999.90"


def test_a_forgotten_person_is_taken_out_with_a_note_also_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = b'Name,Email Address\n=Anna,anna@example.com\nBea,\n"Cyril, C.",c@example.com\n'
    candidates = {"a": None, "b": None, "c": None, "d": "consent_denied"}
    made = create(tmp_path, candidates, members=rows)
    told = Suppression(b"k" * 32, set())
    told.marks |= told.marks_of(Trace.CUSTOMER, ["b", "d"])
    told.marks |= told.marks_of(Trace.EMAIL, [digest("anna@example.com")])

    def kill(last: str, path: Path, data: bytes) -> None:
        write_whole(path, data)
        if path.name == last:
            raise KeyboardInterrupt

    kept = Snapshots(tmp_path)
    for last in ("manifest.json", MEMBERS):
        with monkeypatch.context() as patched:
            patched.setattr("audsync.snapshots.write_whole", partial(kill, last))
            with pytest.raises(KeyboardInterrupt):
                kept.take_out(told, NOW)
    kept.take_out(told, NOW)
    (after,) = kept.list()
    assert kept.file(after, MEMBERS) == b'Name,Email Address\n"Cyril, C.",c@example.com\n'
    assert kept.take_out(told, NOW) == 0
    assert [note["why"] for note in after.notes] == ["forget"]
    assert after.is_whole
    assert (after.members, after.candidates, after.refused) == (2, 2, {})
    assert after.files != made.files


def test_a_damaged_snapshot_keeps_the_others_from_nothing(tmp_path: Path) -> None:
    due = create(tmp_path, {"a": None})
    broken = create(tmp_path, {"a": None}, now=NOW + timedelta(seconds=1))
    (tmp_path / broken.id / "manifest.json").write_text("{")
    gone, (told,) = Snapshots(tmp_path).expire(NOW + timedelta(days=90))
    assert gone == [due.id]
    assert broken.id in told
