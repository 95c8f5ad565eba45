"""pipx and uv install and upgrade audsync as the page on it says, for real and offline."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

import audsync
from small_shop import AS_OF, audience, customers, ids, make_shop
from wheels import ROOT, build_wheel, run

PAGE = ROOT / "docs" / "how-to" / "install.md"
TOOLS = ROOT / ".venv" / "tools"
FIXTURES = ROOT / "tests" / "fixtures"
EARLIER = "0.0.9"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with today's wheel and one that calls itself earlier."""
    folder = tmp_path_factory.mktemp("shelf")
    build_wheel(folder, version=EARLIER)
    build_wheel(folder)
    return folder


def typed(tool: str) -> list[str]:
    """The lines that the page tells users of a tool to type: to install, and to upgrade."""
    assert (TOOLS / "filled").exists(), "make .venv/tools/filled"
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^(## Upgrade$)|^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    parts: list[list[str]] = [[]]
    for heading, block in blocks:
        if heading:
            parts.append([])
        for line in block.splitlines():
            command, _, remark = line.partition("#")
            _, _, other = remark.partition("or: ")
            parts[-1].append(other if tool == "uv" and other else command)
    return ["\n".join(lines) for lines in parts]


class Machine:
    """A person's home with both tools, which find packages on a shelf alone."""

    def __init__(self, home: Path) -> None:
        self.home, self.shelf = home, home / "shelf"
        self.shelf.mkdir()

    def sh(self, script: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What becomes of lines that are typed one after another, until one fails."""
        path = [TOOLS / "bin", self.home / ".local" / "bin", "/usr/bin", "/bin"]
        return run(
            *("sh", "-e", "-c", script),
            cwd=cwd or self.home,
            PATH=os.pathsep.join(map(str, path)),
            HOME=str(self.home),
            AUDSYNC_LOG_FORMAT="text",
            UV_CACHE_DIR=str(TOOLS / "cache"),
            UV_OFFLINE="1",
            UV_FIND_LINKS=str(self.shelf),
            UV_CONSTRAINT=str(ROOT / "requirements" / "run.txt"),
            UV_PYTHON=sys.executable,
            PIPX_DEFAULT_PYTHON=sys.executable,
        )

    def done(self, script: str, *, cwd: Path | None = None) -> str:
        """As `sh`, where nothing may fail; what was printed."""
        ended = self.sh(script, cwd=cwd)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


@pytest.fixture
def home() -> Iterator[Machine]:
    """A new person's; on the disk of the packages, so that the tools need not copy them."""
    with TemporaryDirectory(dir=TOOLS, prefix="home-") as folder:
        yield Machine(Path(folder))


def make_earlier(state: Path) -> None:
    """Turn a state folder into one of the first version of both databases.

    The rows of state.sqlite are put into the tables of then; the warehouse is that of then.
    """
    sql = (FIXTURES / "state" / "1.sql").read_text(encoding="utf-8")
    new = state / "earlier.sqlite"
    with closing(sqlite3.connect(new, isolation_level=None)) as database:
        database.executescript(re.sub(r"^INSERT .*$", "", sql, flags=re.MULTILINE))
        database.execute("ATTACH ? AS today", (str(state / "state.sqlite"),))
        for (table,) in database.execute(
            "SELECT name FROM main.sqlite_master WHERE type = 'table'"
        ).fetchall():
            rows = database.execute(f"PRAGMA main.table_info({table})").fetchall()
            names = ", ".join(f'"{row[1]}"' for row in rows)
            database.execute(
                f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table}"
            )
        database.execute("DELETE FROM main.migrations WHERE number > 1")
        database.execute("PRAGMA main.user_version = 1")
    for file in [*state.glob("state.sqlite*"), *state.glob("warehouse*")]:
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    shutil.rmtree(state / "history")
    new.rename(state / "state.sqlite")
    with duckdb.connect(str(state / "warehouse.duckdb")) as warehouse:
        warehouse.execute((FIXTURES / "warehouse" / "1.sql").read_text(encoding="utf-8"))
    for file in (state / "state.sqlite", state / "warehouse.duckdb"):
        file.chmod(0o600)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["pipx", "uv"])
def test_what_the_page_says_installs_runs_and_upgrades_a_shop(
    tool: str, shelf: Path, home: Machine
) -> None:
    to_install, to_upgrade = typed(tool)
    assert f"{tool} " in to_install
    shutil.copy(shelf / f"audsync-{EARLIER}-py3-none-any.whl", home.shelf)
    told = home.done(to_install)
    assert f"audsync {EARLIER}\n" in told
    assert "0 errors, 0 warnings" in told

    shop = make_shop(home.home / "kolo")
    run_it = f"audsync run {' '.join(AS_OF)}"
    home.done(run_it, cwd=shop)
    assert len(audience(shop).splitlines()) == 10 + 1
    make_earlier(shop / "state" / "kolo")
    told = home.done("audsync state verify", cwd=shop)
    assert told.count("was written by an earlier audsync (version 1") == 2
    answers = dict.fromkeys(ids(10), "yes") | {"c003": "no"}
    (shop / "customers.csv").write_text(customers(answers), encoding="utf-8")

    shutil.copy(shelf / f"audsync-{audsync.__version__}-py3-none-any.whl", home.shelf)
    assert f"audsync {audsync.__version__}\n" in home.done(to_upgrade)
    home.done(run_it, cwd=shop)
    assert len(audience(shop).splitlines()) == 9 + 1, "who withdrew before the upgrade is out"
    assert home.done("audsync state verify", cwd=shop).endswith("is whole\n")
    assert len(home.done("audsync runs list", cwd=shop).splitlines()) == 2 + 1

    demo = home.home / "demo"
    leftovers = shutil.ignore_patterns("state", "out")
    shutil.copytree(ROOT / "examples" / "demo", demo, ignore=leftovers)
    home.done("audsync run --shop demo --as-of 2011-12-10", cwd=demo)
    members = (demo / "out" / "advertising" / "champions.csv").read_text(encoding="utf-8")
    assert members.startswith("hashed_email,")
    assert members.count("\n") > 1
