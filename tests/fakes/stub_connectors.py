"""A source and a sink that only have options, and plug-ins that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen

from audsync.plugins import Plugin


class Pace(StrEnum):
    SLOW = "slow"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Cell:
    column: Annotated[str, "Header of the column."]
    decimal: Annotated[str | None, "Decimal sign."] = None


@dataclass(frozen=True, slots=True)
class Table:
    files: Annotated[str | tuple[str, ...], "Paths."]
    columns: Annotated[Mapping[str, str | Cell], "Column: header."] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        for name in self.columns:
            if name == "nonsense":
                raise ValueError(f'no column "{name}"')


@dataclass(frozen=True, slots=True)
class SourceOptions:
    url: Annotated[str, "Address of the shop, such as https://shop.example.com."]
    page_size: Annotated[int, "Rows asked for at once.", Ge(1), Le(500)] = 100
    prefix: Annotated[str, "Start of names.", MinLen(2)] = "shop"
    price: Annotated[Decimal | None, "A price."] = None
    lookup: Annotated[Mapping[str, Any], "Anything."] = field(default_factory=dict)
    share: Annotated[float, "A share."] = 0.5
    verify: Annotated[bool, "Whether to look twice."] = True
    pace: Annotated[Pace, "How fast."] = Pace.SLOW
    since: Annotated[date | None, "First day."] = None
    mode: Annotated[Literal["full", "append"], "What the files say."] = "full"
    tags: Annotated[tuple[str, ...], "Labels."] = ()
    customers: Annotated[Table | None, "Accounts."] = None


@dataclass(frozen=True, slots=True)
class SinkOptions:
    folder: Annotated[str, "Where files are written."] = "out"


class StubSource:
    Options = SourceOptions


class StubSink:
    Options = SinkOptions


@dataclass(frozen=True, slots=True)
class UnreadableOptions:
    when: "Undefined"  # type: ignore[name-defined]  # noqa: F821 - what a broken plug-in has


class UnreadableSink:
    Options = UnreadableOptions


class NoOptions:
    pass


def plugin(name: str, target: str, **more: Any) -> Plugin:
    return Plugin(name, "audsync-stub", "1.0", f"fakes.stub_connectors:{target}", **more)


SOURCES = {"stub": plugin("stub", "StubSource")}
SINKS = {"files": plugin("files", "StubSink"), "stub_ads": plugin("stub_ads", "StubSink")}


@dataclass(frozen=True, slots=True)
class AnyOptions:
    pass


class AnySource:
    Options = AnyOptions
