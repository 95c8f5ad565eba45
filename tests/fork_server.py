"""Runs jobs, each in a fork of one process that has imported everything already.

    python fork_server.py module …

Imports the modules, then reads a job a line as JSON from stdin and answers a line as JSON on
stdout. A job runs in `folder`, with `environment` instead of this one and with the text `stdin`
where these are given: either the command with `arguments`, or the function `call`
(`module:name`), which is given the folder and returns JSON. `fault` arms the shim of `faults`:
roots, number, kind. With `learn` the modules that the job has imported are imported here, so
that later jobs find them.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

_LONGEST_SECONDS = 300


def _armed(fault: dict[str, Any], log: int) -> None:
    roots = "".join(f"{root}\n" for root in fault["roots"]).encode()
    arm = ctypes.CDLL(None).fault_arm
    arm(roots, log, ctypes.c_long(fault["number"]), fault["kind"])
    if fault.get("record"):
        ctypes.CDLL(None).fault_record(os.open(fault["record"], os.O_WRONLY | os.O_CREAT))


def _work(job: dict[str, Any], log: int) -> int:
    """Do the job in this process; returns its exit code."""
    os.chdir(job["folder"])
    os.environ.pop("LD_PRELOAD", None)
    for target in job.get("before", ()):
        _function(target)()
    if job.get("fault"):
        _armed(job["fault"], log)
    if "call" in job:
        print(json.dumps(_function(job["call"])(Path(job["folder"]))))  # noqa: T201 -- the answer
        return 0
    from audsync.cli import main

    sys.argv = ["audsync", *job["arguments"]]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _function(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _child(job: dict[str, Any], pipes: dict[str, int]) -> int:
    signal.alarm(_LONGEST_SECONDS)  # a job that hangs is killed and seen
    if "environment" in job:
        os.environ.clear()
        os.environ.update(job["environment"])
    _read_from(job.get("stdin", ""))
    os.dup2(pipes["stdout"], 1)
    os.dup2(pipes["stderr"], 2)
    code = _work(job, pipes["log"])
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    if job.get("learn"):
        os.write(pipes["modules"], "\n".join(sys.modules).encode())
    return code


def _unnamed() -> int:
    with TemporaryFile() as file:
        return os.dup(file.fileno())


def _read_from(text: str) -> None:
    handle = _unnamed()
    os.write(handle, text.encode())
    os.lseek(handle, 0, os.SEEK_SET)
    os.dup2(handle, 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- a handle


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    pipes = {name: _unnamed() for name in ("stdout", "stderr", "log", "modules")}
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = _child(job, pipes)
        except BaseException:  # noqa: BLE001 -- told to whoever looks at stderr
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status, _ = os.wait4(pid, 0)
    texts = {name: _text(handle) for name, handle in pipes.items()}
    for name in texts.pop("modules").split():
        with suppress(Exception):  # some names are no modules of their own
            importlib.import_module(name)
    if job.get("learn"):
        _learn(Path(job["folder"]))
    return {"code": os.waitstatus_to_exitcode(status), **texts}


def _learn(folder: Path) -> None:
    """Do here once what every process would do alike: build the types, look for connectors."""
    from audsync import plugins
    from audsync.config import load_config

    plugins._installed = cache(plugins._installed)
    load_config(folder / "config.toml")
    gc.collect()
    gc.freeze()


def _text(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb") as file:
        return file.read().decode(errors="replace")


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        answer = _answer(job)
        print(json.dumps(answer), flush=True)  # noqa: T201 -- the answer
    os._exit(0)  # frozen objects would be told as leaks


if __name__ == "__main__":
    main()
