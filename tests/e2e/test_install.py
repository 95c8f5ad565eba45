"""The wheel, made of what the image is made of, in an environment of its own."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_shop import AS_OF, audience, ids, make_shop

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


def copied() -> list[str]:
    """What the Dockerfile takes from the checkout to build the wheel of."""
    text = DOCKERFILE.read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE)
    return [word for line in lines for word in line.split()[:-1]]


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command of a wheel; only the packages it needs are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    build = folder / "build"
    for name in copied():
        source, target = ROOT / name, build / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index")
    made = run(*wheel, "--no-build-isolation", "--wheel-dir", "dist", ".", cwd=build)
    assert made.returncode == 0, made.stderr
    run(sys.executable, "-m", "venv", "scratch", cwd=folder)
    python = folder / "scratch" / "bin" / "python"
    (file,) = (build / "dist").glob("*.whl")
    pip = (str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    done = run(*pip, str(file), cwd=folder)
    assert done.returncode == 0, done.stderr
    (packages,) = (folder / "scratch" / "lib").glob("python*/site-packages")
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    shutil.rmtree(build)
    yield python.with_name("audsync")
    shutil.rmtree(folder)


@pytest.mark.slow
def test_an_installed_wheel_runs_a_shop_and_finds_its_connectors(
    installed: Path, tmp_path: Path
) -> None:
    shop = make_shop(tmp_path / "shop")
    where = run(
        str(installed.with_name("python")),
        "-c",
        "import audsync; print(audsync.__file__)",
        cwd=shop,
    )
    assert str(installed.parents[1]) in where.stdout
    listed = run(str(installed), "connectors", "list", "--json", cwd=shop)
    names = {one["name"] for one in json.loads(listed.stdout)["connectors"]}
    assert {"csv", "idosell", "files", "meta", "google"} <= names
    done = run(str(installed), "run", *AS_OF, cwd=shop)
    assert done.returncode == 0, done.stderr
    assert len(audience(shop).splitlines()) == len(ids(10)) + 1
    healthy = run(str(installed), *health_check()[1:], cwd=shop)
    assert (healthy.returncode, healthy.stdout) == (0, ""), healthy.stdout
    (shop / "state" / "kolo").chmod(0o755)
    ill = run(str(installed), *health_check()[1:], cwd=shop)
    assert (ill.returncode, "can be opened by others" in ill.stdout) == (12, True)


def health_check() -> list[str]:
    text = DOCKERFILE.read_text(encoding="utf-8")
    (found,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    command: list[str] = json.loads(found)
    return command


def test_the_image_has_no_root_and_takes_only_what_it_needs() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001:10001"]
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    kept = re.findall(r"^!(.*)$", allowed, re.MULTILINE)
    assert all(name.split("/")[0] in kept for name in copied())
    assert all((ROOT / name).exists() for name in copied())
    assert health_check() == ["audsync", "doctor", "--quiet"]


@pytest.mark.slow
def test_the_dockerfile_is_linted() -> None:
    done = run(str(Path(sys.executable).with_name("hadolint")), str(DOCKERFILE), cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")
