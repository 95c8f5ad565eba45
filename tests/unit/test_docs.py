"""What the documentation says is so: generated pages, examples, the commands and the codes."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from audsync import plugins
from audsync.errors import EXIT_MEANINGS, ExitCode
from audsync.segments import read_segment
from audsync.toml_file import parse_toml

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
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
