"""Files appear whole or not at all."""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from audsync.files import content_hash, write_by_content, write_whole


def test_a_file_is_replaced_as_a_whole_and_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "a"
    before = os.umask(0)
    try:
        for data in (b"one", "zwei ě", lambda file: file.write(b"three")):
            write_whole(path, data)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_text_is_written_as_utf_8_without_changed_line_ends(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "ě\r\n\n", mode=0o640)
    assert (tmp_path / "a").read_bytes() == "ě\r\n\n".encode()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_failure_leaves_the_file_of_before_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(path, "before")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(path, fail)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_file_named_by_content_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"abc")

    name = write_by_content(tmp_path, ".bin", write)
    assert name == f"{hashlib.sha256(b'abc').hexdigest()}.bin"
    assert content_hash(tmp_path / name) == name.removesuffix(".bin")


def test_the_data_is_on_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    kinds = {True: "folder", False: "file"}

    def syncing(handle: int) -> None:
        steps.append(f"sync {kinds[stat.S_ISDIR(os.fstat(handle).st_mode)]}")
        sync(handle)

    def replacing(path: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    write_whole(tmp_path / "a", "x")
    assert steps == ["sync file", "rename", "sync folder"]
