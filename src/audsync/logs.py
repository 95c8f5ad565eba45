"""The log: records of `logging` on stderr, as lines for people or as one JSON object a line.

An `event` is a fixed English phrase and what it is about stands in fields. No record holds a
value of a person; a filter that blanks what looks like one is the second net.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any, Final

from audsync.redaction import redact

LOGGER: Final = logging.getLogger("audsync")
# Whose clients talk of every request, some with its body.
_TALKATIVE: Final = ("urllib3", "requests", "google", "grpc", "facebook_business", "apprise")
_LIBRARY: Final = "message of a library"

_bound: dict[str, str | None] = {"shop": None, "run_id": None}


class LogFormat(StrEnum):
    """How records are written; `auto` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"

    def is_json(self, stream: IO[str]) -> bool:
        """Whether records on that stream are JSON."""
        return self is LogFormat.JSON or (self is LogFormat.AUTO and not stream.isatty())


def set_up(*, as_json: bool, colour: bool = False, stream: IO[str] | None = None) -> None:
    """Let every record of this process go to `stream`, by default stderr, and only there."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else _TextLines(colour=colour))
    handler.addFilter(_Net())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a reader of stderr who has left is no failure of ours


def bind(*, shop: str, run_id: str) -> None:
    """Name the shop and the run that this process works for in every record from now on."""
    _bound.update(shop=shop, run_id=run_id)


def log(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write a record; `message`, if there is one, is the sentence that people are shown."""
    LOGGER.log(level, event, extra={"fields": fields})


def frames(error: BaseException) -> list[str]:
    """Where an error and its causes arose: kinds and places, without a word of their texts."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        places = traceback.extract_tb(seen.__traceback__)
        lines.append(type(seen).__name__)
        lines += [f"  {place.filename}:{place.lineno} {place.name}" for place in places]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return lines


class _Net(logging.Filter):
    """Turns a record into an event and fields, and blanks what no record may hold."""

    def filter(self, record: logging.LogRecord) -> bool:
        own = record.__dict__.get("fields")
        if own is None:
            own = {"logger": record.name, "message": _words(record)}
            event = _LIBRARY
        else:
            event = record.getMessage()
        fields: dict[str, Any] = dict(own)
        if record.exc_info and record.exc_info[1] is not None:
            fields["where"] = frames(record.exc_info[1])
        record.exc_info = record.exc_text = record.stack_info = None
        record.__dict__.update(event=event, fields=_blanked(fields))
        return True


class _JsonLines(logging.Formatter):
    """`ts`, `level`, `event`, `shop`, `run_id`, and the fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        head = {
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", ""),
            **_bound,
        }
        fields = getattr(record, "fields", {})
        return json.dumps({**head, **fields}, ensure_ascii=False, default=str)


class _TextLines(logging.Formatter):
    """The sentence of the record, or its event and fields, behind a word for what is wrong."""

    _MARKS: Final = {logging.WARNING: ("warning", "33"), logging.ERROR: ("error", "31")}

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(getattr(record, "fields", {}))
        text = fields.pop("message", None)
        if text is None:
            told = ", ".join(f"{name} {value}" for name, value in fields.items())
            text = f"{getattr(record, 'event', '')}: {told}".removesuffix(": ")
        mark, colour = self._MARKS.get(record.levelno, ("", ""))
        if not mark or fields.get("problems"):
            return str(text)
        remedy = fields.get("remedy")
        if remedy and remedy not in text:
            text = f"{text}\n      = {remedy}"
        return f"\x1b[{colour}m{mark}\x1b[0m: {text}" if self._colour else f"{mark}: {text}"


def _words(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 -- a library's own mistake in its words
        return f"a record that cannot be written ({type(error).__name__})"


def _blanked(value: Any) -> Any:
    """The value with every text in it redacted."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: _blanked(one) for name, one in value.items()}
        case list() | tuple():
            return [_blanked(one) for one in value]
        case _:
            return value
