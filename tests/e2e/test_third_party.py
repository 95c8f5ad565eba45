"""A package of somebody else, installed beside audsync, is found, checked and run as it is."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fake_acme import KEY, FakeAcme

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
CONFIG = """\
version = 1

[defaults]
timezone = "Europe/London"
country = "GB"
currency = "GBP"

[shops.kolo.consent]
field = "ad_consent"
granted = ["yes"]

[shops.kolo.sinks.acme]
url = "URL"
key_file = "acme.key"

[shops.kolo.source]
type = "acme"
url = "URL"
key_file = "acme.key"
"""


def shell(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(cwd),
            "AUDSYNC_LOG_FORMAT": "text",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with audsync and the connector from their wheels, and our dependencies."""
    folder = tmp_path_factory.mktemp("scratch")
    wheels = folder / "wheels"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    for package in (ROOT, ROOT / "examples" / "connector"):
        flags = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels)
        made = shell(*pip, "wheel", *flags, package, cwd=folder)
        assert made.returncode == 0, made.stderr
    shell(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    install = (*pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    done = shell(*install, *wheels.iterdir(), cwd=folder)
    assert done.returncode == 0, done.stderr
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # After the scratch environment's own packages, so that these come first.
    (folder / "env" / "lib" / version / "site-packages" / "dependencies.pth").write_text(
        f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n", encoding="utf-8"
    )
    return folder / "env" / "bin" / "audsync"


@pytest.fixture
def acme() -> Iterator[FakeAcme]:
    with FakeAcme() as made:
        for number in range(1, 6):
            person = {"email": f"c{number}@example.com", "ad_consent": "yes"}
            made.put("customers", {"customer_id": f"c{number}", **person})
            order = {"created_at": "2026-10-01T10:00:00+00:00", "status": "finished"}
            money = {"currency": "GBP", "total_gross_minor": 1000}
            made.put(
                "orders",
                {"order_id": f"A{number}", "customer_id": f"c{number}", **order, **money},
            )
        yield made


@pytest.fixture
def shop(tmp_path: Path, acme: FakeAcme) -> Path:
    (tmp_path / "segments").mkdir()
    (tmp_path / "acme.key").write_text(KEY, encoding="utf-8")
    (tmp_path / "config.toml").write_text(CONFIG.replace("URL", acme.url), encoding="utf-8")
    (tmp_path / "segments" / "buyers.toml").write_text(
        'name = "Buyers"\nsinks = ["acme"]\n[all]\norder_count.at_least = 1\n', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def run(scratch: Path, shop: Path) -> Run:
    return lambda *arguments: shell(scratch, *arguments, cwd=shop)


def test_it_is_found_shown_and_run_without_a_change_to_audsync(
    run: Run, acme: FakeAcme, shop: Path
) -> None:
    listed = run("connectors", "list")
    assert "source\tacme\taudsync-acme\t0.1.0" in listed.stdout.splitlines()
    assert "sink\tacme\taudsync-acme\t0.1.0" in listed.stdout.splitlines()
    shown = run("connectors", "show", "acme")
    assert shown.returncode == 0, shown.stdout
    assert "key_file\tstr\t\tFile that holds the key of the API" in shown.stdout
    assert "error" not in shown.stdout
    assert run("check").returncode == 0
    first = run("run", "--as-of", "2026-11-20")
    assert first.returncode == 0, first.stderr
    assert acme.members("L1") == frozenset()
    acme.work()
    assert run("run", "--as-of", "2026-11-20").returncode == 0
    assert len(acme.members("L1")) == 5
    acme.put("customers", {"customer_id": "c1", "email": "c1@example.com", "ad_consent": "no"})
    assert run("run", "--as-of", "2026-11-20").returncode == 0
    acme.work()
    assert len(acme.members("L1")) == 4
    (shop / "acme.key").write_text("wrong", encoding="utf-8")
    refused = run("run", "--as-of", "2026-11-20")
    assert refused.returncode == 5
    assert "acme: Acme answered 401; put another key into key_file" in refused.stderr


def test_mistakes_in_its_options_are_told_where_they_stand(run: Run, shop: Path) -> None:
    config = shop / "config.toml"
    text = config.read_text(encoding="utf-8")
    line = text.splitlines().index('type = "acme"') + 2
    config.write_text(text.replace('type = "acme"\nurl = ', 'type = "acme"\nulr = '))
    done = run("check")
    assert done.returncode == 4
    assert f'config.toml:{line}:1: error[C104]: unknown key "ulr"' in done.stdout
    config.write_text(text.replace('type = "acme"\nurl = "http', 'type = "acme"\nurl = "ftp'))
    done = run("check")
    assert done.returncode == 4
    assert f"config.toml:{line - 2}:13: error[C108]: url begins with https://" in done.stdout
    config.write_text(text.replace('key_file = "acme.key"\n\n', "key_file = 5\n\n"))
    done = run("check")
    assert done.returncode == 4
    assert f"config.toml:{line - 4}:12: error[C105]: key_file must be text" in done.stdout


def test_a_broken_package_is_named_and_spoils_nothing_else(run: Run, scratch: Path) -> None:
    [packages] = (scratch.parents[1] / "lib").glob("*/site-packages")
    broken = packages / "audsync_acme" / "source.py"
    text = broken.read_text(encoding="utf-8")
    try:
        broken.write_text(f"import sys\nsys.exit(3)\n{text}", encoding="utf-8")
        listed = run("connectors", "list")
        assert listed.returncode == 0
        assert "sink\tfiles\taudsync\t" in listed.stdout
        assert (
            'warning: connector "acme" of package audsync-acme 0.1.0 cannot be loaded: it '
            "raised SystemExit; reinstall or uninstall audsync-acme" in listed.stderr
        )
        assert run("connectors", "show", "acme").returncode == 12
        assert run("connectors", "show", "files").returncode == 0
        checked = run("check")
        assert checked.returncode == 4
        assert "audsync-acme" in checked.stdout
        spoilt = text.replace('"ad_consent"),', '"ad_consnt"),')
        broken.write_text(spoilt, encoding="utf-8")
        shown = run("connectors", "show", "acme")
        assert shown.returncode == 12
        assert 'error: provides "customers.ad_consnt", which is no column' in shown.stdout
    finally:
        broken.write_text(text, encoding="utf-8")
    assert run("connectors", "show", "nobody").returncode == 9
