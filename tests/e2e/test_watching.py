"""Runs that no daemon began are told of all the same: heartbeat, metrics, notices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from command import audsync
from fakes.listener import Listener, listening
from many_shops import make_shops
from small_shop import AS_OF


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def notify(listener: Listener) -> str:
    url = f"http://{listener.address}/ping/{{shop}}"
    return f'[notify]\nheartbeat_url = "{url}"\nchannels = true\n'


@pytest.mark.slow
def test_one_run_of_each_end_is_told_and_measured(tmp_path: Path, listener: Listener) -> None:
    folder = make_shops(tmp_path / "shops", "kolo", more=notify(listener))
    secret = {"AUDSYNC_SECRET__AUDSYNC__NOTIFY_URLS": f"json://{listener.address}/told"}
    arguments = ("run", *AS_OF, "--metrics-file", "kolo.prom", "--run-id")
    assert audsync(*arguments, "r1", cwd=folder, **secret).returncode == 0
    feed = (folder / "orders.csv").rename(folder / "gone.csv")
    assert audsync(*arguments, "r2", cwd=folder, **secret).returncode == 4
    assert 'audsync_last_exit_code{shop="kolo"} 4' in (folder / "kolo.prom").read_text()
    feed.rename(folder / "orders.csv")
    assert audsync(*arguments, "r3", cwd=folder, **secret).returncode == 0
    assert [path.removeprefix("/ping/kolo") for path, _ in listener.heard] == [
        *("/start", ""),
        *("/start", "/fail", "/told"),
        *("/start", "", "/told"),
    ]
    sent = " ".join(body for _, body in listener.heard)
    assert "r2" in sent
    assert "kolo fails (exit code 4)" in sent
    assert "kolo is well again" in sent
    assert "orders.csv" not in sent, "no message, only codes"
    lines = (folder / "kolo.prom").read_text().splitlines()
    assert 'audsync_audience_members{shop="kolo",segment="buyers",sink="files"} 10' in lines
    assert (folder / "kolo.prom").stat().st_mode & 0o777 == 0o644
    assert audsync("state", "verify", cwd=folder).returncode == 0


@pytest.mark.slow
def test_all_shops_are_told_once_each(tmp_path: Path, listener: Listener) -> None:
    folder = make_shops(tmp_path / "shops", "halny", "kolo", more=notify(listener))
    broken = folder / "shops" / "halny.toml"
    broken.write_text(broken.read_text("utf-8").replace("max_batch", "max_bach"), "utf-8")
    done = audsync(
        *("run", "--all-shops", *AS_OF, "--metrics-file", "all.prom", "--run-id", "r1"),
        cwd=folder,
        AUDSYNC_SECRET__AUDSYNC__NOTIFY_URLS=f"json://{listener.address}/told",
    )
    assert done.returncode == 3, done.stderr
    assert [path for path, _ in listener.heard] == [
        *("/ping/halny/start", "/ping/halny/fail", "/told"),
        *("/ping/kolo/start", "/ping/kolo"),
    ]
    text = (folder / "all.prom").read_text()
    assert 'last_exit_code{shop="halny"} 4' in text
    assert 'last_exit_code{shop="kolo"} 0' in text
