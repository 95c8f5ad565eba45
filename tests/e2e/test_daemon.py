"""`audsync daemon`: the real process, real signals, real children."""

import json
import os
import signal
from pathlib import Path

import pytest

from command import audsync
from daemon_process import daemon, make_unfinished, not_soon, wait_until
from many_shops import make_shops

NIGHTLY = not_soon()
HANG = """\
import os, signal, sys, time
if "--run-id" in sys.orig_argv and os.path.exists("hang"):
    if os.path.exists("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(f"child.{os.getpid()}", "w").close()
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_shops(tmp_path / "shops", "kolo", "tri", schedule=NIGHTLY)


@pytest.fixture
def hanging(folder: Path) -> dict[str, str]:
    """An environment in which runs hang while there is a file `hang`."""
    (folder / "lib").mkdir()
    (folder / "lib" / "sitecustomize.py").write_text(HANG)
    (folder / "hang").touch()
    return {"PYTHONPATH": str(folder / "lib")}


def test_it_runs_shops_answers_reloads_and_stops(folder: Path) -> None:
    make_unfinished(folder, "kolo")
    broken = folder / "shops" / "tri.toml"
    right = broken.read_text("utf-8")
    arguments = ("--listen", "127.0.0.1:0", "--metrics-file", "audsync.prom", "--json")
    with daemon(folder, *arguments, WATCHDOG_USEC="900000") as it:
        wait_until(lambda: "READY=1" in it.states)
        wait_until(lambda: it.has("shop ended", shop="kolo", exit_code=0))
        assert (folder / "out" / "kolo" / "buyers.csv").read_bytes().count(b"\n") == 11
        assert not (folder / "out" / "tri").exists(), "nothing of it was missed"
        ended = 'audsync_last_exit_code{shop="kolo"} 0'
        wait_until(lambda: ended in (folder / "audsync.prom").read_text())
        assert it.health("kolo")["run"] == "cut-kolo"
        status, metrics = it.get("/metrics")
        members = 'audsync_audience_members{shop="kolo",segment="buyers",sink="files"} 10'
        assert (status, members in metrics) == (200, True)
        assert (it.get("/healthz")[0], it.get("/readyz")[0], it.get("/")[0]) == (200, 200, 404)
        broken.write_text(right.replace(NIGHTLY, "61 3 * * *"), "utf-8")
        it.process.send_signal(signal.SIGHUP)
        wait_until(lambda: it.has("files have mistakes"))
        assert "shops/tri.toml:1:12: error[C123]" in str(it.log())
        assert it.get("/readyz")[0] == 503
        assert "\naudsync_config_valid 0\n" in (folder / "audsync.prom").read_text()
        assert 'last_exit_code{shop="kolo"} 0' in it.get("/metrics")[1], "all goes on as it was"
        broken.write_text(right, "utf-8")
        it.process.send_signal(signal.SIGHUP)
        wait_until(lambda: it.get("/readyz")[0] == 200)
        assert "\naudsync_config_valid 1\n" in (folder / "audsync.prom").read_text()
        wait_until(lambda: "WATCHDOG=1" in it.states)
        assert "STOPPING=1" not in it.states
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(60) == 143
        wait_until(lambda: "STOPPING=1" in it.states)
    told = [
        json.loads(line) for line in (folder / "daemon.out").read_text("utf-8").splitlines()
    ]
    assert [one["event"] for one in told] == ["start", "shop", "summary"]
    assert (told[1]["run"], told[1]["exit_code"], told[2]["exit_code"]) == ("cut-kolo", 0, 143)
    assert audsync("state", "verify", "--shop", "kolo", cwd=folder).returncode == 0


def test_it_does_not_begin_with_mistakes_or_for_others_to_reach(folder: Path) -> None:
    for listen in ("0.0.0.0:9464", "9464"):
        done = audsync("daemon", "--listen", listen, cwd=folder)
        assert (done.returncode, "--listen" in done.stderr) == (2, True)
    (folder / "config.toml").write_text("version = 1\n[daemon]\njitter = 'long'\n", "utf-8")
    done = audsync("daemon", cwd=folder)
    assert done.returncode == 4
    assert "config.toml:3:10: error[C107]: jitter is a length of time" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_passed_on_and_the_run_goes_on_next_time(
    folder: Path, hanging: dict[str, str], number: signal.Signals, code: int
) -> None:
    make_unfinished(folder, "kolo")
    with daemon(folder, **hanging) as it:
        wait_until(lambda: list(folder.glob("child.*")))
        it.process.send_signal(number)
        assert it.process.wait(60) == code
        assert it.health("kolo")["exit_code"] in {code, 1}  # Python's own end for Ctrl-C is 1
    (folder / "hang").unlink()
    make_unfinished(folder, "kolo")
    with daemon(folder, **hanging) as it:
        wait_until(lambda: it.has("shop ended", shop="kolo", exit_code=0))
        assert it.health("kolo")["run"] == "cut-kolo"


@pytest.mark.slow
def test_a_second_signal_ends_all_at_once(folder: Path, hanging: dict[str, str]) -> None:
    (folder / "deaf").touch()
    make_unfinished(folder, "kolo")
    with daemon(folder, **hanging) as it:
        wait_until(lambda: list(folder.glob("child.*")))
        (child,) = [int(path.suffix[1:]) for path in folder.glob("child.*")]
        it.process.send_signal(signal.SIGTERM)
        wait_until(lambda: it.has("daemon stops"))
        assert it.process.poll() is None, "it waits for its child"
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(60) == 143
        wait_until(lambda: _is_dead(child))


@pytest.mark.slow
def test_a_run_that_takes_too_long_is_ended(folder: Path, hanging: dict[str, str]) -> None:
    config = folder / "config.toml"
    limit = '[daemon]\ntime_limit = "2 seconds"\n'
    config.write_text(config.read_text("utf-8") + limit, "utf-8")
    make_unfinished(folder, "kolo", "tri")
    with daemon(folder, "--jobs", "1", "--listen", "127.0.0.1:0", **hanging) as it:
        wait_until(lambda: it.has("run takes too long", shop="kolo"))
        wait_until(lambda: it.has("shop begun", shop="tri"))
        assert 'audsync_timed_out_total{shop="kolo"} 1' in it.get("/metrics")[1]


@pytest.mark.slow
def test_a_killed_daemon_leaves_runs_that_the_next_one_waits_for(
    folder: Path, hanging: dict[str, str]
) -> None:
    make_unfinished(folder, "kolo")
    with daemon(folder, **hanging) as it:
        wait_until(lambda: list(folder.glob("child.*")))
        (child,) = [int(path.suffix[1:]) for path in folder.glob("child.*")]
        it.process.kill()
        it.process.wait()
    try:
        (folder / "hang").unlink()
        with daemon(folder, **hanging) as it:
            wait_until(lambda: it.has("shop ended", shop="kolo", exit_code=0))
            assert it.health("kolo")["run"] == "cut-kolo"
    finally:
        os.kill(child, signal.SIGKILL)


def _is_dead(process: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the latter while it goes away
        return True
