"""Explaining a segment: how many clients each line keeps, and why one client is in or out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from audsync.errors import NotFoundError
from audsync.model.settings import LeapDay
from audsync.segments.comparison_sql import values_of
from audsync.segments.compile import Compiler
from audsync.segments.evaluate import member_tables
from audsync.segments.figures import figures_of
from audsync.segments.flips import flip, smallest, told
from audsync.segments.operands import CLIENTS
from audsync.segments.operators import RANKINGS
from audsync.segments.rankings import bound_of
from audsync.segments.rule import Block, Comparison, Group, Rule
from audsync.segments.segment import Segment
from audsync.segments.terms import Term, every, from_clause, joined
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One block or line of a rule.

    `line` is its number in the file, None for one that the file does not show. `clients`
    counts those it holds for by itself; `left` those for whom it and everything before it
    holds, None for a line inside a block whose lines do not narrow one by one. `missing`
    counts the clients whose value is missing. For one client, `holds` tells whether the line
    does, `value` is what the client has: a number, date or word, never a text, of purchases how
    many, and `flip` the nearest with which the line would answer otherwise.
    """

    line: int | None
    text: str
    depth: int
    is_block: bool
    clients: int
    left: int | None
    missing: int | None = None
    holds: bool | None = None
    value: str | None = None
    flip: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The funnel of a segment: `clients` go in, `members` come out, before any consent.

    For one client `smallest` are the places in `lines` of the fewest lines that would have to
    answer otherwise for the client to enter or to leave.
    """

    segment: str
    name: str
    clients: int
    members: int
    lines: tuple[ExplainedLine, ...]
    client_is_member: bool | None = None
    smallest: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One row of the explanation: the rule, and the predicates that are counted for it."""

    rule: Rule
    depth: int
    alone: Term
    left: Term | None
    missing: Term | None


def explain(
    segment: Segment,
    engine: "Engine",
    *,
    as_of: date,
    currency: str,
    leap_day: LeapDay = LeapDay.FEBRUARY_28,
    client_id: str | None = None,
    others: Sequence[Segment] = (),
    answers: "Mapping[str, pa.Table] | None" = None,
) -> Explanation:
    """Count what each block and line keeps; with `client_id` tell the same of one client.

    `others` holds the segments that this one refers to, `answers` by its text who each query in
    SQL holds for. Raises NotFoundError where no client has that id, ConfigError where a
    reference leads nowhere.
    """
    with Workspace(
        engine, as_of=as_of, currency=currency, leap_day=leap_day, answers=answers
    ) as workspace:
        known = {other.id: other for other in (*others, segment)}
        members = member_tables(list(known.values()), workspace, wanted=segment.references)
        compiler = Compiler(segment, workspace, members)
        steps = list(_steps(segment.rule, compiler))
        whole = compiler.term(segment.rule)
        counts = _counts(steps, whole, workspace)
        person = None if client_id is None else _person(steps, whole, compiler, client_id)
        return _explanation(segment, steps, counts, person, workspace)


def _steps(rule: Group, compiler: Compiler) -> Iterator[_Step]:
    before: list[Term] = []
    for line in rule.lines:
        yield from _block_steps(line, compiler, before, 0, narrows=True)
        before.append(compiler.term(line))


def _block_steps(
    rule: Rule, compiler: Compiler, before: Sequence[Term], depth: int, *, narrows: bool
) -> Iterator[_Step]:
    """A block, then its lines; the lines of `all` and `none` narrow one by one."""
    term = compiler.term(rule)
    left = every([*before, term]) if narrows else None
    if not isinstance(rule, Group):
        missing = compiler.missing(rule) if isinstance(rule, Comparison) else None
        yield _Step(rule, depth, term, left, missing)
        return
    yield _Step(rule, depth, term, left, None)
    so_far = list(before)
    for line in rule.lines:
        inner = narrows and rule.block is Block.ALL
        yield from _block_steps(line, compiler, so_far, depth + 1, narrows=inner)
        so_far.append(compiler.term(line))


