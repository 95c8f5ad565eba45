"""The wheel, made of what the image is made of."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import audsync

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "Dockerfile"


def copied() -> list[str]:
    """What the Dockerfile takes from the checkout to build the wheel of."""
    text = DOCKERFILE.read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE)
    return [word for line in lines for word in line.split()[:-1]]


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a bare environment, and wait for it."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def build_wheel(folder: Path, *, version: str = audsync.__version__) -> Path:
    """The wheel in `folder`, built offline of a copy of the checkout that calls itself so."""
    build = folder / "build"
    for name in copied():
        source, target = ROOT / name, build / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name in ("pyproject.toml", "src/audsync/__init__.py"):
        text = (build / name).read_text(encoding="utf-8")
        assert f'"{audsync.__version__}"' in text
        (build / name).write_text(text.replace(audsync.__version__, version, 1), "utf-8")
    wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index")
    made = run(*wheel, "--no-build-isolation", "--wheel-dir", str(folder), ".", cwd=build)
    assert made.returncode == 0, made.stderr
    shutil.rmtree(build)
    return folder / f"audsync-{version}-py3-none-any.whl"
