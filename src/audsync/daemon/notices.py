"""What a person is told of a shop's runs: ids, counts and codes, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from audsync.audience_keys import AudienceKey
from audsync.daemon.children import KILLED, Ended
from audsync.daemon.health import NEUTRAL, Health
from audsync.errors import EXIT_MEANINGS, ExitCode
from audsync.service_settings import NotifySettings

# Daily, of runs that do not begin at the same second each day.
_AGAIN: Final = timedelta(hours=23)
_FEWEST: Final = 50  # an audience that changes by fewer is not worth a word


@dataclass(frozen=True, slots=True)
class Notice:
    """A short title, and what there is to know."""

    title: str
    text: str


def notices(
    shop: str,
    before: Health,
    after: Health,
    how: Ended,
    settings: NotifySettings,
    *,
    at: datetime,
) -> tuple[list[Notice], Health]:
    """What to tell after a run that is not tried again, and the health that knows it was told.

    Of a failure at once, then daily while it lasts; of its end; and of what is odd though
    nothing failed.
    """
    found: list[Notice] = []
    is_failure = how.exit_code != ExitCode.DONE and how.exit_code not in NEUTRAL
    if is_failure and (before.told_at is None or at - before.told_at >= _AGAIN):
        found.append(_failure(shop, before, after, how))
        after = replace(after, told_at=at)
    if how.exit_code == ExitCode.DONE and before.told_at is not None:
        since = before.failing_since or before.told_at
        text = f"Run {after.run} ended with 0. It had failed since {_moment(since)}."
        found.append(Notice(f"audsync: {shop} is well again", text))
    found += _sizes(shop, before, after, settings)
    found += _shares(shop, before, after, settings)
    return found, after


def _failure(shop: str, before: Health, after: Health, how: Ended) -> Notice:
    code, since = how.exit_code, after.failing_since
    word = "fails" if before.told_at is None else "still fails"
    lines = [f"Run {after.run} ended with exit code {code}: {_meaning(code)}."]
    if after.held:
        lines.append(f"Removals that a guard holds: {after.held:,}.")
    if before.told_at is not None and since is not None:
        lines.append(f"It has failed since {_moment(since)}.")
    last = after.succeeded_at
    lines.append(f"Last success: {'never' if last is None else _moment(last)}.")
    lines.append(f"See: audsync runs show {after.run} --shop {shop}")
    return Notice(f"audsync: {shop} {word} (exit code {code})", "\n".join(lines))


def _meaning(code: int) -> str:
    if code in set(ExitCode):
        what, who = EXIT_MEANINGS[ExitCode(code)]
        return f"{what}; {who}"
    return f"it was killed by signal {code - KILLED}" if code > KILLED else "unknown"


def _sizes(
    shop: str, before: Health, after: Health, settings: NotifySettings
) -> Iterator[Notice]:
    for key, now in sorted(after.members.items()):
        was = before.members.get(key)
        if not settings.size_percent or not was or abs(now - was) < _FEWEST:
            continue
        change = 100 * (now - was) / was
        if abs(change) >= settings.size_percent:
            _, segment, sink = AudienceKey.of(key)
            yield Notice(
                f"audsync: {shop}: audience {segment} at {sink} changed by {change:+.0f} %",
                f"Run {after.run}: it had {was:,} members and has {now:,}.",
            )


def _shares(
    shop: str, before: Health, after: Health, settings: NotifySettings
) -> Iterator[Notice]:
    for purpose, now in sorted(after.shares.items()):
        was = before.shares.get(purpose)
        points = 0.0 if was is None else 100 * (now - was)
        if (
            was is not None
            and settings.consent_points
            and abs(points) >= settings.consent_points
        ):
            yield Notice(
                f"audsync: {shop}: consent to {purpose} moved by {points:+.0f} points",
                f"Run {after.run}: {100 * was:.1f} % of clients had consented, now "
                f"{100 * now:.1f} % have.",
            )


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