def _counts(steps: Sequence[_Step], whole: Term, workspace: Workspace) -> dict[str, Any]:
    asked = {"members": whole}
    for number, step in enumerate(steps):
        asked[f"alone_{number}"] = step.alone
        if step.left is not None:
            asked[f"left_{number}"] = step.left
        if step.missing is not None:
            asked[f"missing_{number}"] = step.missing
    columns = [f"count(*) FILTER (WHERE {term.sql}) AS {name}" for name, term in asked.items()]
    rows = workspace.engine.fetch(
        f"SELECT count(*) AS clients, {', '.join(columns)}"
        f" FROM {from_clause(CLIENTS, joined(asked.values()))}"
    )
    found: dict[str, Any] = rows.to_pylist()[0]
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one client for a step: whether it holds, figures, what it asks."""

    holds: bool
    figures: Mapping[str, object]
    asked: Rule | None


@dataclass(frozen=True, slots=True)
class _Person:
    """One client, with what is known for each step."""

    is_member: bool
    known: tuple[_Known, ...]


def _person(steps: Sequence[_Step], whole: Term, compiler: Compiler, client_id: str) -> _Person:
    workspace = compiler.workspace
    figures = [figures_of(step.rule, compiler) for step in steps]
    asked = {"members": whole}
    for number, step in enumerate(steps):
        asked[f"alone_{number}"] = step.alone
        asked |= {f"{name}_{number}": term for name, term in figures[number].items()}
    columns = [f"{term.sql} AS {name}" for name, term in asked.items()]
    rows = workspace.engine.fetch(
        f"SELECT {', '.join(columns)} FROM {from_clause(CLIENTS, joined(asked.values()))}"
        f" WHERE c.client_id = {literal(client_id)}"
    )
    if rows.num_rows == 0:
        raise NotFoundError("there is no client of that id")
    found: dict[str, Any] = rows.to_pylist()[0]
    known = [
        _Known(
            found[f"alone_{number}"],
            {name: found[f"{name}_{number}"] for name in figures[number]},
            _asked_of(step.rule, client_id, workspace),
        )
        for number, step in enumerate(steps)
    ]
    return _Person(found["members"], tuple(known))


def _asked_of(rule: Rule, client_id: str, workspace: Workspace) -> Rule | None:
    """What a line asks of one client: of a share of all clients, the bound that it has."""
    if not isinstance(rule, Comparison) or rule.operator not in RANKINGS:
        return rule
    return bound_of(rule, values_of(rule, workspace)[0], client_id, workspace)


def _explanation(
    segment: Segment,
    steps: Sequence[_Step],
    counts: dict[str, Any],
    person: _Person | None,
    workspace: Workspace,
) -> Explanation:
    lines = [
        ExplainedLine(
            line=segment.file.problem("", "", step.rule.path).line or None,
            text=str(step.rule.block) if isinstance(step.rule, Group) else str(step.rule),
            depth=step.depth,
            is_block=isinstance(step.rule, Group),
            clients=counts[f"alone_{number}"],
            left=counts.get(f"left_{number}"),
            missing=counts.get(f"missing_{number}"),
        )
        for number, step in enumerate(steps)
    ]
    if person is not None:
        lines = [
            _told_of(known, step.rule, line, workspace)
            for known, step, line in zip(person.known, steps, lines, strict=True)
        ]
    return Explanation(
        segment.id,
        segment.name,
        clients=counts["clients"],
        members=counts["members"],
        lines=tuple(lines),
        client_is_member=None if person is None else person.is_member,
        smallest=None if person is None else _smallest(segment.rule, steps, person),
    )


def _told_of(
    known: _Known, rule: Rule, line: ExplainedLine, workspace: Workspace
) -> ExplainedLine:
    """A line with what is to be told of it to one client."""
    change = None
    if known.asked is not None:
        change = flip(
            known.asked,
            known.figures,
            holds=known.holds,
            as_of=workspace.as_of,
            currency=workspace.currency,
        )
    value = told(rule, known.figures, workspace.currency)
    return replace(line, holds=known.holds, value=value, flip=change)


def _smallest(rule: Group, steps: Sequence[_Step], person: _Person) -> tuple[int, ...]:
    # By identity: equal lines may stand in a rule twice.
    places = {id(step.rule): number for number, step in enumerate(steps)}
    found = smallest(
        rule,
        lambda line: person.known[places[id(line)]].holds,
        wanted=not person.is_member,
    )
    return tuple(places[id(line)] for line in found)
