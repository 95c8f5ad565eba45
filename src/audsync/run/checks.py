"""What the shops of a configuration cannot answer of their files, from the mappings alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from audsync.config import Config, Reading, Shop, unanswered_consent
from audsync.contracts import Advising, Sink
from audsync.errors import Problem, Severity
from audsync.identity.hiding import Identities
from audsync.run.audience_specs import audience_spec, option_problems
from audsync.run.connectors import sinks_of, source_problems, sources_of
from audsync.run.lists import list_problems
from audsync.run.places import wrong_places
from audsync.run.segment_problems import segment_problems
from audsync.segments import Segment, Segments, check_shops, check_sinks, untold
from audsync.segments.codes import Mistake
from audsync.sources import Sources


def check_files(reading: Reading, segments: Segments, shops: Sequence[str]) -> list[Problem]:
    """Every problem in the files: of the configuration, the segments, and these shops' answers.

    Where there are mistakes, the rest is checked as far as it was understood.
    """
    told = [*reading.problems, *segments.problems]
    return [*told, *untold(_unanswered(reading, segments, shops), told)]


def _unanswered(
    reading: Reading, segments: Segments, shops: Sequence[str]
) -> Iterator[Problem]:
    asked_of: dict[Problem, dict[str, str | None]] = {}
    for name in shops:
        sinks = reading.sinks[name]
        if reading.config is not None and name in reading.config.shops and sinks is not None:
            shop = reading.config.shops[name]
            yield from _of_shop(reading.config, shop)
            found = _of_segments(reading.config, segments, shop, sinks)
        elif sinks is not None:
            found = (
                problem
                for segment in segments.to_check(name)
                for problem in check_sinks(segment, sinks)
            )
        else:
            continue
        for problem in found:
            # Sources of several shops may need several things for the same to be right.
            same = asked_of.setdefault(replace(problem, hint=None), {})
            same[name] = problem.hint
    for problem, hints in asked_of.items():
        # The place of a segment does not tell which of several shops cannot answer it.
        where = "" if len(hints) == len(shops) else f"{', '.join(hints)}: "
        hint = "; ".join(dict.fromkeys(one for one in hints.values() if one)) or None
        yield replace(problem, message=f"{where}{problem.message}", hint=hint)
    if reading.sinks:
        for segment in (*segments.segments.values(), *segments.flawed.values()):
            yield from check_shops(segment, reading.sinks)


def _of_shop(config: Config, shop: Shop) -> Iterator[Problem]:
    if shop.identities is Identities.HASHED:
        from audsync.run.identities import sink_problems

        yield from sink_problems(shop, sinks_of(config, shop))
    sources = sources_of(config, shop)
    yield from source_problems(config, shop, sources)
    yield from unanswered_consent(config, shop, Sources(sources).provides)
    yield from list_problems(config, shop)
    unknown = wrong_places(config, shop)
    yield from () if unknown is None else unknown.problems


def _of_segments(
    config: Config, segments: Segments, shop: Shop, sinks: Collection[str]
) -> Iterator[Problem]:
    source = Sources(sources_of(config, shop))
    made = sinks_of(config, shop)
    for segment in segments.to_check(shop.id):
        if not option_problems(segment, shop, made):
            yield from _advice(segment, shop, made)
        yield from segment_problems(
            config,
            shop,
            segment,
            provided=source.provides,
            params=source.params,
            sinks=made,
            sink_ids=sinks,
        )


def _advice(segment: Segment, shop: Shop, sinks: Mapping[str, Sink]) -> Iterator[Problem]:
    """What sinks say of the texts of a segment, each thing once."""
    told: dict[str, Problem] = {}
    for name in segment.sinks:
        sink = sinks.get(name)
        if segment.active and isinstance(sink, Advising):
            for finding in sink.advise(audience_spec(shop, segment, name, sink)):
                told[finding.message] = segment.file.problem(
                    Mistake.ADVICE,
                    f"sink {name}: {finding.message}",
                    ("name",),
                    hint=finding.remedy,
                    severity=Severity.WARNING,
                )
    yield from told.values()
