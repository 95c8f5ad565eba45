"""Commands whose output nobody reads any more: the work goes on, and its exit code is true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from small_shop import AS_OF, audience, make_shop

SCRIPT = str(Path(sys.executable).with_name("audsync"))


def unread(folder: Path, *arguments: str) -> int:
    """The exit code of the command, of whose output both ends have no reader."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [SCRIPT, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "AUDSYNC_LOG_FORMAT": "text"},
            stdout=writer,
            stderr=writer,
            check=False,
            timeout=300,
        )
    finally:
        os.close(writer)
    return done.returncode


@pytest.mark.parametrize("flags", [(), pytest.param(("--json",), marks=pytest.mark.slow)])
def test_a_run_that_nobody_listens_to_is_done_to_its_end(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    shop = make_shop(tmp_path / "shop", count=3)
    assert unread(shop, "run", *AS_OF, *flags) == 0
    assert audience(shop).count(b"\n") == 4, "three members and the header"
    if flags:
        # What failed is told by the code, whoever reads.
        (shop / "customers.csv").unlink()
        assert unread(shop, "run", *AS_OF, *flags) == 4
        assert unread(shop, "runs", "list") == 0
        closed = subprocess.run(
            ["/bin/sh", "-c", f'exec "{SCRIPT}" runs list >&- 2>&-'], cwd=shop, check=False
        )
        assert closed.returncode == 0
