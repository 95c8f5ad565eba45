"""What the documentation says is so: generated pages, examples, the commands and the codes."""

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from audsync import plugins
from audsync.cli.app import app
from audsync.errors import EXIT_MEANINGS, ExitCode
from audsync.segments import read_segment
from audsync.toml_file import parse_toml

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
# A command where one is typed, up to a comment or the next command.
TYPED = re.compile(r"(?:^|[;&|$…]|\bsudo|/bin/)\s*audsync ([^#&;>\n]*)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_those_that_are_committed() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, text in _generator().pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs`"


def test_every_exit_code_is_explained() -> None:
    assert set(EXIT_MEANINGS) == set(ExitCode)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_whole_segments_in_the_docs_are_right(page: Path) -> None:
    for text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if text.startswith(("name = ", "#:schema ../schemas/segment")):
            file = parse_toml(text.encode(), page.name)
            _, problems = read_segment(file, "example", plugins.sinks())
            assert problems == (), "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("page", "files"), [("write-a-connector.md", 5), ("run-with-an-orchestrator.md", 2)]
)
def test_examples_are_shown_as_they_are(page: str, files: int) -> None:
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    shown = re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(shown) == files
    for path, example in shown:
        assert (ROOT / path).read_text(encoding="utf-8") == example, path


def _typed(text: str) -> list[tuple[str, ...]]:
    """The words after each `audsync` of a page, in blocks for a shell and between backticks."""
    blocks = [body for language, body in CODE.findall(text) if language in ("sh", "console")]
    shell = "\n".join(blocks).replace("\\\n", " ").replace(" | ", "\n").splitlines()
    lines = [*shell, *SPAN.findall(CODE.sub("", text))]
    return [tuple(words.split()) for line in lines for words in TYPED.findall(line)]


@cache
def _commands() -> Any:
    return typer.main.get_command(app)


def _mistakes(words: tuple[str, ...]) -> list[str]:
    """What of a command line does not exist: commands, and options of the one it names."""
    command = _commands()
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        names = rest.pop(0).split("|")
        while len(rest) > 1 and rest[0] == "|":
            names.append(rest[1])
            del rest[:2]
        if names == ["…"]:
            names = list(command.commands)
        if wrong := [name for name in names if name not in command.commands]:
            return wrong
        command = command.commands[names[0]]
    known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
    asked = [found for word in rest for found in re.findall(r"^\[?(-{1,2}[a-z][a-z-]*)", word)]
    return [name for name in asked if name not in {*known, "--help", "--version"}]


def test_commands_and_their_options_are_there() -> None:
    pages = [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md"]
    typed = {words for page in pages for words in _typed(page.read_text(encoding="utf-8"))}
    assert len(typed) > 100
    assert {words: wrong for words in typed if (wrong := _mistakes(words))} == {}


def test_commands_and_options_that_are_not_there_are_found() -> None:
    assert _mistakes(("segments", "explains", "x")) == ["explains"]
    assert _mistakes(("run", "--shop", "x", "--dry", "--jobs", "2")) == ["--dry"]
    lines = ("see `audsync plan`", "```sh", "x | audsync runs list # all", "audsync check \\")
    page = "\n".join((*lines, " -x", "```\n"))
    assert _typed(page) == [("runs", "list"), ("check", "-x"), ("plan",)]


def test_every_target_of_make_is_explained_and_none_that_is_not_there() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "how-to" / "work-on-audsync.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", page, re.MULTILINE)) == targets
