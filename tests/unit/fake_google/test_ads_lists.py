"""The fake Google Ads API by the official client: lists changed, removed and searched."""

import pytest

from audsync.testing.google import CUSTOMER, MANAGER, FakeGoogle
from fakes.google_clients import Ads, ads_error, emails, pass_time


def test_lists_are_changed_and_removed(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    operation = ads.client.get_type("UserListOperation")
    operation.update.resource_name = name
    operation.update.description = "Bought twice"
    operation.update.membership_life_span = 90
    operation.update_mask.paths.extend(["description", "membership_life_span"])
    ads.lists.mutate_user_lists(customer_id=CUSTOMER, operations=[operation])
    one = google.list(name)
    assert (one.name, one.description, one.days) == ("Buyers", "Bought twice", 90)
    operation = ads.client.get_type("UserListOperation")
    operation.remove = name
    ads.lists.mutate_user_lists(customer_id=CUSTOMER, operations=[operation])
    assert google.audiences() == set()


LISTS = (
    "SELECT user_list.id, user_list.name, user_list.size_for_display, "
    "user_list.match_rate_percentage FROM user_list WHERE user_list.type = CRM_BASED "
    "AND user_list.access_reason = 'OWNED' ORDER BY user_list.name"
)


def test_gaql_finds_lists_in_pages_and_in_a_stream(google: FakeGoogle, ads: Ads) -> None:
    google.platform.quirks.page_size = 2
    for name in ("Two", "It's three", "One"):
        google.platform.add_list(CUSTOMER, name)
    google.platform.add_list(CUSTOMER, "Visitors", kind="other")
    google.platform.add_list(MANAGER, "Of the manager")
    assert [row.user_list.name for row in ads.rows(LISTS)] == ["It's three", "One", "Two"]
    assert google.calls["GoogleAdsService/Search"] == 2
    stream = ads.search.search_stream(customer_id=CUSTOMER, query=LISTS)
    names = [row.user_list.name for batch in stream for row in batch.results]
    assert names == ["It's three", "One", "Two"]
    backwards = [row.user_list.name for row in ads.rows(f"{LISTS} DESC LIMIT 2")]
    assert backwards == ["Two", "One"]
    every = "SELECT user_list.name FROM user_list"
    assert len(ads.rows(every)) == 5  # those of the manager answer too
    quoted = f"{every} WHERE user_list.name = 'It\\'s three'"
    assert [row.user_list.name for row in ads.rows(quoted)] == ["It's three"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("user_list.name IN ('One', 'Two')", ["One", "Two"]),
        ("user_list.name NOT IN ('One')", ["Two", "Three"]),
        ("user_list.name LIKE 'T%'", ["Two", "Three"]),
        ("user_list.name NOT LIKE 'T%'", ["One"]),
        ("user_list.name != 'One' AND user_list.read_only = false", ["Two", "Three"]),
        ("user_list.membership_life_span < 540", ["Three"]),
        ("user_list.membership_life_span >= 540", ["One", "Two"]),
        ("user_list.size_for_display IS NULL", ["One", "Two", "Three"]),
        ("user_list.size_for_display IS NOT NULL", []),
    ],
)
def test_gaql_conditions(
    google: FakeGoogle, ads: Ads, condition: str, found: list[str]
) -> None:
    for name, days in (("One", 540), ("Two", 540), ("Three", 30)):
        google.platform.add_list(CUSTOMER, name, days=days)
    rows = ads.rows(f"SELECT user_list.name FROM user_list WHERE {condition}")
    assert [row.user_list.name for row in rows] == found


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("FROM user_list", "EXPECTED_SELECT"),
        ("SELECT user_list.id", "EXPECTED_FROM"),
        ("SELECT user_list.nothing FROM user_list", "UNRECOGNIZED_FIELD"),
        ("SELECT x.id FROM x", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT user_list.id FROM user_list WHERE user_list.id", "UNEXPECTED_INPUT"),
        ("SELECT user_list.id FROM user_list WHERE user_list.id =", "BAD_VALUE"),
        ("SELECT user_list.id FROM user_list LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
    ],
)
def test_gaql_that_is_wrong(ads: Ads, query: str, error: str) -> None:
    assert ads_error(lambda: ads.rows(query)) == [("query_error", error)]


def test_sizes_are_rounded_and_unknown_until_they_were_computed(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    ads.upload(name, emails(600))
    listed = ads.rows(LISTS)[0].user_list
    assert not listed.HasField("size_for_display")
    assert not listed.HasField("match_rate_percentage")
    pass_time(google, hours=7)
    listed = ads.rows(LISTS)[0].user_list
    assert (listed.size_for_display, listed.match_rate_percentage) == (380, 64)  # 64 % of 600
