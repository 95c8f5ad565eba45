"""Every example of docs/how-to/own-csv-feeds.md loads the files that stand above it."""

import re
import tomllib
from pathlib import Path

import pytest

from audsync.contracts import Level
from audsync_source_csv.targets import SHAPES
from csv_feeds import pull, source

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "own-csv-feeds.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = {name: text for language, name, text in BLOCKS if language in ("csv", "xml")}
EXAMPLES = [text for language, _, text in BLOCKS if language == "toml"]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_loads_its_files_without_a_rejection(tmp_path: Path, number: int) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    example = EXAMPLES[number]
    [shop] = tomllib.loads(example)["shops"].values()
    assert shop["source"]["type"] == "csv"
    toml = re.sub(r"\[shops\.\w+\.source\]\ntype = \"csv\"\n", "", example)
    toml = re.sub(r"\[shops\.\w+\.source\.", "[", toml)
    made = source(tmp_path, toml)
    assert [finding.level for finding in made.check() if finding.level is not Level.OK] == []
    pulled = pull(made)
    assert pulled.rejected == []
    for kind in set(shop["source"]) & set(SHAPES):
        assert pulled.counts[SHAPES[kind].tables[0]] > 0


def test_there_are_examples_and_every_file_is_used() -> None:
    assert len(EXAMPLES) == 10
    used = "".join(EXAMPLES).replace("products-*.csv", "products-tea.csv products-cups.csv")
    used = used.replace("mail-*.csv", "mail-subscribed.csv mail-unsubscribed.csv")
    assert [name for name in FILES if name not in used] == []


def test_what_must_be_mapped_is_told() -> None:
    for kind, shape in SHAPES.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |"))
        told = set(re.findall(r"`(\w+)`", row.rpartition("|")[0].rpartition("|")[2]))
        assert told == set(shape.required)


def test_every_reason_is_told() -> None:
    code = Path(__file__).parents[2] / "connectors" / "audsync_source_csv"
    text = "".join(path.read_text("utf-8") for path in code.rglob("*.py"))
    reasons = set(
        re.findall(
            r'"((?:not_an?|unknown|missing|zero|negative|wrong|nul)_[a-z_]+|out_of_range)"',
            text,
        )
    )
    assert len(reasons) > 12
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in PAGE] == []
