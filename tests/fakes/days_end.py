"""What must be true when the thirty days of the daemon are over."""

import json
from datetime import timedelta

from byte_scan import forms, found
from fakes.story import BEGIN, EMAIL, PHONE, Story
from fakes.three_shops import digest
from fakes.told_days import numbers

TRACES = (
    *("601987303", "acct-anna", "o-acct-anna", "Kanárková-Nováková"),
    *(EMAIL, "annak@gmail.com", "anna.k+shop@googlemail.com"),
    *map(digest, (EMAIL, "annak@gmail.com", PHONE, PHONE.removeprefix("+"))),
)


def what_is_left_is_the_truth(story: Story) -> None:
    days, google = story.days, story.google
    assert days.moment == BEGIN + timedelta(days=30)
    for name, shop in story.shops.items():
        story.look(name)
        for command in ("state", "ledger"):
            code, told = story.command(command, "verify", "--shop", name)
            assert code == 0, told
        for segment, sink in shop.audiences:
            labels = f'shop="{name}",segment="{name}-{segment}",sink="{sink}"'
            count = len(shop.truth(segment, days.moment))
            assert days.last["audsync_audience_members", labels] == count
    assert traces(story) == []
    assert google.platform.unsettled == 0
    every_failure_is_told(story)
    nobody_is_sent_twice(story)
    assert starts(story, "kolo") == starts(story, "halny") == KOLO_STARTS
    assert starts(story, "tri") == TRI_STARTS


def every_failure_is_told(story: Story) -> None:
    days = story.days
    assert days.codes() == story.ended
    assert days.codes().total() > 90
    for name in ("timed_out_total", "overlaps_total"):
        assert not any(days.total(name, shop=shop) for shop in story.shops)
    file = numbers(days.metrics_file())
    at_work = {("audsync_runs_running", ""), ("audsync_runs_waiting", "")}
    assert {key: days.last[key] for key in file.keys() - at_work} == {
        key: file[key] for key in file.keys() - at_work
    }


def nobody_is_sent_twice(story: Story) -> None:
    # Except for those of whom nobody knew whether they had arrived, and for one who may have
    # been taken out with the person forgotten, and whose number then changed.
    (buyers,) = [
        one for one in story.meta.graph.audiences.values() if "kolo buyers" in one.name
    ]
    twice = {row[0] for row, count in buyers.added.items() if count > 1}
    excepted = [*story.unsure, story.shops["kolo"].people["spouse"]]
    assert twice <= {digest(one.email) for one in excepted}

    def sent() -> list[tuple[str, int]]:
        told = {**story.meta.calls, **story.google.calls}
        words = ("users", "Members", "OfflineUserDataJob")
        return sorted(one for one in told.items() if any(word in one[0] for word in words))

    before = sent()
    for shop in story.shops:
        code, told = story.command("run", "--shop", shop)
        assert code == 0, told
    assert sent() == before
    for shop in story.shops:
        story.look(shop)


def starts(story: Story, shop: str) -> list[str]:
    """When runs of a shop were begun, by the machine's clock in UTC."""
    logs = [story.folder / f"daemon.log.{life}" for life in range(1, story.days.lives)]
    lines = [
        json.loads(line)
        for log in (*logs, story.folder / "daemon.log")
        for line in log.read_text("utf-8").splitlines()
    ]
    found = dict.fromkeys(
        one["run_id"]
        for one in lines
        if (one["event"], one.get("command"), one["shop"]) == ("shop begun", "run", shop)
    )
    return [f"{run[4:6]}-{run[6:8]} {run[9:11]}:{run[11:13]}" for run in found]


# Four nights were slept through, then one was begun twice by a clock that was put back.
KOLO_STARTS = [
    *(f"10-{day:02} 00:30" for day in range(3, 19)),
    *("10-22 10:00", "10-23 00:30", "10-23 00:30", "10-24 00:30", "10-25 00:30"),
    *(f"10-{day:02} 01:30" for day in range(26, 32)),
    "11-01 01:30",
]
TRI_STARTS = [
    *("10-02 16:30", "10-03 16:00"),
    *(f"10-{day:02} 15:30" for day in range(4, 18)),
    *("10-22 10:00", "10-22 15:30", "10-23 23:00"),
    *(f"10-{day:02} 15:30" for day in range(24, 32)),
]


def traces(story: Story) -> list[str]:
    """Where anything of the person stands: our files, but for the feeds, and platforms."""
    places = [one for one in found(story.folder, TRACES) if not one.startswith("feeds/")]
    needles = {form for value in TRACES for form in forms(value)}
    for shop in story.shops.values():
        for segment, sink in shop.audiences:
            held = repr(story.roof.held(shop, segment, sink)).encode()
            if any(needle in held for needle in needles):
                places.append(f"{shop.id} at {sink}")
    return places
