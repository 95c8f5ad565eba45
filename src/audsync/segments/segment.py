"""A segment: one TOML file, read and understood."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from audsync.errors import Problem
from audsync.segments.blocks import BLOCKS, TOP_LEVEL, read_blocks
from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Unit
from audsync.segments.ids import HINT, is_id
from audsync.segments.mistakes import Mistakes
from audsync.segments.purchases import CLIENTS
from audsync.segments.registry import CLIENT, nearest
from audsync.segments.rule import Block, Group, Query, references
from audsync.toml_file import TomlFile

VERSION: Final = 1
SQL: Final = "sql"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `rule` is the `all` of its blocks and its query; `shops` None: every shop.

    `sinks` are ids of sinks, none of them: for reports only. A segment that is not `active`
    is listed and can be referred to, and its audiences are left as they are. `text_hash` is
    the SHA-256 of the file's text; `value` is the amount that says what a member is worth, for
    sinks that take one. `tables` are what sinks alone understand, by the type of the sink.
    Of the segments of one `group` a client is in that of the greatest `priority` only.
    """

    id: str
    name: str
    sinks: tuple[str, ...]
    active: bool
    shops: tuple[str, ...] | None
    exact: bool
    rule: Group
    file: TomlFile = field(repr=False, compare=False)
    text_hash: str
    description: str = ""
    value: Field | None = None
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)
    group: str | None = None
    priority: int = 0

    @property
    def references(self) -> tuple[str, ...]:
        """Ids of the segments that its rule refers to, sorted."""
        return references(self.rule)


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a folder by id, in order, and every mistake in its files.

    `flawed` are what was understood of files with mistakes: to be checked, never evaluated.
    `unread` are the ids of files of which nothing was.
    """

    segments: Mapping[str, Segment] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    flawed: Mapping[str, Segment] = field(default_factory=lambda: MappingProxyType({}))
    unread: tuple[str, ...] = ()

    def for_shop(self, shop: str) -> tuple[Segment, ...]:
        """The shop's segments, sorted by id, with those that they refer to.

        One that is there only because another refers to it is not active. One that is not
        active takes part in no group.
        """
        return _of_shop(self.segments, shop)

    def to_check(self, shop: str) -> tuple[Segment, ...]:
        """The same, and those of them whose files have mistakes."""
        return _of_shop({**self.segments, **self.flawed}, shop)


def _of_shop(segments: Mapping[str, Segment], shop: str) -> tuple[Segment, ...]:
    own = {
        segment.id
        for segment in segments.values()
        if segment.shops is None or shop in segment.shops
    }
    needed, waiting = set(own), sorted(own)
    while waiting:
        for name in segments[waiting.pop()].references:
            if name in segments and name not in needed:
                needed.add(name)
                waiting.append(name)
    return tuple(
        segments[name]
        if name in own and segments[name].active
        else replace(segments[name], active=False, group=None)
        for name in sorted(needed)
    )


def read_segment(
    file: TomlFile, segment_id: str, connectors: Collection[str] = ()
) -> tuple[Segment | None, tuple[Problem, ...]]:
    """The segment in the file, or None and its mistakes. References are not looked at.

    A table that has the name of one of the `connectors` is kept as it is.
    """
    segment, mistakes = understand_segment(file, segment_id, connectors)
    return (None if mistakes else segment), mistakes


def understand_segment(
    file: TomlFile, segment_id: str, connectors: Collection[str] = ()
) -> tuple[Segment | None, tuple[Problem, ...]]:
    """What can be understood of the file, and its mistakes; None of a newer audsync's."""
    mistakes = Mistakes(file)
    if not is_id(segment_id):
        mistakes.add(Mistake.ID, "the file's name is no valid id of a segment", hint=HINT)
    if _is_newer(file.data, mistakes):
        return None, mistakes.shown()
    tables = {
        name: file.data[name]
        for name in connectors
        if name not in TOP_LEVEL and isinstance(file.data.get(name), dict)
    }
    _check_keys(file.data, tables, mistakes)
    blocks = [
        group
        for block in Block
        if block in file.data
        for group in read_blocks(block, file.data[block], (block,), CLIENTS, mistakes)
    ]
    asked = _query(file.data, mistakes)
    if not any(block in file.data for block in (*Block, SQL)):
        mistakes.add(
            Mistake.NO_LINES,
            "the segment has no block, so it would hold everyone",
            hint="write [all] and lines below it; for everyone: order_count.at_least = 0",
        )
    segment = Segment(
        id=segment_id,
        name=_text(file.data, "name", mistakes) or segment_id,
        sinks=_ids(file.data, "sinks", mistakes) or (),
        active=_flag(file.data, "active", mistakes, default=True),
        shops=_ids(file.data, "shops", mistakes),
        exact=_flag(file.data, "exact", mistakes, default=False),
        rule=Group(Block.ALL, (*blocks, *asked)),
        file=file,
        text_hash=hashlib.sha256(file.text.encode()).hexdigest(),
        description=_text(file.data, "description", mistakes) or "",
        value=_value(file.data, mistakes),
        tables=tables,
        group=_group(file.data, mistakes),
        priority=_priority(file.data, mistakes),
    )
    return segment, mistakes.shown()


