"""Lets a process live by a clock that is told: the file named by TOLD_TIME holds its moment.

The interpreter imports it where this folder is on PYTHONPATH. From the moment on that stands
in the file when the process begins, time passes as it does; who sleeps wakes at once, later.
"""

import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, SupportsIndex

_BLINK = 0.02  # seconds that a sleep of any length takes


def _told_from(moment: float) -> None:
    """Replace what tells the wall clock's time in Python, and sleeping."""
    monotonic, sleep, from_timestamp = time.monotonic, time.sleep, datetime.fromtimestamp
    begun, slept, real_time = monotonic(), 0.0, time.time

    def now() -> float:
        return moment + slept + monotonic() - begun

    def steady() -> float:
        return monotonic() + slept

    def time_time() -> float:
        # gRPC has deadlines by the real clock, which its core in C goes by.
        caller = str(sys._getframe(1).f_globals.get("__name__"))
        return real_time() if caller.startswith("grpc") else now()

    def sleep_at_once(seconds: float | SupportsIndex, /) -> None:
        nonlocal slept
        blink = min(float(seconds), _BLINK)
        slept += float(seconds) - blink
        sleep(blink)

    def datetime_now(tz: tzinfo | None = None) -> datetime:
        return from_timestamp(now(), tz)

    def utc_now() -> datetime:
        return from_timestamp(now(), UTC).replace(tzinfo=None)

    time.time, time.monotonic, time.sleep = time_time, steady, sleep_at_once
    _replace(datetime, now=datetime_now, utcnow=utc_now)


def _replace(kind: type, **methods: Callable[..., Any]) -> None:
    """Give a type of C other methods that need no object of it, which Python itself forbids."""
    (names,) = gc.get_referents(kind.__dict__)
    names.update({name: staticmethod(method) for name, method in methods.items()})
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


if "TOLD_TIME" in os.environ:
    _told_from(float(Path(os.environ["TOLD_TIME"]).read_text("utf-8").split()[1]))
