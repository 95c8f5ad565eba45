"""The fake IdoSell panel: pages, windows and versions."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel
from audsync.testing.idosell.records import Channel
from fakes.idosell_orders import place, serials
from fakes.idosell_reader import BY_SERIAL, Reader


def test_the_example_of_the_docs_runs() -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "test-against-a-fake-idosell.md"
    [example] = re.findall(
        r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(example, page.name, "exec"), {})  # noqa: S102 -- it is our own page


def modified(begin: str, end: str | None = None) -> dict[str, Any]:
    asked = {"ordersDateType": "modified", "ordersDateBegin": begin}
    if end is not None:
        asked["ordersDateEnd"] = end
    return {"ordersRange": {"ordersDateRange": asked}, "ordersBy": BY_SERIAL}


class TestPages:
    def test_the_first_page_is_page_zero_and_the_one_after_the_last_a_fault(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel, 7)
        pages = [
            reader.post(
                "orders/orders/search", ordersBy=BY_SERIAL, resultsPage=page, resultsLimit=3
            )
            for page in range(4)
        ]
        assert [serial for page in pages[:3] for serial in serials(page)] == made
        first = pages[0].json()
        assert (first["resultsNumberAll"], first["resultsNumberPage"]) == (7, 3)
        assert pages[3].status_code == 207
        assert pages[3].json()["errors"]["faultCode"] == 2
        assert "Results" not in pages[3].json()

    def test_a_limit_over_a_hundred_gives_a_hundred(self, panel: Panel, reader: Reader) -> None:
        place(panel, 101)
        answer = reader.post("orders/orders/search", resultsLimit=5000)
        assert len(serials(answer)) == 100

    def test_without_a_sort_pages_overlap(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 60)
        seen = [
            serial
            for page in range(6)
            for serial in serials(
                reader.post("orders/orders/search", resultsPage=page, resultsLimit=10)
            )
        ]
        assert len(seen) == 60
        assert sorted(seen) != made

    def test_newsletters_and_returns_page_in_the_other_words(
        self, panel: Panel, reader: Reader
    ) -> None:
        for number in range(5):
            panel.customers.subscribe(Channel.EMAIL, f"gast{number}@example.com", 2)
        path = "clients/newsletter/email/search"
        answer = reader.post(path, results_page=1, results_limit=3).json()
        assert len(answer["clients"]) == 2
        assert (answer["results_number_all"], answer["results_number_page"]) == ("5", 2)
        ignored = reader.post(path, resultsPage=1, resultsLimit=3).json()
        assert len(ignored["clients"]) == 5

    def test_filters_outside_params_are_ignored(self, panel: Panel, reader: Reader) -> None:
        place(panel, 3)
        body = b'{"ordersStatuses": ["finished"]}'
        assert len(serials(reader.raw("orders/orders/search", body))) == 3
        found = reader.post("orders/orders/search", ordersStatuses=["finished"])
        assert found.status_code == 207

    def test_a_filter_of_another_shape_finds_everything(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.customers.subscribe(Channel.EMAIL, "gast@example.com", 1)
        panel.customers.subscribe(Channel.EMAIL, "host@example.com", 2)
        assert len(reader.readers("email", shops=[{"shop_id": 2}])) == 1
        assert len(reader.readers("email", shops={"shop_id": 2})) == 2


class TestWindows:
    def test_both_ends_of_a_window_belong_to_it(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 3)  # at 10:01, 10:02 and 10:03 in Warsaw
        window = modified("2026-06-01 10:02:00", "2026-06-01 10:03:00")
        assert serials(reader.post("orders/orders/search", **window)) == made[1:]
        panel.quirks.end_is_inclusive = False
        assert serials(reader.post("orders/orders/search", **window)) == made[1:2]

    def test_a_window_is_in_the_wall_time_of_the_panel(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel)
        in_utc = modified("2026-06-01 08:00:00", "2026-06-01 08:59:59")
        assert reader.post("orders/orders/search", **in_utc).status_code == 207
        panel.clock.timezone = "UTC"
        assert serials(reader.post("orders/orders/search", **in_utc)) == made

    def test_an_hour_that_occurs_twice_is_one_window(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.clock.now = int(datetime(2026, 10, 25, 0, 29, tzinfo=UTC).timestamp())
        made = place(panel)  # 02:30 in summer time
        panel.clock.advance(hours=1)
        made += place(panel)  # 02:31 an hour later
        window = modified("2026-10-25 02:30:00", "2026-10-25 02:31:00")
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_an_hour_that_does_not_occur_hides_nothing(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.clock.now = int(datetime(2026, 3, 29, 1, 9, tzinfo=UTC).timestamp())
        made = place(panel)  # 03:10, ten minutes after 01:59
        window = modified("2026-03-29 02:30:00", "2026-03-29 03:30:00")
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_a_day_as_the_end_is_its_midnight_or_its_last_second(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel)
        window = modified("2026-05-01", "2026-06-01")
        assert reader.post("orders/orders/search", **window).status_code == 207
        panel.quirks.end_of_day = True
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_a_changed_order_leaves_its_window(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 2)
        window = modified("2026-06-01 10:00:00", "2026-06-01 10:30:00")
        panel.clock.advance(hours=1)
        panel.sales.note(made[0])
        assert serials(reader.post("orders/orders/search", **window)) == made[1:]

    def test_products_are_told_by_the_day(self, panel: Panel, reader: Reader) -> None:
        shop = LivingShop(panel)
        shop.stock()
        dates = {
            "productDateMode": "modified",
            "productDateBegin": "2026-06-01 23:00:00",
            "productDateEnd": "2026-06-01 23:30:00",
        }
        assert len(reader.products(productDate=dates)) == 1


class TestVersions:
    def test_old_versions_say_get_and_new_ones_search(
        self, panel: Panel, fake: FakeIdoSell
    ) -> None:
        place(panel)
        for major in (3, 4, 5, 6, 7, 8):
            reader = Reader(fake, major=major)
            verb, other = ("get", "search") if major < 5 else ("search", "get")
            assert reader.post(f"orders/orders/{verb}").status_code == 200
            assert reader.post(f"orders/orders/{other}").status_code == 404
            known = reader.get("orders/statuses").status_code
            assert known == (200 if major >= 7 else 404)
            reader.close()
        reader = Reader(fake, major=9)
        assert reader.get("clients/clients").status_code == 404
        reader.close()
