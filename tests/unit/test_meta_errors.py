"""Each error of Meta is known for what it is, and nobody's digest is told with it."""

import json
import re

import pytest

from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.testing.error_texts import texts_of
from audsync_sink_meta.answers import ThrottledError, error_of, read, rest_seconds
from audsync_sink_meta.error_table import TABLE, Kind, errors_page, meaning

# The classes of Meta's error reference: retried, throttled, waiting, a person, fatal.
EXPECTED = {
    Kind.RETRIED: "1 2 803",
    Kind.THROTTLED: " ".join(
        ["4 17 32 613 613/1996 80003/2446079", *map(str, range(80000, 80015))]
    ),
    Kind.WAITS: "2650/1870145 2650/1870158 2650/1870159 2650/1870148",
    Kind.TOKEN: "102 104 190 190/458 190/459 190/460 190/463 190/464 190/467 190/492",
    Kind.PERSON: "10 200 294 100/33 100/1713230 100/1713228 100/1713231 100/1713232 "
    "200/1870034 200/1870090 200/1870092 200/1870047 200/1870050 270 368 2635 2654/1713092 "
    "2656 1487301 1487366",
    Kind.FATAL: "100 100/1713098 105 194 2500 2650/1870147 2650/1870144 2650 2654",
}
CLASSES = {
    Kind.RETRIED: TransientError,
    Kind.THROTTLED: ThrottledError,
    Kind.WAITS: TransientError,
    Kind.TOKEN: CredentialError,
    Kind.PERSON: RejectedError,
    Kind.FATAL: RejectedError,
}
DIGEST = "5b504d774ed0d51c7e5b9f3f95bc06ebef5b8cc4116bfdbc31dd8dd59e247349"


def pairs() -> list[tuple[Kind, int, int | None]]:
    found = []
    for kind, text in EXPECTED.items():
        for word in text.split():
            code, _, subcode = word.partition("/")
            found.append((kind, int(code), int(subcode) if subcode else None))
    return found


def test_the_table_is_that_of_the_reference_and_has_no_row_twice() -> None:
    rows = [(row.code, row.subcode) for row in TABLE]
    assert len(rows) == len(set(rows))
    assert set(rows) == {(code, subcode) for _, code, subcode in pairs()}


@pytest.mark.parametrize(("kind", "code", "subcode"), pairs())
def test_every_error_is_of_its_class_and_says_what_to_do(
    kind: Kind, code: int, subcode: int | None
) -> None:
    error = {"code": code, "error_subcode": subcode, "message": f"no {DIGEST}"}
    found = error_of(error, {}, account="77")
    row = meaning(code, subcode)
    assert row is not None
    assert row.kind is kind
    assert isinstance(found, CLASSES[kind])
    assert isinstance(found, ThrottledError) is (kind is Kind.THROTTLED)
    assert f"code {code}" in str(found)
    assert "{" not in str(found)
    assert DIGEST not in " ".join(texts_of(found))
    if isinstance(found, RejectedError):
        assert found.remedy
        assert found.remedy in str(found)


def test_a_subcode_that_nobody_knows_is_what_its_code_is() -> None:
    assert meaning(190, 999) == meaning(190, None)
    assert meaning(200, 999) == meaning(200, None)


def test_an_unknown_code_is_shown_with_its_trace_and_is_not_delivered() -> None:
    found = error_of(
        {"code": 4711, "error_subcode": 5, "fbtrace_id": "AbC123"}, {}, account="1"
    )
    assert isinstance(found, RejectedError)
    assert "code 4711/5, fbtrace_id AbC123" in str(found)


@pytest.mark.parametrize("code", [4711, 100, 190])
def test_a_code_that_says_it_passes_is_tried_again(code: int) -> None:
    found = error_of({"code": code, "is_transient": True}, {}, account="1")
    assert type(found) is TransientError
    throttle = error_of({"code": 4, "is_transient": True}, {}, account="1")
    assert type(throttle) is ThrottledError


def test_a_refused_value_is_told_with_the_parameter_and_without_what_was_sent() -> None:
    error = {
        "code": 100,
        "message": "(#100) Param name must be a text.",
        "error_data": '{"blame_field_specs": [["name"]]}',
    }
    assert "(#100) Param name must be a text.: name" in str(error_of(error, {}, account="1"))
    for text in (f"bad {DIGEST}", "bad mary@example.com"):
        error = {"code": 100, "error_user_msg": text, "message": text}
        assert text not in str(error_of(error, {}, account="1"))


def test_a_throttle_waits_for_the_minutes_of_the_header_or_five() -> None:
    usage = '{"1": [{"type": "ads_insights", "estimated_time_to_regain_access": 7}]}'
    error = {"code": 80003, "error_subcode": 2446079}
    told = error_of(error, {"x-business-use-case-usage": usage}, account="1")
    untold = error_of(error, {}, account="1")
    assert isinstance(told, ThrottledError)
    assert isinstance(untold, ThrottledError)
    assert (told.retry_after, untold.retry_after) == (420.0, 300.0)


CASES = "x-business-use-case-usage"


def case(**usage: object) -> str:
    return json.dumps({"1": [usage]})


@pytest.mark.parametrize(
    ("name", "text", "seconds"),
    [
        ("x-app-usage", '{"call_count": 94, "total_time": 3}', 0),
        ("x-app-usage", '{"call_count": 95}', 60),
        ("x-ad-account-usage", '{"acc_id_util_pct": 97.5, "reset_time_duration": 90}', 90),
        ("x-ad-account-usage", '{"acc_id_util_pct": 5, "reset_time_duration": 90}', 0),
        (CASES, case(type="custom_audience", estimated_time_to_regain_access=2), 120),
        (CASES, case(type="ads_insights", estimated_time_to_regain_access=2), 0),
        (CASES, case(call_count=99), 60),
        (CASES, "no JSON", 0),
        (CASES, "[1]", 0),
        (CASES, '{"1": 5}', 0),
    ],
)
def test_the_rest_that_headers_ask_for(name: str, text: str, seconds: float) -> None:
    assert rest_seconds({name: text}) == seconds


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>success</html>"),
        (502, b"<html></html>"),
        (200, b""),
        (200, b"true"),
        (200, b"[]"),
        (200, b'{"success": false}'),
        (500, b'{"message": "no error"}'),
        (200, b'{"error": "a text"}'),
        (200, b'{"id": "1"'),
    ],
)
def test_what_is_no_answer_is_never_a_success(status: int, body: bytes) -> None:
    with pytest.raises(TransientError, match="a gateway may have sent it"):
        read(status, {}, body, account="1")


def test_the_page_of_errors_has_every_code() -> None:
    page = errors_page()
    for _, code, subcode in pairs():
        if not 80000 <= code <= 80014 or subcode:
            assert re.search(rf"\| [^|]*\b{code}\b[^|]* \| {subcode or ''} ?\|", page), code
    assert "80000-80014" in page
