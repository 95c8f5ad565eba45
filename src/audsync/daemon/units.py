"""What systemd and cron are told: units and lines that begin the same command as a person."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audsync.config import Config, Shop
from audsync.daemon.calendar import InexpressibleError, on_calendar
from audsync.errors import ConfigError
from audsync.run.secrets import secret_names

_VARIABLE: Final = Path("/var/lib")
_HOMES: Final = (Path("/home"), Path("/root"))
# What cron of Debian, which has no such words, would take for a mistake or for something else.
_NOT_OF_CRON: Final = frozenset("#L")
_HARDENED: Final = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
LockPersonality=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome={home}
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
LogsDirectory=audsync
"""
# Only these pass by themselves; all else waits for a person, or for the next time.
_RETRIED: Final = "6 11"
_RETRY_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Host:
    """The machine: who runs audsync, from which program, and where the files of secrets are."""

    program: Path
    user: str
    credentials: Path


def timer_units(config: Config, shop: Shop, host: Host) -> Mapping[str, str]:
    """A service and a timer of one shop that has a schedule, by the names of their files."""
    name = f"audsync-{shop.id}"
    arguments = ("run", "--shop", shop.id, "--log-format", "json")
    limit = int(config.daemon.span("time_limit").total_seconds())
    service = [
        *_unit(f"audsync: audiences of {shop.id}"),
        "StartLimitIntervalSec=6h",
        "StartLimitBurst=6",
        "",
        "[Service]",
        "Type=exec",
        *_start(config, host, arguments),
        f"RuntimeMaxSec={limit}",
        "TimeoutStopSec=15min",
        "KillMode=mixed",
        "SuccessExitStatus=130 143",
        f"RestartForceExitStatus={_RETRIED}",
        f"RestartSec={_RETRY_SECONDS}",
        *_places(config, [shop], host),
    ]
    jitter = int(config.daemon.span("jitter").total_seconds())
    timer = [
        *_unit(f"audsync: when {shop.id} is due"),
        "",
        "[Timer]",
        *(f"OnCalendar={one}" for one in _calendar(shop)),
        "Persistent=true",
        "AccuracySec=1s",
        f"RandomizedDelaySec={jitter}",
        "FixedRandomDelay=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return {f"{name}.service": _file(service), f"{name}.timer": _file(timer)}


def daemon_unit(config: Config, host: Host, *, jobs: int) -> Mapping[str, str]:
    """The one service that runs every shop by its schedule."""
    arguments = ("daemon", "--jobs", str(jobs), "--log-format", "json")
    lines = [
        *_unit("audsync: keeps audiences of all shops"),
        "",
        "[Service]",
        "Type=notify",
        *_start(config, host, arguments),
        "ExecReload=kill -HUP $MAINPID",
        "WatchdogSec=120",
        "TimeoutStopSec=15min",
        "KillMode=mixed",
        "Restart=on-failure",
        "RestartSec=10",
        "RestartPreventExitStatus=2 4",
        "SuccessExitStatus=130 143",
        *_places(config, list(config.shops.values()), host),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return {"audsync.service": _file(lines)}


def cron_lines(
    config: Config, shops: Sequence[Shop], host: Host, *, is_system: bool
) -> tuple[str, str]:
    """A crontab, and what to know of it; for /etc/cron.d it names the user."""
    lines = ["SHELL=/bin/sh"]
    for shop in shops:
        schedule = shop.schedule or ""
        _, _, days, _, weekdays = schedule.upper().split()
        if _NOT_OF_CRON & set(days + weekdays):
            raise ConfigError(
                f'shop {shop.id}: cron has no word for its schedule "{schedule}"; use the '
                "daemon, or a timer of systemd"
            )
        words = (str(host.program), "run", "--shop", shop.id, "--config", str(config.file))
        command = shlex.join([*words, "--log-format", "json"]).replace("%", r"\%")
        user = f"{host.user} " if is_system else ""
        lines += [f"CRON_TZ={shop.timezone}", f"{schedule} {user}{command}"]
    zones = ", ".join(sorted({shop.timezone for shop in shops}))
    remark = (
        "some crons, Debian's among them, know no CRON_TZ and go by the machine's zone; these "
        f"times are of {zones}: the daemon and timers of systemd know zones"
    )
    return _file(lines), remark


def _unit(description: str) -> list[str]:
    return [
        "[Unit]",
        f"Description={description}",
        "Wants=network-online.target",
        "After=network-online.target",
    ]


def _start(config: Config, host: Host, arguments: Sequence[str]) -> list[str]:
    words = [str(host.program), *arguments, "--config", str(config.file)]
    return [
        f"ExecStart={' '.join(_word(word) for word in words)}",
        f"User={host.user}",
        f"WorkingDirectory={_escaped(str(config.folder))}",
    ]


def _places(config: Config, shops: Sequence[Shop], host: Host) -> list[str]:
    """What may be written and which secrets are handed over; all else is read-only."""
    read = (config.folder, host.program)
    home = any(path.is_relative_to(one) for path in read for one in _HOMES)
    lines = _HARDENED.format(home="read-only" if home else "yes").splitlines()
    if _is_made_by_systemd(config.state_folder):
        state = config.state_folder.relative_to(_VARIABLE)
        lines.append(f"StateDirectory={_escaped(str(state))}")
        lines.append("StateDirectoryMode=0700")
    folders = written_folders(config, shops)
    lines += [f"ReadWritePaths={_word(str(folder))}" for folder in folders]
    for _, _, file in credential_files(config, shops, host):
        lines.append(f"LoadCredential={file.name}:{_escaped(str(file))}")
        # What holds where the file is not there: an empty secret is one that is not set, which
        # audsync tells, where systemd would not begin the service.
        lines.append(f"SetCredential={file.name}:\\n")
    return lines


def written_folders(config: Config, shops: Sequence[Shop]) -> list[Path]:
    """The folders that must be there, since runs write into them; in order."""
    folders = {
        (config.folder / place).resolve()
        for shop in shops
        for sink in shop.sinks.values()
        if isinstance(place := getattr(sink.options, "place", None), str)
    }
    # A run takes people out of snapshots, when they are forgotten and when their time is over.
    folders.add(config.snapshots_folder)
    if not _is_made_by_systemd(config.state_folder):
        folders.add(config.state_folder)
    return sorted(folders)


def credential_files(
    config: Config, shops: Sequence[Shop], host: Host
) -> list[tuple[str, str, Path]]:
    """The secrets that are handed over: the shop, the name, and the file it comes from."""
    return [
        (shop.id, name, host.credentials / f"{shop.id}.{name}")
        for shop in shops
        for name in secret_names(shop, config.notify)
    ]


def _is_made_by_systemd(state: Path) -> bool:
    return state.is_relative_to(_VARIABLE) and state != _VARIABLE


def _calendar(shop: Shop) -> list[str]:
    try:
        return on_calendar(shop.schedule or "", shop.timezone)
    except InexpressibleError as error:
        raise ConfigError(
            f'shop {shop.id}: systemd has no word for its schedule "{shop.schedule}": '
            f"{error}; use the daemon"
        ) from None


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """A word of a command or of a list of paths, as systemd reads it."""
    text = _escaped(text).replace("$", "$$")
    if not set(text) & set(" \t\"'\\"):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _file(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
