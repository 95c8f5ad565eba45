"""Reading blocks: `all`, `any`, `none`, one in another, and the lines they hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from audsync.segments.codes import Mistake
from audsync.segments.fields import Field
from audsync.segments.ids import HINT, is_id
from audsync.segments.lines import (
    Subject,
    by_parameter,
    is_table_list,
    read_lines,
    refuse_second,
)
from audsync.segments.mistakes import Mistakes
from audsync.segments.operators import POSITIVE
from audsync.segments.registry import CLIENT, PRODUCT, PURCHASE, VISIT, nearest
from audsync.segments.rule import Block, Comparison, Group, InList, InSegment, Rule
from audsync.toml_file import KeyPath

TOP_LEVEL: Final = (
    *("version", "name", "description", "sinks", "active", "shops", "exact", "value", "sql"),
    *("group", "priority"),
)
BLOCKS: Final = tuple(Block)

# Reads one table that stands at a path in a file.
Reader = Callable[[Mapping[str, Any], KeyPath, Mistakes], Rule]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which fields and other words may stand in a block, and who reads blocks of purchases."""

    fields: Mapping[str, Field]
    words: tuple[str, ...] = ()
    readers: Mapping[str, Reader] = field(default_factory=dict)
    exact_category: bool = False


def read_blocks(
    block: Block, raw: Any, path: KeyPath, vocabulary: Vocabulary, mistakes: Mistakes
) -> list[Group]:
    """The block, or the several of one name; each is a line of what surrounds it."""
    if isinstance(raw, dict):
        return [read_group(block, raw, path, vocabulary, mistakes)]
    if is_table_list(raw):
        return [
            read_group(block, table, (*path, number), vocabulary, mistakes)
            for number, table in enumerate(raw)
        ]
    mistakes.add(
        Mistake.SHAPE, f"{block} is a block of lines", path, hint=f"write [{block}] and lines"
    )
    return []


def read_group(
    block: Block,
    table: Mapping[str, Any],
    path: KeyPath,
    vocabulary: Vocabulary,
    mistakes: Mistakes,
) -> Group:
    """One block. Without any line it is a mistake."""
    if not table:
        mistakes.add(
            Mistake.NO_LINES,
            f"[{block}] has no lines",
            path,
            hint="write a line below it, or take it out",
        )
    lines: list[Rule] = []
    asked: set[tuple[str, str | None]] = set()
    for key, raw in table.items():
        here = (*path, key)
        if key in BLOCKS:
            lines += read_blocks(Block(key), raw, here, vocabulary, mistakes)
        elif key in vocabulary.readers:
            lines += _read_purchases(key, raw, here, vocabulary.readers[key], mistakes)
        elif key in vocabulary.fields:
            whole = Subject(
                vocabulary.fields[key], here, block, exact_category=vocabulary.exact_category
            )
            for subject, value in by_parameter(whole, raw, mistakes):
                _check_once(subject, value, asked, mistakes)
                lines += map(_as_rule, read_lines(subject, value, mistakes))
        else:
            refuse_key(key, here, vocabulary, mistakes)
    _check_ids(lines, mistakes)
    return Group(block, tuple(lines), path)


def _check_once(
    subject: Subject, raw: Any, asked: set[tuple[str, str | None]], mistakes: Mistakes
) -> None:
    """In any and none a field is asked once, unless each question has its own table."""
    if subject.block is Block.ALL or is_table_list(raw):
        return
    what = subject.field.name, subject.param
    if what in asked:
        refuse_second(subject.field.name, subject.path, mistakes)
    asked.add(what)


def _as_rule(line: Comparison) -> Rule:
    value = line.value if isinstance(line.value, tuple) else (line.value,)
    names, negated = tuple(str(name) for name in value), line.operator in POSITIVE
    match line.field.name:
        case "in_segment":
            return InSegment(names, negated, line.path)
        case "in_list":
            return InList(names, negated, line.path)
        case _:
            return line


def _check_ids(lines: list[Rule], mistakes: Mistakes) -> None:
    for line in lines:
        match line:
            case InSegment():
                names, what = line.segments, "the id of a segment"
            case InList():
                names, what = line.lists, "the name of a list"
            case _:
                continue
        if not all(map(is_id, names)):
            mistakes.add(Mistake.ID, f"not {what}", line.path, value=True, hint=HINT)


def _read_purchases(
    word: str, raw: Any, path: KeyPath, read: Reader, mistakes: Mistakes
) -> list[Rule]:
    if isinstance(raw, dict):
        return [read(raw, path, mistakes)]
    if is_table_list(raw):
        return [read(table, (*path, number), mistakes) for number, table in enumerate(raw)]
    mistakes.add(
        Mistake.SHAPE,
        f"{word} is a block of lines",
        path,
        hint=f"write a header such as [all.{word}] and lines below it",
    )
    return []


def refuse_key(key: str, path: KeyPath, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    """Note a key that is no field here, with what was probably meant."""
    if key in TOP_LEVEL:
        mistakes.add(
            Mistake.MISPLACED_KEY,
            f'"{key}" is a key of the whole segment',
            path,
            hint="move it above the first [block]",
        )
        return
    mistakes.add(
        Mistake.UNKNOWN_FIELD,
        f'unknown field "{key}"',
        path,
        hint=_elsewhere(key, vocabulary)
        or nearest(key, (*vocabulary.fields, *vocabulary.words, *vocabulary.readers, *BLOCKS)),
    )


def _elsewhere(key: str, vocabulary: Vocabulary) -> str | None:
    inside = not vocabulary.readers
    if inside and key in CLIENT:
        return f'"{key}" is about clients; move it out of this block'
    if not inside and (key in PRODUCT or key in PURCHASE):
        return f'"{key}" is about purchases; write it below [all.bought]'
    if not inside and key in VISIT:
        return f'"{key}" is about web visits; write it below [all.visited]'
    return None
