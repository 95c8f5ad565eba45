"""The log: one JSON object a line, for people one sentence; nothing of a person in either."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from audsync import logs, redaction
from audsync.logs import LogFormat, bind, frames, log, set_up

DIGEST = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    monkeypatch.setattr(logs, "_bound", {"shop": None, "run_id": None})
    monkeypatch.setattr(redaction, "_secrets", set())
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raises


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def records(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_names_moment_level_event_shop_and_run(stream: io.StringIO) -> None:
    set_up(as_json=True, stream=stream)
    bind(shop="kolo", run_id="r1")
    log("batch sent", level=logging.WARNING, members=812)
    (record,) = records(stream)
    assert str(record.pop("ts")).endswith("Z")
    assert record == {
        "level": "warning",
        "event": "batch sent",
        "shop": "kolo",
        "run_id": "r1",
        "members": 812,
    }


def test_people_read_a_sentence_or_the_event_with_its_fields(stream: io.StringIO) -> None:
    set_up(as_json=False, stream=stream)
    log("warning", level=logging.WARNING, message="look here")
    log("error", level=logging.ERROR, message="no", remedy="say yes", exit_code=12)
    log("shop is due", shop="kolo", late=3)
    assert stream.getvalue() == (
        "warning: look here\nerror: no\n      = say yes\nshop is due: shop kolo, late 3\n"
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_what_is_personal_or_secret_is_blanked_wherever_it_stands(
    stream: io.StringIO, *, as_json: bool
) -> None:
    set_up(as_json=as_json, stream=stream)
    redaction.hide("hunter-2000")
    logging.getLogger("urllib3").warning(
        "GET /x?access_token=%s for %s", "EAAB1", "a@b.example"
    )
    log("odd", rows=["ana@example.com", {"phone": "+420601987321"}], note="is hunter-2000")
    log("odd", level=logging.ERROR, message=f"ana%40example.com {DIGEST}", remedy="Bearer abcd")
    text = stream.getvalue()
    assert len(text.splitlines()) == 3 + (not as_json)
    for canary in ("EAAB1", "a@b", "ana", "601987321", "hunter", "0123456789", "abcd"):
        assert canary not in text


def test_libraries_are_heard_from_warnings_on(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long as Google's clients are not loaded, which keep to themselves from then on.
    monkeypatch.setattr(logging.getLogger("google"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("google.auth"), "level", logging.NOTSET)
    set_up(as_json=True, stream=stream)
    for name in ("urllib3.connectionpool", "google.auth", "facebook_business", "whatever"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("retry %d of it", "no number")
    told = records(stream)
    assert [one["event"] for one in told] == ["message of a library"] * 4
    assert "cannot be written" in str(told[0]["message"])


def test_an_error_is_told_by_its_places_and_never_by_its_words(stream: io.StringIO) -> None:
    set_up(as_json=True, stream=stream)
    try:
        try:
            {"a": 1}["ana@example.com"]
        except KeyError as cause:
            raise RuntimeError("row of ana") from cause
    except RuntimeError as error:
        where = frames(error)
        logging.getLogger("some.library").exception("it broke")
    assert [line for line in where if not line.startswith(" ")] == ["RuntimeError", "KeyError"]
    assert records(stream)[0]["where"] == where
    assert "ana" not in stream.getvalue()


def test_the_format_follows_the_stream_unless_it_is_said(stream: io.StringIO) -> None:
    assert LogFormat.AUTO.is_json(stream)
    assert LogFormat.JSON.is_json(stream)
    assert not LogFormat.TEXT.is_json(stream)
