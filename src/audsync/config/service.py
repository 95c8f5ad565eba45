"""The tables `[daemon]` and `[notify]`, and a shop's schedule."""

from typing import Final

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.validation import part
from audsync.http import address_fault
from audsync.schedule import schedule_fault
from audsync.service_settings import DaemonSettings, NotifySettings, length_of

_LENGTHS: Final = ("catch_up", "jitter", "time_limit")
_SHARES: Final = ("size_percent", "consent_points")


def check_schedule(section: Section, schedule: str | None) -> None:
    """Tell of a schedule that there cannot be."""
    fault = None if schedule is None else schedule_fault(schedule)
    if fault is not None:
        section.complain(
            Code.BAD_SCHEDULE,
            fault,
            "schedule",
            value=True,
            hint='every day at half past three: "30 3 * * *"',
        )


def read_daemon(section: Section) -> DaemonSettings | None:
    """How scheduled runs are begun; None if the table is wrong."""
    settings, table = part(DaemonSettings, section, "daemon"), section.table("daemon")
    for key in _LENGTHS if table is not None else ():
        text = table.data.get(key) if table else None
        if table is not None and isinstance(text, str) and not _is_length(key, text):
            message = f"{key} is a length of time above zero"
            hint = 'such as "90 minutes", "24 hours" or "3 days"'
            table.complain(Code.OUT_OF_RANGE, message, key, value=True, hint=hint)
            settings = None
    return settings


def _is_length(key: str, text: str) -> bool:
    length = length_of(text)
    return length is not None and (bool(length) or key != "time_limit")


def read_notify(section: Section) -> NotifySettings | None:
    """Who is told of runs; None if the table is wrong."""
    settings, table = part(NotifySettings, section, "notify"), section.table("notify")
    if table is None or settings is None:
        return settings
    fault = address_fault(settings.heartbeat_url) if settings.heartbeat_url else None
    if fault is not None:
        message = f"heartbeat_url: {fault.why}"
        key = "heartbeat_url"
        table.complain(Code.OUT_OF_RANGE, message, key, value=True, hint=fault.remedy)
    for key in _SHARES:
        if getattr(settings, key) < 0:
            table.complain(Code.OUT_OF_RANGE, f"{key} must be 0 or more", key, value=True)
    return settings
