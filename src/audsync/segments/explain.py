"""Explaining a segment: how many clients each line keeps, and why one client is in or out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from audsync.errors import NotFoundError
from audsync.model.settings import LeapDay
from audsync.money import to_decimal
from audsync.segments.compile import Compiler
from audsync.segments.evaluate import member_tables
from audsync.segments.fields import Unit
from audsync.segments.flips import flip, smallest
from audsync.segments.operands import CLIENTS, operands
from audsync.segments.purchase_sql import PRODUCT_ASKED
from audsync.segments.rule import Block, Comparison, Group, Rule, Spent
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
    does, `value` is the client's own value: a number, date or word, never a text, and `flip`
    the nearest with which the line would answer otherwise.
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
    value: Term | None


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
    SQL holds for. Raises NotFoundError where no client
    has that id, ConfigError where a reference leads nowhere.
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
        person = None if client_id is None else _person(steps, whole, workspace, client_id)
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
        value = _shown_value(rule, compiler.workspace)
        yield _Step(rule, depth, term, left, missing, value)
        return
    yield _Step(rule, depth, term, left, None, None)
    so_far = list(before)
    for line in rule.lines:
        inner = narrows and rule.block is Block.ALL
        yield from _block_steps(line, compiler, so_far, depth + 1, narrows=inner)
        so_far.append(compiler.term(line))


def _shown_value(rule: Rule, workspace: Workspace) -> Term | None:
    """The client's value of a line, where it tells nobody who the client is."""
    if isinstance(rule, Spent):
        return Compiler.spent_value(rule, workspace)
    if not isinstance(rule, Comparison) or rule.field.is_personal:
        return None
    if rule.field.name in PRODUCT_ASKED or rule.field.name == "ab_group":
        return None
    value = operands(rule, workspace)[0]
    return Term(value.sql, value.joins)


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


def _person(
    steps: Sequence[_Step], whole: Term, workspace: Workspace, client_id: str
) -> dict[str, Any]:
    asked = {"members": whole}
    for number, step in enumerate(steps):
        asked[f"alone_{number}"] = step.alone
        if step.value is not None:
            asked[f"value_{number}"] = step.value
    columns = [f"{term.sql} AS {name}" for name, term in asked.items()]
    rows = workspace.engine.fetch(
        f"SELECT {', '.join(columns)} FROM {from_clause(CLIENTS, joined(asked.values()))}"
        f" WHERE c.client_id = {literal(client_id)}"
    )
    if rows.num_rows == 0:
        raise NotFoundError("there is no client of that id")
    found: dict[str, Any] = rows.to_pylist()[0]
    return found


def _explanation(
    segment: Segment,
    steps: Sequence[_Step],
    counts: dict[str, Any],
    person: dict[str, Any] | None,
    workspace: Workspace,
) -> Explanation:
    currency = workspace.currency
    known = person or {}
    lines = tuple(
        ExplainedLine(
            line=segment.file.problem("", "", step.rule.path).line or None,
            text=str(step.rule.block) if isinstance(step.rule, Group) else str(step.rule),
            depth=step.depth,
            is_block=isinstance(step.rule, Group),
            clients=counts[f"alone_{number}"],
            left=counts.get(f"left_{number}"),
            missing=counts.get(f"missing_{number}"),
            holds=None if person is None else person[f"alone_{number}"],
            value=_written(step, known.get(f"value_{number}"), currency),
            flip=None
            if person is None
            else flip(
                step.rule,
                known.get(f"value_{number}"),
                holds=person[f"alone_{number}"],
                as_of=workspace.as_of,
                currency=currency,
            ),
        )
        for number, step in enumerate(steps)
    )
    return Explanation(
        segment.id,
        segment.name,
        clients=counts["clients"],
        members=counts["members"],
        lines=lines,
        client_is_member=None if person is None else person["members"],
        smallest=None if person is None else _smallest(segment.rule, steps, person),
    )


def _smallest(
    rule: Group, steps: Sequence[_Step], person: Mapping[str, Any]
) -> tuple[int, ...]:
    # By identity: equal lines may stand in a rule twice.
    places = {id(step.rule): number for number, step in enumerate(steps)}
    found = smallest(
        rule,
        lambda line: bool(person[f"alone_{places[id(line)]}"]),
        wanted=not person["members"],
    )
    return tuple(places[id(line)] for line in found)


def _written(step: _Step, value: object, currency: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    is_money = isinstance(step.rule, Spent) or (
        isinstance(step.rule, Comparison) and step.rule.field.unit is Unit.MONEY
    )
    if is_money and isinstance(value, int):
        return str(to_decimal(value, currency))
    return format(value, "f") if isinstance(value, Decimal) else str(value)
