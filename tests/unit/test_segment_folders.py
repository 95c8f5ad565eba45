"""Folders of segment files: names, what refers to what, and what cannot be read."""

from pathlib import Path

import pytest

from audsync.segments import examples, load_segments, template
from fakes.segment_shop import codes, segment


@pytest.mark.parametrize("stem", ["Best buyers", "-a", "a--b", "é", "a" * 41, "a_b"])
def test_a_file_name_that_is_no_id_is_refused(stem: str) -> None:
    assert [code for code, _, _ in codes("[all]\nage = 1", stem)] == ["S110"]


@pytest.mark.parametrize("name", ["Best buyers", 'say "hi"', "back\\slash", "tab\there", "ž"])
def test_a_new_segment_is_valid_whatever_its_name(name: str) -> None:
    assert segment(template(name)).name == name


def test_a_file_with_a_suffix_in_capitals_is_told_and_a_hidden_one_is_none(
    tmp_path: Path,
) -> None:
    for name in ("good.toml", "other.TOML", ".good.toml", "._good.toml", "good.toml.bak"):
        (tmp_path / name).write_text(template("Good"), encoding="utf-8")
    loaded = load_segments(tmp_path, shown_from=tmp_path)
    assert set(loaded.segments) == {"good"}
    assert [(one.path, one.code) for one in loaded.problems] == [("other.TOML", "S110")]


def test_a_folder_that_cannot_be_read_is_a_problem_and_one_that_is_not_there_is_none(
    tmp_path: Path,
) -> None:
    assert load_segments(tmp_path / "none", shown_from=tmp_path).problems == ()
    (tmp_path / "file").touch()
    (told,) = load_segments(tmp_path / "file", shown_from=tmp_path).problems
    assert (told.code, told.message) == ("T105", "cannot be read: not a directory")


def test_an_unknown_segment_and_a_control_character_are_told_in_full(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(template("Good"), encoding="utf-8")
    (tmp_path / "new.toml").write_text('name = "N"\n[all]\nin_segment = "zzz"\n', "utf-8")
    (tmp_path / "odd.toml").write_bytes(b'name = "\x1b[31mred"\n')
    unknown, odd = load_segments(tmp_path, shown_from=tmp_path).problems[::-1]
    assert unknown.hint == "there are good, odd"
    assert (odd.path, odd.line) == ("odd.toml", 1)
    assert "\x1b" not in str(odd)
    assert 'name = "\ufffd[31mred"' in str(odd)


def test_the_examples_are_valid_together(tmp_path: Path) -> None:
    for name, text in examples().items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    loaded = load_segments(tmp_path, shown_from=tmp_path)
    assert loaded.problems == ()
    assert set(loaded.segments) == set(examples())


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_folder_gives_its_segments_sorted_and_every_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    folder.mkdir()
    write(folder, b="[all]\nage = 1", a="[all]\nage = 2", broken="[all", wrong="[all]\nx = 1")
    loaded = load_segments(folder, shown_from=tmp_path)
    assert list(loaded.segments) == ["a", "b"]
    assert [problem.path for problem in loaded.problems] == [
        "segments/broken.toml",
        "segments/wrong.toml",
    ]


def test_a_folder_that_is_not_there_has_no_segments(tmp_path: Path) -> None:
    loaded = load_segments(tmp_path / "none", shown_from=tmp_path)
    assert (dict(loaded.segments), loaded.problems) == ({}, ())


def test_an_unknown_segment_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path, champions="[all]\nage = 1", other='[none]\nin_segment = "champion"')
    (problem,) = load_segments(tmp_path, shown_from=tmp_path).problems
    assert (problem.code, problem.line, problem.column) == ("S108", 2, 14)
    assert problem.hint == 'did you mean "champions"?'


def test_a_reference_to_a_file_with_mistakes_is_no_further_mistake(tmp_path: Path) -> None:
    write(tmp_path, broken="[all]\nx = 1", other='[none]\nin_segment = "broken"')
    codes = [problem.code for problem in load_segments(tmp_path, shown_from=tmp_path).problems]
    assert codes == ["S101"]


def test_a_circle_is_told_once_with_its_chain(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='[all]\nin_segment = "b"',
        b='[all]\nin_segment = "c"',
        c='[all]\nin_segment = "a"',
        d='[all]\nin_segment = "a"',
    )
    (problem,) = load_segments(tmp_path, shown_from=tmp_path).problems
    assert problem.code == "S109"
    assert problem.path == "a.toml"
    assert "a -> b -> c -> a" in problem.message


def test_a_segment_that_refers_to_itself_is_a_circle(tmp_path: Path) -> None:
    write(tmp_path, a='[all]\nin_segment = "a"')
    (problem,) = load_segments(tmp_path, shown_from=tmp_path).problems
    assert "a -> a" in problem.message


def test_a_shop_gets_its_segments_and_what_they_refer_to(tmp_path: Path) -> None:
    write(
        tmp_path,
        mine='shops = ["kolo"]\n[all]\nin_segment = "theirs"',
        everyones="[all]\nage = 1",
        theirs='shops = ["boty"]\n[all]\nin_segment = "deep"',
        deep='shops = ["boty"]\n[all]\nage = 2',
        unused='shops = ["boty"]\n[all]\nage = 2',
    )
    found = load_segments(tmp_path, shown_from=tmp_path).for_shop("kolo")
    assert [(segment.id, segment.active) for segment in found] == [
        ("deep", False),
        ("everyones", True),
        ("mine", True),
        ("theirs", False),
    ]
