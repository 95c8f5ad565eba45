"""Numbers for Prometheus, in its text form: of each shop, and of the daemon itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from audsync.audience_keys import AudienceKey
from audsync.daemon.health import Health

Labels = Mapping[str, str]


@dataclass(slots=True)
class Tally:
    """What a daemon has counted since it began."""

    runs: dict[tuple[str, int], int] = field(default_factory=dict)
    overlaps: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    timed_out: dict[str, int] = field(default_factory=dict)
    running: int = 0
    waiting: int = 0
    is_config_valid: bool = True

    def count(self, what: dict[str, int], shop: str) -> None:
        """One more of something of a shop."""
        what[shop] = what.get(shop, 0) + 1


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    kind: str
    meaning: str
    values: Iterable[tuple[Labels, float]]


def metrics_text(shops: Mapping[str, Health], tally: Tally | None = None) -> str:
    """All metrics; those of the daemon only with its tally."""
    metrics = [*_of_shops(sorted(shops.items())), *(_of_daemon(tally) if tally else ())]
    lines: list[str] = []
    for metric in metrics:
        name = f"audsync_{metric.name}"
        lines.append(f"# HELP {name} {metric.meaning}")
        lines.append(f"# TYPE {name} {metric.kind}")
        lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in metric.values]
    return "\n".join(lines) + "\n"


def _of_shops(shops: list[tuple[str, Health]]) -> Iterator[_Metric]:
    yield _Metric(
        "last_success_timestamp_seconds",
        "gauge",
        "When a run last ended with 0; 0: never.",
        [
            ({"shop": shop}, one.succeeded_at.timestamp() if one.succeeded_at else 0)
            for shop, one in shops
        ],
    )
    yield _Metric(
        "last_exit_code",
        "gauge",
        "Exit code of the last run.",
        [({"shop": shop}, one.exit_code) for shop, one in shops if one.exit_code is not None],
    )
    yield _Metric(
        "audience_members",
        "gauge",
        "Members that the platform has confirmed.",
        [
            ({"shop": shop, "segment": segment, "sink": sink}, count)
            for shop, one in shops
            for key, count in sorted(one.members.items())
            for _, segment, sink in [AudienceKey.of(key)]
        ],
    )
    yield _Metric(
        "rows_quarantined_total",
        "counter",
        "Bad rows of all runs.",
        [({"shop": shop}, one.quarantined) for shop, one in shops],
    )
    yield _Metric(
        "removals_held",
        "gauge",
        "Removals that a guard held in the last run.",
        [({"shop": shop}, one.held) for shop, one in shops],
    )


_COUNTED: Final = (
    ("overlaps", "Times a shop was due while it was still running."),
    ("missed", "Times a shop was due too long ago to make up for it."),
    ("timed_out", "Runs that were ended for taking too long."),
)


def _of_daemon(tally: Tally) -> Iterator[_Metric]:
    yield _Metric(
        "runs_total",
        "counter",
        "Runs that ended, by exit code.",
        [
            ({"shop": shop, "exit_code": str(code)}, count)
            for (shop, code), count in sorted(tally.runs.items())
        ],
    )
    for name, meaning in _COUNTED:
        counts: dict[str, int] = getattr(tally, name)
        values = [({"shop": shop}, count) for shop, count in sorted(counts.items())]
        yield _Metric(f"{name}_total", "counter", meaning, values)
    yield _Metric("runs_running", "gauge", "Runs at work.", [({}, tally.running)])
    yield _Metric("runs_waiting", "gauge", "Runs that wait for a place.", [({}, tally.waiting)])
    yield _Metric(
        "config_valid",
        "gauge",
        "Whether the files are right as they were last read.",
        [({}, int(tally.is_config_valid))],
    )


def _labels(labels: Labels) -> str:
    # Ids hold neither quotes nor backslashes.
    told = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""
