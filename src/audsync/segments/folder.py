"""Reading the folder of segments, and how its files refer to each other."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from audsync.errors import ConfigError, Problem
from audsync.segments.codes import Mistake
from audsync.segments.mistakes import untold
from audsync.segments.registry import nearest
from audsync.segments.rule import InSegment, leaves
from audsync.segments.segment import Segment, Segments, understand_segment
from audsync.toml_file import read_toml, toml_files


def load_segments(
    folder: Path, *, shown_from: Path, connectors: Collection[str] = ()
) -> Segments:
    """Every `*.toml` of the folder, sorted by id; paths are shown as seen from `shown_from`.

    Hidden files are none, and one that ends in `.TOML` has a name that is no id. A table named
    like one of the `connectors` is for sinks of that type.

    Never raises for what the files hold: `problems` has every mistake of every file, and of
    a file with mistakes there is what was understood. A folder that is not there has none; one
    that cannot be read is a problem.
    """
    segments: dict[str, Segment] = {}
    flawed: dict[str, Segment] = {}
    problems: list[Problem] = []
    stems: list[str] = []
    unread: list[str] = []
    try:
        files = toml_files(folder)
    except ConfigError as error:
        return Segments(MappingProxyType({}), error.problems, MappingProxyType({}), ())
    for name, path in files:
        stems.append(name)
        try:
            file = read_toml(path, _shown(path, shown_from))
        except ConfigError as error:
            problems += error.problems
            unread.append(name)
            continue
        segment, found = understand_segment(file, name, connectors)
        problems += found
        if segment is None:
            unread.append(name)
        else:
            (flawed if found else segments)[segment.id] = segment
    problems += untold(reference_problems({**segments, **flawed}, known=stems), problems)
    return Segments(
        MappingProxyType(segments), tuple(problems), MappingProxyType(flawed), tuple(unread)
    )


def reference_problems(
    segments: Mapping[str, Segment], *, known: Sequence[str]
) -> list[Problem]:
    """References to segments that are not there, and circles, each told once."""
    problems: list[Problem] = []
    for segment in segments.values():
        problems += [
            segment.file.problem(
                Mistake.UNKNOWN_SEGMENT,
                f'unknown segment "{name}"',
                line.path,
                value=True,
                hint=nearest(name, known) or _there_are(known, besides=segment.id),
            )
            for line, name in _named(segment)
            if name not in known
        ]
    problems += [_circle_problem(segments, circle) for circle in _circles(segments)]
    return problems


def in_order(segments: Mapping[str, Segment]) -> list[Segment]:
    """The segments so that each comes after those it refers to, else by id.

    Raises ConfigError where a reference leads nowhere or in a circle.
    """
    if problems := reference_problems(segments, known=tuple(segments)):
        raise ConfigError(problems)
    ordered: dict[str, Segment] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for other in segments[name].references:
                add(other)
            ordered[name] = segments[name]

    for name in sorted(segments):
        add(name)
    return list(ordered.values())


def _there_are(known: Sequence[str], *, besides: str) -> str:
    others = [name for name in known if name != besides]
    return f"there are {', '.join(others)}" if others else "there is no other segment"


def _named(segment: Segment) -> Iterator[tuple[InSegment, str]]:
    for line in leaves(segment.rule):
        if isinstance(line, InSegment):
            for name in line.segments:
                yield line, name


def _circles(segments: Mapping[str, Segment]) -> list[tuple[str, ...]]:
    """Each circle once, beginning with its smallest id."""
    found: set[tuple[str, ...]] = set()
    done: set[str] = set()

    def follow(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            circle = trail[trail.index(name) :]
            start = circle.index(min(circle))
            found.add(circle[start:] + circle[:start])
            return
        if name in done or name not in segments:
            return
        for other in segments[name].references:
            follow(other, (*trail, name))
        done.add(name)

    for name in sorted(segments):
        follow(name, ())
    return sorted(found)


def _circle_problem(segments: Mapping[str, Segment], circle: tuple[str, ...]) -> Problem:
    first = segments[circle[0]]
    following = circle[1 % len(circle)]
    line = next(line for line, name in _named(first) if name == following)
    return first.file.problem(
        Mistake.CIRCLE,
        f"segments refer to each other in a circle: {' -> '.join((*circle, circle[0]))}",
        line.path,
        value=True,
        hint="take one of these references out",
    )


def _shown(path: Path, shown_from: Path) -> str:
    if path.is_relative_to(shown_from):
        return path.relative_to(shown_from).as_posix()
    return str(path)