def _is_newer(data: Mapping[str, Any], mistakes: Mistakes) -> bool:
    version = data.get("version", VERSION)
    if isinstance(version, int) and not isinstance(version, bool) and version >= 1:
        if version > VERSION:
            mistakes.add(
                Mistake.NEWER,
                "made for a newer audsync",
                ("version",),
                value=True,
                hint=f"this audsync reads version {VERSION}; install a newer one",
            )
        return version > VERSION
    mistakes.add(
        Mistake.VALUE_TYPE,
        "not a version",
        ("version",),
        value=True,
        hint=f"write version = {VERSION}",
    )
    return False


def _check_keys(data: Mapping[str, Any], tables: Collection[str], mistakes: Mistakes) -> None:
    known = (*TOP_LEVEL, *BLOCKS, *tables)
    for key in data:
        if key in known:
            continue
        hint = nearest(key, known)
        if key in CLIENTS.fields or key in CLIENTS.readers:
            hint = "put it below [all]"
        elif hint is None and isinstance(data[key], dict | list):
            hint = "blocks are [all], [any] and [none]"
        mistakes.add(Mistake.UNKNOWN_KEY, f'unknown key "{key}"', (key,), hint=hint)


def _text(data: Mapping[str, Any], key: str, mistakes: Mistakes) -> str | None:
    value = data.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    mistakes.add(
        Mistake.VALUE_TYPE,
        f"{key} is not a text",
        (key,),
        value=True,
        hint="write it in quotes",
    )
    return None


def _query(data: Mapping[str, Any], mistakes: Mistakes) -> tuple[Query, ...]:
    sql = _text(data, SQL, mistakes)
    return () if sql is None else (Query(sql, (SQL,)),)


def _value(data: Mapping[str, Any], mistakes: Mistakes) -> Field | None:
    name = _text(data, "value", mistakes)
    if name is None:
        return None
    amounts = [one for one, field in CLIENT.items() if field.unit is Unit.MONEY]
    if name in amounts:
        return CLIENT[name]
    mistakes.add(
        Mistake.UNKNOWN_VALUE,
        f'there is no amount "{name}" of clients',
        ("value",),
        value=True,
        hint=nearest(name, amounts) or f"amounts are: {', '.join(sorted(amounts))}",
    )
    return None


def _group(data: Mapping[str, Any], mistakes: Mistakes) -> str | None:
    name = _text(data, "group", mistakes)
    if name is None or is_id(name):
        return name
    mistakes.add(Mistake.ID, "not a valid name of a group", ("group",), value=True, hint=HINT)
    return None


def _priority(data: Mapping[str, Any], mistakes: Mistakes) -> int:
    value = data.get("priority", 0)
    if not isinstance(value, int) or isinstance(value, bool):
        mistakes.add(
            Mistake.VALUE_TYPE,
            "priority is not a whole number",
            ("priority",),
            value=True,
            hint="write a whole number; the greatest of the group goes first",
        )
        return 0
    if "priority" in data and "group" not in data:
        mistakes.add(
            Mistake.UNKNOWN_KEY,
            "a priority without a group",
            ("priority",),
            hint='name the segments among which it holds: group = "..."',
        )
    return value


def _flag(data: Mapping[str, Any], key: str, mistakes: Mistakes, *, default: bool) -> bool:
    value = data.get(key, default)
    if isinstance(value, bool):
        return value
    mistakes.add(
        Mistake.VALUE_TYPE,
        f"{key} is neither true nor false",
        (key,),
        value=True,
        hint="write true or false without quotes",
    )
    return default


def _ids(data: Mapping[str, Any], key: str, mistakes: Mistakes) -> tuple[str, ...] | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, list):
        mistakes.add(
            Mistake.VALUE_TYPE,
            f"{key} is not a list",
            (key,),
            value=True,
            hint=f'write {key} = ["..."]',
        )
        return ()
    for place, name in enumerate(value):
        if not (isinstance(name, str) and is_id(name)):
            mistakes.add(Mistake.ID, "not a valid id", (key, place), value=True, hint=HINT)
    return tuple(dict.fromkeys(name for name in value if isinstance(name, str)))
