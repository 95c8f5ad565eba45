"""What stops a pull of the fake panel, and options that cannot work."""

import math
from typing import Any

import pytest

from audsync.errors import CredentialError, ExitCode
from audsync.testing.idosell import faults
from audsync_source_idosell import IdoSellOptions
from idosell_shop import Made, differences, failing


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.html_page(), "the answer is a web page"),
        (faults.truncated(), "the answer is cut off, or no JSON"),
        (faults.other_json("text"), "the answer is no JSON object"),
        (faults.http_error(502, html=True), "the panel answered 502; run again later"),
        (faults.http_error(429), "it takes no more calls now; run again later"),
        (faults.reset(), "was not reached, or its answer was cut off"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_told(
    made: Made, fault: faults.Fault, words: str
) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(fault, endpoint="clients/clients", times=5)
    assert words in failing(pulls, ExitCode.TEMPORARY)
    assert pulls.slept.count(8.0) == 1
    pulls.pull()
    assert differences(pulls) == []


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (faults.http_error(404), ExitCode.REFUSED, "there is no such API at this address"),
        (faults.http_error(422), ExitCode.REFUSED, "the panel answered 422"),
        (faults.fault_code(4), ExitCode.REFUSED, "the shop is blocked"),
        (faults.fault_code(2, "Sklep zablokowany"), ExitCode.REFUSED, "the shop is blocked"),
        (faults.fault_code(7), ExitCode.REFUSED, "fault code 7"),
        (faults.no_list(), ExitCode.REFUSED, "the answer has no list Results"),
        (faults.http_error(401), ExitCode.CREDENTIAL, "the key is refused"),
        (faults.http_error(403), ExitCode.CREDENTIAL, "it lacks the permission OMS (read)"),
        (
            faults.http_error(403, text="Zły zakres. Scope: oms, level: rw"),
            ExitCode.CREDENTIAL,
            "lacks the permission OMS (read and write)",
        ),
    ],
)
def test_what_will_not_pass_is_told_at_once(
    made: Made, fault: faults.Fault, code: ExitCode, words: str
) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(fault, endpoint="orders/orders/search")
    assert words in failing(pulls, code)
    assert not pulls.slept or max(pulls.slept) == 0


def test_nothing_found_is_a_fault_where_it_means_that_the_shop_is_blocked(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.fault_code(2), endpoint="system/shopsData")
    assert "the shop is blocked" in failing(pulls, ExitCode.REFUSED)


def test_a_host_that_is_none_is_told_with_what_to_look_at(made: Made) -> None:
    _, pulls = made()
    pulls.settings = {"url": "http://127.0.0.1:9"}
    message = failing(pulls, ExitCode.TEMPORARY)
    assert "127.0.0.1:9 was not reached" in message
    assert "see that `url` is the address of the panel" in message


def test_an_ignored_filter_is_noticed(made: Made) -> None:
    shop, pulls = made(orders=200)
    pulls.pull()
    shop.panel.clock.advance(days=200)
    shop.happen(5)
    pulls.fake.faults.plan(faults.ignored_filters(), endpoint="orders/*", times=None)
    assert "ignored the filter by time" in failing(pulls, ExitCode.REFUSED)
    pulls.fake.faults.clear()
    pulls.pull()
    assert differences(pulls, is_swept=False) == []


def test_orders_that_were_not_asked_for_end_the_first_load(made: Made) -> None:
    _, pulls = made(page_size=5, order_types=())
    ignored = faults.ignored_filters()
    pulls.fake.faults.plan(ignored, endpoint="orders/*", after=2, times=3)
    assert "ignored the filter by number" in failing(pulls, ExitCode.REFUSED)


def test_a_secret_that_is_nowhere_is_told_before_any_call(made: Made) -> None:
    _, pulls = made()
    source = pulls.source()
    source._context = type(source._context)(  # type: ignore[attr-defined]  # a context of its own
        *("shop", "Europe/Warsaw", "PL", "PLN"), pulls.folder, lambda text: pulls.folder / text
    )
    with pytest.raises(CredentialError, match="idosell_api_key"):
        list(source.pull(None, shop_moment()))
    assert pulls.fake.calls.total() == 0


def shop_moment() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "http://panel.example"}, ""),
        ({"url": "https://user:pass@panel.example"}, "user or password"),
        ({"page_size": 0}, "`page_size`"),
        ({"timezone": "Mars/Olympus"}, "`timezone`"),
        ({"shop_id": 0}, "`shop_id`"),
        ({"deep_days": -1}, "`deep_days`"),
        ({"returns_days": 36_501}, "`returns_days` is 0 to 36500"),
        ({"pause_seconds": math.inf}, "`pause_seconds` is 0 to 3600"),
        ({"deep_calls": 0}, "`deep_calls`"),
        ({"product_parameters": {"a b": 1}}, "`product_parameters`"),
    ],
)
def test_options_that_cannot_work_are_refused(given: dict[str, Any], words: str) -> None:
    options = {"url": "panel.example", **given}
    if not words:
        assert IdoSellOptions(**options).base == "https://panel.example"
        return
    with pytest.raises(ValueError, match=words):
        IdoSellOptions(**options)


def test_of_an_address_the_host_alone_is_taken() -> None:
    for url in ("panel.example", "https://panel.example/panel/index.php?x=1#y"):
        assert IdoSellOptions(url=url).base == "https://panel.example"
