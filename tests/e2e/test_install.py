"""The wheel, made of what the image is made of, in an environment of its own."""

import json
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_shop import AS_OF, audience, ids, make_shop
from wheels import DOCKERFILE, ROOT, build_wheel, copied, run


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command of a wheel; only the packages it needs are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    file = build_wheel(folder)
    run(sys.executable, "-m", "venv", "scratch", cwd=folder)
    python = folder / "scratch" / "bin" / "python"
    pip = (str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    done = run(*pip, str(file), cwd=folder)
    assert done.returncode == 0, done.stderr
    (packages,) = (folder / "scratch" / "lib").glob("python*/site-packages")
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
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
